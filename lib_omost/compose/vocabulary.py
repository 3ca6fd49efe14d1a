"""The short names of the plan and edit languages, and the canvas's names they stand for."""

from __future__ import annotations

import re

from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS

# Where, in a word or two: "top left" is "on the top-left".
PLACES: dict[str, str] = {
    name.removeprefix("on the ").removeprefix("in the ").replace("-", " "): name for name in LOCATIONS
}
CORNERS = "corners"  # a place for several of a thing: one in each corner, then one in the middle of each side

# A shift behind a place: "center, lower left" is "slightly to the lower-left" of the centre.
SHIFTS: dict[str, str] = {
    "slightly " + name.removeprefix("slightly to the ").replace("-", " "): name for name in OFFSETS if name[0] == "s"
}

# How large: a size, and "tall" or "wide" behind it when it is not square.
SIZES: dict[str, str] = {
    "small": "a small square area",
    "small tall": "a small vertical area",
    "small wide": "a small horizontal area",
    "medium": "a medium-sized square area",
    "medium tall": "a medium-sized vertical area",
    "medium wide": "a medium-sized horizontal area",
    "large": "a large square area",
    "large tall": "a large vertical area",
    "large wide": "a large horizontal area",
}
assert set(SIZES.values()) == set(AREAS)

MOST_PERCENT = 100
# What no model writes, but a message says: percent of the picture's width and height, 0 where one stays as it is.
_SHARE = re.compile("(?P<width>[0-9]{1,3})x(?P<height>[0-9]{1,3})%")


def share_size(width: int | None, height: int | None) -> str:
    """A share of the picture as a size of an edit: '50x100%'."""
    return f"{width or 0}x{height or 0}%"


def share_of(size: str) -> tuple[int, int] | None:
    """The share that a size is, 0 for a side that stays; None where it is none."""
    match = _SHARE.fullmatch(size)
    if match is None:
        return None
    share = int(match["width"]), int(match["height"])
    return share if max(share) and max(share) <= MOST_PERCENT else None


# Distance to the viewer. The Omost models write 1 to 10.
DEPTHS: dict[str, float] = {"near": 2.0, "far": 9.0}

# One thing's place by another's. "between" names two.
RELATIONS = (
    "left of",
    "right of",
    "above",
    "below",
    "on",
    "in",
    "in front of",
    "behind",
    "beside",
    "between",
    "around",
)

MOST_OF_A_THING = 9  # a count beyond it is said in the description
MOST_WRITTEN = 6  # that a model learned to count
MOST_ENTRIES = 10
MOST_ABSENT = 4
LONGEST_WORD = 18  # characters of a word in a plan, all of them ASCII
MOST_WORDS = 9  # of a thing
MOST_WORDS_OF_SCENE = 10
MOST_WORDS_OF_ABSENT = 3
MOST_JOINTS = 2  # before each of its words but the first
JOINTS = ("a", "and", "in", "of", "on", "the", "with")
LONGEST_THING = MOST_WORDS * (LONGEST_WORD + 1 + MOST_JOINTS * len("with ")) - 1
LONGEST_SCENE = MOST_WORDS_OF_SCENE * (LONGEST_WORD + 2) - 2
LONGEST_ABSENT = MOST_ABSENT * (MOST_WORDS_OF_ABSENT * (LONGEST_WORD + 1) + 1) - 2
