"""Where the things of a plan lie: a rectangle and a distance to the viewer for each.

A plan says places by words ("top left") and by other things ("left of the barrel"). Things that stand to each other
left, right, above, below, on or between form a lattice, which is spread over the grid; what is in, in front of, behind
or around a thing is put to that thing's rectangle afterwards. A thing without any place takes a column of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.model import Rect
from lib_omost.canvas.vocabulary import AREAS, GRID
from lib_omost.compose.geometry import around, beside, between, within
from lib_omost.compose.lattice import Point, evened, lattice
from lib_omost.compose.plan import Entry, Plan
from lib_omost.compose.shapes import shape_of
from lib_omost.compose.vocabulary import CORNERS, DEPTHS, PLACES, SIZES
from lib_omost.compose.words import matching

_OPPOSITE = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "on": "below",
    "beside": "beside",
}
_EDGE = 1.4  # of the lattice; 1 is where "left" and "right" are
_CENTRES = {1: [45], 2: [15, 75], 3: [15, 45, 75]}
_ACROSS_A_ROW = 40  # cells
_BACKDROP = 5000  # cells: a share of the picture as large lies behind all else
_IN_TENTHS = 0.5  # and beyond


@dataclass(frozen=True)
class Placed:
    """Where the entry of the same index lies, all of it when it is several, and how far away."""

    rect: Rect
    distance: float


def lay_out(plan: Plan) -> tuple[Placed, ...]:
    """A place for every entry of a plan, in their order. A relation to nothing in the plan is as if it was not said."""
    entries = plan.entries
    targets = [_targets(entries, number) for number in range(len(entries))]
    points = evened(lattice(entries, targets), entries)
    rects = _rects(entries, points)
    for number in _beyond(entries, points):
        rects[number] = _by_neighbor(number, entries, targets, rects) or rects[number]
    for number in _after_targets(targets):
        entry, others = entries[number], targets[number]
        if entry.relation is None or not others or entry.place is not None:
            continue
        if number not in points or any(entries[other].share for other in others):
            rects[number] = _put(entry, [rects[other] for other in others])
    distances = _distances(entries, targets, rects)
    return tuple(Placed(rects[number], distances[number]) for number in range(len(entries)))


def size_of(entry: Entry, default: str) -> tuple[int, int]:
    """Width and height in cells."""
    width, height = AREAS[SIZES[entry.size or default]]
    if entry.share is not None:
        across, down = (None if side is None else max(1, round(side * GRID / 100)) for side in entry.share)
        return across or width, down or height
    return width, height


def _targets(entries: tuple[Entry, ...], number: int) -> tuple[int, ...]:
    """The entries that one's relation names; none when any of them is not there."""
    relation = entries[number].relation
    if relation is None:
        return ()
    found: list[int] = []
    for words in relation.targets:
        near = [
            other
            for other in matching(words, [entry.thing for entry in entries])
            if other != number and other not in found
        ]
        if not near:
            return ()
        found.append(min(near, key=lambda other: abs(other - number)))
    return tuple(found)


