"""The golden product of tensors and arrays."""

from __future__ import annotations

import sys
from typing import Any, Optional

import numpy as np

from . import _native

# Of each format: what holds operands and sums, as torch and NumPy call it.
_OPERANDS = {"bf16": "bfloat16", "int8": "int8", "int16": "int16"}
_SUMS = {"bf16": "float32", "int8": "int32", "int16": "int64"}


def matmul(
    a: Any,
    b: Any,
    c0: Any = None,
    keep_m: Any = None,
    keep_k: Any = None,
    keep_n: Any = None,
    format: str = "bf16",
    *,
    acc_bits: Optional[int] = None,
    overflow: Optional[str] = None,
) -> Any:
    """`C = C0 + A B` with keep-masks, bit for bit as the array computes it.

    Every sum starts from C0 and takes in one product per kept k in increasing k, with one rounding
    a step: for bf16 a fused multiply-add into f32. A dropped k adds nothing; a dropped m or n leaves its
    row or column of C as C0 has it. What A and B hold in dropped places is not used, NaN included.

    =================  =========  ==============================================
    `a`                [M, K]     bfloat16, int8 or int16, as `format` says
    `b`                [K, N]     the same
    `c0`               [M, N]     float32, int32 or int64; zeros if absent
    `keep_m`, ...      [M] ...    bool, or uint8 of 0 and 1; 1 keeps; all if absent
    the result         [M, N]     as `c0`: a tensor if `a` is one, else an array
    =================  =========  ==============================================

    Operands are torch tensors, NumPy arrays (bf16 as `ml_dtypes.bfloat16`, or its bits as uint16), or
    anything else on the CPU that speaks DLPack. They are read where they lie if rows, or columns, follow
    each other without gaps, and copied otherwise; C0 and masks are always copied.

    `acc_bits` and `overflow` (`"wrap"`, `"saturate"`) are those of integer sums.

    bf16 tensors that require a gradient get it by `heddle.Matmul`: its products are golden ones, too.

    Raises `TypeError` for a wrong dtype, `ValueError` for a wrong shape, device or format.
    """
    if format not in _OPERANDS:
        raise ValueError(f"format is {format!r}: give one of {', '.join(map(repr, _OPERANDS))}")
    torch = sys.modules.get("torch")
    if torch is not None and torch.is_grad_enabled():
        given = [x for x in (a, b, c0) if isinstance(x, torch.Tensor)]
        if any(x.requires_grad for x in given):
            from ._autograd import Matmul

            return Matmul.apply(a, b, c0, keep_m, keep_k, keep_n)
    return golden(a, b, c0, keep_m, keep_k, keep_n, format, acc_bits, overflow)


def golden(
    a: Any,
    b: Any,
    c0: Any,
    keep_m: Any,
    keep_k: Any,
    keep_n: Any,
    format: str,
    acc_bits: Optional[int] = None,
    overflow: Optional[str] = None,
) -> Any:
    """`matmul` without gradients."""
    operand, sums = _OPERANDS[format], _SUMS[format]
    left, right = _array(a, "a", operand), _array(b, "b", operand)
    seed = None if c0 is None else _array(c0, "c0", sums)
    for name, array in (("a", left), ("b", right), ("c0", seed)):
        if array is not None and array.ndim != 2:
            raise ValueError(f"{name} has shape {list(array.shape)}: give a matrix")
    (m, k), (rows, n) = left.shape, right.shape
    if rows != k:
        raise ValueError(f"a is [{m}, {k}] and b is [{rows}, {n}]: b needs {k} rows")
    if seed is not None and seed.shape != (m, n):
        raise ValueError(f"c0 is {list(seed.shape)}: a and b make [{m}, {n}]")
    masks = (_mask(keep_m, "keep_m", m), _mask(keep_k, "keep_k", k), _mask(keep_n, "keep_n", n))
    result = _native.matmul(left, right, seed, masks[0], masks[1], masks[2], format, acc_bits, overflow)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(a, torch.Tensor):
        return torch.from_numpy(result)
    return result


def to_numpy(given: Any, name: str) -> np.ndarray:
    """A tensor's elements as an array without a copy; bf16 as its bits, uint16.

    Raises `ValueError` if it is not in the CPU's memory, `TypeError` if it is no tensor.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(given, torch.Tensor):
        if given.device.type != "cpu":
            raise ValueError(f"{name} is on {given.device}: give {name}.cpu()")
        if given.layout != torch.strided:
            raise ValueError(f"{name} has layout {given.layout}: give {name}.to_dense()")
        tensor = given.detach()
        if tensor.dtype == torch.bfloat16:
            # NumPy has no bf16; the same bytes as integers are no copy.
            return tensor.view(torch.int16).numpy().view(np.uint16)
        return tensor.numpy()
    if isinstance(given, np.ndarray):
        if given.dtype.name == "bfloat16":  # of ml_dtypes
            return given.view(np.uint16)
        return given
    if hasattr(given, "__dlpack__"):
        try:
            return np.from_dlpack(given)
        except (BufferError, RuntimeError, TypeError, ValueError) as error:
            raise TypeError(
                f"{name} cannot be read by DLPack ({error}): give it on the CPU, bf16 as uint16 of the same bytes"
            ) from error
    raise TypeError(f"{name} is a {type(given).__name__}: give a torch tensor or a NumPy array")


def _array(given: Any, name: str, dtype: str) -> np.ndarray:
    """An operand as a NumPy array of `dtype`, bf16 as uint16, without a copy where it is possible."""
    array = to_numpy(given, name)
    held = "uint16" if dtype == "bfloat16" else dtype
    if array.dtype.name != held:
        raise TypeError(f"{name} is {_dtype(given)}: give {dtype}")
    regular = array.dtype.isnative and all(step % array.itemsize == 0 for step in array.strides)
    return np.require(array if regular else array.astype(held), requirements=["A"])


def _mask(given: Any, name: str, size: int) -> Optional[np.ndarray]:
    """A keep-mask of `size` as an array of bool."""
    if given is None:
        return None
    array = to_numpy(given, name)
    if array.dtype == np.uint8:
        if array.size and array.max() > 1:
            raise ValueError(f"{name} holds {array.max()}: 1 keeps, 0 drops")
    elif array.dtype != np.bool_:
        raise TypeError(f"{name} is {_dtype(given)}: give bool, or uint8 of 0 and 1")
    if array.shape != (size,):
        raise ValueError(f"{name} has shape {list(array.shape)}: give [{size}]")
    return np.array(array, dtype=np.bool_)


def _dtype(given: Any) -> str:
    return str(given.dtype).replace("torch.", "")
