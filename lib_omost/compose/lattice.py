"""Which things of a plan are left, right, above and below of which: points on a lattice, x to the right and y down.

"left", "center" and "right" are −1, 0 and 1; what stands beside a thing is a step of 1 from it: towards the
middle where that has a place, else in the order in which they are named, from left to right.
"""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.vocabulary import LOCATIONS, OFFSETS
from lib_omost.compose.plan import Entry
from lib_omost.compose.vocabulary import CORNERS, PLACES, SHIFTS

# Steps on the lattice from a thing to the one that its relation names, reversed: x to the right, y down.
_STEPS = {"left of": (-1, 0), "right of": (1, 0), "above": (0, -1), "on": (0, -1), "below": (0, 1)}
_FREE = ("center", "left", "right", "bottom", "top", "bottom left", "bottom right", "top left", "top right")

_HALF = 1.5  # from the middle of the lattice to the edge of the grid
_MIDDLE = 0.5  # how far from the middle is still there
_IN_A_ROW = 3  # places that have room without being spread

Point = tuple[float, float]


@dataclass(frozen=True)
class _Links:
    """From every entry the steps to its neighbours, and what it says itself of another one."""

    steps: dict[int, list[tuple[int, Point]]]
    own: list[tuple[str, tuple[int, ...]] | None]


def lattice(entries: tuple[Entry, ...], targets: list[tuple[int, ...]]) -> dict[int, Point]:
    """The places on the lattice, −1 to 1 where all of them fit; what is put to another thing's rectangle has none."""
    said = {number: _said(entry) for number, entry in enumerate(entries) if entry.place in PLACES}
    said |= _shared(said, targets)
    said |= _amid(entries, targets, said)
    hung = _hung(entries, targets, said)
    links = _Links(
        _steps(entries, targets, said, hung), [_own(entry, near) for entry, near in zip(entries, targets, strict=True)]
    )
    points: dict[int, Point] = {}
    for number, point in said.items():
        _spread(number, point, links, said, points)
    groups: list[dict[int, Point]] = []
    for number in range(len(entries)):
        is_around = entries[number].figure == "ring" and not links.steps[number]  # it takes no place of its own
        if number in points or number in hung or is_around or any(number in group for group in groups):
            continue
        group: dict[int, Point] = {}
        _spread(number, (0, 0), links, {}, group)
        groups.append(group)
    if points:
        _fill(groups, points, entries)
        return points
    return _arranged(groups)


def evened(points: dict[int, Point], entries: tuple[Entry, ...]) -> dict[int, Point]:
    """The points, those of a row that leaves the grid spread evenly over it, where all keep the side that is said.

    "cactus; left", then three things each right of the one before: the fourth would lie beyond the right edge.
    """
    axes: list[dict[float, float]] = []
    for axis in (0, 1):
        known = sorted({point[axis] for point in points.values()})
        moved = {value: (2 * place + 1) * _HALF / len(known) - _HALF for place, value in enumerate(known)}
        said = {_said(entry)[axis] for entry in entries if entry.place in PLACES}
        leaves = known and max(map(abs, known)) > _HALF and len(known) > _IN_A_ROW
        axes.append(moved if leaves and all(_is_on_side(moved.get(value, value), value) for value in said) else {})
    across, down = axes
    return {number: (across.get(x, x), down.get(y, y)) for number, (x, y) in points.items()}


def _is_on_side(value: float, said: float) -> bool:
    return abs(value) <= _MIDDLE if said == 0 else value * said > 0 and abs(value) >= _MIDDLE / 3


