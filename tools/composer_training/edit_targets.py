"""How messages name the things of a canvas."""

from __future__ import annotations

import random

from composer_training.canvases import Page
from composer_training.edit_phrases import FORMS
from composer_training.phrases import pick
from composer_training.things import Thing
from lib_omost.compose.edit import Targets


def target_of(rng: random.Random, found: Page, *, several: bool = True) -> tuple[str, Targets, Thing] | None:
    """Something of the canvas: how a message names it, its numbers, and what it is."""
    number = rng.randrange(len(found.things))
    thing = found.things[number]
    same = found.numbers(thing.noun)
    if len(same) > 1:
        if not several or rng.random() < 0.25:
            return None
        many = Thing(thing.noun, thing.text, thing.kind, thing.color, None, len(same))
        bare = many.known.removeprefix("the ")
        said = rng.choice(
            (many.known, f"all {many.known}", f"all {bare}", f"both {bare}" if len(same) == 2 else many.known)
        )
        return said, Targets(tuple(str(one + 1) for one in same)), thing
    if several and len(found.things) > 1 and rng.random() < 0.05:
        return rng.choice(("everything", "all of them", "all things", "every object")), Targets(("all",)), thing
    return _named(rng, found, number), Targets((str(number + 1),)), thing


def _named(rng: random.Random, found: Page, number: int) -> str:
    """One thing by its noun, by all its words, by its place, its colour, its number or as "it"."""
    thing, place = found.things[number], found.place(number)
    ways = [(60.0, "the " + thing.noun), (21.0, "the " + thing.text), (2.0, f"number {number + 1}")]
    ways += [(1.0, said) for said in (f"that {thing.noun}", f"my {thing.noun}", thing.noun, f"this {thing.noun}")]
    if len(found.things) == 1:
        ways.append((45.0, "it"))
    if [found.place(other) for other in range(len(found.things))].count(place) == 1:
        ways += [
            (2.0, said.format(p=place))
            for said in ("the {p} one", "the thing on the {p}", "the one at the {p}", "what is on the {p}")
        ]
    if thing.color and thing.color in thing.text and [other.color for other in found.things].count(thing.color) == 1:
        ways.append((8.0, f"the {thing.color} one"))
    return rng.choices([said for _, said in ways], [weight for weight, _ in ways])[0]


def form_of(rng: random.Random, name: str, held_out: bool, **words: str) -> str:
    """A way to say this change; {b} in it is the target without its "the"."""
    return pick(rng, FORMS[name], held_out).format(b=words.get("t", "").removeprefix("the "), **words)