def _rects(entries: tuple[Entry, ...], points: dict[int, Point]) -> dict[int, Rect]:
    """The rectangles of all entries on the lattice, and a middle for those that are not."""
    fixed = any(entry.place in PLACES for entry in entries)
    columns = _axis([x for x, _ in points.values()], fixed)
    rows = _axis([y for _, y in points.values()], fixed)
    rects = {}
    for number, entry in enumerate(entries):
        if entry.place == CORNERS or is_ring(entry):
            rects[number] = Rect(0, GRID, 0, GRID)
            continue
        if number not in points:
            rects[number] = around(45, 45, *size_of(entry, "medium"))
            continue
        x, y = points[number]
        default = _default_size(entry, (len(columns), len(rows)), (x, y), len(points) > 1)
        width, height = size_of(entry, default)
        if entry.size is None:  # more than three a row or a column: narrower than any area
            width = min(width, GRID // len(columns)) if len(columns) > 3 else width
            height = min(height, GRID // len(rows)) if len(rows) > 3 else height
        if entry.share is not None:
            rects[number] = _at_edge(entry, columns[x], rows[y], (width, height))
            continue
        if entry.count > 1 and entry.size is None:
            width, height = _room_for_several(len(columns), len(rows), width, height)
            width, height = _of_figure(entry, (width, height), (len(columns), len(rows)))
        rects[number] = around(columns[x], rows[y], width, height)
    return rects


def is_ring(entry: Entry) -> bool:
    """Whether several of a thing stand in a ring about the middle, or around what is there."""
    return entry.count > 1 and entry.figure == "ring" and entry.place in (None, "center")


def _of_figure(entry: Entry, size: tuple[int, int], lattice: tuple[int, int]) -> tuple[int, int]:
    """The room for a row or a column: all of its length, unless it is on one side or something stands beside it."""
    (width, height), (columns, rows), sides = size, lattice, set((entry.place or "").split())
    if entry.figure == "row":
        return GRID if columns == 1 and not {"left", "right"} & sides else width, min(height, _ACROSS_A_ROW)
    if entry.figure == "column":
        return min(width, _ACROSS_A_ROW), GRID if rows == 1 and not {"top", "bottom"} & sides else height
    return width, height


def _at_edge(entry: Entry, x: int, y: int, size: tuple[int, int]) -> Rect:
    """A share of the picture about a centre, or at the edges that its place names."""
    width, height = size
    sides = (entry.place or "").split()
    left = 0 if "left" in sides else GRID - width if "right" in sides else x - width // 2
    top = 0 if "top" in sides else GRID - height if "bottom" in sides else y - height // 2
    return within(Rect(top, top + height, left, left + width))


def _axis(values: list[float], fixed: bool) -> dict[float, int]:
    """The cell that each place along one axis stands for."""
    known = sorted(set(values))
    if fixed:  # places that the plan says are not moved; what would lie beyond the edge is put by its neighbour later
        return {value: round(45 + 30 * max(-_EDGE, min(_EDGE, value))) for value in known}
    centres = _CENTRES.get(len(known))
    if centres is None:
        centres = [round((2 * place + 1) * GRID / (2 * len(known))) for place in range(len(known))]
    return dict(zip(known, centres, strict=True))


def _beyond(entries: tuple[Entry, ...], points: dict[int, Point]) -> list[int]:
    """The things that the lattice puts beyond the grid, because the plan says where others are; nearest ones first."""
    if not any(entry.place in PLACES for entry in entries):
        return []
    out = [number for number, (x, y) in points.items() if max(abs(x), abs(y)) > _EDGE]
    return sorted(out, key=lambda number: max(map(abs, points[number])))


def _by_neighbor(
    number: int, entries: tuple[Entry, ...], targets: list[tuple[int, ...]], rects: dict[int, Rect]
) -> Rect | None:
    """The rectangle beside the one that a thing's relation names, or beside one whose relation names it."""
    entry = entries[number]
    if entry.relation is not None and len(targets[number]) == 1:
        return beside(entry.relation.kind, rects[targets[number][0]], *size_of(entry, "small"))
    for other, named in enumerate(targets):
        relation = entries[other].relation
        if named == (number,) and relation is not None and relation.kind in _OPPOSITE:
            return beside(_OPPOSITE[relation.kind], rects[other], *size_of(entry, "small"))
    return None


def _default_size(entry: Entry, lattice: tuple[int, int], point: Point, others: bool) -> str:
    """The size of a thing that has none: what its place allows, but none taller than wide for what is not.

    What is much wider than high takes all the width that its row has.
    """
    size = _size_of_place(entry, lattice, point, others)
    shape = shape_of(entry.thing)
    if entry.count > 1 or shape not in ("compact", "long"):
        return size
    if shape == "long" and (size == "large" or size.endswith(" wide")):
        return size if size.endswith(" wide") else f"{size} wide"
    return "small" if size.startswith("medium ") else size


def _size_of_place(entry: Entry, lattice: tuple[int, int], point: Point, others: bool) -> str:
    x, y = point
    if entry.place in PLACES:
        if x and y:
            return "small"
        if not x and not y:
            return "medium" if others else "large"
        return "medium tall" if x else "medium wide"
    sizes = {(1, 1): "large", (2, 1): "medium tall", (1, 2): "medium wide", (3, 1): "small tall", (1, 3): "small wide"}
    return sizes.get((min(lattice[0], 3), min(lattice[1], 3)), "small")


def _room_for_several(columns: int, rows: int, width: int, height: int) -> tuple[int, int]:
    """Several of a thing need all the room there is in their place."""
    return {1: 90, 2: 50}.get(columns, width), {1: 70, 2: 45}.get(rows, height)


def _after_targets(targets: list[tuple[int, ...]]) -> list[int]:
    """The entries in an order in which each comes after those it names, as far as there is one."""
    order: list[int] = []
    waiting = list(range(len(targets)))
    while waiting:
        ready = [number for number in waiting if not set(targets[number]) & set(waiting)] or waiting[:1]
        order += ready
        waiting = [number for number in waiting if number not in ready]
    return order


def _put(entry: Entry, targets: list[Rect]) -> Rect:
    """The rectangle of what is in, in front of, behind or around another thing, or beyond the end of the lattice."""
    assert entry.relation is not None
    kind = entry.relation.kind
    if kind == "behind":
        width, height = size_of(entry, "large wide" if shape_of(entry.thing) == "long" else "large")
    elif kind == "in front of":
        width, height = size_of(entry, "small")
    elif kind == "around" and entry.count > 1:
        return Rect(0, GRID, 0, GRID)
    else:
        width, height = size_of(entry, "small")
    if len(targets) > 1:
        return between(targets[0], targets[1], width, height)
    return within(beside(kind, targets[0], width, height))


def _distances(entries: tuple[Entry, ...], targets: list[tuple[int, ...]], rects: dict[int, Rect]) -> dict[int, float]:
    """What is lower is nearer, unless the plan says more: by a word, or by what stands in front of what."""
    distances: dict[int, float] = {}
    for number in _after_targets(targets):
        entry = entries[number]
        middle = (rects[number].top + rects[number].bottom) / 2
        own = DEPTHS[entry.depth] if entry.depth else 6.0 if middle < 35 else 4.0 if middle > 55 else 5.0
        if entry.share is not None and not entry.depth and rects[number].shared(rects[number]) >= _BACKDROP:
            own = 7.0
        others = [distances[other] for other in targets[number] if other in distances]
        if others and entry.relation and not entry.depth:
            own = depth_beside(entry.relation.kind, own, min(others))
        distances[number] = rounded_distance(own)
    return distances


def depth_beside(kind: str, own: float, other: float) -> float:
    """The distance of a thing that stands in this relation to one at `other`."""
    if kind == "in front of":
        return min(own, other * 0.6)
    if kind in ("behind", "around"):
        return max(own, other + (3.0 if kind == "behind" else 1.0))
    return min(own, other * 0.9) if kind in ("on", "in") else own


def rounded_distance(distance: float) -> float:
    """To tenths, and nearer than half a unit to two digits, so that what is nearer than a thing there stays so."""
    return round(distance, 1) if distance >= _IN_TENTHS else float(f"{distance:.2g}")