def _steps(
    entries: tuple[Entry, ...], targets: list[tuple[int, ...]], said: dict[int, Point], hung: set[int]
) -> dict[int, list[tuple[int, Point]]]:
    """From every entry the steps to its neighbours on the lattice."""
    steps: dict[int, list[tuple[int, Point]]] = {number: [] for number in range(len(entries))}

    def link(one: int, other: int, step: Point) -> None:
        steps[other].append((one, step))
        steps[one].append((other, (-step[0], -step[1])))

    for number, entry in enumerate(entries):
        if entry.relation is None or not targets[number] or number in hung or hung & set(targets[number]):
            continue
        if entry.relation.kind == "between":
            link(number, targets[number][0], (1, 0))
            link(number, targets[number][1], (-1, 0))
        elif entry.relation.kind == "beside":
            target = targets[number][0]
            inwards = -said.get(target, (0, 0))[0] or number - target
            link(number, target, (1 if inwards > 0 else -1, 0))
        elif entry.relation.kind in _STEPS:
            link(number, targets[number][0], _STEPS[entry.relation.kind])
    return steps


def _own(entry: Entry, targets: tuple[int, ...]) -> tuple[str, tuple[int, ...]] | None:
    return (entry.relation.kind, targets) if entry.relation is not None and targets else None


def _hung(entries: tuple[Entry, ...], targets: list[tuple[int, ...]], said: dict[int, Point]) -> set[int]:
    """What is put to another thing's rectangle, and what stands by such a one."""
    found: set[int] = set()
    while True:
        more = {
            number
            for number, entry in enumerate(entries)
            if targets[number]
            and number not in said
            and entry.relation
            and (not _is_step(entry.relation.kind) or found & set(targets[number]))
        }
        if more <= found:
            return found
        found |= more


def _shared(said: dict[int, Point], targets: list[tuple[int, ...]]) -> dict[int, Point]:
    """Where several things have one side of the picture, and none stands by another, the places along it for them."""
    found: dict[int, Point] = {}
    for x, y in set(said.values()):
        there = [number for number, point in said.items() if point == (x, y)]
        are_apart = not any(set(targets[number]) & set(there) for number in there)
        if len(there) > 1 and bool(x) != bool(y) and are_apart:
            for place, number in enumerate(there):
                along = 2 * place / (len(there) - 1) - 1
                found[number] = (x, along) if x else (along, y)
    return found


def _amid(entries: tuple[Entry, ...], targets: list[tuple[int, ...]], said: dict[int, Point]) -> dict[int, Point]:
    """The middle between two places that are said, for what is between them."""
    found: dict[int, Point] = {}
    for number, entry in enumerate(entries):
        if number in said or entry.relation is None or entry.relation.kind != "between" or not targets[number]:
            continue
        ends = [said[target] for target in targets[number] if target in said]
        if len(ends) == 2 and ends[0] != ends[1]:
            found[number] = ((ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2)
    return found


def _is_step(kind: str) -> bool:
    return kind in _STEPS or kind in ("between", "beside")


def _said(entry: Entry) -> Point:
    x, y = LOCATIONS[PLACES[entry.place or "center"]]
    dx, dy = OFFSETS[SHIFTS[entry.shift]] if entry.shift else (0, 0)
    return (x + dx - 45) / 30, (y + dy - 45) / 30


def _spread(
    start: int,
    point: Point,
    links: _Links,
    said: dict[int, Point],
    points: dict[int, Point],
) -> None:
    """Put an entry at a point, and all that it leads to a step away; no two at the same.

    Of two that say the same of one thing the second gives way to the side. Past any other it goes on: of
    "fork; left of plate" and "knife; right of fork" the knife is right of both.
    """
    steps = links.steps
    waiting: list[tuple[int, Point, Point | None]] = [(start, point, None)]
    while waiting:
        number, (x, y), step = waiting.pop(0)
        if number in points or (number in said and number != start):
            continue
        while (x, y) in points.values():
            there = next(other for other, at in points.items() if at == (x, y))
            if step is not None and links.own[number] != links.own[there]:
                x, y = x + step[0], y + step[1]
            else:
                x, y = (x, y + 1) if steps[number] and steps[number][0][1][0] else (x + 1, y)
        points[number] = (x, y)
        waiting += [(other, (x + dx, y + dy), (dx, dy)) for other, (dx, dy) in steps[number]]


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
