"""heddle.cycles and heddle.cosim: the program's own reports, in this process."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

import heddle


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    """A trace of a small LSTM."""
    path = tmp_path_factory.mktemp("trace") / "x.safetensors"
    torch.manual_seed(21)
    lstm = heddle.LSTM(6, 8, nr=0.5, rh=0.5)
    with heddle.record(path):
        lstm(torch.randn(3, 4, 6, requires_grad=True))[0].square().sum().backward()
    return path


def test_a_network_has_the_cycles_that_the_program_counts():
    report = heddle.cycles("zaremba-medium", rows=16, cols=16, dataflow="both")
    # The table of results in the README: the products of the LSTM itself.
    assert report["lstm"]["policies"]["dense"]["cycles"] == 55_925_546
    assert report["lstm"]["policies"]["packed"]["cycles"] == 28_669_146
    assert report["command"][:4] == ["heddle", "cycles", "--network", "zaremba-medium"]


def test_a_product_fills_the_array():
    # 4 x 4 PEs, one tile of k and n, 64 rows: the beats are the rows.
    report = heddle.cycles(phase="fp", m=64, k=4, n=4, rows=4, cols=4, format="int8")
    assert report["breakdown"]["beats"] == 64 and report["macs"] == 64 * 16


@pytest.mark.parametrize("dataflow", ["ws", "os", "both"])
def test_the_array_takes_the_cycles_of_the_model(trace, dataflow):
    array = dict(rows=3, cols=3, dataflow=dataflow)
    counted, found = heddle.cycles(trace, **array), heddle.cosim(trace, **array)
    assert found["jobs"] == counted["jobs"] == 17
    for policy in ("dense", "gated", "packed"):
        for phase in ("fp", "bp", "wg"):
            ours, theirs = (of["policies"][policy]["phases"][phase] for of in (counted, found))
            for name in ("jobs", "macs", "cycles", "limit", "utilisation", "breakdown"):
                assert ours[name] == theirs[name], (policy, phase, name)
    assert found["mismatches"] == 0
    assert counted["policies"]["packed"]["cycles"] < counted["policies"]["dense"]["cycles"]


def test_a_wrong_result_in_a_trace_is_raised(trace, tmp_path):
    """The control: one bit of an expected result is turned."""
    data = bytearray(trace.read_bytes())
    length = int.from_bytes(data[:8], "little")
    import json

    head = json.loads(data[8 : 8 + length])
    name = next(name for name in head if name.endswith("/c"))
    data[8 + length + head[name]["data_offsets"][0] + 2] ^= 1
    spoiled = tmp_path / "spoiled.safetensors"
    spoiled.write_bytes(data)
    with pytest.raises(heddle.Mismatch, match=name[: -len("/c")].replace(".", r"\.")) as caught:
        heddle.cosim(spoiled, rows=3, cols=3, waveform=tmp_path / "wrong.vcd")
    assert caught.value.report["trace_mismatches"] == 3  # once under each policy


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: heddle.cycles("alexnet"), "alexnet"),
        (lambda: heddle.cycles("ner-conll", rows=0), "--rows"),
        (lambda: heddle.cycles("ner-conll", nonsense=3), "--nonsense"),
        (lambda: heddle.cycles("nowhere.safetensors"), "nowhere.safetensors"),
        (lambda: heddle.cycles("ner-conll", json=True), "json is given"),
        (lambda: heddle.cosim("nowhere.safetensors"), "nowhere.safetensors"),
        (lambda: heddle.cosim(), "--trace"),
    ],
)
def test_bad_input_is_a_value_error_that_names_it(call, words):
    with pytest.raises(ValueError, match=words):
        call()
    # And the next call is as if it had not been.
    assert heddle.cycles(phase="fp", m=1, k=1, n=1)["macs"] == 1


def test_a_trace_of_another_format_is_named(trace):
    with pytest.raises(ValueError, match="int8"):
        heddle.cycles(trace, format="int8")


def test_tables(trace):
    pandas = pytest.importorskip("pandas")
    table = heddle.cycles(trace, rows=4, cols=4).to_pandas()
    assert isinstance(table, pandas.DataFrame) and len(table) == 3 * 4
    of = table.set_index(["policy", "phase"])
    parts = of.loc["packed"].drop("all")
    assert parts["cycles"].sum() == of.loc["packed", "all"]["cycles"]
    assert (of["breakdown.beats"] > 0).all() and of.loc["dense", "fp"]["speedup"] == 1
    places = heddle.cycles("ner-conll").to_pandas(by="place")
    assert set(places["site"]) == {"nr", "rh"} and places["cycles"].gt(0).all()
    assert len(heddle.cycles(phase="fp", m=1, k=1, n=1).to_pandas()) == 1
    with pytest.raises(ValueError, match="by is 'place'"):
        heddle.cycles(phase="fp", m=1, k=1, n=1).to_pandas(by="place")
    with pytest.raises(ValueError, match="by is 'job'"):
        heddle.cycles(phase="fp", m=1, k=1, n=1).to_pandas(by="job")


def test_nothing_is_printed(capfd):
    heddle.cycles(phase="fp", m=1, k=1, n=1)
    assert capfd.readouterr().out == ""


def test_ctrl_c_is_a_keyboard_interrupt_and_work_goes_on_after_it():
    # A shell starts what runs in the background with the signal ignored.
    script = """
import signal
import heddle
from heddle import _native
signal.signal(signal.SIGINT, signal.default_int_handler)
print("begins", flush=True)
try:
    _native.run(["train", "--task", "lm", "--epochs", "50", "--json"])
except KeyboardInterrupt:
    print("stopped", heddle.cycles(phase="fp", m=1, k=1, n=1)["macs"], flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begins\n"
    time.sleep(1)
    os.kill(process.pid, signal.SIGINT)
    assert process.communicate(timeout=120)[0] == "stopped 1\n"
    assert process.returncode == 0
