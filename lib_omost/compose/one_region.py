"""Edits of one region, by itself: its colour, its words, a step, its size."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.canvas.model import Rect, Region
from lib_omost.canvas.vocabulary import AREAS, GRID
from lib_omost.compose.edit import Nudge
from lib_omost.compose.geometry import at, within
from lib_omost.compose.to_canvas import COLORLESS, sentence
from lib_omost.compose.vocabulary import SIZES
from lib_omost.compose.words import color_in_words, colored, matching, own_color, plain, recolored, says_color

STEP, SHORT_STEP = 25, 10  # cells of a nudge
GROWTH = 1.3
LEAST_SIDE = 8  # cells


def recolor(region: Region, color: str) -> Region:
    """The region in another colour: its colour, and the words for it in its texts."""
    said = says_color(region.description, region.color_name)
    old = region.color_name if said else own_color(region.description)
    if old is None:
        return replace(
            region, color_name=color, description=colored(region.description, color), tags=_tagged(region.tags, color)
        )
    return replace(
        region,
        color_name=color,
        description=recolored(region.description, old, color),
        detailed_descriptions=tuple(recolored(text, old, color) for text in region.detailed_descriptions),
        tags=recolored(region.tags, old, color),
        atmosphere=recolored(region.atmosphere, old, color),
        style=recolored(region.style, old, color),
        quality_meta=recolored(region.quality_meta, old, color),
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


def nudge(region: Region, edit: Nudge) -> Region:
    """The region a step further, as far as the grid goes; a region that is clipped at an edge comes in whole."""
    step = SHORT_STEP if edit.slightly else STEP
    dx = {"left": -step, "right": step}.get(edit.direction, 0)
    dy = {"up": -step, "down": step}.get(edit.direction, 0)
    top, bottom, left, right = region.rect
    return put(region, within(Rect(top + dy, bottom + dy, left + dx, right + dx)))


def resize(region: Region, size: str) -> Region:
    """The region in another size about its own centre."""
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
