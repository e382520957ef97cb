"""An LSTM with structured dropout."""

from __future__ import annotations

import math
import warnings
from typing import Any, Optional

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from . import _record
from ._masks import CASES, Dropout, Masks, check_mask, check_probability


class LSTM(nn.Module):
    """A drop-in for `torch.nn.LSTM` whose dropout may drop the same units for the whole batch.

    The first arguments are those of `nn.LSTM`, and so are parameters, their names, shapes and initial
    values: a state dict goes either way. What is beside them says what is dropped while training:

    ``nr``           probability at the input of each layer (non-recurrent); `dropout=p` is the same at the
                     inputs of all layers but the first, as in `nn.LSTM`
    ``rh``           probability at h of the step before (recurrent hidden)
    ``out``          probability at the last layer's output
    ``case``         who shares a mask, and for how long:

                     ====  =================  ========================
                     case  within the batch   across time steps
                     ====  =================  ========================
                     I     each sample's own  each step's own
                     II    each sample's own  constant over the window
                     III   shared             each step's own
                     IV    shared             constant over the window
                     ====  =================  ========================
    ``kind``         `"exact"`: always `(1-p) K` of K units are kept, rounded, and scaled by K over their
                     number; `"bernoulli"`: each with probability 1-p, scaled by 1/(1-p)
    ``groups``       in Cases III and IV, so many groups of consecutive samples have a mask each
    ``share_sites``  masks over equally many units with the same probability are the same at NR and RH of a
                     layer, and at OUT and the last one

    What `nn.LSTM(..., dropout=p)` drops is `case="I", kind="bernoulli"`.

    `masks` holds the `Masks` of the last call in training, `None` before.
    """

    masks: Optional[Masks]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Optional[torch.dtype] = None,
        *,
        nr: float = 0.0,
        rh: float = 0.0,
        out: float = 0.0,
        case: str = "III",
        kind: str = "exact",
        groups: int = 1,
        share_sites: bool = False,
    ) -> None:
        super().__init__()
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if size < 1:
                raise ValueError(f"{name} is {size}: give 1 or more")
        if proj_size != 0:
            raise ValueError(f"proj_size is {proj_size}: projections are not supported, use 0 and a layer after")
        if dropout and nr:
            raise ValueError(f"dropout is {dropout} and nr is {nr}: give one, nr drops at the first layer, too")
        if dropout and num_layers == 1:
            warnings.warn("dropout acts between layers, and there is one: give nr, rh or out", stacklevel=2)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = check_probability("dropout", dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self.nr = check_probability("nr", nr)
        self.rh = check_probability("rh", rh)
        self.out = check_probability("out", out)
        self._dropout = Dropout(case, kind, groups, share_sites)
        self.masks = None
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self._directions
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (4 * hidden_size, width),
                    "weight_hh": (4 * hidden_size, hidden_size),
                }
                if bias:
                    shapes.update(bias_ih=(4 * hidden_size,), bias_hh=(4 * hidden_size,))
                for name, shape in shapes.items():
                    values = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                    self.register_parameter(name + suffix, values)
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        """What the parameters of a layer's directions are called."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: self._directions]

    def reset_parameters(self) -> None:
        """Draws all parameters from [-1/sqrt(H), 1/sqrt(H)), as `nn.LSTM` does."""
        limit = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -limit, limit)

    def flatten_parameters(self) -> None:
        """Nothing: there is no fused kernel to prepare for. `nn.LSTM` has it, too."""

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {
            "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
            "nr": 0.0, "rh": 0.0, "out": 0.0,
        }  # fmt: skip
        for name, value in usual.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        if any((self.dropout, self.nr, self.rh, self.out)):
            text += f", case={self._dropout.case}, kind={self._dropout.kind}"
        return text

    def forward(
        self,
        input: Tensor,
        hx: Optional[tuple[Tensor, Tensor]] = None,
        *,
        masks: Optional[Masks] = None,
        generator: Optional[torch.Generator] = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """T time steps of B samples through all layers; D is 2 if bidirectional, else 1.

        ==========  ========================================================================
        `input`     [T, B, K], [B, T, K] if `batch_first`, or [T, K] of one sample
        `hx`        h and c before: [layers * D, B, H] each, without B for one sample; or zeros
        `masks`     what is dropped; drawn anew while training if absent, nothing otherwise
        ==========  ========================================================================

        Returns the output, [T, B, D * H] as the input lies, and h and c after, as `hx`. The output is
        masked at OUT, h and c are not.
        """
        x, h0, c0, batched = self._window(input, hx)
        times, batch = x.shape[:2]
        if masks is None and self.training:
            masks = self.draw_masks(times, batch, like=x, generator=generator)
        if masks is not None:
            self._check_masks(masks, x)
        if self.training:
            self.masks = masks
        recording = _record.wanted_by(self, self.num_layers * self._directions)
        hs, cs = [], []
        for layer in range(self.num_layers):
            outputs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                cell = layer * self._directions + direction
                way = x.flip(0) if direction else x
                nr = masks.nr[cell] if masks else None
                rh = masks.rh[cell] if masks else None
                y, h, c = self._cell(way, h0[cell], c0[cell], suffix, nr, rh, masks, recording, cell)
                outputs.append(y.flip(0) if direction else y)
                hs.append(h)
                cs.append(c)
            x = torch.cat(outputs, dim=-1) if self.bidirectional else outputs[0]
        if masks is not None and masks.out is not None:
            x = x * masks.out
        h, c = torch.stack(hs), torch.stack(cs)
        if not batched:
            return x.squeeze(1), (h.squeeze(1), c.squeeze(1))
        return (x.transpose(0, 1) if self.batch_first else x), (h, c)

    def draw_masks(
        self,
        times: int,
        batch: int,
        *,
        like: Optional[Tensor] = None,
        generator: Optional[torch.Generator] = None,
    ) -> Masks:
        """Draws the masks of a window of `times` steps and `batch` samples, as a call in training does.

        Their dtype and device are those of `like`, or else of the parameters.
        """
        if like is None:
            like = next(self.parameters())
        dropout = self._dropout
        dropout.check_batch(batch)

        def draw(p: float, units: int, drawn: dict[tuple[float, int], Optional[Tensor]]) -> Optional[Tensor]:
            if not dropout.share_sites:
                return dropout.draw(p, times, batch, units, like, generator)
            if (p, units) not in drawn:
                drawn[p, units] = dropout.draw(p, times, batch, units, like, generator)
            return drawn[p, units]

        shared = CASES[dropout.case][0]
        masks = Masks(groups=dropout.groups if shared else None)
        drawn: dict[tuple[float, int], Optional[Tensor]] = {}
        for layer in range(self.num_layers):
            width = self.input_size if layer == 0 else self.hidden_size * self._directions
            for _ in range(self._directions):
                drawn = {}
                masks.nr.append(draw(self.nr or (self.dropout if layer else 0.0), width, drawn))
                masks.rh.append(draw(self.rh, self.hidden_size, drawn))
        masks.out = draw(self.out, self.hidden_size * self._directions, drawn)
        return masks

    def _cell(
        self,
        x: Tensor,
        h: Tensor,
        c: Tensor,
        suffix: str,
        nr: Optional[Tensor],
        rh: Optional[Tensor],
        masks: Optional[Masks],
        recording: Optional[_record.Step],
        cell: int,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One direction of a layer: [T, B, K] to [T, B, H], and h and c after."""
        weight_ih, weight_hh = getattr(self, "weight_ih" + suffix), getattr(self, "weight_hh" + suffix)
        bias = None
        if self.bias:
            bias = getattr(self, "bias_ih" + suffix) + getattr(self, "bias_hh" + suffix)
        if nr is not None:
            x = x * nr
        # The products of all steps with W are one; those with U wait for each other.
        z = linear(x, weight_ih, bias)
        ys, before = [], []
        for t in range(x.shape[0]):
            masked = h if rh is None else h * rh[t if rh.shape[0] > 1 else 0]
            i, f, g, o = (z[t] + linear(masked, weight_hh)).chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            ys.append(h)
            before.append(masked)
        if recording is not None:
            groups = masks.groups if masks is not None else 1
            recording.cell(cell, x, before, (nr, rh), groups, weight_ih, weight_hh, bias, z)
        return torch.stack(ys), h, c

    def _window(
        self, input: Tensor, hx: Optional[tuple[Tensor, Tensor]]
    ) -> tuple[Tensor, Tensor, Tensor, bool]:
        """The input as [T, B, K], h and c before as [cells, B, H], and whether there was a B."""
        if isinstance(input, nn.utils.rnn.PackedSequence):
            raise TypeError(
                "input is a PackedSequence: unpack it with torch.nn.utils.rnn.pad_packed_sequence and mask the loss"
            )
        if not isinstance(input, Tensor):
            raise TypeError(f"input is a {type(input).__name__}: give a tensor")
        weight = next(self.parameters())
        if input.dtype != weight.dtype:
            raise TypeError(f"input is {input.dtype}: give {weight.dtype}, as the parameters are")
        if input.device != weight.device:
            raise ValueError(f"input is on {input.device}: give it on {weight.device}, as the parameters are")
        if input.dim() not in (2, 3) or input.shape[-1] != self.input_size or 0 in input.shape:
            wanted = f"[batch, time, {self.input_size}]" if self.batch_first else f"[time, batch, {self.input_size}]"
            raise ValueError(f"input has shape {list(input.shape)}: give {wanted}, or [time, {self.input_size}]")
        batched = input.dim() == 3
        x = input if batched else input.unsqueeze(1)
        if batched and self.batch_first:
            x = x.transpose(0, 1)
        shape = (self.num_layers * self._directions, x.shape[1], self.hidden_size)
        if hx is None:
            zeros = x.new_zeros(shape)
            return x, zeros, zeros, batched
        states = []
        for name, state in zip(("h", "c"), hx):
            wanted_shape = shape if batched else (shape[0], shape[2])
            if tuple(state.shape) != wanted_shape:
                raise ValueError(f"{name} of hx has shape {list(state.shape)}: give {list(wanted_shape)}")
            if state.dtype != x.dtype:
                raise TypeError(f"{name} of hx is {state.dtype}: give {x.dtype}, as the input is")
            if state.device != x.device:
                raise ValueError(f"{name} of hx is on {state.device}: give it on {x.device}, as the input is")
            states.append(state if batched else state.unsqueeze(1))
        return x, states[0], states[1], batched

    def _check_masks(self, masks: Masks, x: Tensor) -> None:
        """Refuses masks that do not fit the window."""
        if not isinstance(masks, Masks):
            raise TypeError(f"masks is a {type(masks).__name__}: give heddle.Masks")
        times, batch = x.shape[:2]
        cells = self.num_layers * self._directions
        for site, given in (("nr", masks.nr), ("rh", masks.rh)):
            if len(given) != cells:
                raise ValueError(f"masks.{site} has {len(given)} entries: give {cells}, one for each layer and direction")
            for cell, mask in enumerate(given):
                wide = self.input_size if cell < self._directions else self.hidden_size * self._directions
                units = wide if site == "nr" else self.hidden_size
                check_mask(mask, f"masks.{site}[{cell}]", times, batch, units, x)
        check_mask(masks.out, "masks.out", times, batch, self.hidden_size * self._directions, x)
