"""Edits of one region, by itself: its colour, its words, a step, its size."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.canvas.model import Rect, Region
from lib_omost.canvas.remarks import REMARKS
from lib_omost.canvas.vocabulary import AREAS, GRID
from lib_omost.compose.edit import Nudge
from lib_omost.compose.geometry import at, within
from lib_omost.compose.to_canvas import COLORLESS, sentence
from lib_omost.compose.vocabulary import SIZES, share_of
from lib_omost.compose.words import (
    color_in_words,
    colored,
    matching,
    named_as_color,
    own_color,
    plain,
    recolored,
    says_color,
    unnamed,
)

STEP, SHORT_STEP = 25, 10  # cells of a nudge
GROWTH = 1.3
LEAST_SIDE = 8  # cells
_OF_THE_THING = ("loras", "negative", "mask", "reference")


def recolor(region: Region, color: str) -> Region:
    """The region in another colour: its colour, and the words for it in its texts."""
    bare = unnamed(region.description)
    old = region.color_name if says_color(bare, region.color_name) else own_color(bare)
    if old is None:
        return replace(
            region, color_name=color, description=colored(region.description, color), tags=_tagged(region.tags, color)
        )
    named = named_as_color(region.description)

    def said(text: str) -> str:
        return recolored(text, old, color, besides=named)

    return replace(
        region,
        color_name=color,
        description=said(region.description),
        detailed_descriptions=tuple(said(text) for text in region.detailed_descriptions),
        tags=said(region.tags),
        atmosphere=said(region.atmosphere),
        style=said(region.style),
        quality_meta=said(region.quality_meta),
    )


def redescribe(region: Region, thing: str, color: str | None) -> Region:
    """The region with another thing in it, or the same in other words. Details of the old one would contradict it."""
    said = color or own_color(thing)
    same = matching(thing, [plain(region.description)]) or matching(plain(region.description), [thing])
    return replace(
        region,
        description=sentence(thing),
        detailed_descriptions=(),
        tags=thing,
        quality_meta="",
        color_name=said or (region.color_name if same else COLORLESS),
    )


def replaced(region: Region, thing: str, color: str | None) -> tuple[Region, tuple[str, ...]]:
    """The region with another thing in it, and the words for what was of the old one alone and went with it."""
    after = redescribe(region, thing, color)
    old, new = plain(region.description), plain(thing)
    if not old or matching(new, [old]) or matching(old, [new]):
        return after, ()
    own = [one for one in REMARKS if one.field in _OF_THE_THING and getattr(region, one.field) != one.default]
    return replace(after, **{one.field: one.default for one in own}), tuple(one.word for one in own)


def nudge(region: Region, edit: Nudge) -> Region:
    """The region a step further, as far as the grid goes; a region that is clipped at an edge comes in whole."""
    step = SHORT_STEP if edit.slightly else STEP
    dx = {"left": -step, "right": step}.get(edit.direction, 0)
    dy = {"up": -step, "down": step}.get(edit.direction, 0)
    top, bottom, left, right = region.rect
    return put(region, within(Rect(top + dy, bottom + dy, left + dx, right + dx)))


def resize(region: Region, size: str) -> Region:
    """The region in another size about its own centre; a share of the picture lies at the edge that it is near."""
    share = share_of(size)
    if share is not None:
        return replace(put(region, rect := _shared(region.rect, share)), free_rect=rect)
    if size in SIZES and region.free_rect is None:
        return replace(region, area=SIZES[size])
    top, bottom, left, right = region.rect
    width, height = right - left, bottom - top
    if size in SIZES:
        width, height = AREAS[SIZES[size]]
    else:
        across = {"larger": GROWTH, "smaller": 1 / GROWTH, "wider": GROWTH, "narrower": 1 / GROWTH}.get(size, 1)
        down = {"larger": GROWTH, "smaller": 1 / GROWTH, "taller": GROWTH, "shorter": 1 / GROWTH}.get(size, 1)
        width, height = _scaled(width, across), _scaled(height, down)
    x, y = (left + right) // 2, (top + bottom) // 2
    return put(region, within(Rect(y - height // 2, y - height // 2 + height, x - width // 2, x - width // 2 + width)))


def _shared(rect: Rect, share: tuple[int, int]) -> Rect:
    """A share of the picture, 0 for a side that stays, in place of a rectangle."""
    top, bottom = _edges(rect.top, rect.bottom, share[1])
    left, right = _edges(rect.left, rect.right, share[0])
    return Rect(top, bottom, left, right)


def _edges(low: int, high: int, percent: int) -> tuple[int, int]:
    if not percent:
        return low, high
    length = max(1, round(percent * GRID / 100))
    middle = (low + high) / 2
    start = 0 if middle < GRID / 3 + LEAST_SIDE else GRID - length if middle > GRID * 2 / 3 - LEAST_SIDE else None
    if start is None:
        start = round(middle - length / 2)
    start = max(0, min(GRID - length, start))
    return start, start + length


def _scaled(side: int, factor: float) -> int:
    """A side in cells, larger or smaller; one that is short already never becomes longer by being made smaller."""
    if factor > 1:
        return min(GRID, max(side + 1, round(side * factor)))
    return max(min(LEAST_SIDE, side), round(side * factor))


def put(region: Region, rect: Rect) -> Region:
    """The region at a rectangle."""
    return replace(region, **at(region, rect))  # type: ignore[arg-type]


def extent(region: Region) -> tuple[int, int]:
    """Width and height in cells, those outside the grid too."""
    if region.free_rect is None:
        return AREAS[region.area]
    return region.free_rect.right - region.free_rect.left, region.free_rect.bottom - region.free_rect.top


def _tagged(tags: str, color: str) -> str:
    return ", ".join(filter(None, (tags, color_in_words(color))))
