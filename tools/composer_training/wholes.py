"""Wishes without things of their own: scenes, moods, pictures in two halves."""

from __future__ import annotations

import random

from composer_training.lexicon import VAGUE
from composer_training.scenes import Scene, absent, place, scene, style
from composer_training.surface import asked
from composer_training.things import Things, with_article
from composer_training.wishes import Wish
from lib_omost.compose.plan import Entry, Plan


def halves(rng: random.Random, things: Things, held_out: bool) -> Wish:
    """A picture in two halves, each a scene or a thing of its own."""
    one, other = (Scene(*place(rng, held_out, rng.random())[1:]) for _ in range(2))
    first, second = rng.choice((("left", "right"), ("top", "bottom"), ("right", "left")))
    form = rng.choice(
        (
            "split picture: {a} on the {x} half, {b} on the {y} half",
            "{x} half {a}, {y} half {b}",
            "half {a} on the {x}, half {b} on the {y}",
            "{a} on the {x} and {b} on the {y}, split in the middle",
            "two halves: {x} {a}, {y} {b}",
            "the {x} side shows {a} and the {y} side {b}",
            "{a} in the {x} half and {b} in the {y} half",
            "split in two: {a} {x}, {b} {y}",
            "divided picture, {x}: {a}, {y}: {b}",
            "one half is {a} ({x}), the other half {b} ({y})",
        )
    )
    size = "large tall" if first in ("left", "right") else "large wide"
    entries = tuple(
        Entry(found.text.replace(",", ""), place=half, size=size, color=found.color)
        for found, half in ((one, first), (other, second))
    )
    said = [found.text if rng.random() < 0.6 else with_article(found.text) for found in (one, other)]
    return form.format(a=said[0], b=said[1], x=first, y=second), entries, []


def scene_alone(rng: random.Random, held_out: bool) -> tuple[str, Plan]:
    """A scene without things, or only what must not be there."""
    shown = scene(rng, held_out)
    gone: tuple[str, ...] = ()
    text = rng.choice((shown.text, with_article(shown.text), "the " + shown.text))
    nowhere = rng.random() < 0.35
    if nowhere:
        shown = Scene("wide landscape", "lightblue")
        text = rng.choice(
            ("a picture", "an image", "a view", "some place", "anything", "a landscape view", "somewhere")
        )
    if nowhere or rng.random() < 0.5:
        gone, said = absent(rng, held_out, set(shown.text.split()))
        text += said
    styled = ""
    if rng.random() < 0.2:
        styled, said, leads = style(rng)
        text = said + text if leads else text + said
    return asked(rng, text), Plan(shown.text, shown.color, styled, gone)


def vague(rng: random.Random) -> tuple[str, Plan]:
    """A mood, and what it makes the program show."""
    mood = rng.choice(list(VAGUE))
    text, color, things = VAGUE[mood]
    form = rng.choice(
        (
            "something {m}", "make something {m}", "I feel like something {m} today", "surprise me with something {m}", "{m}",
            "a {m} picture", "draw whatever is {m}", "anything {m} please", "I want a {m} mood", "give me a {m} scene",
            "can you do something {m}?", "I need a {m} wallpaper", "a really {m} image", "just something {m}, you decide",
        )
    )  # fmt: skip
    entries = tuple(Entry(thing, place=where, color=hue) for thing, where, hue in things)
    return form.format(m=mood), Plan(text, color, mood, (), entries)
