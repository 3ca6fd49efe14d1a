"""How messages name the things of a canvas."""

from __future__ import annotations

import functools
import itertools
import random

from composer_training.canvases import Page
from composer_training.edit_phrases import FORMS
from composer_training.lexicon import read_lists
from composer_training.phrases import pick
from composer_training.things import Thing
from lib_omost.compose.edit import Targets

_KIND_NAMES = {
    "animal": "animal", "person": "person", "vehicle": "vehicle", "building": "building", "plant": "plant", "toy": "toy", "instrument": "instrument",
    "tool": "tool", "machine": "machine", "shape": "shape", "container": "container", "food": "food", "furniture": "piece of furniture",
}  # fmt: skip
_APART = 16  # of twice the grid: nearer middles are not clearly apart


def target_of(rng: random.Random, found: Page, *, several: bool = True) -> tuple[str, Targets, Thing] | None:
    """Something of the canvas: how a message names it, its numbers, and what it is."""
    number = rng.randrange(len(found.things))
    thing = found.things[number]
    same = found.numbers(thing.noun)
    if len(same) > 1:
        apart = _of_several(rng, found, same)
        if apart is not None and rng.random() < 0.6:
            return apart[0], Targets((str(apart[1] + 1),)), found.things[apart[1]]
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


def named_at(rng: random.Random, found: Page, number: int) -> str | None:
    """A region's name, or nothing where another shows the same."""
    return None if len(found.numbers(found.things[number].noun)) > 1 else _named(rng, found, number)


def _of_several(rng: random.Random, found: Page, same: list[int]) -> tuple[str, int] | None:
    """One of several of a noun by where it is among them, and its number: "the leftmost cat"."""
    rects = {number: found.canvas.regions[number].rect for number in same}
    across = rng.random() < 0.75
    middles = {number: rect.left + rect.right if across else rect.top + rect.bottom for number, rect in rects.items()}
    order = sorted(same, key=lambda number: middles[number])
    if any(middles[other] - middles[one] < _APART for one, other in itertools.pairwise(order)):
        return None
    noun = found.things[same[0]].noun
    first, last = ("left", "right") if across else ("top", "bottom")
    end = rng.choice((first, last, "middle") if len(order) == 3 else (first, last))
    number = {first: order[0], last: order[-1], "middle": order[len(order) // 2]}[end]
    if end == "middle":
        return rng.choice((f"the middle {noun}", f"the {noun} in the middle", f"the central {noun}")), number
    most = {"left": "leftmost", "right": "rightmost", "top": "topmost", "bottom": "lowest"}[end]
    outer = f"the outer {end} {noun}" if across else f"the {'upper' if end == 'top' else 'lower'} {noun}"
    side = f"the {noun} on the {end}" if across else f"the {noun} at the {end}"
    return rng.choice(
        (f"the {most} {noun}", f"the {end} {noun}", side, f"the {noun} on the far {end}" if across else outer)
    ), number


def _named(rng: random.Random, found: Page, number: int) -> str:
    """One thing by its noun, by all its words, by its kind, its place, its colour, its number or as "it"."""
    thing, place = found.things[number], found.place(number)
    ways = [(60.0, "the " + thing.noun), (21.0, "the " + thing.text), (2.0, f"number {number + 1}")]
    ways += [(1.0, said) for said in (f"that {thing.noun}", f"my {thing.noun}", thing.noun, f"this {thing.noun}")]
    kinds = [other.kind for other in found.things]
    names = [
        (weight, name) for weight, name in _general(thing) if all(name not in other.text for other in found.things)
    ]
    if kinds.count(thing.kind) == 1:
        ways += [(weight, "the " + name) for weight, name in names]
    if len(thing.noun.split()) > 1:
        last = thing.noun.split()[-1]
        if sum(last in other.text.split() for other in found.things) == 1:
            ways.append((14.0, "the " + last))
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


@functools.cache
def _broader() -> dict[str, tuple[str, ...]]:
    return read_lists("broader.txt")


def _general(thing: Thing) -> list[tuple[float, str]]:
    """What a thing can be called besides: a tulip is a flower and a plant."""
    names = [(8.0, name) for name, members in _broader().items() if thing.noun in members]
    return [*names, *([(4.0, _KIND_NAMES[thing.kind])] if thing.kind in _KIND_NAMES else [])]


def form_of(rng: random.Random, name: str, held_out: bool, **words: str) -> str:
    """A way to say this change; {b} in it is the target without its "the"."""
    return pick(rng, FORMS[name], held_out).format(b=words.get("t", "").removeprefix("the "), **words)
