"""A canvas as it lies on a part of its picture, or on a larger picture around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from lib_omost.canvas.mask import Mask, cut_out
from lib_omost.canvas.model import MAX_EDGE, Canvas, Rect, Region
from lib_omost.canvas.place import nearest_words, rect_of
from lib_omost.canvas.vocabulary import GRID
from lib_omost.errors import BadInputError


class Window(NamedTuple):
    """Sides in cells of a canvas, not whole ones and perhaps beyond the grid; not empty."""

    top: float
    bottom: float
    left: float
    right: float

    @property
    def zoom(self) -> tuple[float, float]:
        """How many cells of the window, which has a grid of its own, one of the canvas is: down and across."""
        return GRID / (self.bottom - self.top), GRID / (self.right - self.left)


def as_place(cells: Sequence[int]) -> Rect:
    """Four numbers as a place on the grid. Raises BadInputError for others, an empty one or one that leaves it."""
    if len(cells) == 4:
        rect = Rect(*cells)
        if 0 <= rect.top < rect.bottom <= GRID and 0 <= rect.left < rect.right <= GRID:
            return rect
    raise BadInputError(
        f"{', '.join(map(str, cells))[:40] or 'nothing'} is no place on the canvas",
        hint=f"give top, bottom, left, right in cells, such as 0, {GRID}, 0, 60",
    )


def window_around(place: Rect) -> Window:
    """The larger picture's window, when the canvas is to lie on `place` of its grid."""
    down, across = GRID / (place.bottom - place.top), GRID / (place.right - place.left)
    top, left = -place.top * down, -place.left * across
    return Window(top, top + GRID * down, left, left + GRID * across)


def seen_through(canvas: Canvas, window: Window) -> Canvas:
    """The canvas of what the window shows, on a grid that fills the window.

    A point that lies at least half a cell of that grid inside or outside a region does so in both; a region that a
    larger window shows whole keeps its mask, to a cell. Regions of which no cell is left at the window's side are
    left out; one that is shown whole keeps at least one cell.
    """
    regions = (_seen(region, window) for region in canvas.regions)
    return replace(canvas, regions=tuple(region for region in regions if region is not None))


def _seen(region: Region, window: Window) -> Region | None:
    down, across = window.zoom
    top, bottom, left, right = region.rect
    rows, columns = (
        ((top - window.top) * down, (bottom - window.top) * down),
        (
            (left - window.left) * across,
            (right - window.left) * across,
        ),
    )
    is_whole = all(low >= -1e-9 and high <= GRID + 1e-9 for low, high in (rows, columns))
    one, other = (_cells(low, high, keep=is_whole) for low, high in (rows, columns))
    if one is None or other is None:
        return None
    rect, mask = Rect(*one, *other), region.mask
    if region.cells is not None and not (is_whole and min(down, across) < 1):
        found = _shape(region.cells, window)
        if found is not None:
            mask, rect = found
        elif not is_whole:
            return None
    location, offset, area = nearest_words(rect)
    return replace(
        region,
        location=location,
        offset=offset,
        area=area,
        free_rect=None if rect_of(location, offset, area) == rect else rect,
        edge=min(MAX_EDGE, region.edge * math.sqrt(down * across)),
        mask=mask,
    )


def _cells(low: float, high: float, *, keep: bool) -> tuple[int, int] | None:
    """The whole cells of an interval within the grid; `keep` one where there would be none."""
    first, last = (max(0, min(GRID, math.floor(side + 0.5))) for side in (low, high))
    if first < last:
        return first, last
    if not keep:
        return None
    middle = max(0, min(GRID - 1, math.floor((low + high) / 2)))
    return middle, middle + 1


def _shape(cells: tuple[int, ...], window: Window) -> tuple[Mask, Rect] | None:
    """The cells of the grid that lie under the centres of the window's, None without one."""
    down, across = window.zoom
    columns = [(x, math.floor(window.left + (x + 0.5) / across)) for x in range(GRID)]
    rows = []
    for y in range(GRID):
        source = math.floor(window.top + (y + 0.5) / down)
        row = cells[source] if 0 <= source < GRID else 0
        rows.append(sum((row >> column & 1) << x for x, column in columns if column >= 0))
    found = cut_out(rows)
    return None if found is None else (found[0], Rect(*found[1]))
