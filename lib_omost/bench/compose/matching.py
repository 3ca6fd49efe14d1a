"""Which region stands for which thing that a message asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lib_omost.bench.compose.messages import Thing
from lib_omost.bench.compose.words import names_any, place_in
from lib_omost.canvas import Region

_TAGS_ONLY = 500.0  # characters: a noun in the tags alone counts as one so far behind in the description
_FIRST = 1000.0  # what the first region of a thing is worth more than another one of it
_ORDER = 1e-6  # what it costs to be one place off; where all else is equal, regions stand in the message's order

Matched = tuple[tuple[int, ...], ...]


def match(things: Sequence[Thing], regions: Sequence[Region]) -> Matched:
    """For each thing the indices of its regions, in order: at most its count, no region for two things.

    As many as possible are matched; then each thing gets one before another gets its second; then those win whose
    descriptions name the thing earliest.
    """
    slots = [(index, number) for index, thing in enumerate(things) for number in range(thing.count)]
    costs = [
        [
            _cost(things[index], region) - (0 if number else _FIRST) + _ORDER * (place - slot) ** 2
            for place, region in enumerate(regions)
        ]
        for slot, (index, number) in enumerate(slots)
    ]
    found: list[list[int]] = [[] for _ in things]
    for slot, region in _assign(costs).items():
        found[slots[slot][0]].append(region)
    return tuple(tuple(sorted(indices)) for indices in found)


def _cost(thing: Thing, region: Region) -> float:
    place = place_in(region.description, thing.nouns)
    if place is not None:
        return place
    return _TAGS_ONLY if names_any(region.tags, thing.nouns) else math.inf


def _assign(costs: Sequence[Sequence[float]]) -> dict[int, int]:
    """Rows to columns: the most pairs of finite cost that there can be, and of these the cheapest.

    Each round adds a pair along the cheapest path on which others are exchanged. Source: Ahuja, Magnanti and Orlin,
    Network Flows (1993), section 12.4, with Bellman's and Ford's search for the path.
    """
    row_of: dict[int, int] = {}  # by column
    while True:
        best, came = _paths(costs, row_of)
        free = [column for column in best if column not in row_of]
        column_of = {row: column for column, row in row_of.items()}
        if not free:
            return column_of
        column: int | None = min(free, key=best.__getitem__)
        while column is not None:
            row = came[column]
            row_of[column] = row
            column = column_of.get(row)


def _paths(costs: Sequence[Sequence[float]], row_of: dict[int, int]) -> tuple[dict[int, float], dict[int, int]]:
    """Of every column the cheapest path to it from a row that has none: its cost, and the last row on it."""
    taken = {row: column for column, row in row_of.items()}
    best: dict[int, float] = {}
    came: dict[int, int] = {}
    reach = {row: 0.0 for row in range(len(costs)) if row not in taken}
    for _ in range(len(costs) + 1):
        changed = False
        for row, so_far in tuple(reach.items()):
            for column, cost in enumerate(costs[row]):
                if column == taken.get(row) or so_far + cost >= best.get(column, math.inf):
                    continue
                best[column], came[column], changed = so_far + cost, row, True
                if column in row_of:
                    reach[row_of[column]] = so_far + cost - costs[row_of[column]][column]
        if not changed:
            break
    return best, came
