"""COCO's segmentations and the cells of the grid."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from lib_omost.canvas import GRID, Region
from lib_omost.canvas.cells import cells_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SIDE = 2**20  # pixels of a picture
MOST_POINTS = 20_000  # of one annotation's polygons


def segmented(segmentation: object, size: tuple[float, float]) -> NDArray[np.bool_] | None:
    """(90, 90): the cells whose centres lie in polygons or in runs of pixels; None for anything else.

    size: width and height of the picture, in pixels. Takes memory for the grid alone, whatever is said of its size.
    """
    if isinstance(segmentation, Mapping):
        return _of_runs(segmentation.get("size"), segmentation.get("counts"))
    if isinstance(segmentation, list) and segmentation:
        return _of_polygons(segmentation, size)
    return None


def runs_of(region: Region, width: int, height: int) -> tuple[list[int], int]:
    """The region's pixels as lengths of runs, column by column, outside first; and how many pixels it has."""
    import numpy as np

    grid = np.zeros((GRID, GRID), bool)
    grid[cells_of(region)] = True
    rows, columns = ((np.arange(side) * 2 + 1) * GRID // (2 * side) for side in (height, width))
    line = grid[rows[:, None], columns].flatten(order="F")
    edges = np.flatnonzero(np.diff(line, prepend=False)).tolist()
    ends = [0, *edges, line.size]
    return [end - start for start, end in pairwise(ends)], int(line.sum())


def _of_runs(size: object, counts: object) -> NDArray[np.bool_] | None:
    import numpy as np

    sides = _whole_numbers(size)
    runs = _whole_numbers(_uncompressed(counts) if isinstance(counts, str) else counts)
    if len(sides) != 2 or not runs or not all(0 < side <= MOST_SIDE for side in sides):
        return None
    height, width = sides
    ends = np.cumsum(np.array(runs, np.int64))
    if ends[-1] != height * width:
        return None
    y, x = ((np.arange(GRID) * 2 + 1) * side // (2 * GRID) for side in sides)
    inside: NDArray[np.bool_] = np.searchsorted(ends, x[None, :] * height + y[:, None], side="right") % 2 == 1
    return inside


def _uncompressed(counts: str) -> list[int]:
    """The runs of COCO's compressed form; empty for any other text.

    Source: cocoapi, maskApi.h: characters from "0" on carry five bits and whether more follow, the lowest bits first,
    in two's complement; from the fourth on a run is told by its difference to the last but one.
    """
    runs: list[int] = []
    value = shift = 0
    for char in counts:
        bits = ord(char) - ord("0")
        if not 0 <= bits < 64 or shift > 60:
            return []
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return [] if shift else runs


def _whole_numbers(value: object) -> list[int]:
    """The numbers of a list of nothing else; empty for anything else."""
    if not isinstance(value, list) or not all(type(one) is int and 0 <= one <= MOST_SIDE**2 for one in value):
        return []
    return value if sum(value) <= MOST_SIDE**2 else []


def _of_polygons(polygons: list[object], size: tuple[float, float]) -> NDArray[np.bool_] | None:
    """Cells within any of the polygons, each by the even-odd rule."""
    import numpy as np

    y, x = ((np.arange(GRID) + 0.5) * side / GRID for side in (size[1], size[0]))
    inside = np.zeros((GRID, GRID), bool)
    points = 0
    for polygon in polygons:
        if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
            return None
        points += len(polygon) // 2
        if points > MOST_POINTS or not all(
            isinstance(one, (int, float)) and not isinstance(one, bool) and abs(one) < 1e9 for one in polygon
        ):
            return None
        corners = np.array(polygon, np.float64).reshape(-1, 2)
        odd = np.zeros((GRID, GRID), bool)
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            crossed = (y0 > y) != (y1 > y)  # (90,): the rows whose line this side crosses
            if crossed.any():
                at = x0 + (y[crossed] - y0) * (x1 - x0) / (y1 - y0)
                odd[crossed] ^= x[None, :] < at[:, None]
        inside |= odd
    return inside
