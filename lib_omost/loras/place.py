"""Where a region's LoRA holds on a layer of H × W pixels, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.context import RectLike
from lib_omost.attention.layout import Box, box_in, nearest_cells


@dataclass(frozen=True)
class Place:
    """`box`: the pixels where it holds at all. `weights`: (h, w) of the box, 0…1; None where all are 1."""

    box: Box
    weights: torch.Tensor | None


def place_on(rect: RectLike, edge: float, height: int, width: int, grid: int = 90) -> Place:
    """The rectangle's pixels, as attention has them, or those of a soft edge.

    `edge` is over how many cells it fades, half of them outside the rectangle; a side on the picture's border does not.
    An edge that leaves no pixel is none. Raises ValueError for a layer without pixels.
    """
    if height < 1 or width < 1:
        raise ValueError(f"a layer needs at least one pixel, not {height} × {width}")
    top, bottom, left, right = rect
    if edge > 0:
        down = _fading(top, bottom, edge, height, grid)
        across = _fading(left, right, edge, width, grid)
        weights = torch.minimum(down[:, None], across[None, :])
        rows, columns = (torch.nonzero(line > 0).flatten().tolist() for line in (down, across))
        if rows and columns:
            box = Box(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)
            inside = weights[box.slices].contiguous()
            return Place(box, None if bool((inside == 1).all()) else inside)
    return Place(box_in(rect, nearest_cells(grid, height), nearest_cells(grid, width), grid), None)


def _fading(low: int, high: int, edge: float, pixels: int, grid: int) -> torch.Tensor:
    """(pixels,) float32: 0 outside, 1 inside, and a slope of `edge` cells about each side that is not the border."""
    centres = (torch.arange(pixels, dtype=torch.float64) + 0.5) * (grid / pixels)
    line = torch.ones(pixels, dtype=torch.float64)
    if low > 0:
        line = torch.minimum(line, 0.5 + (centres - low) / edge)
    if high < grid:
        line = torch.minimum(line, 0.5 + (high - centres) / edge)
    return line.clamp(0, 1).float()
