"""Messages that ask for a picture, and the plans they mean."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from composer_training.corrections import corrected
from composer_training.counts import counted
from composer_training.interactions import acting
from composer_training.prose import prose
from composer_training.rows import in_row, named_first, together
from composer_training.scenes import absent, before, scene, style, unsaid
from composer_training.surface import asked
from composer_training.things import Things
from composer_training.wholes import halves, scene_alone, vague
from composer_training.wishes import (
    Wish,
    alike,
    between_two,
    in_places,
    listed,
    several,
    single,
    two,
    two_or_one,
)
from lib_omost.compose.plan import Plan


def composition(rng: random.Random, held_out: bool) -> tuple[str, Plan, str]:
    """A message, the plan of what it asks for, and its category."""
    category = rng.choices([name for name, _, _ in _CATEGORIES], [weight for _, weight, _ in _CATEGORIES])[0]
    if category == "vague":
        return (*vague(rng), category)
    if category == "scene":
        return (*scene_alone(rng, held_out), category)
    if category == "prose":
        return (*prose(rng, held_out), category)
    make = next(make for name, _, make in _CATEGORIES if name == category)
    wish = make(rng, Things(rng, held_out, ("shape",) if category == "shapes" else ()), held_out)
    return (*_whole(rng, held_out, wish, negated=category == "absence"), category)


def _shapes(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """Coloured shapes, in any of the ways."""
    make = rng.choices(
        (two, alike, several, in_places, listed, counted, single, between_two), (6, 2, 2, 4, 4, 3, 2, 1)
    )[0]
    return make(rng, things, held_out)


def _whole(rng: random.Random, held_out: bool, wish: Wish, *, negated: bool) -> tuple[str, Plan]:
    """A wish with a scene, a style and what must be absent, as a message, and the plan of all."""
    phrase, entries, things = wish
    shown = unsaid(things)
    text = phrase
    gone: tuple[str, ...] = ()
    if things and rng.random() < 0.36:
        shown = scene(rng, held_out)
        text = before(rng, shown, text, held_out) if rng.random() < 0.33 else text + shown.said
    if negated or rng.random() < 0.02:
        gone, said = absent(
            rng, held_out, {word for thing in things for word in thing.noun.split()} | set(shown.text.split())
        )
        text += said
    styled = ""
    if rng.random() < 0.14:
        styled, said, leads = style(rng)
        bare = re.sub("^an? ", "", text)
        if bare != text and rng.random() < 0.3:  # "pixel art cottage": nothing stands between
            words = styled.split(", ")[:2]
            return asked(rng, " ".join((*words, bare))), Plan(shown.text, shown.color, ", ".join(words), gone, entries)
        text = said + text if leads else text.rstrip(".") + said
        message = text if leads else asked(rng, text)
    else:
        message = asked(rng, text)
    return message, Plan(shown.text, shown.color, styled, gone, entries)


_CATEGORIES: tuple[tuple[str, float, Callable[[random.Random, Things, bool], Wish]], ...] = (
    ("two", 20, two),
    ("acting", 7, acting),
    ("several", 9, several),
    ("in row", 4, in_row),
    ("together", 3, together),
    ("named first", 4, named_first),
    ("placed", 11, in_places),
    ("listed", 7, listed),
    ("alike", 3, alike),
    ("counted", 13, counted),
    ("single", 6, single),
    ("between", 5, between_two),
    ("absence", 6, two_or_one),
    ("corrected", 6, corrected),
    ("shapes", 8, _shapes),
    ("halves", 3, halves),
    ("scene", 4, single),
    ("vague", 2, single),
    ("prose", 30, single),
)
