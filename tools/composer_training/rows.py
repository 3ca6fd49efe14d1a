"""Wishes that name several things first and say then how they stand: in a row, in order, some of them together."""

from __future__ import annotations

import itertools
import random

from composer_training.phrases import joined, place_words
from composer_training.things import Thing, Things, entry_of
from composer_training.wishes import Wish
from lib_omost.compose.plan import Relation

_IN_ORDER = (
    "from left to right: {l}", "{l}, from left to right", "{l} in a row, from left to right", "{l}, lined up in this order from the left", "{l} next to each other, in this order",
    "left to right: {l}", "{l} side by side in this sequence", "starting at the left: {l}", "a row of {l}", "in a row from the left, {l}", "{l}, placed one after the other from left to right",
    "{l} - in exactly this order, left to right", "seen from left to right, {l}", "{l}, all in one row", "{l} standing shoulder to shoulder", "{l} in one line, the first one leftmost",
)  # fmt: skip
_TURNED = (
    "from right to left: {l}", "{l}, from right to left", "right to left: {l}", "starting at the right: {l}", "{l}, lined up in this order from the right", "{l} in a row, the first one on the far right",
)  # fmt: skip
_DOWN = (
    "from top to bottom: {l}", "{l}, from top to bottom", "top to bottom: {l}", "{l} stacked in this order from the top", "a column of {l}", "{l} one below the other", "starting at the top: {l}",
)  # fmt: skip
_ROWS = {2: ("left", "right"), 3: ("left", "center", "right")}
_COLUMNS = {2: ("top", "bottom"), 3: ("top", "center", "bottom")}


def in_row(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Two to four things in a row or a column, in the order of their names."""
    known = [things.one(counted=0.03, rich=0.2) for _ in range(rng.choice((2, 3, 3, 3, 4)))]
    forms, places, relation = rng.choices(
        ((_IN_ORDER, _ROWS, "right of"), (_TURNED, _ROWS, "left of"), (_DOWN, _COLUMNS, "below")), (7, 2, 3)
    )[0]
    said = rng.choice(forms).format(l=_listed(rng, known))
    if len(known) in places:
        spots = places[len(known)][:: -1 if forms is _TURNED else 1]
        return said, tuple(entry_of(thing, place=spot) for thing, spot in zip(known, spots, strict=True)), known
    entries = [entry_of(known[0])]
    for before, thing in itertools.pairwise(known):
        entries.append(entry_of(thing, relation=Relation(relation, (before.noun,))))
    return said, tuple(entries), known


def together(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Two places, one of them with two things: "a cup and a jug on the left, a loaf on the right"."""
    places = rng.choice(
        (("left", "right"), ("right", "left"), ("top", "bottom"), ("bottom", "top"), ("center", "left"))
    )
    clauses, entries, known = [], [], []
    many = rng.choice(((2, 1), (1, 2), (2, 2), (3, 1)))
    for place, number in zip(places, many, strict=True):
        some = [things.one(counted=0.05, rich=0.2) for _ in range(number)]
        where = place_words(rng, place, held_out)
        listed = _listed(rng, some)
        clauses.append(
            rng.choice((f"{listed} {where}", f"{listed} {where}", f"{where} {listed}", f"{place}: {listed}"))
        )
        entries += [entry_of(thing, place=place) for thing in some]
        known += some
    return rng.choice((", ", ", ", "; ", " and ", ". ")).join(clauses), tuple(entries), known


def named_first(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """All are named before the place of each, or of one between the others, is said."""
    known = [things.one(rich=0.15) for _ in range(rng.choice((2, 3, 3)))]
    opening = _listed(rng, known)
    if len(known) == 3 and rng.random() < 0.35:
        middle = rng.randrange(3)
        others = tuple(thing.noun for number, thing in enumerate(known) if number != middle)
        form = rng.choice(
            ("the {m} in between", "the {m} stands between the others", "with the {m} in the middle of the two", "the {m} is the one between", "put the {m} between the other two things", "the other two on either side of the {m}")
        )  # fmt: skip
        said = opening + rng.choice((", ", "; ", ". ", " - ")) + form.format(m=known[middle].noun)
        entries = [
            entry_of(thing, relation=Relation("between", others)) if number == middle else entry_of(thing)
            for number, thing in enumerate(known)
        ]
        return said, tuple(entries), known
    places = rng.sample(("left", "right", "center", "top", "bottom", "top left", "bottom right"), len(known))
    if len(known) == 3 and rng.random() < 0.5:
        places = rng.sample(("left", "center", "right"), 3)
    order = rng.sample(range(len(known)), len(known))
    named = rng.random() < 0.6
    clauses = [
        f"{'the ' if named else ''}{known[one].noun} {place_words(rng, places[one], held_out) if named else places[one]}"
        for one in order
    ]
    said = opening + rng.choice((". ", "; ", " - ", ", with ")) + joined(rng, clauses)
    return said, tuple(entry_of(thing, place=spot) for thing, spot in zip(known, places, strict=True)), known


def _listed(rng: random.Random, known: list[Thing]) -> str:
    texts = [thing.said for thing in known]
    if len(texts) == 1:
        return texts[0]
    last = rng.choice((" and ", " and ", ", and " if len(texts) > 2 else " and ", ", "))
    return ", ".join(texts[:-1]) + last + texts[-1]
