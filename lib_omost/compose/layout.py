"""Where the things of a plan lie: a rectangle and a distance to the viewer for each.

A plan says places by words ("top left") and by other things ("left of the barrel"). Things that stand to each other
left, right, above, below, on or between form a lattice, which is spread over the grid; what is in, in front of, behind
or around a thing is put to that thing's rectangle afterwards. A thing without any place takes a column of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.model import Rect
from lib_omost.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS
from lib_omost.compose.geometry import around, beside, between, within
from lib_omost.compose.plan import Entry, Plan
from lib_omost.compose.vocabulary import CORNERS, DEPTHS, PLACES, SHIFTS, SIZES
from lib_omost.compose.words import matching

# Steps on the lattice from a thing to the one that its relation names, reversed: x to the right, y down.
_STEPS = {"left of": (-1, 0), "right of": (1, 0), "beside": (1, 0), "above": (0, -1), "on": (0, -1), "below": (0, 1)}
_CENTRES = {1: [45], 2: [15, 75], 3: [15, 45, 75]}
_FREE = ("center", "left", "right", "bottom", "top", "bottom left", "bottom right", "top left", "top right")
NEAREST = 0.5

Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """Where the entry of the same index lies, all of it when it is several, and how far away."""

    rect: Rect
    distance: float


def lay_out(plan: Plan) -> tuple[Placed, ...]:
    """A place for every entry of a plan, in their order. A relation to nothing in the plan is as if it was not said."""
    entries = plan.entries
    targets = [_targets(entries, number) for number in range(len(entries))]
    points = _points(entries, targets)
    rects = _rects(entries, points)
    for number in _after_targets(targets):
        entry, others = entries[number], targets[number]
        if entry.relation is None or not others or entry.place is not None:
            continue
        if number not in points:
            rects[number] = _put(entry, [rects[other] for other in others])
    distances = _distances(entries, targets, rects)
    return tuple(Placed(rects[number], distances[number]) for number in range(len(entries)))


def size_of(entry: Entry, default: str) -> tuple[int, int]:
    """Width and height in cells."""
    return AREAS[SIZES[entry.size or default]]


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


def _points(entries: tuple[Entry, ...], targets: list[tuple[int, ...]]) -> dict[int, Point]:
    """The places on the lattice, −1 to 1 where all of them fit; what is put to another thing's rectangle has none."""
    said = {number: _said(entry) for number, entry in enumerate(entries) if entry.place in PLACES}
    steps = _steps(entries, targets)
    hung = {
        number
        for number, entry in enumerate(entries)
        if targets[number] and number not in said and entry.relation and not _is_step(entry.relation.kind)
    }
    points: dict[int, Point] = {}
    for number, point in said.items():
        _spread(number, point, steps, said, points)
    groups: list[dict[int, Point]] = []
    for number in range(len(entries)):
        if number in points or number in hung or any(number in group for group in groups):
            continue
        group: dict[int, Point] = {}
        _spread(number, (0, 0), steps, {}, group)
        groups.append(group)
    if points:
        _fill(groups, points, entries)
        return points
    return _arranged(groups)


def _steps(entries: tuple[Entry, ...], targets: list[tuple[int, ...]]) -> dict[int, list[tuple[int, Point]]]:
    """From every entry the steps to its neighbours on the lattice."""
    steps: dict[int, list[tuple[int, Point]]] = {number: [] for number in range(len(entries))}

    def link(one: int, other: int, step: Point) -> None:
        steps[other].append((one, step))
        steps[one].append((other, (-step[0], -step[1])))

    for number, entry in enumerate(entries):
        if entry.relation is None or not targets[number]:
            continue
        if entry.relation.kind == "between":
            link(number, targets[number][0], (1, 0))
            link(number, targets[number][1], (-1, 0))
        elif entry.relation.kind in _STEPS:
            link(number, targets[number][0], _STEPS[entry.relation.kind])
    return steps


def _is_step(kind: str) -> bool:
    return kind in _STEPS or kind == "between"


def _said(entry: Entry) -> Point:
    x, y = LOCATIONS[PLACES[entry.place or "center"]]
    dx, dy = OFFSETS[SHIFTS[entry.shift]] if entry.shift else (0, 0)
    return (x + dx - 45) / 30, (y + dy - 45) / 30


