"""Regions of a canvas that somebody names, the pixels that they have, and whose a part of the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib_omost.canvas.cells import cells_of
from lib_omost.canvas.draft import cells_below, require_size
from lib_omost.canvas.model import Canvas, Rect, Region
from lib_omost.canvas.vocabulary import GRID
from lib_omost.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def regions_named(canvas: Canvas, name: str) -> tuple[Region, ...]:
    """By number from 1 in the order of the canvas, several between commas, or by what one's description begins with.

    Raises BadInputError where the canvas has none or several of that name.
    """
    parts = [part.strip() for part in name.split(",")]
    if all(part.isdecimal() for part in parts):
        numbers = [int(part[:6]) for part in parts]
        for number in numbers:
            if not 1 <= number <= len(canvas.regions):
                raise BadInputError(f"the canvas has no region {number}", hint=_those_of(canvas))
        return tuple(canvas.regions[number - 1] for number in dict.fromkeys(numbers))
    wanted = _plain(name)
    same = [region for region in canvas.regions if _plain(region.description) == wanted]
    found = same or [region for region in canvas.regions if wanted and _plain(region.description).startswith(wanted)]
    if len(found) != 1:
        how_many = "several regions" if found else "no region"
        raise BadInputError(f"the canvas has {how_many} called {name.strip()[:60]!r}", hint=_those_of(canvas))
    return tuple(found)


def pixels_of(regions: Sequence[Region], width: int, height: int) -> NDArray[np.bool_]:
    """(height, width): the pixels whose centre lies in a cell of one of the regions.

    Raises ValueError when a side is not 1 to 8192.
    """
    import numpy as np

    require_size(width, height)
    grid = np.zeros((GRID, GRID), bool)
    for region in regions:
        grid[cells_of(region)] = True
    found: NDArray[np.bool_] = grid[cells_below(height)[:, None], cells_below(width)]
    return found


def box_of(place: Rect, width: int, height: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in pixels of a place on the grid; never empty. Raises ValueError as `pixels_of`."""
    require_size(width, height)
    left, right = (round(cell * width / GRID) for cell in (place.left, place.right))
    top, bottom = (round(cell * height / GRID) for cell in (place.top, place.bottom))
    left, top = min(left, width - 1), min(top, height - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def owner_of(canvas: Canvas, box: tuple[int, int, int, int], width: int, height: int) -> Region | None:
    """The region that most pixels of a box are of, None where most are of none.

    box: (left, top, right, bottom) in pixels of a picture of `width` × `height`. A pixel is of the nearest region that
    has its cell; of two regions with as many the nearer one is taken. Raises ValueError as `pixels_of` does.
    """
    import numpy as np

    require_size(width, height)
    layers = canvas.far_to_near()
    grid = np.zeros((GRID, GRID), np.int64)
    for number, region in enumerate(layers, 1):
        grid[cells_of(region)] = number
    left, top, right, bottom = box
    rows, columns = cells_below(height)[max(0, top) : bottom], cells_below(width)[max(0, left) : right]
    counts = np.bincount(grid[rows[:, None], columns].ravel(), minlength=len(layers) + 1)
    most = len(layers) - int(counts[::-1].argmax())
    return layers[most - 1] if most and counts[most] else None


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def _those_of(canvas: Canvas) -> str:
    names = (f"{number} {region.description[:40]!r}" for number, region in enumerate(canvas.regions[:12], 1))
    return f"it has {', '.join(names)}" if canvas.regions else "it has none"
