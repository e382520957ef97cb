#!/usr/bin/env python3
"""Runs the commands of the tutorials, each tutorial in a folder of its own that is removed afterwards.

    tutorials.py             runs every tutorial
    tutorials.py NAME...     only those, by the names of their files without `.md`
    tutorials.py --control   runs the first block of each with its expected output spoiled, which must fail

In `docs/src/*.md` a block

    ```sh run

is run by bash, block after block of a file in the same folder; an error ends it. A block

    ```text expect

that follows it must be found in what the command wrote to standard output and error: its lines in this
order, with a line of three dots where others may stand between, and three dots within a line for anything.
A block whose info string is ```toml file NAME (or another language) is written to the file NAME first.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile
import time

from documents import ROOT, environment

FENCE = re.compile(r"^```(\w+) (run|expect|file)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def missing(expected, said):
    """The first expected line that was not said where it should have been, or None."""
    lines = [line.rstrip() for line in said.splitlines()]
    at, jump = 0, True
    for line in expected.splitlines():
        line = line.rstrip()
        if line == "...":
            jump = True
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("...")) + "$")
        found = next(
            (index for index in range(at, len(lines)) if pattern.match(lines[index])),
            None,
        )
        if found is None or (not jump and found != at):
            return line
        at, jump = found + 1, False
    return None


def run(path, control=False):
    name = os.path.basename(path)
    text = open(path).read()
    blocks = FENCE.findall(text)
    said, ran, compared = "", 0, 0
    with tempfile.TemporaryDirectory(prefix="heddle-tutorial-") as folder:
        for language, kind, file, inside in blocks:
            if kind == "file":
                with open(os.path.join(folder, file), "w") as out:
                    out.write(inside)
            elif kind == "run":
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", inside],
                    cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                )
                said = done.stdout
                if done.returncode != 0:
                    return f"{name}: exit code {done.returncode} of\n{inside}{said}"
                ran += 1
            else:
                if control:
                    inside = inside.rstrip("\n") + "x\n"
                lack = missing(inside, said)
                if lack is not None:
                    return f"{name}: no line '{lack}' where it should be in\n{said}"
                compared += 1
    if control:
        return None
    print(f"{name}: {ran} commands run, {compared} outputs as expected", flush=True)
    return None if ran and compared else f"{name}: nothing is run or nothing compared"


def main():
    names = sys.argv[1:]
    control = names == ["--control"]
    paths = [
        path
        for path in sorted(glob.glob(os.path.join(ROOT, "docs", "src", "*.md")))
        if "```sh run\n" in open(path).read()
    ]
    if names and not control:
        paths = [path for path in paths if os.path.basename(path).removesuffix(".md") in names]
    if not paths:
        sys.exit(__doc__)
    for path in paths:
        start = time.time()
        wrong = run(path, control)
        if control:
            if not wrong or "no line" not in wrong:
                sys.exit(f"error: a spoiled output in {path} was not noticed: {wrong}")
            print(f"{os.path.basename(path)}: a spoiled output is noticed")
        elif wrong:
            sys.exit(f"error: {wrong}")
        else:
            print(f"  {time.time() - start:.1f} s")


main()
