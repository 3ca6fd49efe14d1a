"""The known name that is nearest to what was written: places, offsets and areas."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from lib_omost.canvas.words import PLACES, SHAPE_HINTS, SHAPES, SHIFTS, SIZES, meanings

_AXES = (("top", "bottom"), ("left", "right"))
# No typing errors of words for places: "around" is no "ground", "behind" no "beneath".
_NO_PLACES = ("around", "behind", "beside", "between", "before", "light", "front", "for", "der", "die", "das", "den",
              "dem", "upright", "lift", "middleground")  # fmt: skip

_ADVERBS = ("moderately", "fairly", "relatively")
_NOUGHT = re.compile(
    r"[(\[]?[\s,+-]*0(?:\.0*)?(?:[\s,]+[+-]?0(?:\.0*)?)?\s*(?:%|px|cells)?[)\]]?|n/a|[-–—]", re.IGNORECASE
)


def nearest_location(text: str) -> str | None:
    """'top left', 'upper-left corner', '左上角' → 'on the top-left'; 'middle' → 'in the center'; None when unknown."""
    if text in LOCATIONS:
        return text
    words = meanings(text, PLACES, _NO_PLACES)
    place = "-".join(_first(words, axis) for axis in _AXES if _first(words, axis))
    if place:
        return f"on the {place}"
    return "in the center" if words else None


def nearest_offset(text: str) -> str | None:
    """'a bit to the top right' → 'slightly to the upper-right'; 'none' → 'no offset'; None when no word is known."""
    if text in OFFSETS:
        return text
    words = meanings(text, SHIFTS, _NO_PLACES) or (["no"] if _NOUGHT.fullmatch(text.strip()) else [])
    shift = "-".join(_first(words, axis) for axis in (("upper", "lower"), ("left", "right")) if _first(words, axis))
    if shift:
        return f"slightly to the {shift}"
    return "no offset" if words else None


def nearest_area(text: str) -> str | None:
    """'big square' → 'a large square area'. A missing size is medium, a missing shape square; None without both.

    A shape that is written goes before one that is hinted at: "a narrow horizontal strip" is horizontal.
    """
    if text in AREAS:
        return text
    sizes = meanings(text, SIZES, (*SHAPES, *SHAPE_HINTS, *_ADVERBS))
    shapes = meanings(text, SHAPES, (*SIZES, *SHAPE_HINTS)) or meanings(text, SHAPE_HINTS, (*SIZES, *SHAPES))
    if not sizes and not shapes:
        return None
    size = {"small": "small", "large": "large"}.get(sizes[0] if sizes else "", "medium-sized")
    return f"a {size} {shapes[0] if shapes else 'square'} area"


def _first(words: Sequence[str], choices: tuple[str, ...]) -> str:
    return next((word for word in words if word in choices), "")
