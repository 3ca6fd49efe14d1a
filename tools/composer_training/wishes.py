"""Wishes: phrases that name things and how they stand, and what they mean."""

from __future__ import annotations

import random
from dataclasses import replace

from composer_training.lexicon import COLORS
from composer_training.phrases import LABELS, between, joined, joint, near_and_far, placed, related
from composer_training.things import MADE, Thing, Things, color_name, entry_of
from lib_omost.compose.plan import Entry, Relation
from lib_omost.compose.vocabulary import PLACES

STEP_KINDS = ("left of", "right of", "above", "below", "on", "beside")
_DEEP_KINDS = ("in front of", "behind")
_KINDS = (*STEP_KINDS, *STEP_KINDS[:5], "on", "on", "in", "in", "in", "below", *_DEEP_KINDS, *_DEEP_KINDS)
_PLACES = (*PLACES, "left", "right", "top", "bottom")
_SMALL_KINDS = ("animal", "person", "food", "toy", "tool", "container", "clothing", "instrument", "plant")
# The kinds of the first and of the second thing of a relation. In a building or on a mountain is a scene (`scenes`).
_FITTING = {
    "on": (_SMALL_KINDS, ("furniture", "furniture", "vehicle", "container", "container", "animal", "toy")),
    "in": (_SMALL_KINDS, ("container", "container", "vehicle", "furniture")),
    "below": ((*_SMALL_KINDS, "furniture"), ("furniture", "plant", "nature", "vehicle", "building", "tool")),
}

Wish = tuple[str, tuple[Entry, ...], list[Thing]]  # a phrase, what it means, and the things in it


def two(rng: random.Random, things: Things, held_out: bool) -> Wish:
    kind = rng.choice(_KINDS)
    one, other = _pair(rng, things, kind)
    if rng.random() < 0.12:
        phrase, turned = near_and_far(rng, one.said, other.said, held_out)
        first, second = entry_of(one, depth="near"), entry_of(other, depth="far")
        return phrase, (second, first) if turned else (first, second), [other, one] if turned else [one, other]
    if rng.random() < 0.1:  # both are named before it is said how they stand
        named = rng.choice((one, other)), joint(rng, kind, held_out)
        pair = (one, other) if named[0] is one else (other, one)
        said = f"{pair[0].said} and {pair[1].said}{rng.choice(('. ', ', ', '; ', ' - '))}{one.known} {rng.choice(('is ', '', 'should be ', 'stands '))}{named[1]} {other.known}"
        lines = {one: entry_of(one, relation=Relation(kind, (other.noun,))), other: entry_of(other)}
        return said, tuple(lines[thing] for thing in pair), list(pair)
    phrase, turned = related(rng, kind, one.said, other.said, held_out)
    first = entry_of(one, relation=Relation(kind, (other.noun,)))
    second = entry_of(other)
    return phrase, (second, first) if turned else (first, second), [other, one] if turned else [one, other]


def _pair(rng: random.Random, things: Things, kind: str) -> tuple[Thing, Thing]:
    """Two things of which the first can stand so to the second, mostly: nobody asks for a barn in a pear."""
    first, second = _FITTING.get(kind, ((), ()))
    if kind not in ("on", "in") and rng.random() < 0.15:
        first = second = ()
    one = things.one(kinds=first, counted=0.08, rich=0.3)
    return one, things.one(kinds=second, counted=0.03, rich=0.3)


