"""Traces of the products of `heddle.LSTM` and `heddle.Linear` in training."""

from __future__ import annotations

import os
import warnings
from types import TracebackType
from typing import Callable, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np
import torch
from torch import Tensor, nn

from ._native import Recorder

# The block that runs; a process has one at a time.
_running: Optional["record"] = None

_Of = TypeVar("_Of")
# Rows of a batch that share a mask, and what of the units it keeps; `None` keeps all.
_Span = Tuple[slice, Optional[np.ndarray]]


class record:
    """Writes the products of a block as a trace: `with heddle.record("x.safetensors", steps=[10]): ...`.

    Recorded are forward (fp), backward to the input (bp) and weight gradient (wg) of every `heddle.LSTM`
    and `heddle.Linear` in training mode with gradients on, with masks, sites, layers and times, operands as an
    array gets them and the golden model's results. `nn.LSTM` is one operation to PyTorch: its products
    cannot be seen.

    A step of a module is one call of it, counted from 0 when the block begins. Where a training step calls a
    module several times, give `manual_steps=True` and call `step()` at the end of each.

    ``steps``, ``times``, ``layers``, ``sites``, ``phases``, ``max_jobs``
        which products: training steps, time steps of the window, layers (a bidirectional layer counts as
        two; those of a second module follow those of the first), of `"nr", "rh", "out"`, of `"fp", "bp",
        "wg"`, and how many at most; all if absent
    ``format``, ``acc_bits``, ``overflow``
        what operands are rounded or quantised to: `"bf16"`, `"int8"`, `"int16"`; sums of integers

    Under Cases I and II masks differ within the batch: they are multiplied into the operands, and the jobs carry
    none. Groups of samples make a job each.

    The file is written when the block ends, whole or not at all; not if it ends by an exception. `jobs` then
    says how many it holds; none at all is a `ValueError`.
    """

    jobs: int

    def __init__(
        self,
        path: Union[str, "os.PathLike[str]"],
        *,
        steps: Optional[Sequence[int]] = None,
        times: Optional[Sequence[int]] = None,
        layers: Optional[Sequence[int]] = None,
        sites: Optional[Sequence[str]] = None,
        phases: Optional[Sequence[str]] = None,
        max_jobs: Optional[int] = None,
        format: str = "bf16",
        acc_bits: Optional[int] = None,
        overflow: Optional[str] = None,
        manual_steps: bool = False,
    ) -> None:
        for name, words in (("sites", sites), ("phases", phases)):
            if isinstance(words, str):
                raise TypeError(f"{name} is {words!r}: give a list, [{words!r}]")
        self._recorder = Recorder(
            path, format, acc_bits, overflow, _list(steps), _list(times), _list(layers), _list(sites), _list(phases), max_jobs
        )
        self._steps = _list(steps)
        self._manual = manual_steps
        self._step = 0
        # Modules are kept so that no other can have their number.
        self._calls: dict[int, tuple[nn.Module, int]] = {}
        self._first_layers: dict[int, int] = {}
        self._layers = 0
        # Sums stay where they are, so that those of different products are told apart.
        self._sums: list[np.ndarray] = []
        self._open = False
        self.jobs = 0

    def __enter__(self) -> "record":
        global _running
        if _running is not None:
            raise RuntimeError("a block of heddle.record runs already: end it first")
        if self._step or self._calls:
            raise RuntimeError("this recording has ended: make another")
        _running, self._open = self, True
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        global _running
        _running, self._open = None, False
        if kind is not None:
            return
        self.jobs = self._recorder.finish()
        self._sums.clear()
        if self.jobs == 0:
            raise ValueError(
                f"no product was recorded: the block made {self._made()} of heddle.LSTM and heddle.Linear in"
                " training mode with gradients on, and none is among what was asked for"
            )

    def step(self) -> None:
        """Ends a training step, where `manual_steps` are asked for."""
        if not self._manual:
            raise RuntimeError("steps are counted by calls of a module: give manual_steps=True to call step()")
        self._step += 1

    def _made(self) -> str:
        calls = max((calls for _, calls in self._calls.values()), default=0)
        return f"{self._step} steps" if self._manual else f"{calls} calls"

    def _begin(self, module: nn.Module, cells: int) -> Optional["Step"]:
        """A call of a module of so many cells; `None` if its step is not wanted."""
        number = id(module)
        _, calls = self._calls.get(number, (module, 0))
        self._calls[number] = (module, calls + 1)
        if number not in self._first_layers:
            # What is no LSTM counts to the last layer.
            self._first_layers[number] = self._layers if cells else max(0, self._layers - 1)
            self._layers += cells
        step = self._step if self._manual else calls
        if self._steps is not None and step not in self._steps:
            return None
        return Step(self, step, self._first_layers[number])

    def _new_sums(self, rows: int, cols: int, seed: Optional[Tensor] = None) -> np.ndarray:
        """Sums that begin with `seed` in every row."""
        sums = np.zeros((rows, cols), dtype=np.float32)
        if seed is not None:
            sums += _f32(seed)
        self._sums.append(sums)
        return sums


