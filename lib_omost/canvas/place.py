"""The words that are nearest to a rectangle."""

from __future__ import annotations

import functools

from lib_omost.canvas.model import Rect, Region
from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS


def nearest_words(rect: Rect) -> tuple[str, str, str]:
    """Location, offset and area whose rectangle has the least sum of squared differences of the four edges.

    Among equals the order of the vocabulary decides, as in the editor.
    """

    def miss(words: tuple[str, str, str]) -> int:
        return sum((one - two) ** 2 for one, two in zip(rect, rect_of(*words), strict=True))

    return min(((location, offset, area) for location in LOCATIONS for offset in OFFSETS for area in AREAS), key=miss)


@functools.cache
def rect_of(location: str, offset: str, area: str) -> Rect:
    """Where words say that a region lies."""
    return Region(location, offset, area, 1.0, "").rect
