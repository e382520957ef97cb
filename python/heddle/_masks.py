"""Dropout masks: which units, shared by whom, for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Optional

import torch

# Whether a mask is shared by the batch, and whether it is constant over the window.
CASES = {"I": (False, False), "II": (False, True), "III": (True, False), "IV": (True, True)}
KINDS = ("exact", "bernoulli")


@dataclass
class Masks:
    """The masks of one window of T time steps and B samples.

    Each is a tensor of factors, 0 where a unit is dropped and the inverted scale where it is kept, of shape
    [T or 1, B or 1, units], or `None`, where nothing is dropped. A list has an entry for each layer, and
    for each direction of it if the LSTM is bidirectional: forward, backward, forward of the next.
    A backward direction counts time from the end.
    """

    nr: list[Optional[torch.Tensor]] = field(default_factory=list)
    """On the input of each layer."""
    rh: list[Optional[torch.Tensor]] = field(default_factory=list)
    """On h of the step before, for each layer."""
    out: Optional[torch.Tensor] = None
    """On the last layer's output."""
    groups: Optional[int] = 1
    """How many groups of consecutive samples share a mask: 1 in Cases III and IV, `None` in I and II,
    where every sample has its own."""


@dataclass
class Dropout:
    """How masks are drawn."""

    case: str
    kind: str
    groups: int
    share_sites: bool

    def __post_init__(self) -> None:
        if self.case not in CASES:
            raise ValueError(f"case is {self.case!r}: give one of {', '.join(map(repr, CASES))}")
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}: give one of {', '.join(map(repr, KINDS))}")
        if self.groups < 1:
            raise ValueError(f"groups is {self.groups}: give 1 or more")
        if self.groups > 1 and not CASES[self.case][0]:
            raise ValueError(
                f"groups is {self.groups}, but in Case {self.case} every sample has its own mask: use Case III or IV"
            )

    def check_batch(self, batch: int) -> None:
        """Refuses a batch that cannot be divided into the groups."""
        if batch % self.groups:
            raise ValueError(f"groups is {self.groups}, which does not divide the batch of {batch}")

    def draw(
        self,
        p: float,
        times: int,
        batch: int,
        units: int,
        like: torch.Tensor,
        generator: Optional[torch.Generator],
    ) -> Optional[torch.Tensor]:
        """The factors of one site, [T or 1, B or 1, units]; `None` if p is 0."""
        if p == 0:
            return None
        shared, constant = CASES[self.case]
        rows = (1 if constant else times, self.groups if shared else batch)
        chance = torch.rand(*rows, units, device=like.device, generator=generator)
        if self.kind == "exact":
            count = exact_count(p, units)
            kept = chance.topk(count, dim=-1).indices
            factors = torch.zeros(*rows, units, device=like.device, dtype=like.dtype)
            factors.scatter_(-1, kept, units / count)
        else:
            factors = (chance >= p).to(like.dtype) / (1 - p)
        if shared and self.groups > 1:
            factors = factors.repeat_interleave(batch // self.groups, dim=1)
        return factors


def exact_count(p: float, units: int) -> int:
    """How many of `units` an exact mask keeps: (1-p) of them, rounded half up, at least one."""
    return max(1, min(units, math.floor((1 - p) * units + 0.5)))


def check_probability(name: str, p: float) -> float:
    """`p`, if it is one."""
    if not 0 <= p < 1:
        raise ValueError(f"{name} is {p}: give at least 0 and less than 1")
    return float(p)


def check_mask(
    mask: Optional[torch.Tensor], name: str, times: int, batch: int, units: int, like: torch.Tensor
) -> Optional[torch.Tensor]:
    """A mask that is given, checked against the window: [T or 1, B or 1, units]."""
    if mask is None:
        return None
    if not isinstance(mask, torch.Tensor):
        raise TypeError(f"{name} is a {type(mask).__name__}: give a tensor of factors, or None")
    steps, samples, width = mask.shape if mask.dim() == 3 else (0, 0, 0)
    if steps not in (1, times) or samples not in (1, batch) or width != units:
        raise ValueError(f"{name} has shape {list(mask.shape)}: give [{times} or 1, {batch} or 1, {units}]")
    if mask.dtype != like.dtype:
        raise TypeError(f"{name} is {mask.dtype}: give {like.dtype}, as the input is")
    if mask.device != like.device:
        raise ValueError(f"{name} is on {mask.device}: give it on {like.device}, as the input is")
    return mask
