from os import PathLike
from typing import Any, Optional, Sequence, Union

import numpy as np
from numpy.typing import NDArray

__version__: str

def run(words: Sequence[str]) -> tuple[str, int, Optional[str]]: ...
def matmul(
    a: NDArray[Any],
    b: NDArray[Any],
    c0: Optional[NDArray[Any]],
    keep_m: Optional[NDArray[np.bool_]],
    keep_k: Optional[NDArray[np.bool_]],
    keep_n: Optional[NDArray[np.bool_]],
    format: str,
    acc_bits: Optional[int] = None,
    overflow: Optional[str] = None,
) -> NDArray[Any]: ...
def lstm_layer(
    w: NDArray[np.float64],
    u: NDArray[np.float64],
    b: NDArray[np.float64],
    x: NDArray[np.float64],
    h0: NDArray[np.float64],
    c0: NDArray[np.float64],
    nr: Optional[NDArray[np.float64]],
    rh: Optional[NDArray[np.float64]],
    dy: NDArray[np.float64],
    dh: NDArray[np.float64],
    dc: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]: ...

class Recorder:
    def __init__(
        self,
        path: Union[str, "PathLike[str]"],
        format: str,
        acc_bits: Optional[int] = None,
        overflow: Optional[str] = None,
        steps: Optional[Sequence[int]] = None,
        times: Optional[Sequence[int]] = None,
        layers: Optional[Sequence[int]] = None,
        sites: Optional[Sequence[str]] = None,
        phases: Optional[Sequence[str]] = None,
        max_jobs: Optional[int] = None,
    ) -> None: ...
    def wants(self, phase: str, layer: int, time: int, step: int, site: str) -> bool: ...
    def record(
        self,
        phase: str,
        layer: int,
        time: int,
        step: int,
        site: str,
        a: NDArray[np.float32],
        b: NDArray[np.float32],
        c: NDArray[np.float32],
        keep_m: Optional[NDArray[np.bool_]] = None,
        keep_k: Optional[NDArray[np.bool_]] = None,
        keep_n: Optional[NDArray[np.bool_]] = None,
    ) -> None: ...
    def finish(self) -> int: ...
