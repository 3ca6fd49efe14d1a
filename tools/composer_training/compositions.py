"""Messages that ask for a picture, and the plans they mean."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from composer_training.lexicon import VAGUE
from composer_training.phrases import between, joined, joint, near_and_far, placed, related, surrounded
from composer_training.prose import prose
from composer_training.scenes import absent, before, scene, style, unsaid
from composer_training.surface import asked
from composer_training.things import Thing, Things
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.vocabulary import CORNERS, PLACES

_STEP_KINDS = ("left of", "right of", "above", "below", "on", "beside")
_KINDS = (
    *_STEP_KINDS,
    "left of",
    "right of",
    "above",
    "below",
    "on",
    "in",
    "in front of",
    "behind",
    "in front of",
    "behind",
)
_PLACES = (*PLACES, "left", "right", "top", "bottom")

Wish = tuple[str, tuple[Entry, ...], list[Thing]]  # a phrase, what it means, and the things in it


def composition(rng: random.Random, held_out: bool) -> tuple[str, Plan, str]:
    """A message, the plan of what it asks for, and its category."""
    category = rng.choices([name for name, _, _ in _CATEGORIES], [weight for _, weight, _ in _CATEGORIES])[0]
    if category == "vague":
        return (*_vague(rng, held_out), category)
    if category == "scene":
        return (*_scene_alone(rng, held_out), category)
    if category == "prose":
        return (*prose(rng, held_out), category)
    make = next(make for name, _, make in _CATEGORIES if name == category)
    wish = make(rng, Things(rng, held_out), held_out)
    return (*_whole(rng, held_out, wish, negated=category == "absence"), category)


def _whole(rng: random.Random, held_out: bool, wish: Wish, *, negated: bool) -> tuple[str, Plan]:
    """A wish with a scene, a style and what must be absent, as a message, and the plan of all."""
    phrase, entries, things = wish
    shown = unsaid(things)
    text = phrase
    gone: tuple[str, ...] = ()
    if rng.random() < 0.33:
        shown = scene(rng, held_out)
        text = before(rng, shown, text) if rng.random() < 0.25 else text + shown.said
    if negated or rng.random() < 0.02:
        gone, said = absent(
            rng, held_out, {word for thing in things for word in thing.noun.split()} | set(shown.text.split())
        )
        text += said
    styled = ""
    if rng.random() < 0.14:
        styled, said, leads = style(rng)
        text = said + text if leads else text.rstrip(".") + said
        message = text if leads else asked(rng, text)
    else:
        message = asked(rng, text)
    return message, Plan(shown.text, shown.color, styled, gone, entries)


def entry_of(thing: Thing, **fields: object) -> Entry:
    """The line of a plan for a thing."""
    return replace(Entry(thing.text, thing.count, size=thing.size, color=thing.color), **fields)  # type: ignore[arg-type]


def _two(rng: random.Random, things: Things, held_out: bool) -> Wish:
    kind = rng.choice(_KINDS)
    one = things.one(counted=0.08, rich=0.35)
    other = things.one(counted=0.03, rich=0.35)
    if rng.random() < 0.06:
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


def _several(rng: random.Random, things: Things, held_out: bool) -> Wish:
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
        if rng.random() < 0.22:
            place = rng.choice(_PLACES)
            entries[new] = entry_of(new, place=place)
            clauses.append(placed(rng, new.said, place, held_out))
        else:
            target = known[-1] if rng.random() < 0.6 else rng.choice(known)
            kind = rng.choice(_KINDS)
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


def _placed(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """One to four things, each at a place of the picture."""
    places = rng.sample(list(PLACES), rng.choice((1, 1, 2, 2, 3, 3, 4)))
    if len(places) == 3 and rng.random() < 0.4:
        places = rng.choice((["left", "center", "right"], ["top", "center", "bottom"], ["right", "center", "left"]))
    known = [things.one(counted=0.05, rich=0.3) for _ in places]
    clauses = [placed(rng, thing.said, place, held_out) for thing, place in zip(known, places, strict=True)]
    entries = [entry_of(thing, place=place) for thing, place in zip(known, places, strict=True)]
    if rng.random() < 0.2:  # and one without a place
        extra = things.one(rich=0.2)
        clauses.append(extra.said)
        entries.append(entry_of(extra))
        known.append(extra)
    return joined(rng, clauses), tuple(entries), known


def _listed(rng: random.Random, things: Things, held_out: bool) -> Wish:
    known = [things.one(counted=0.15, rich=0.4, color=0.5) for _ in range(rng.choice((2, 2, 3, 3, 4, 5)))]
    if rng.random() < 0.12:
        said = joined(rng, [f"the {thing.noun} is {thing.color}" for thing in known])
        return said, tuple(Entry(f"{thing.color} {thing.noun}", color=thing.color) for thing in known), known
    return joined(rng, [thing.said for thing in known]), tuple(map(entry_of, known)), known


def _counted(rng: random.Random, things: Things, held_out: bool) -> Wish:
    thing = things.one(counted=1, rich=0.4, color=0.4)
    kind = rng.random()
    if kind < 0.2:
        thing = replace(thing, count=2)
        said = rng.choice(("a pair of ", "a couple of ", "both ", "2 ")) + thing.said.removeprefix("two ")
        return said, (entry_of(thing),), [thing]
    said = thing.said
    if rng.random() < 0.25:
        said = said.replace(said.split()[0], str(thing.count), 1)
    if kind < 0.46:
        return _in_order(rng, thing, said)
    if kind < 0.86:
        return _with_another(rng, things, thing, said, held_out)
    return said, (entry_of(thing),), [thing]


def _in_order(rng: random.Random, thing: Thing, said: str) -> Wish:
    """Several of a thing in a row, in a column or in the corners."""
    kind = rng.random()
    if kind < 0.28 and thing.count >= 4:
        thing, four = (
            replace(thing, count=4),
            rng.choice((" in the corners", ", one in each corner", " in all four corners")),
        )
        return thing.said + four, (entry_of(thing, place=CORNERS),), [thing]
    if kind < 0.72:
        row = (" in a row", " lined up", " side by side", ", all in a row", " in a line", " next to each other")
        return said + rng.choice(row), (entry_of(thing, size="large wide"),), [thing]
    column = (" in a column", " stacked up", " one above the other", " on top of each other", " in a stack")
    return said + rng.choice(column), (entry_of(thing, size="large tall"),), [thing]


def _with_another(rng: random.Random, things: Things, thing: Thing, said: str, held_out: bool) -> Wish:
    """Several of a thing, and another thing beside, around which or where they are."""
    other = things.one(counted=0.2, rich=0.25)
    kind = rng.random()
    if kind < 0.45:
        order = (thing, other) if rng.random() < 0.5 else (other, thing)
        texts = [said if one is thing else other.said for one in order]
        return " and ".join(texts), tuple(map(entry_of, order)), list(order)
    if kind < 0.7:
        relation = "around"
        phrase, turned = surrounded(rng, said, other.said, held_out)
    else:
        relation = rng.choice(_KINDS)
        phrase, turned = related(rng, relation, said, other.said, held_out)
    pair = (entry_of(thing, relation=Relation(relation, (other.noun,))), entry_of(other))
    return phrase, pair[::-1] if turned else pair, [other, thing] if turned else [thing, other]


def _single(rng: random.Random, things: Things, held_out: bool) -> Wish:
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


def _between(rng: random.Random, things: Things, held_out: bool) -> Wish:
    one, two, three = (things.one(rich=0.25) for _ in range(3))
    phrase, order = between(rng, one.said, two.said, three.said, held_out)
    entries = {
        "a": entry_of(one, relation=Relation("between", (two.noun, three.noun))),
        "b": entry_of(two),
        "c": entry_of(three),
    }
    known = dict(zip("abc", (one, two, three), strict=True))
    return phrase, tuple(entries[name] for name in order), [known[name] for name in order]


def _without(rng: random.Random, things: Things, held_out: bool) -> Wish:
    kind = rng.random()
    if kind < 0.7:
        return _single(rng, things, held_out)
    return _two(rng, things, held_out)


def _halves(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """A picture in two halves, each a scene or a thing of its own."""
    one, other = scene(rng, held_out), scene(rng, held_out)
    first, second = rng.choice((("left", "right"), ("top", "bottom"), ("right", "left")))
    form = rng.choice(
        (
            "split picture: {a} on the {x} half, {b} on the {y} half",
            "{x} half {a}, {y} half {b}",
            "half {a} on the {x}, half {b} on the {y}",
            "{a} on the {x} and {b} on the {y}, split in the middle",
            "two halves: {x} {a}, {y} {b}",
            "the {x} side shows {a} and the {y} side {b}",
        )
    )
    size = "large tall" if first in ("left", "right") else "large wide"
    entries = tuple(
        Entry(found.text.replace(",", ""), place=place, size=size, color=found.color)
        for found, place in ((one, first), (other, second))
    )
    return form.format(a=one.text, b=other.text, x=first, y=second), entries, []


def _scene_alone(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    shown = scene(rng, held_out)
    gone: tuple[str, ...] = ()
    text = rng.choice((shown.text, "a " + shown.text, "the " + shown.text))
    if rng.random() < 0.6:
        gone, said = absent(rng, held_out, set(shown.text.split()))
        text += said
    styled = ""
    if rng.random() < 0.2:
        styled, said, leads = style(rng)
        text = said + text if leads else text + said
    return asked(rng, text), Plan(shown.text, shown.color, styled, gone)


def _vague(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    mood = rng.choice(list(VAGUE))
    place, color, things = VAGUE[mood]
    form = rng.choice(
        (
            "something {m}", "make something {m}", "I feel like something {m} today", "surprise me with something {m}", "{m}",
            "a {m} picture", "draw whatever is {m}", "anything {m} please", "I want a {m} mood", "give me a {m} scene",
            "can you do something {m}?", "I need a {m} wallpaper", "a really {m} image", "just something {m}, you decide",
        )
    )  # fmt: skip
    entries = tuple(Entry(thing, place=where, color=hue) for thing, where, hue in things)
    return form.format(m=mood), Plan(place, color, mood, (), entries)


_CATEGORIES: tuple[tuple[str, float, Callable[[random.Random, Things, bool], Wish]], ...] = (
    ("two", 20, _two),
    ("several", 14, _several),
    ("placed", 12, _placed),
    ("listed", 8, _listed),
    ("counted", 10, _counted),
    ("single", 9, _single),
    ("between", 3, _between),
    ("absence", 6, _without),
    ("halves", 2, _halves),
    ("scene", 5, _single),
    ("vague", 2, _single),
    ("prose", 13, _single),
)
