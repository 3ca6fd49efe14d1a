"""Canvases that edits start from: composed, then moved by hand as often as not."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from composer_training.scenes import scene
from composer_training.things import Thing, Things, entry_of, with_article
from lib_omost.canvas.model import Canvas, Rect
from lib_omost.canvas.vocabulary import GRID
from lib_omost.compose.geometry import place_of
from lib_omost.compose.plan import Plan
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.compose.vocabulary import PLACES

_SHORT = {name: short for short, name in PLACES.items()}


@dataclass(frozen=True)
class Page:
    """A canvas, and the thing in each of its regions."""

    canvas: Canvas
    things: tuple[Thing, ...]

    def place(self, number: int) -> str:
        """The short name of the place that a region is at."""
        return _SHORT[place_of(self.canvas.regions[number].rect)]

    def numbers(self, noun: str) -> list[int]:
        """The regions that show such a thing."""
        return [number for number, thing in enumerate(self.things) if thing.noun == noun]


def page(rng: random.Random, things: Things, held_out: bool, most: int = 5) -> Page:
    """A canvas of one to `most` kinds of things."""
    count = rng.choice([size for size in (1, 2, 2, 2, 3, 3, 3, 4, 4, 5) if size <= most])
    known = [things.one(rich=0.35, counted=0.07, color=0.5) for _ in range(count)]
    known = [replace(thing, count=min(thing.count, 3)) for thing in known]  # more would make long prompts
    places = rng.sample(list(PLACES), count)
    if count == 2 and rng.random() < 0.5:
        places = rng.choice((["left", "right"], ["top", "bottom"], ["right", "left"], ["center", "bottom right"]))
    entries = tuple(entry_of(thing, place=place) for thing, place in zip(known, places, strict=True))
    shown = scene(rng, held_out)
    canvas = to_canvas(Plan(shown.text, shown.color, "", (), entries))
    each = tuple(thing for thing in known for _ in range(thing.count))
    if rng.random() < 0.5:
        canvas = replace(
            canvas,
            regions=tuple(
                region if rng.random() < 0.5 else replace(region, free_rect=_drawn(rng)) for region in canvas.regions
            ),
        )
    if rng.random() < 0.3:
        canvas = replace(
            canvas,
            regions=tuple(
                replace(region, description=_fuller(rng, thing))
                for region, thing in zip(canvas.regions, each, strict=True)
            ),
        )
    if rng.random() < 0.15:
        canvas = replace(
            canvas,
            regions=tuple(
                replace(region, distance_to_viewer=rng.choice((1.0, 2.0, 5.0, 9.0, 10.0))) for region in canvas.regions
            ),
        )
    return Page(canvas, each)


def _drawn(rng: random.Random) -> Rect:
    height, width = rng.randint(12, 60), rng.randint(12, 60)
    top, left = rng.randint(0, GRID - height), rng.randint(0, GRID - width)
    return Rect(top, top + height, left, left + width)


def _fuller(rng: random.Random, thing: Thing) -> str:
    """A description as other models write it."""
    said = with_article(thing.text)
    form = rng.choice(
        (
            "{a}.",
            "{a} in the picture.",
            "A view of {b}.",
            "{a}, finely drawn.",
            "{a} with soft light on it.",
            "The {b}.",
        )
    )
    text = form.format(a=said, b=thing.text)
    return text[0].upper() + text[1:]
