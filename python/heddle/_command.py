"""Commands of the program, run in this process."""

from __future__ import annotations

import json
import os
from typing import Any, Optional, Union

from . import _native
from ._report import Report

_Path = Union[str, "os.PathLike[str]"]


class Mismatch(RuntimeError):
    """A sum is not the golden model's, or a count of cycles not the cycle model's.

    `report` is the whole report, with the first of them.
    """

    report: Report

    def __init__(self, report: Report) -> None:
        first = report.get("first_mismatch") or report.get("first_cycle_model_difference")
        super().__init__(
            f"{report.get('mismatches')} wrong sums, {report.get('cycle_model_differences')} jobs off the cycle"
            f" model; the first: {first}"
        )
        self.report = report


def cycles(trace_or_network: Optional[_Path] = None, **flags: Any) -> Report:
    """Counts the cycles of a trace, of a network's training step, or of one product on an array.

    `trace_or_network` is a file that ends in `.safetensors`, a trace, or what `heddle cycles --network`
    takes, such as `"zaremba-medium"`; without it, `phase`, `m`, `k`, `n` (and `keep`, `policy`)
    say which product. Flags are those of `heddle cycles`: `rows=16`, `cols=16`, `format="bf16"`,
    `dataflow="both"`, `config="array.toml"`; `sites=["nr", "rh"]` for several words, `epoch=True` for a
    flag alone.

    Returns the report as a dictionary: `cycles(...)["policies"]["packed"]["cycles"]`.
    Raises `ValueError` for what cannot be.
    """
    words = ["cycles"]
    if trace_or_network is not None:
        given = os.fspath(trace_or_network)
        words += ["--trace" if given.endswith(".safetensors") else "--network", given]
    return _run(words, flags)


def cosim(trace: Optional[_Path] = None, **flags: Any) -> Report:
    """Replays a trace on the Verilated array under every policy and compares every bit and cycle.

    Without a trace, `random=100` draws so many jobs. Flags are those of `heddle cosim`: `rows=16`,
    `cols=16`, `format="bf16"`, `policy=["dense", "packed"]`, `dataflow="both"`. Verilator and a C++ compiler
    are needed; models are built once and kept.

    Returns the report as a dictionary. Raises `Mismatch` for a wrong bit or cycle, `ValueError`
    for what cannot be, `RuntimeError` for other failures. Ctrl-C stops it.
    """
    words = ["cosim"]
    if trace is not None:
        words += ["--trace", os.fspath(trace)]
    return _run(words, flags)


def _run(words: list[str], flags: dict[str, Any]) -> Report:
    output, code, error = _native.run([*words, *_flags(flags), "--json"])
    if error is not None:
        raise (ValueError if code == 2 else RuntimeError)(error.strip())
    report = Report(json.loads(output))
    if code != 0:
        raise Mismatch(report)
    return report


def _flags(flags: dict[str, Any]) -> list[str]:
    """Keywords as the program's flags."""
    words = []
    for name, value in flags.items():
        flag = "--" + name.replace("_", "-")
        if name in ("json", "report"):
            raise ValueError(f"{name} is given: the report is returned, leave it out")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif isinstance(value, (list, tuple)):
            words += [flag, ",".join(map(str, value))]
        else:
            words += [flag, str(os.fspath(value) if isinstance(value, os.PathLike) else value)]
    return words
