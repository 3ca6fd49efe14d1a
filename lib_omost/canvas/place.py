"""The words that are nearest to a rectangle."""

from __future__ import annotations

from lib_omost.canvas.model import Rect, Region
from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS


def nearest_words(rect: Rect) -> tuple[str, str, str]:
    """Location, offset and area whose rectangle has the least sum of squared differences of the four edges.

    Among equals the order of the vocabulary decides, as in the editor.
    """

    def miss(words: tuple[str, str, str]) -> int:
        location, offset, area = words
        other = Region(location, offset, area, 1.0, "").rect
        return sum((one - two) ** 2 for one, two in zip(rect, other, strict=True))

    return min(((location, offset, area) for location in LOCATIONS for offset in OFFSETS for area in AREAS), key=miss)
