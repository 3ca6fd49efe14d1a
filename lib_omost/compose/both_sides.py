"""What is between two of a kind: "bench; between tree and tree" beside "2 x tree" is a tree on each side of it."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.compose.plan import Plan
from lib_omost.compose.vocabulary import MOST_ENTRIES
from lib_omost.compose.words import matching

_SIDES = 2


def on_both_sides(plan: Plan) -> Plan:
    """The plan with such a thing in the middle, and one of the two left and right of it, where no entry has a place."""
    entries = plan.entries
    things = [entry.thing for entry in entries]
    if len(entries) == MOST_ENTRIES or any(entry.place for entry in entries):
        return plan
    for number, entry in enumerate(entries):
        if entry.relation is None or entry.relation.kind != "between":
            continue
        near = {other for words in entry.relation.targets for other in matching(words, things) if other != number}
        if len(near) != 1 or entries[other := near.pop()].count != _SIDES:
            continue
        found = [[each] for each in entries]
        found[number] = [replace(entry, place="center", relation=None)]
        found[other] = [replace(entries[other], count=1, place=side, relation=None) for side in ("left", "right")]
        return replace(plan, entries=tuple(each for several in found for each in several))
    return plan
