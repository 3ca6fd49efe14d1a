"""A mask of the grid laid on a layer: which pixels are inside, and how a soft edge fades about it."""

from __future__ import annotations

import torch

from lib_omost.attention.context import Cells


def grid_mask(cells: Cells, grid: int) -> torch.Tensor:
    """(grid, grid) bool on the CPU: the cells that are set."""
    return torch.tensor([[row >> x & 1 for x in range(grid)] for row in cells], dtype=torch.bool)


def sharp(mask: torch.Tensor, rows: list[int], columns: list[int]) -> torch.Tensor:
    """(H, W) bool: the cell that each pixel reads. Without one the pixel is in that most of the mask's cells lie in.

    mask: (grid, grid). rows, columns: the cell that each row and column of pixels reads.
    """
    grid = len(mask)
    inside = mask[torch.tensor(rows)[:, None], torch.tensor(columns)[None, :]]
    if not bool(inside.any()):
        down, across = (torch.arange(grid) * len(line) // grid for line in (rows, columns))
        counts = torch.zeros(len(rows) * len(columns), dtype=torch.long)
        counts.scatter_add_(0, (down[:, None] * len(columns) + across).flatten(), mask.flatten().long())
        inside.view(-1)[int(counts.argmax())] = True
    return inside


def faded(mask: torch.Tensor, edge: float, height: int, width: int) -> torch.Tensor:
    """(H, W) float32: 0 outside, 1 inside, and a slope of `edge` cells about the mask's outline.

    It is 0.5 + d / edge, where d is how far, by the greater of both axes, a pixel's centre lies inside the outline; a
    rectangle's sides fade so, each by itself. The picture's border is no outline.
    """
    inside = _distance(~mask, height, width) - _distance(mask, height, width)
    return (0.5 + inside / edge).clamp(0, 1).float()


def _distance(mask: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(H, W) float64: from each pixel's centre to the nearest cell that is set, by the greater of both axes."""
    down, across = (_to_cells(pixels, len(mask)) for pixels in (height, width))
    far = torch.full((), torch.inf, dtype=torch.float64)
    nearest = torch.full((height, width), torch.inf, dtype=torch.float64)
    for x in range(len(mask)):
        in_column = torch.where(mask[:, x], down, far).amin(1)  # (H,)
        nearest = torch.minimum(nearest, torch.maximum(in_column[:, None], across[:, x]))
    return nearest


def _to_cells(pixels: int, grid: int) -> torch.Tensor:
    """(pixels, grid) float64: from the centre of each pixel along a side to each cell; 0 within it."""
    centres = (torch.arange(pixels, dtype=torch.float64) + 0.5)[:, None] * (grid / pixels)
    low = torch.arange(grid, dtype=torch.float64)
    return torch.maximum(low - centres, centres - (low + 1)).clamp(min=0)
