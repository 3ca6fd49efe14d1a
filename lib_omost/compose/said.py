"""What a message says of sizes and figures that no plan has words for, put into the plan that a model wrote for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lib_omost.compose.figures import Figure, arranged, figures_in
from lib_omost.compose.plan import Plan
from lib_omost.compose.shares import Share, shared, shares_in


@dataclass(frozen=True)
class Said:
    """What a message says besides what its plan does."""

    shares: tuple[Share, ...] = ()
    figures: tuple[Figure, ...] = ()


NOTHING_SAID = Said()


def said_in(message: str, plainer: str) -> Said:
    """What an English message says, `plainer` being what a model reads of it; of another one nothing is understood."""
    return Said(shares_in(message)[1], figures_in(plainer))


def with_said(plan: Plan, said: Said) -> Plan:
    """The plan in which things have their shares and stand in their figures."""
    entries = list(plan.entries)
    for number, share in shared(said.shares, [entry.thing for entry in entries]):
        entry = entries[number]
        place = share.place or (None if (share.width, share.height) == (100, 100) else entry.place)
        relation = None if place or (share.width, share.height) == (100, 100) else entry.relation
        shift = entry.shift if place == entry.place else None
        width, height = entry.share or (None, None)
        sides = (share.width or width, share.height or height)
        entries[number] = replace(entry, place=place, shift=shift, relation=relation, size=None, share=sides)
    for number, figure in arranged(said.figures, [(entry.thing, entry.count) for entry in entries]):
        entries[number] = replace(entries[number], figure=figure)
    return replace(plan, entries=tuple(entries))
