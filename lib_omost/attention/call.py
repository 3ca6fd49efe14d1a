"""RegionalCall: the denoiser's call under way, and which of its rows follow which canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.attention.run import RegionalRun

# The layer that projected, what it projected (1, T, C), its output (1, T, C'), the context → the output to use.
Projected = Callable[[str, torch.Tensor, torch.Tensor, RegionalContext], torch.Tensor]
Forward = Callable[..., Any]  # a tensor, or several where a layer changes text and image
TensorForward = Callable[..., torch.Tensor]  # of a layer with one output
Rows = slice | torch.Tensor  # an index of the first axis: a slice where they lie side by side, else (n,) int64


def as_projected(_layer: str, _tokens: torch.Tensor, out: torch.Tensor, _context: RegionalContext) -> torch.Tensor:
    """A projection that nothing changes."""
    return out


@dataclass
class RegionalCall:
    """What the layers of a denoiser must know of the call that they are in.

    height, width: of the latent of this sampling run.
    runs: one a canvas.
    noise: the share of noise in the latent of the call under way, None where the host does not tell.
    rows: how many the denoiser was given. groups: a run and the rows that follow its canvas. others: the rows without
    a canvas, None when there are none. ever: a call so far had a canvas.
    projected: what becomes of the keys and values of a context's tokens, such as a region's LoRA that adds to its own.
    """

    height: int
    width: int
    runs: tuple[RegionalRun, ...] = ()
    rows: int = 0
    groups: tuple[tuple[RegionalRun, Rows], ...] = ()
    others: Rows | None = None
    ever: bool = False
    noise: float | None = None
    projected: Projected = as_projected
    _carried: tuple[int | None, ...] | None = field(default=None, repr=False)

    def begin(self, carried: Sequence[int | None], noise: float | None = None) -> None:
        """A call begins whose rows carry these canvases: a number of `runs` for each row, None where there is none."""
        self.rows = len(carried)
        self.noise = noise
        if self._carried != tuple(carried):  # most calls of a run are alike
            self._carried = tuple(carried)
            self.groups = tuple(
                (run, rows_with(carried, number)) for number, run in enumerate(self.runs) if number in carried
            )
            self.others = rows_with(carried, None) if None in carried else None
        self.ever = self.ever or bool(self.groups)


def rows_with(carried: Sequence[int | None], canvas: int | None) -> Rows:
    """The rows that carry `canvas`; there must be one."""
    rows = [row for row, one in enumerate(carried) if one == canvas]
    if rows[-1] - rows[0] + 1 == len(rows):
        return slice(rows[0], rows[-1] + 1)
    return torch.tensor(rows)