def wanted_by(module: nn.Module, cells: int) -> Optional["Step"]:
    """What records a call of `module`, which has so many directions of layers, if anything does."""
    if _running is None or not module.training or not torch.is_grad_enabled():
        return None
    return _running._begin(module, cells)


class Step:
    """One call of a module in one training step."""

    def __init__(self, recording: record, step: int, first_layer: int) -> None:
        self._recording = recording
        self._step = step
        self._first = first_layer

    def _wants(self, phase: str, layer: int, time: int, site: str) -> bool:
        return self._recording._recorder.wants(phase, layer, time, self._step, site)

    def _record(
        self, phase: str, layer: int, time: int, site: str, a: np.ndarray, b: np.ndarray, c: np.ndarray,
        **masks: Optional[np.ndarray],
    ) -> None:  # fmt: skip
        self._recording._recorder.record(phase, layer, time, self._step, site, a, b, c, **masks)

    def cell(
        self,
        cell: int,
        x: Tensor,
        before: list[Tensor],
        masks: tuple[Optional[Tensor], Optional[Tensor]],
        groups: Optional[int],
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias: Optional[Tensor],
        z: Tensor,
    ) -> None:
        """A direction of a layer: masked input [T, B, K], masked h [B, H] ahead of each step, z [T, B, 4H].

        Forward is recorded now, the rest when the gradient of `z` comes.
        """
        layer = self._first + cell
        sites = [
            _Site(self, layer, "nr", list(x), masks[0], groups, weight_ih, x.requires_grad),
            _Site(self, layer, "rh", before, masks[1], groups, weight_hh, True),
        ]
        batch, wide = z.shape[1:]
        for t in range(len(before)):
            if any(self._wants("fp", layer, t, site.name) for site in sites):
                # Both add into the same sums; without the first the second had no right seed.
                sums = self._recording._new_sums(batch, wide, bias)
                for site in sites:
                    site.forward(t, sums)
        self._when_gradient_comes(z, lambda dz: _cell_backward(sites, before[0].requires_grad, dz))

    def linear(
        self,
        x: Tensor,
        mask: Optional[Tensor],
        groups: Optional[int],
        weight: Tensor,
        bias: Optional[Tensor],
        output: Tensor,
        as_x: Callable[[Tensor], Tensor],
    ) -> None:
        """A linear layer: input [T, B, K]; `as_x` makes of `output`, and its gradient, [T, B, N]."""
        site = _Site(self, self._first, "out", list(x), mask, groups, weight, x.requires_grad)
        for t in range(x.shape[0]):
            if self._wants("fp", self._first, t, "out"):
                site.forward(t, self._recording._new_sums(x.shape[1], weight.shape[0], bias))

        def backward(gradient: Tensor) -> None:
            dz = list(as_x(gradient))
            if site.input_has_gradient:
                for t in range(len(dz)):
                    site.backward(t, dz)
            site.weight_gradient(dz)

        self._when_gradient_comes(output, backward)

    def _when_gradient_comes(self, tensor: Tensor, then: Callable[[Tensor], None]) -> None:
        if not tensor.requires_grad:
            return
        recording = self._recording

        def hook(gradient: Tensor) -> None:
            if recording._open:
                then(gradient)
            else:
                warnings.warn(
                    "backward ran after the block of heddle.record: its products are not in the trace", stacklevel=2
                )

        tensor.register_hook(hook)