def alike(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Two things of one noun that differ in their colour: a red ball left of a blue ball."""
    thing = things.one(kinds=tuple(MADE | {"animal", "plant", "food"}), rich=0, sized=0, color=0)
    if thing.lead == "" or thing.text != thing.noun:
        return two(rng, things, held_out)
    hues = rng.sample(sorted(set(COLORS)), 2)
    one, other = (replace(thing, text=f"{hue} {thing.noun}", color=color_name(hue)) for hue in hues)
    kind = rng.random()
    if kind < 0.45:
        relation = rng.choice(_KINDS)
        phrase, turned = related(rng, relation, one.said, other.said, held_out)
        entries = (entry_of(one, relation=Relation(relation, (other.text,))), entry_of(other))
        return phrase, entries[::-1] if turned else entries, [one, other]
    if kind < 0.75:
        places = rng.choice((("left", "right"), ("right", "left"), ("top", "bottom"), ("center", "top left")))
        said = joined(rng, [placed(rng, t.said, p, held_out) for t, p in zip((one, other), places, strict=True)])
        return said, (entry_of(one, place=places[0]), entry_of(other, place=places[1])), [one, other]
    return f"{one.said} and {other.said}", (entry_of(one), entry_of(other)), [one, other]


def several(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Three or four things, each by one before it or at a place."""
    known = [things.one(counted=0.06, rich=0.25)]
    entries = {known[0]: entry_of(known[0])}
    first = known[0].said
    if rng.random() < 0.35:
        place = rng.choice(_PLACES)
        entries[known[0]] = entry_of(known[0], place=place)
        first = placed(rng, first, place, held_out)
    clauses: list[str] = []
    for number in range(rng.choice((2, 2, 3))):
        new = things.one(counted=0.06, rich=0.25)
        if rng.random() < 0.1:
            depth, words = rng.choice(
                (
                    ("far", "in the background"),
                    ("far", "in the distance"),
                    ("far", "far away"),
                    ("near", "in the foreground"),
                )
            )
            entries[new] = entry_of(new, depth=depth)
            clauses.append(f"{new.said} {words}")
        elif rng.random() < 0.24:
            place = rng.choice(_PLACES)
            entries[new] = entry_of(new, place=place)
            clauses.append(placed(rng, new.said, place, held_out))
        else:
            target = known[-1] if rng.random() < 0.6 else rng.choice(known)
            kind = rng.choice([kind for kind in _KINDS if target.kind in _FITTING.get(kind, ((), (target.kind,)))[1]])
            entries[new] = entry_of(new, relation=Relation(kind, (target.noun,)))
            clause, first = _clause(rng, kind, new, target, first=first, is_first=number == 0, held_out=held_out)
            if clause:
                clauses.append(clause)
        known.append(new)
    texts = ([first] if first else []) + clauses
    said = joined(rng, texts)
    order = sorted(known, key=lambda thing: _first_place(said, thing))
    return said, tuple(entries[thing] for thing in order), order


def _clause(
    rng: random.Random, kind: str, new: Thing, target: Thing, *, first: str, is_first: bool, held_out: bool
) -> tuple[str, str]:
    """A clause that puts `new` by `target`, and what is left of the one that only named the first thing."""
    if is_first and first == target.said and rng.random() < 0.6:
        return related(rng, kind, new.said, first, held_out)[0], ""
    named = target.known if rng.random() < 0.85 else rng.choice(("it", target.known)) if is_first else target.known
    if rng.random() < 0.3:
        return f"{joint(rng, kind, held_out)} {named}{rng.choice((' ', ' there is ', ' is ', ', '))}{new.said}", first
    return related(rng, kind, new.said, named, held_out)[0], first


def _first_place(text: str, thing: Thing) -> int:
    return text.find(thing.said) if thing.said in text else len(text)


def in_places(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """One to four things, each at a place of the picture."""
    places = rng.sample(list(PLACES), rng.choice((1, 1, 2, 2, 3, 3, 4)))
    if len(places) == 3 and rng.random() < 0.4:
        places = rng.choice((["left", "center", "right"], ["top", "center", "bottom"], ["right", "center", "left"]))
    known = [things.one(counted=0.05, rich=0.3) for _ in places]
    label = rng.choice(LABELS) if rng.random() < 0.2 else ""  # who writes labels writes them everywhere
    clauses = [
        label.format(p=place, a=thing.said) if label else placed(rng, thing.said, place, held_out)
        for thing, place in zip(known, places, strict=True)
    ]
    entries = [entry_of(thing, place=place) for thing, place in zip(known, places, strict=True)]
    if rng.random() < 0.2:  # and one without a place
        extra = things.one(rich=0.2)
        clauses.append(extra.said)
        entries.append(entry_of(extra))
        known.append(extra)
    return joined(rng, clauses), tuple(entries), known


def listed(rng: random.Random, things: Things, held_out: bool) -> Wish:
    known = [things.one(counted=0.15, rich=0.4, color=0.5) for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))]
    if rng.random() < 0.12:
        hues = [rng.choice(COLORS) for _ in known]
        said = joined(rng, [f"the {thing.noun} is {hue}" for thing, hue in zip(known, hues, strict=True)])
        entries = (Entry(f"{hue} {thing.noun}", color=color_name(hue)) for thing, hue in zip(known, hues, strict=True))
        return said, tuple(entries), known
    if len(known) == 2 and rng.random() < 0.25:
        said = rng.choice(("{a} with {b}", "{a}, with {b}", "{a} as well as {b}", "{a} plus {b}", "both {a} and {b}"))
        return said.format(a=known[0].said, b=known[1].said), tuple(map(entry_of, known)), known
    return joined(rng, [thing.said for thing in known]), tuple(map(entry_of, known)), known


def single(rng: random.Random, things: Things, held_out: bool) -> Wish:
    thing = things.one(rich=0.7, sized=0.45, color=0.35)
    if rng.random() < 0.25:
        other = things.one(rich=0.3, sized=0.6)
        return f"{thing.said} and {other.said}", (entry_of(thing), entry_of(other)), [thing, other]
    if rng.random() < 0.3:
        place = rng.choice(_PLACES)
        return placed(rng, thing.said, place, held_out), (entry_of(thing, place=place),), [thing]
    if rng.random() < 0.15:
        depth, words = rng.choice(
            (
                ("near", "very close"),
                ("near", "up close"),
                ("far", "far away"),
                ("far", "in the distance"),
                ("near", "in the foreground"),
                ("far", "in the background"),
                ("near", "close-up of"),
            )
        )
        said = f"{words} {thing.said}" if words.endswith("of") else f"{thing.said} {words}"
        return said, (entry_of(thing, depth=depth),), [thing]
    return thing.said, (entry_of(thing),), [thing]


def between_two(rng: random.Random, things: Things, held_out: bool) -> Wish:
    one, two, three = (things.one(rich=0.25) for _ in range(3))
    phrase, order = between(rng, one.said, two.said, three.said, held_out)
    entries = {
        "a": entry_of(one, relation=Relation("between", (two.noun, three.noun))),
        "b": entry_of(two),
        "c": entry_of(three),
    }
    known = dict(zip("abc", (one, two, three), strict=True))
    return phrase, tuple(entries[name] for name in order), [known[name] for name in order]


def two_or_one(rng: random.Random, things: Things, held_out: bool) -> Wish:
    kind = rng.random()
    if kind < 0.7:
        return single(rng, things, held_out)
    return two(rng, things, held_out)
