#!/usr/bin/env python3
"""Writes cosim/lstm/tests/fixtures/seqeval.json.

Random sequences of tags, well-formed IOB2 and others (I-X at the start, after O, after
another kind), with the precision, recall and F1 that seqeval's default mode, which is
that of conlleval, gives them.

    pip install seqeval
    python3 scripts/seqeval_fixture.py [FILE]
"""

import json
import random
import sys
import warnings
from pathlib import Path

import seqeval
from seqeval.metrics import f1_score, precision_score, recall_score

DEFAULT = Path(__file__).parent.parent / "cosim/lstm/tests/fixtures/seqeval.json"
KINDS = ["PER", "LOC", "MISC", "A-B"]


def messy(rng, length):
    tags = ["O"] + [f"{p}-{kind}" for p in "BI" for kind in KINDS]
    return [rng.choice(tags) for _ in range(length)]


def valid(rng, length):
    tags = []
    while len(tags) < length:
        if rng.random() < 0.5:
            tags.append("O")
        else:
            kind = rng.choice(KINDS)
            tags += [f"B-{kind}"] + [f"I-{kind}"] * rng.randrange(3)
    return tags[:length]


def spoilt(rng, tags, make):
    """A prediction that is right in places."""
    share = rng.choice([0.0, 0.1, 0.3, 0.8])
    other = make(rng, len(tags))
    return [o if rng.random() < share else t for t, o in zip(tags, other)]


def main():
    rng = random.Random(20213)
    warnings.simplefilter("ignore")  # of ratios without a denominator, which are 0
    cases = []
    for number in range(120):
        make, make_found = rng.choice([(valid, valid), (valid, messy), (messy, messy)])
        wanted = [make(rng, rng.randrange(1, 12)) for _ in range(rng.randrange(1, 6))]
        if number == 0:
            wanted = [["O", "O"]]
        found = [spoilt(rng, tags, make_found) for tags in wanted]
        cases.append({
            "wanted": [" ".join(tags) for tags in wanted],
            "found": [" ".join(tags) for tags in found],
            "precision": float(precision_score(wanted, found)),
            "recall": float(recall_score(wanted, found)),
            "f1": float(f1_score(wanted, found)),
        })
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    path.write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")
    print(f"{path}: {len(cases)} cases, "
          f"{sum(0 < case['f1'] < 1 for case in cases)} between 0 and 1")


if __name__ == "__main__":
    main()
