"""Where a rectangle or a mask of the canvas lies on a layer of so many pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch.nn import functional

from lib_omost.attention.context import Cells, RectLike
from lib_omost.attention.shape import faded, grid_mask, sharp


class Box(NamedTuple):
    """A half-open rectangle in pixels of one layer; never empty."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def area(self) -> int:
        """Pixels inside."""
        return self.height * self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """The box as an index of the first two axes of a (H, W, …) tensor."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class Place:
    """`box`: around the pixels where a region holds at all. `weights`: (h, w) of the box, 0…1; None where all are 1."""

    box: Box
    weights: torch.Tensor | None


@dataclass(frozen=True, eq=False)
class Fade:
    """How strongly the pixels of a box see a span: (h, w) float32 on the CPU, 0 to 1, and over 0 somewhere."""

    values: torch.Tensor
    _elsewhere: dict[torch.device, torch.Tensor] = field(default_factory=dict, repr=False)

    def on(self, device: torch.device) -> torch.Tensor:
        """The values on a device, copied there once."""
        if device not in self._elsewhere:
            self._elsewhere[device] = self.values.to(device)
        return self._elsewhere[device]


def place_on(
    rect: RectLike, edge: float, height: int, width: int, *, grid: int = 90, cells: Cells | None = None
) -> Place:
    """The pixels of a rectangle, or of some of its cells, on a layer: by torch's nearest-exact rule, or a soft edge's.

    `edge` is over how many cells it fades, half of them outside; a side on the picture's border does not. An edge that
    leaves no pixel is none. `cells` that fill the rectangle are the rectangle. Raises ValueError for a layer without
    pixels.
    """
    if height < 1 or width < 1:
        raise ValueError(f"a layer needs at least one pixel, not {height} × {width}")
    if cells is not None and not fill_rect(cells, rect):
        return _shape_on(cells, edge, height, width, grid)
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


def fill_rect(cells: Cells, rect: RectLike) -> bool:
    """Whether all cells of a rectangle are set."""
    top, bottom, left, right = rect
    columns = (1 << right) - (1 << left)
    return all(row & columns == columns for row in cells[top:bottom])


def box_in(rect: RectLike, rows: list[int], columns: list[int], grid: int) -> Box:
    """The pixels of a rectangle, on a layer whose rows and columns read these cells (`nearest_cells`)."""
    top, bottom, left, right = rect
    return Box(*_interval(rows, top, bottom, grid), *_interval(columns, left, right, grid))


def filled(boxes: Iterable[Box], height: int, width: int) -> bool:
    """Whether the boxes leave no pixel of a layer."""
    seen = torch.zeros(height, width, dtype=torch.bool)
    for box in boxes:
        seen[box.slices] = True
    return bool(seen.all())


def nearest_cells(cells: int, pixels: int) -> list[int]:
    """The cell that each of `pixels` pixels in a row reads, by torch's own nearest-exact rule (and its rounding)."""
    line = torch.arange(cells, dtype=torch.float32, device="cpu").view(1, 1, -1)
    return [int(cell) for cell in functional.interpolate(line, size=pixels, mode="nearest-exact").flatten().tolist()]


def _fading(low: int, high: int, edge: float, pixels: int, grid: int) -> torch.Tensor:
    """(pixels,) float32: 0 outside, 1 inside, and a slope of `edge` cells about each side that is not the border."""
    centres = (torch.arange(pixels, dtype=torch.float64) + 0.5) * (grid / pixels)
    line = torch.ones(pixels, dtype=torch.float64)
    if low > 0:
        line = torch.minimum(line, 0.5 + (centres - low) / edge)
    if high < grid:
        line = torch.minimum(line, 0.5 + (high - centres) / edge)
    return line.clamp(0, 1).float()


def _shape_on(cells: Cells, edge: float, height: int, width: int, grid: int) -> Place:
    mask = grid_mask(cells, grid)
    weights = faded(mask, edge, height, width) if edge > 0 else torch.zeros(height, width)
    if not bool(weights.any()):
        weights = sharp(mask, nearest_cells(grid, height), nearest_cells(grid, width)).float()
    rows, columns = (torch.nonzero(weights.any(axis)).flatten().tolist() for axis in (1, 0))
    box = Box(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)
    inside = weights[box.slices].contiguous()
    return Place(box, None if bool((inside == 1).all()) else inside)


def _interval(cells: list[int], low: int, high: int, grid: int) -> tuple[int, int]:
    inside = [pixel for pixel, cell in enumerate(cells) if low <= cell < high]
    if inside:
        return inside[0], inside[-1] + 1
    nearest = (low + high) * len(cells) // (2 * grid)
    return nearest, nearest + 1
