"""Builds a model of a generated engine or stream with Verilator, and runs the tests on it.

usage: python run.py FOLDER BUILD [--stream] [--rounds N] [--controls FILE]
FOLDER is what `heddle generate --engine` wrote, with --stream what `heddle generate --stream` did; the model
is built in BUILD. Exit status 1 if a test fails; with --controls, which plants the faults of FILE, if one
without a fault fails or one with a fault does not.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Verilator

HERE = Path(__file__).parent


def visible(top, ports):
    """For Verilator: what cocotb is to see, the ports alone."""
    lines = ["`verilator_config"]
    for port in ports:
        lines.append(f'public_flat_rw -module "{top}" -var "{port}"')
    return "\n".join(lines) + "\n"


class Ports(Verilator):
    """Verilator with ports public: with every signal, as the runner would have it, it has little left to
    optimize."""

    def _build_command(self):
        commands = super()._build_command()
        commands[0].remove("--public-flat-rw")
        return commands


class Model:
    """A folder's model, in which faults may be planted."""

    def __init__(self, folder, build, is_stream, faults=()):
        self.folder, self.build = folder, build
        build.mkdir(parents=True, exist_ok=True)
        if is_stream:
            self.top, self.tests = "heddle_stream", "test_stream"
            instance = (folder / "heddle_stream_inst.vh").read_text()
            names = re.findall(r"^ +\.(\w+)", instance, re.MULTILINE)
        else:
            manifest = json.loads((folder / "manifest.json").read_text())
            self.top, self.tests = manifest["top"], "test_engine"
            names = [port["name"] for port in manifest["ports"]]
        files = []
        for name in (folder / "heddle.f").read_text().split():
            text = (folder / name).read_text()
            for fault in faults:
                if fault.module == Path(name).stem:
                    text = fault.plant(text)
            files.append(build / name)
            files[-1].write_text(text)
        ports = build / "ports.vlt"
        ports.write_text(visible(self.top, names))
        # g++ must be told to include what it has compiled before.
        os.environ["MAKEFLAGS"] = "CFG_CXXFLAGS_PCH_I=-include"
        self.runner = Ports()
        self.runner.build(
            sources=[ports, *files],
            hdl_toplevel=self.top,
            build_args=["-Wno-fatal", "-CFLAGS", "-O1"],
            build_dir=build,
            log_file=build / "build.log",
        )

    def test(self, rounds, testcase=None, fault=None):
        """How many tests there were, and how many failed. What they said is in test.log."""
        results = self.runner.test(
            hdl_toplevel=self.top,
            test_module=self.tests,
            testcase=testcase,
            plusargs=[f"+{fault.name}"] if fault else [],
            build_dir=self.build,
            test_dir=self.build,
            extra_env={
                "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
                "PYTHONWARNINGS": "ignore::DeprecationWarning",
                "HEDDLE_FOLDER": str(self.folder),
                "HEDDLE_ROUNDS": str(rounds),
                "COCOTB_LOG_LEVEL": os.environ.get("COCOTB_LOG_LEVEL", "WARNING"),
                "COCOTB_ANSI_OUTPUT": "0",
            },
            log_file=self.build / "test.log",
        )
        return get_results(results)

    def said(self):
        """The last lines of what the tests said."""
        return "\n".join((self.build / "test.log").read_text().splitlines()[-20:])


class Fault:
    """An expression that is another one where a simulation is told so."""

    def __init__(self, number, line):
        self.name = f"fault{number}"
        self.testcase, self.module, edit = (part.strip() for part in line.split(" | ", 2))
        self.right, self.wrong = edit.split(" => ")

    def plant(self, text):
        """The module with the fault in it."""
        if text.count(self.right) != 1:
            sys.exit(f"error: not once in {self.module}: {self.right}")
        text = text.replace(self.right, f"({self.name} ? {self.wrong} : {self.right})")
        switch = f"  reg {self.name};\n  initial {self.name} = $test$plusargs(\"{self.name}\") != 0;\n"
        return text.replace("\n);\n", "\n);\n" + switch, 1)


def controls(folder, build, is_stream, rounds, path):
    """Whether each fault is found, and none where there is none."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    faults = [Fault(number, line) for number, line in enumerate(lines)]
    model = Model(folder, build, is_stream, faults)
    right = report(model, f"{folder.name} without a fault", *model.test(rounds))
    for fault in faults:
        tests, failures = model.test(rounds, fault.testcase, fault)
        found = tests == failures == 1
        right &= found
        verdict = "found by" if found else "NOT FOUND by"
        print(f"{verdict} {fault.testcase}: {fault.module}: {fault.wrong}", flush=True)
    return right


def report(model, what, tests, failures):
    """Says how it went, and whether well."""
    print(f"{what}: {tests} tests, {failures} failures", flush=True)
    if failures:
        print(model.said())
    return tests > 0 and not failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--controls", type=Path)
    given = parser.parse_args()
    folder, build = given.folder.resolve(), given.build.resolve()
    if given.controls:
        right = controls(folder, build, given.stream, given.rounds, given.controls)
    else:
        model = Model(folder, build, given.stream)
        right = report(model, folder.name, *model.test(given.rounds))
    sys.exit(0 if right else 1)


main()