def _cell_backward(sites: list["_Site"], state_has_gradient: bool, gradient: Tensor) -> None:
    """What a layer multiplies on its way back: time runs from the end where steps wait for each other."""
    nr, rh = sites
    dz = list(gradient)
    for t in reversed(range(len(dz))):
        if t > 0 or state_has_gradient:
            rh.backward(t, dz)
    if nr.input_has_gradient:
        for t in range(len(dz)):
            nr.backward(t, dz)
    for site in sites:
        site.weight_gradient(dz)


class _Site:
    """The products with one weight in one call: `z_t += x_t W^T`, and their ways back."""

    def __init__(
        self,
        step: Step,
        layer: int,
        name: str,
        inputs: list[Tensor],
        mask: Optional[Tensor],
        groups: Optional[int],
        weight: Tensor,
        input_has_gradient: bool,
    ) -> None:
        self.step, self.layer, self.name = step, layer, name
        # [B, K] of each time step, masked.
        self.inputs = [x.detach() for x in inputs]
        self.mask, self.groups = mask, groups
        # As it is now: an optimiser changes it in place.
        self.weight = _f32(weight).copy()
        self.input_has_gradient = input_has_gradient

    def spans(self, t: int) -> list[_Span]:
        """The samples at time `t`, those that share a mask together."""
        batch = self.inputs[t].shape[0]
        if self.mask is None:
            return [(slice(0, batch), None)]
        keep = self.mask.detach()[t if self.mask.shape[0] > 1 else 0].ne(0).cpu().numpy()
        if keep.shape[0] == 1:
            return [(slice(0, batch), keep[0])]
        if self.groups is None:
            return [(slice(0, batch), None)]
        if batch % self.groups:
            raise ValueError(f"masks.groups is {self.groups}, which does not divide the batch of {batch}")
        size = batch // self.groups
        spans = [slice(at, at + size) for at in range(0, batch, size)]
        for rows in spans:
            if (keep[rows] != keep[rows.start]).any():
                raise ValueError(
                    f"masks.groups is {self.groups}, but samples {rows.start} to {rows.stop - 1} differ at {self.name}:"
                    " give None, where every sample has its own mask"
                )
        return [(rows, keep[rows.start]) for rows in spans]

    def forward(self, t: int, sums: np.ndarray) -> None:
        """`z_t += x_t W^T`, the mask on k."""
        for rows, keep in self.spans(t):
            x = _f32(self.inputs[t][rows])
            self.step._record("fp", self.layer, t, self.name, x, self.weight.T, sums[rows], keep_k=keep)

    def backward(self, t: int, dz: list[Tensor]) -> None:
        """`dx_t = dz_t W`, the mask on n."""
        if not self.step._wants("bp", self.layer, t, self.name):
            return
        for rows, keep in self.spans(t):
            a = _f32(dz[t][rows])
            sums = self.step._recording._new_sums(a.shape[0], self.weight.shape[1])
            self.step._record("bp", self.layer, t, self.name, a, self.weight, sums, keep_n=keep)

    def weight_gradient(self, dz: list[Tensor]) -> None:
        """`dW += x_t^T dz_t`, the mask on m, one time step after another into the same sums."""
        wanted = [t for t in range(len(dz)) if self.step._wants("wg", self.layer, t, self.name)]
        if not wanted:
            return
        sums = self.step._recording._new_sums(self.weight.shape[1], self.weight.shape[0])
        for t in range(wanted[-1] + 1):
            for rows, keep in self.spans(t):
                a, b = _f32(self.inputs[t][rows]), _f32(dz[t][rows])
                self.step._record("wg", self.layer, t, self.name, a.T, b, sums, keep_m=keep)


def _list(given: Optional[Sequence[_Of]]) -> Optional[list[_Of]]:
    return None if given is None else list(given)


def _f32(tensor: Tensor) -> np.ndarray:
    """A tensor's elements as float32 in rows without gaps, in the CPU's memory."""
    return tensor.detach().to("cpu", torch.float32).contiguous().numpy()
