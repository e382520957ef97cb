#!/usr/bin/env python3
"""Keeps what documents quote from commands as the commands say it.

    blocks.py --update      runs the command of every marked block and writes its output into the block
    blocks.py --check       runs them and fails if a block says something else
    blocks.py --control     spoils a copy of each document with a block, and fails unless that is noticed

A block of a Markdown document is

    <!-- says: COMMAND -->          or          <!-- table: COMMAND -->
    ...                                         ...
    <!-- end -->

`says` shows the command and its output as text, `table` puts the output there as Markdown. COMMAND is run
by bash in the root of the repository, `heddle` being the program that HEDDLE names.
"""

import difflib
import os
import re
import subprocess
import sys

from documents import ROOT, documents, environment

BLOCK = re.compile(r"<!-- (says|table): ([^\n]*) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def output(command):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )
    if done.returncode != 0:
        sys.exit(f"error: {command}\n{done.stdout}{done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").split("\n")) + "\n"


known = {}


def fill(match):
    kind, command, _ = match.groups()
    if command not in known:
        known[command] = output(command)
    inside = known[command]
    if kind == "says":
        inside = f"```text\n$ {command}\n{inside}```\n"
    else:
        inside = f"\n{inside}\n"
    return f"<!-- {kind}: {command} -->\n{inside}<!-- end -->\n"


def differing(texts):
    wrong = []
    for path, text in texts.items():
        filled = BLOCK.sub(fill, text)
        if filled != text:
            lines = difflib.unified_diff(text.splitlines(), filled.splitlines(), path, "as commands say", "", "", 0, "")
            wrong.append("\n".join(lines))
    return wrong


def main():
    mode = sys.argv[1:]
    texts = {path: open(os.path.join(ROOT, path)).read() for path in documents()}
    texts = {path: text for path, text in texts.items() if BLOCK.search(text)}
    count = sum(len(BLOCK.findall(text)) for text in texts.values())
    if mode == ["--update"]:
        for path, text in texts.items():
            filled = BLOCK.sub(fill, text)
            if filled != text:
                with open(os.path.join(ROOT, path), "w") as file:
                    file.write(filled)
                print(f"{path}: rewritten")
    elif mode == ["--check"]:
        wrong = differing(texts)
        if wrong:
            sys.exit("\n".join(wrong) + "\nerror: documents differ from what commands say: scripts/docs.sh --update")
        print(f"{count} blocks of {len(texts)} documents are as their commands say")
    elif mode == ["--control"]:
        for path, text in texts.items():
            def spoil(match):
                at = re.search(r"\w(?=\W*$)", match[3])
                place = match.start(3) - match.start() + at.start()
                whole = match[0]
                return whole[:place] + ("1" if whole[place] == "0" else "0") + whole[place + 1 :]

            if len(differing({path: BLOCK.sub(spoil, text)})) != 1:
                sys.exit(f"error: a letter changed in each block of {path}, and nothing was noticed")
        print(f"a changed letter is noticed in each of {len(texts)} documents")
    else:
        sys.exit(__doc__)


main()
