"""How much of the picture things take up, and the figure that several of a thing stand in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lib_omost.canvas import GRID, Rect

SHARES = ("width", "height")
ARRANGEMENTS = ("row", "column", "ring")
_OFF = 8  # percent of the picture's side that a share may be off
_ALIGNED = 12  # cells: centres of one row are no further apart across it
_EVEN = 0.4  # the least gap of a ring's angles, as a share of an even one
_FROM_MIDDLE = 10  # cells: nothing of a ring stands nearer to its middle


def has_share(rect: Rect, share: Mapping[str, int]) -> bool:
    """Whether a rectangle takes up so many percent of the picture's width and height, as far as they are asked."""
    sides = {"width": rect.right - rect.left, "height": rect.bottom - rect.top}
    return all(abs(100 * sides[name] / GRID - percent) <= _OFF for name, percent in share.items())


def are_arranged(rects: Sequence[Rect], figure: str) -> bool:
    """Whether rectangles stand in a row, a column or a ring."""
    xs = [(rect.left + rect.right) / 2 for rect in rects]
    ys = [(rect.top + rect.bottom) / 2 for rect in rects]
    if len(rects) < 2:
        return False
    if figure == "ring":
        return _is_ring(xs, ys)
    along, across = (xs, ys) if figure == "row" else (ys, xs)
    return len(set(along)) == len(along) and max(across) - min(across) <= _ALIGNED


def _is_ring(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Around the middle of what they take up, with no gap of half a turn or more, and none upon another."""
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    if any(math.hypot(one - x, other - y) < _FROM_MIDDLE for one, other in zip(xs, ys, strict=True)):
        return False
    angles = sorted(math.atan2(other - y, one - x) for one, other in zip(xs, ys, strict=True))
    gaps = [after - before for before, after in zip(angles, (*angles[1:], angles[0] + math.tau), strict=True)]
    return max(gaps) < math.pi and min(gaps) >= _EVEN * math.tau / len(angles)
