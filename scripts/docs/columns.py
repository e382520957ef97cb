#!/usr/bin/env python3
"""Takes chosen columns and rows out of Markdown tables, for documents that quote a command.

    COMMAND | columns.py [--add NAME=VALUE] [COLUMN,COLUMN...] [COLUMN=VALUE...] [COLUMN!=VALUE...]

Text that is no table is left out, and so are tables without those columns; several with them become one. Without
a list of columns all are taken.
"""

import re
import sys


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def main():
    arguments, added = sys.argv[1:], []
    while arguments[:1] == ["--add"]:
        added.append(arguments[1].split("=", 1))
        arguments = arguments[2:]
    wanted = None
    if arguments and "=" not in arguments[0]:
        wanted = [name.strip() for name in arguments.pop(0).split(",")]
    tests = [re.fullmatch(r"([^=!]*)(!?=)(.*)", test).groups() for test in arguments]
    rows, head, names = [], None, None
    lines = sys.stdin.read().splitlines()
    for line, after in zip(lines, lines[1:] + [""]):
        if not line.startswith("|") or set(line) <= set("|-: "):
            continue
        if after.startswith("|") and set(after) <= set("|-: "):
            head = cells(line)
            continue
        names = wanted or [name for name, _ in added] + head
        row = dict(zip(head, cells(line)), **dict(added))
        if set(names) <= set(row) and all((row.get(name) == value) == (sign == "=") for name, sign, value in tests):
            rows.append([row[name] for name in names])
    if not rows:
        sys.exit("error: no row is left")
    print("| " + " | ".join(names) + " |")
    print("| " + " | ".join("---" for _ in names) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


main()
