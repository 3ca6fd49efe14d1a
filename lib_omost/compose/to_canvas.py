"""A plan as a canvas: one region a thing, and one for each where there are several."""

from __future__ import annotations

from lib_omost.canvas.limits import MAX_ABSENT, MAX_REGIONS
from lib_omost.canvas.model import Canvas, Rect, Region
from lib_omost.canvas.place import rect_of
from lib_omost.canvas.vocabulary import GRID
from lib_omost.compose.geometry import around, ring, spot, tiles
from lib_omost.compose.layout import Placed, is_ring, lay_out
from lib_omost.compose.plan import Entry, Plan
from lib_omost.compose.vocabulary import CORNERS
from lib_omost.compose.words import color_of, own_color

COLORLESS = "gray"
_CORNERS = ((15, 15), (75, 15), (15, 75), (75, 75), (45, 15), (45, 75))


def to_canvas(plan: Plan) -> Canvas:
    """The canvas that a plan means. What must be absent is in none of its other texts."""
    regions: list[Region] = []
    for number, (entry, placed) in enumerate(zip(plan.entries, lay_out(plan), strict=True)):
        room = MAX_REGIONS - len(regions) - (len(plan.entries) - number - 1)  # one is kept for each that follows
        regions += regions_of(entry, placed, plan.style, together=entry.count > room)
    return Canvas(
        description=sentence(plan.scene),
        tags=", ".join(filter(None, (plan.scene, plan.style))),
        color_name=plan.scene_color or color_of(plan.scene) or COLORLESS,
        regions=tuple(regions),
        absent=tuple(dict.fromkeys(plan.absent))[:MAX_ABSENT],
    )


def regions_of(entry: Entry, placed: Placed, style: str, *, together: bool = False) -> tuple[Region, ...]:
    """A region for each of what an entry says: separate ones, for an encoder of prompts does not count.

    `together` makes one region, which says the count.
    """
    words = f"{entry.count} {entry.thing}" if together else entry.thing
    regions = []
    for rect in [placed.rect] if together else _each(entry, placed.rect):
        found = spot(rect)
        regions.append(
            Region(
                location=found.location,
                offset=found.offset,
                area=found.area,
                distance_to_viewer=placed.distance,
                description=sentence(words),
                tags=words,
                style=style,
                color_name=entry.color or own_color(entry.thing) or COLORLESS,
                free_rect=rect
                if entry.share and rect_of(found.location, found.offset, found.area) != rect
                else found.free_rect,
            )
        )
    return tuple(regions)


def sentence(words: str) -> str:
    """'red ball' → 'Red ball.'"""
    return words[:1].upper() + words[1:] + "."


def _each(entry: Entry, rect: Rect) -> list[Rect]:
    if entry.count == 1:
        return [around(15, 15, 50, 50) if entry.place == CORNERS else rect]
    if entry.place == CORNERS and entry.count <= len(_CORNERS):
        return [around(x, y, 30, 30) for x, y in _CORNERS[: entry.count]]
    if is_ring(entry) or (entry.relation is not None and entry.relation.kind == "around" and entry.place is None):
        return ring(entry.count)
    shape = {"row": "wide", "column": "tall"}.get(entry.figure or "") or (entry.size or "").rpartition(" ")[2]
    if rect.right - rect.left < GRID // 3 and shape not in ("wide", "tall"):
        shape = "tall"
    return tiles(rect, entry.count, shape)