def _spread(
    start: int,
    point: Point,
    steps: dict[int, list[tuple[int, Point]]],
    said: dict[int, Point],
    points: dict[int, Point],
) -> None:
    """Put an entry at a point, and all that it leads to a step away; no two at the same."""
    waiting = [(start, point)]
    while waiting:
        number, (x, y) = waiting.pop(0)
        if number in points or (number in said and number != start):
            continue
        while (x, y) in points.values():
            x, y = (x, y + 1) if steps[number] and steps[number][0][1][0] else (x + 1, y)
        points[number] = (x, y)
        waiting += [(other, (x + dx, y + dy)) for other, (dx, dy) in steps[number]]


def _fill(groups: list[dict[int, Point]], points: dict[int, Point], entries: tuple[Entry, ...]) -> None:
    """Put the groups without a place of their own where there is still room."""
    for group in groups:
        if len(group) == 1 and entries[next(iter(group))].place == CORNERS:
            points.update(group)
            continue
        free = next((name for name in _FREE if _is_free(name, points)), "center")
        x, y = _said(Entry("x", place=free))
        points.update({number: (x + dx, y + dy) for number, (dx, dy) in group.items()})


def _is_free(name: str, points: dict[int, Point]) -> bool:
    x, y = _said(Entry("x", place=name))
    return all(abs(x - px) + abs(y - py) >= 1 for px, py in points.values())


def _arranged(groups: list[dict[int, Point]]) -> dict[int, Point]:
    """Groups side by side; single things in rows when there are more than three. The middle of all is at 0, 0."""
    points: dict[int, Point] = {}
    if len(groups) > 3 and all(len(group) == 1 for group in groups):
        columns = -(-len(groups) // 2) if len(groups) <= 6 else -(-len(groups) // 3)
        for place, group in enumerate(groups):
            points[next(iter(group))] = (place % columns, place // columns)
        return points
    edge = 0.0
    for group in groups:
        least = min(x for x, _ in group.values())
        low, high = (edge_of(y for _, y in group.values()) for edge_of in (min, max))
        for number, (x, y) in group.items():
            points[number] = (x - least + edge, y - (low + high) / 2)
        edge = max(points[number][0] for number in group) + 1
    return points


def _rects(entries: tuple[Entry, ...], points: dict[int, Point]) -> dict[int, Rect]:
    """The rectangles of all entries on the lattice, and a middle for those that are not."""
    fixed = any(entry.place in PLACES for entry in entries)
    columns = _axis([x for x, _ in points.values()], fixed)
    rows = _axis([y for _, y in points.values()], fixed)
    rects = {}
    for number, entry in enumerate(entries):
        if number not in points:
            rects[number] = around(45, 45, *size_of(entry, "medium"))
            continue
        x, y = points[number]
        if entry.place == CORNERS:
            rects[number] = Rect(0, GRID, 0, GRID)
            continue
        default = _default_size(entry, (len(columns), len(rows)), (x, y), len(points) > 1)
        width, height = size_of(entry, default)
        if entry.size is None:  # more than three a row or a column: narrower than any area
            width = min(width, GRID // len(columns)) if len(columns) > 3 else width
            height = min(height, GRID // len(rows)) if len(rows) > 3 else height
        if entry.count > 1 and entry.size is None:
            width, height = _room_for_several(len(columns), len(rows), width, height)
        rects[number] = around(columns[x], rows[y], width, height)
    return rects


def _axis(values: list[float], fixed: bool) -> dict[float, int]:
    """The cell that each place along one axis stands for."""
    known = sorted(set(values))
    if fixed and all(-1.4 <= value <= 1.4 for value in known):
        return {value: round(45 + 30 * value) for value in known}
    if fixed:
        least, most = min(-1.0, known[0]), max(1.0, known[-1])
        return {value: round(15 + 60 * (value - least) / (most - least)) for value in known}
    centres = _CENTRES.get(len(known))
    if centres is None:
        centres = [round((2 * place + 1) * GRID / (2 * len(known))) for place in range(len(known))]
    return dict(zip(known, centres, strict=True))


def _default_size(entry: Entry, lattice: tuple[int, int], point: Point, others: bool) -> str:
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
        width, height = size_of(entry, "large")
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
        others = [distances[other] for other in targets[number] if other in distances]
        if others and entry.relation and not entry.depth:
            own = depth_beside(entry.relation.kind, own, min(others))
        distances[number] = max(NEAREST, round(own, 1))
    return distances


def depth_beside(kind: str, own: float, other: float) -> float:
    """The distance of a thing that stands in this relation to one at `other`."""
    if kind == "in front of":
        return min(own, other * 0.6)
    if kind in ("behind", "around"):
        return max(own, other + (3.0 if kind == "behind" else 1.0))
    return min(own, other * 0.9) if kind in ("on", "in") else own
