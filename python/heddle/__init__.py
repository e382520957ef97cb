"""Heddle: structured dropout in LSTMs, and what it takes on an array that skips dropped units.

========================  =====================================================  ============
`LSTM`, `Masks`           an LSTM with dropout of Cases I to IV                  needs PyTorch
`Linear`                  a linear layer whose products can be recorded          needs PyTorch
`record`                  writes a trace of their products                       needs PyTorch
`Matmul`                  the golden product as an `autograd.Function`           needs PyTorch
`matmul`                  the golden product of tensors or arrays
`cycles`, `cosim`         cycles by the model, and on the Verilated array
`Report`, `Mismatch`      what they return, and raise for a wrong bit or cycle
========================  =====================================================  ============
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._command import Mismatch, cosim, cycles
from ._matmul import matmul
from ._native import __version__
from ._report import Report

if TYPE_CHECKING:
    from ._autograd import Matmul
    from ._linear import Linear
    from ._lstm import LSTM
    from ._masks import Masks
    from ._record import record

__all__ = ["Mismatch", "Report", "__version__", "cosim", "cycles", "matmul"]

# What imports torch, and where it is: `import heddle` does without.
_OF_TORCH = {
    "LSTM": "_lstm",
    "Linear": "_linear",
    "Masks": "_masks",
    "Matmul": "_autograd",
    "record": "_record",
}


def __getattr__(name: str) -> Any:
    if name not in _OF_TORCH:
        raise AttributeError(f"module 'heddle' has no attribute '{name}'")
    try:
        return getattr(importlib.import_module("." + _OF_TORCH[name], __name__), name)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(
            f"heddle.{name} needs PyTorch: install it with pip install torch, or with heddle as heddle[torch]"
        ) from error


def __dir__() -> list[str]:
    return sorted([*__all__, *_OF_TORCH])
