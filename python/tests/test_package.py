"""The package without its extras, and its version."""

import pathlib
import re
import subprocess
import sys

import pytest

import heddle


def run(script):
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_without_torch_the_rest_works_and_the_remedy_is_named():
    out = run("""
import sys
sys.modules["torch"] = None
import numpy as np
import heddle
for name in ("LSTM", "Linear", "Masks", "Matmul", "record"):
    try:
        getattr(heddle, name)
    except ImportError as error:
        print(error)
ones = np.ones((2, 2), np.int8)
print(heddle.matmul(ones, ones, format="int8").tolist(), heddle.cycles(phase="fp", m=1, k=1, n=1)["macs"])
from heddle import *
print(matmul is heddle.matmul)
""").splitlines()
    assert out[0].startswith("heddle.LSTM needs PyTorch: install it with pip install torch")
    assert len(out) == 7 and out[5:] == ["[[2, 2], [2, 2]] 1", "True"]


def test_importing_heddle_does_not_import_torch():
    assert run("import sys, heddle; print('torch' in sys.modules)") == "False\n"


def test_without_pandas_the_remedy_is_named():
    out = run("""
import sys
sys.modules["pandas"] = None
import heddle
try:
    heddle.cycles(phase="fp", m=1, k=1, n=1).to_pandas()
except ImportError as error:
    print(error)
""")
    assert out == "to_pandas needs pandas: install it with pip install pandas\n"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'GRU'"):
        heddle.GRU
    assert "LSTM" in dir(heddle)


def test_the_version_is_the_workspace_s():
    manifest = pathlib.Path(__file__).parents[2] / "Cargo.toml"
    version = re.search(r'^version = "(.*)"', manifest.read_text(), re.M).group(1)
    assert heddle.__version__ == version
