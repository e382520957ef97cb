#!/usr/bin/env python3
"""Checks links: those of the Markdown documents, and those of the book that was built from them.

    links.py BOOK             BOOK is the folder of the built book
    links.py BOOK --control   plants broken links of each kind, and fails unless all are found

Every relative link must lead to a file that is there, and its fragment to a heading or an id; a file of the
repository that is named in `code` by a path with a folder must be there too; so must every chapter be in the
summary. Addresses on the web are not opened.
"""

import glob
import html.parser
import os
import re
import sys
import urllib.parse

from documents import ROOT, documents

CODE = re.compile(r"```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(
    r"`((?:hdl|cosim|testbenches|generated|results|scripts|docs)/[\w./*-]*[\w*/])`"
)
OUTSIDE = ("http://", "https://", "mailto:")


def slug(heading):
    words = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def headings(text):
    found = set()
    for line in CODE.sub("", text).splitlines():
        if match := re.match(r"#+ (.*)", line):
            name, base, count = slug(match[1]), slug(match[1]), 0
            while name in found:
                count += 1
                name = f"{base}-{count}"
            found.add(name)
    return found


def exists(path):
    """A file of the repository; `*` stands for any name."""
    return bool(glob.glob(os.path.join(ROOT, path)))


def in_markdown(path, text):
    wrong = []
    folder = os.path.dirname(path)
    plain = CODE.sub("", text)
    # What stands in `code` is no link.
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", plain)):
        if target.startswith(OUTSIDE):
            continue
        file, _, fragment = target.partition("#")
        where = os.path.normpath(os.path.join(folder, file)) if file else path
        if not os.path.exists(os.path.join(ROOT, where)):
            wrong.append(f"{path}: no file {target}")
        elif fragment and where.endswith(".md"):
            other = text if where == path else open(os.path.join(ROOT, where)).read()
            include = re.findall(r"\{\{#include (\S+)\}\}", other)
            for name in include:
                other += open(os.path.join(ROOT, os.path.dirname(where), name.partition(":")[0])).read()
            if fragment not in headings(other):
                wrong.append(f"{path}: no heading {target}")
    for named in FILE.findall(plain):
        # A changelog names what was there.
        if path != "CHANGELOG.md" and not exists(named):
            wrong.append(f"{path}: no file `{named}` in the repository")
    return wrong


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links = set(), []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            if name in ("href", "src") and value and tag != "base":
                self.links.append(value)


def read_book(book):
    pages = {}
    for folder, _, files in os.walk(book):
        for file in files:
            # The page for addresses that are not there has links from its server's root.
            if file.endswith(".html") and file not in ("404.html", "print.html", "toc.html"):
                page = Page()
                path = os.path.join(folder, file)
                page.feed(open(path).read())
                pages[os.path.relpath(path, book)] = page
    return pages


def in_book(book, pages):
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(OUTSIDE) or link.startswith("data:"):
                continue
            file, _, fragment = urllib.parse.unquote(link).partition("#")
            where = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
            if not os.path.exists(os.path.join(book, where)):
                wrong.append(f"book, {path}: no file {link}")
            elif fragment and where in pages and fragment not in pages[where].ids:
                wrong.append(f"book, {path}: no place {link}")
    return wrong


def unlisted():
    chapters = os.path.join(ROOT, "docs", "src")
    summary = open(os.path.join(chapters, "SUMMARY.md")).read()
    return [
        f"docs/src/{file}: not in the summary"
        for file in sorted(os.listdir(chapters))
        if file.endswith(".md") and file != "SUMMARY.md" and f"({file})" not in summary
    ]


def main():
    if len(sys.argv) not in (2, 3) or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    book = sys.argv[1]
    texts = {path: open(os.path.join(ROOT, path)).read() for path in documents()}
    pages = read_book(book)
    if len(sys.argv) == 3:
        readme = texts["README.md"]
        for text in ("[x](docs/no-such-file.md)", "[x](CHANGELOG.md#no-such-heading)", "`scripts/no-such.sh`"):
            if len(in_markdown("README.md", f"{readme}\n{text}\n")) != 1:
                sys.exit(f"error: not found: {text}")
        for link in ("no-such-page.html", "index.html#no-such-place", "#no-such-place"):
            pages["index.html"].links.append(link)
            if not any(link in line for line in in_book(book, pages)):
                sys.exit(f"error: not found in the book: {link}")
        print("planted links that lead nowhere are found")
        return
    wrong = [line for path, text in texts.items() for line in in_markdown(path, text)]
    wrong += in_book(book, pages) + unlisted()
    if wrong:
        sys.exit("\n".join(wrong) + "\nerror: links that lead nowhere")
    links = sum(len(page.links) for page in pages.values())
    print(f"links of {len(texts)} documents and {links} of the book's {len(pages)} pages lead somewhere")


main()
