#!/usr/bin/env python3
"""Rewrites JSON reports of bench, parity, power and synth of version 1 as version 2.

    scripts/convert_reports.py results/*.json results/*/parity.json

cosim/REPORTS.md lists what is called otherwise. A report of version 2 stays as it is. What
version 1 did not tell, the command line and the commit, is null.
"""

import json
import sys


def rename(value, **names):
    """The object with fields renamed, in their order."""
    return {names.get(name, name): field for name, field in value.items()}


def converted(report):
    del report["schema_version"]
    version = report["protocol"]["program"] if "protocol" in report else "0.1.0"
    if "settings" in report and "corpus_words" in report["settings"]:
        settings = rename(report["settings"], time_steps="window")
        settings["preset"] = settings["preset"].removeprefix("zaremba-")
        report["settings"] = settings
    if "config" in report:
        report = rename(report, config="array")
    if "step" in report and "runs" in report:
        report["runs"] = [rename(run, jobs="job_names", energy="joule") for run in report["runs"]]
        report["step"] = [rename(step, energy="joule") for step in report["step"]]
        if "column" in report:
            names = {"active": "active_datapath_watt", "gated": "gated_datapath_watt"}
            report["column"] = rename(report["column"], **names)
    if isinstance(report.get("liberty"), str):
        report["liberty"] = [report["liberty"]]
    program = {"name": "heddle", "version": version, "commit": None}
    return {"schema_version": 2, "program": program, "command": None, **report}


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        report = json.loads(text)
        version = report.get("schema_version")
        if version == 2:
            continue
        if version != 1:
            sys.exit(f"{name}: no report of version 1 (schema_version {version!r})")
        end = "\n" if text.endswith("\n") else ""
        with open(name, "w", encoding="utf-8") as file:
            file.write(json.dumps(converted(report), indent=2, ensure_ascii=False) + end)
        print(f"{name}: converted")


if __name__ == "__main__":
    main()
