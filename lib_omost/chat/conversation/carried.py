"""What a canvas written anew keeps of the one before it that its words cannot say.

Language models know Omost's own format alone: rectangles drawn by hand, and what `canvas.remarks` holds, are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.canvas.limits import MAX_ABSENT
from lib_omost.canvas.lines import CALLS
from lib_omost.canvas.read import read_canvas
from lib_omost.canvas.remarks import REMARKS
from lib_omost.compose.review.english import is_said, stems, tokens
from lib_omost.compose.review.finding import noun_of
from lib_omost.errors import CanvasError

_ALIKE = 0.6  # share of the words of two descriptions, from which they are of one thing whatever its noun
_PLACE = ("location", "offset", "area")
_FENCED = re.compile(r"```[^\n]*\n.*?^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")


@dataclass(frozen=True)
class Carried:
    """The new canvas with what it keeps, and what went with regions that are no longer there, a line each."""

    canvas: Canvas
    lost: tuple[str, ...] = ()


def carried_over(before: Canvas, after: Canvas, message: str = "") -> Carried:
    """`after` with what `before` had beyond words, each region's in the region of the same thing.

    A rectangle is kept where the words for its place are as they were; what `after` says itself stays as it says.
    Things that must not be seen stay out, unless the message names them.
    """
    was_in = _pairs(before.regions, after.regions)
    regions = tuple(
        _with(region, before.regions[was_in[number]]) if number in was_in else region
        for number, region in enumerate(after.regions)
    )
    gone = [region for number, region in enumerate(before.regions) if number not in was_in.values()]
    said = stems(tokens(message))
    stays = [thing for thing in before.absent if not any(is_said(word, said) for word in stems([thing]))]
    absent = tuple(dict.fromkeys((*after.absent, *stays)))[:MAX_ABSENT]
    return Carried(replace(after, regions=regions, absent=absent), tuple(_lost(gone)))


def with_code(reply: str, canvas: Canvas) -> str:
    """The reply with the canvas's code in the place of its last code, no other canvas, and all of its words."""
    code = f"```python\n{write_canvas(canvas)}```"
    fenced = list(_FENCED.finditer(reply))
    of_canvas = [fence for fence in fenced if _has_canvas(fence[0])] or fenced
    if not of_canvas:
        return code
    parts, place = [], 0
    for fence in of_canvas[:-1]:
        parts.append(reply[place : fence.start()].rstrip() + "\n\n")
        blank = _BLANK_LINES.match(reply, fence.end())
        place = blank.end() if blank else fence.end()
    last = of_canvas[-1]
    return "".join([*parts, reply[place : last.start()], code, reply[last.end() :]]).removeprefix("\n\n")


def _has_canvas(fence: str) -> bool:
    """Whether a fenced code is of a canvas: it has calls that make one, or is JSON that holds one."""
    if CALLS.search(fence):
        return True
    try:
        return read_canvas(fence).canvas is not None
    except CanvasError:
        return False


def _pairs(before: tuple[Region, ...], after: tuple[Region, ...]) -> dict[int, int]:
    """Of each new region the old one of the same thing: the most alike first, then those written at like places."""
    likeness = [
        (_likeness(old, new), -abs(there - here), here, there)
        for there, old in enumerate(before)
        for here, new in enumerate(after)
    ]
    pairs: dict[int, int] = {}
    for likely, _, here, there in sorted(likeness, reverse=True):
        if likely > 0 and here not in pairs and there not in pairs.values():
            pairs[here] = there
    return pairs


def _likeness(old: Region, new: Region) -> float:
    """0 for regions of different things."""
    same_place: float = sum(getattr(old, field) == getattr(new, field) for field in _PLACE) / 10
    if old.description == new.description:
        return 2 + same_place
    words, others = stems([old.description]), stems([new.description])
    shared = len(words & others) / max(1, len(words | others))
    noun = noun_of(old)
    return 1 + shared + same_place if shared >= _ALIKE or (noun and noun == noun_of(new)) else 0


def _with(new: Region, old: Region) -> Region:
    kept: dict[str, Any] = {
        one.field: getattr(old, one.field) for one in REMARKS if getattr(new, one.field) == one.default
    }
    is_there = all(getattr(new, field) == getattr(old, field) for field in _PLACE)
    return replace(new, free_rect=new.free_rect or (old.free_rect if is_there else None), **kept)


def _lost(gone: list[Region]) -> Iterator[str]:
    for region in gone:
        had = [one.word for one in REMARKS if getattr(region, one.field) != one.default]
        if had:
            yield f"{region.description!r} is no longer in the canvas, and its {' and '.join(had)} went with it"
