"""What of a message's things is in a canvas, and how it is there."""

from __future__ import annotations

import re

from lib_omost.canvas.model import Canvas, Region
from lib_omost.compose.review.finding import noun_of
from lib_omost.compose.review.thing import Named
from lib_omost.compose.words import color_in_words, color_of, says_color, singular

_NUMBERS = {
    2: "two|pair|couple|both",
    3: "three|trio",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    9: "nine",
}


def texts_of(canvas: Canvas) -> list[str]:
    parts = [canvas.description, *canvas.detailed_descriptions, canvas.tags, *canvas.absent]
    for region in canvas.regions:
        parts += [region.description, *region.detailed_descriptions, region.tags, region.atmosphere, region.style]
    return parts


def own_words(region: Region) -> list[str]:
    """What a region is, without its colours."""
    words = re.findall(r"[^\W\d_]+", (region.description or region.tags).lower())
    return [word for word in words if len(word) > 2 and color_of(word) is None] or words


def regions_of(thing: Named, canvas: Canvas) -> list[Region]:
    return [region for region in canvas.regions if noun_of(region) == singular(thing.noun)]


def has(region: Region, thing: str) -> bool:
    """Whether a description says of what it is about that it has or wears such a thing."""
    return (
        re.search(rf"\b(?:with|wearing|holding) (?:an? |the )?{re.escape(thing)}\b", region.description, re.I)
        is not None
    )


def says_count(regions: list[Region], thing: Named) -> bool:
    if thing.count == 1:
        return False
    number = re.compile(rf"\b(?:{thing.count}|{_NUMBERS[thing.count]})\b", re.I)
    return any(number.search(region.description) for region in regions)


def is_colored(region: Region, color: str) -> bool:
    last = color_in_words(color).split()[-1]
    return says_color(region.description, color) or color_in_words(region.color_name).split()[-1] == last


def stands_so(one: Region, kind: str, other: Region) -> bool:
    (top, bottom, left, right), (other_top, other_bottom, other_left, other_right) = one.rect, other.rect
    across, down = left + right - other_left - other_right, top + bottom - other_top - other_bottom
    x, y = (left + right) / 2, (top + bottom) / 2
    is_within = other_left <= x <= other_right and other_top <= y <= other_bottom
    is_under = other_left <= x <= other_right and down < 0
    depth = one.distance_to_viewer - other.distance_to_viewer
    return {
        "left of": across < 0,
        "right of": across > 0,
        "above": down < 0,
        "below": down > 0,
        "in front of": depth < 0,
        "behind": depth > 0,
        "on": is_within or is_under,
        "in": is_within,
        "beside": True,  # wherever that is
    }[kind]
