"""Lints folders of generated Verilog with slang, every warning on; all files, bench and frame too.

usage: python scripts/slang.py FOLDER...
Exit status 1 if slang says anything.
"""

import sys
from pathlib import Path

from pyslang import driver

OFF = [
    # The product of two signed operands drives an unsigned port of its own width: bit by bit
    # what is meant.
    "sign-conversion",
    # A staged multiplier takes the weight in parts: the factors of such a product have widths of
    # their own.
    "arith-op-mismatch",
    # What is left open on purpose is called unused_...; Verilator and the tests see to the rest
    # of the hardware, and the bench keeps names that not every array needs.
    "unused-net",
    "unused-but-set-net",
    "unused-argument",
    "unused-but-set-variable",
]


def is_clean(folder: str) -> bool:
    files = sorted(str(path) for path in Path(folder).glob("*.v"))
    if not files:
        print(f"error: no Verilog in {folder}: name a folder that 'heddle generate' wrote")
        return False
    lint = driver.Driver()
    lint.addStandardArgs()
    options = ["--std 1364-2005", "-Weverything", "-Werror", *(f"-Wno-{name}" for name in OFF)]
    quoted = [f'"{file}"' for file in files]
    if not lint.parseCommandLine(" ".join(["slang", *options, *quoted])):
        return False
    if not (lint.processOptions() and lint.parseAllSources()):
        return False
    compilation = lint.createCompilation()
    lint.reportCompilation(compilation, True)
    # Functions that do not return on all paths, latches.
    lint.runAnalysis(compilation)
    return lint.reportDiagnostics(True)


if len(sys.argv) < 2:
    sys.exit(__doc__)
clean = [is_clean(folder) for folder in sys.argv[1:]]
sys.exit(0 if all(clean) else 1)
