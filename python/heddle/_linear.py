"""A linear layer whose products can be recorded."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import Tensor, nn

from . import _record
from ._masks import Masks, check_mask


class Linear(nn.Linear):
    """`torch.nn.Linear`, such as the one ahead of a softmax, that `heddle.record` sees: site `out`.

    `batch_first` says whether time is the second dimension of the input instead of the first.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Optional[torch.dtype] = None,
        *,
        batch_first: bool = False,
    ) -> None:
        super().__init__(in_features, out_features, bias, device, dtype)
        self.batch_first = batch_first

    def forward(self, input: Tensor, masks: Optional[Masks] = None) -> Tensor:
        """`input` [T, B, K], [B, T, K] if `batch_first`, or [rows, K], to the same with `out_features`.

        `masks` are those of the LSTM whose output the input is (`lstm.masks`): their `out` says which units it
        dropped. They change nothing but what is recorded.
        """
        output = super().forward(input)
        recording = _record.wanted_by(self, 0)
        if recording is None:
            return output
        if input.dim() not in (2, 3):
            raise ValueError(f"input has shape {list(input.shape)}: to be recorded, give [T, B, K] or [rows, K]")

        def by_time(tensor: Tensor) -> Tensor:
            if input.dim() == 2:
                return tensor.unsqueeze(0)
            return tensor.transpose(0, 1) if self.batch_first else tensor

        x = by_time(input)
        mask = masks.out if masks is not None else None
        check_mask(mask, "masks.out", x.shape[0], x.shape[1], self.in_features, input)
        if mask is not None and bool((x.detach() * (mask == 0)).any()):
            raise ValueError("masks.out drops units that the input holds: give the masks it was masked with")
        groups = masks.groups if masks is not None else 1
        recording.linear(x, mask, groups, self.weight, self.bias, output, by_time)
        return output
