"""A layer in pieces: its pixels by the weight that they are computed with, W or a region's own W + ΔW.

base + Σ mᵢ·ΔWᵢ·x = (1 − Σ mᵢ)·W·x + Σ mᵢ·(W + ΔWᵢ)·x: a pixel takes a second product at a soft edge alone, or where
regions overlap, and none where (1 − Σ mᵢ) or mᵢ is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.places import Box, Place

ROUNDING = 1e-6  # of weights that add up to 1
MOST_BOXES = 8  # of a convolution's own weight; more small products cost more than they leave out


@dataclass(frozen=True)
class Pixels:
    """Pixels of a linear layer, the `fresh` first that no piece before has given.

    index: (n,) int64. ones: how many come first, of the fresh, that count 1. counts: (n − ones, 1), how much the others
    count, None where that is 1, too.
    """

    index: torch.Tensor
    ones: int
    fresh: int
    counts: torch.Tensor | None

    @property
    def area(self) -> int:
        """How many."""
        return len(self.index)

    def like(self, x: torch.Tensor) -> Pixels:
        """On the device of `x`, the counts in its dtype."""
        counts = None if self.counts is None else self.counts.to(x.device, x.dtype)
        return Pixels(self.index.to(x.device), self.ones, self.fresh, counts)


@dataclass(frozen=True)
class Area:
    """A box of a convolution. fresh: whether no piece before has any pixel of it. counts: (h, w), None where all 1."""

    box: Box
    fresh: bool
    counts: torch.Tensor | None

    @property
    def area(self) -> int:
        """Its pixels."""
        return self.box.area

    @property
    def slices(self) -> tuple[Any, ...]:
        """The box as an index of (rows, C, H, W)."""
        return (..., *self.box.slices)

    def like(self, x: torch.Tensor) -> Area:
        """The counts on the device and in the dtype of `x`."""
        return Area(self.box, self.fresh, None if self.counts is None else self.counts.to(x.device, x.dtype))


Piece = Pixels | Area


def shares(places: Sequence[Place], height: int, width: int) -> tuple[torch.Tensor, ...]:
    """How much each weight counts, (H, W) float32: the layer's own first, then that of each place."""
    found = []
    for place in places:
        share = torch.zeros(height, width)
        share[place.box.slices] = 1.0 if place.weights is None else place.weights
        found.append(share)
    own = 1 - torch.stack(found).sum(dim=0)
    own[own.abs() < ROUNDING] = 0
    return own, *found


def in_pixels(counted: Sequence[torch.Tensor]) -> tuple[tuple[Pixels, ...], ...]:
    """The pieces of each share in a linear layer: one, or none where it counts nowhere."""
    given = torch.zeros(counted[0].numel(), dtype=torch.bool)
    found = []
    for share in counted:
        flat = share.flatten()
        is_one, again = flat == 1, (flat != 0) & given
        sorted_in = (is_one & ~given, (flat != 0) & ~is_one & ~given, again)
        ones, others, _ = (int(one.sum()) for one in sorted_in)
        index = torch.cat([one.nonzero().flatten() for one in sorted_in])
        given |= flat != 0
        counts = _unless_ones(flat[index[ones:], None])
        found.append((Pixels(index, ones, ones + others, counts),) if len(index) else ())
    return tuple(found)


def in_areas(counted: Sequence[torch.Tensor], places: Sequence[Place]) -> tuple[tuple[Area, ...], ...]:
    """The pieces of each share in a convolution: boxes around it."""
    given = torch.zeros(counted[0].shape, dtype=torch.bool)
    found = []
    for number, share in enumerate(counted):
        own = []
        for box in rectangles(share != 0) if number == 0 else [places[number - 1].box]:
            own.append(Area(box, not given[box.slices].any(), _unless_ones(share[box.slices].contiguous())))
            given[box.slices] = True
        found.append(tuple(own))
    return tuple(found)


def rectangles(mask: torch.Tensor) -> list[Box]:
    """Boxes that hold every pixel of a mask (H, W) once, one for all rows in succession that are alike.

    Where that are more than `MOST_BOXES` it is one box, of all of the layer.
    """
    height, width = mask.shape
    found: list[Box] = []
    begun: dict[tuple[int, int], int] = {}
    for row in range(height + 1):
        runs = _runs(mask[row]) if row < height else []
        for run in [run for run in begun if run not in runs]:
            found.append(Box(begun.pop(run), row, *run))
        for run in runs:
            begun.setdefault(run, row)
    return found if len(found) <= MOST_BOXES else [Box(0, height, 0, width)]


def _runs(line: torch.Tensor) -> list[tuple[int, int]]:
    edges = torch.diff(line.int(), prepend=torch.zeros(1, dtype=torch.int), append=torch.zeros(1, dtype=torch.int))
    return list(zip((edges > 0).nonzero().flatten().tolist(), (edges < 0).nonzero().flatten().tolist(), strict=True))


def _unless_ones(counts: torch.Tensor) -> torch.Tensor | None:
    return None if bool((counts == 1).all()) else counts
