#!/usr/bin/env python3
"""Writes cosim/lstm/tests/fixtures/sacrebleu.json: sets of hypotheses and references
with the corpus BLEU that sacrebleu gives them (its defaults, tokenize none).

    pip install sacrebleu
    python3 scripts/sacrebleu_fixture.py [FILE]
"""

import json
import random
import sys
from pathlib import Path

import sacrebleu

DEFAULT = Path(__file__).parent.parent / "cosim/lstm/tests/fixtures/sacrebleu.json"
SENTENCES = [
    "the cat sat on the mat .",
    "click on the button to open the window , then choose a file .",
    "tom never told me why he left .",
    "öffnen sie die einstellungen und wählen sie netzwerk .",
    "this is my room .",
]


def noisy(draw, sentence, rate):
    """The sentence with some words dropped, doubled, swapped or replaced."""
    words = []
    for word in sentence.split():
        if draw.random() >= rate:
            words.append(word)
            continue
        words.extend(draw.choice([[], [word, word], ["<unk>"], [draw.choice("the a . of".split())]]))
    return " ".join(words)


def sets():
    yield "perfect", SENTENCES, SENTENCES
    yield "nothing in common", ["x y z w v"] * 2, SENTENCES[:2]
    yield "one empty hypothesis", ["", *SENTENCES[1:]], SENTENCES
    yield "all hypotheses empty", ["", ""], SENTENCES[:2]
    yield "no sentence of four words", ["the cat", "a dog ran"], ["the cat", "a dog ran"]
    yield "no 4-gram match", ["the cat sat near the mat", "this was my room ."], [
        "the cat sat on the mat", "this is my room ."]
    yield "words only", ["mat the on sat cat"], ["the cat sat on the mat ."]
    yield "too long", [s + " and more of it" for s in SENTENCES], SENTENCES
    yield "too short", [" ".join(s.split()[:-3]) for s in SENTENCES], SENTENCES
    yield "repeated words are clipped", ["the the the the the the the"], [SENTENCES[0]]
    for seed, rate in enumerate([0.1, 0.3, 0.6, 0.9]):
        draw = random.Random(seed)
        yield f"noise {rate}", [noisy(draw, s, rate) for s in SENTENCES * 8], SENTENCES * 8


def main():
    bleu = sacrebleu.BLEU(tokenize="none")
    fixture = {"sacrebleu": sacrebleu.__version__, "sets": []}
    for name, hypotheses, references in sets():
        score = bleu.corpus_score(hypotheses, [references]).score
        fixture["sets"].append({
            "name": name, "hypotheses": hypotheses, "references": references, "score": score})
        print(f"{name}: {score}")
    fixture["signature"] = str(bleu.get_signature())
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    path.write_text(json.dumps(fixture, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
