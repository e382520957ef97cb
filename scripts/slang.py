"""Lints folders of generated Verilog with slang, every warning on; all files, bench and frame too.

usage: python scripts/slang.py FOLDER...
Exit status 1 if slang says anything but what is allowed below.
"""

import sys
from pathlib import Path

from pyslang import analysis, driver

# Nets that collect what nothing reads, as both Verilators want it: `wire unused = &{...};`. No
# other net may be unused.
COLLECTS = "unused"
# Of the test bench only: it keeps arguments and variables that not every array needs.
BENCH = ["UnusedArgument", "UnusedButSetVariable"]


def is_allowed(diagnostic, files) -> bool:
    name = str(diagnostic.code).removeprefix("DiagCode(").removesuffix(")")
    if name == "UnusedNet":
        return diagnostic.args == [COLLECTS]
    file = Path(files.getFileName(diagnostic.location)).name
    return name in BENCH and file.startswith("tb_")


def is_clean(folder: str) -> bool:
    files = sorted(str(path) for path in Path(folder).glob("*.v"))
    if not files:
        print(f"error: no Verilog in {folder}: name a folder that 'heddle generate' wrote")
        return False
    lint = driver.Driver()
    lint.addStandardArgs()
    options = ["--std 1364-2005", "-Weverything", "-Werror"]
    quoted = [f'"{file}"' for file in files]
    if not lint.parseCommandLine(" ".join(["slang", *options, *quoted])):
        return False
    if not (lint.processOptions() and lint.parseAllSources()):
        return False
    compilation = lint.createCompilation()
    lint.reportCompilation(compilation, True)
    # What is not used, functions that do not return on all paths, latches.
    compilation.freeze()
    manager = analysis.AnalysisManager(lint.analysisOptions)
    manager.analyze(compilation)
    for diagnostic in manager.getDiagnostics():
        if not is_allowed(diagnostic, lint.sourceManager):
            lint.diagEngine.issue(diagnostic)
    return lint.reportDiagnostics(True)


if len(sys.argv) < 2:
    sys.exit(__doc__)
clean = [is_clean(folder) for folder in sys.argv[1:]]
sys.exit(0 if all(clean) else 1)
