"""Forty fixed layouts of everyday things: two to four of COCO's classes, each in a box and in a colour of its own.

Source of the task: COCO-MIG (Zhou et al., "MIGC", CVPR 2024), whose seven colours and classes these are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lib_omost.bench.layouts import GRAY, WRONG, Place, all_places, choose_places, fits
from lib_omost.canvas import Canvas, Rect, Region, draft_image
from lib_omost.mini.scenes import Image

COLORS = ("red", "yellow", "green", "blue", "white", "black", "brown")
SCENES = {  # what the whole picture is, its colour, and the things of COCO that people would not wonder at there
    "a photo of a city street": ("gray", ("car", "bus", "truck", "bicycle", "motorcycle", "bench", "suitcase")),
    "a photo of a meadow": ("green", ("horse", "cow", "sheep", "dog", "bird", "kite", "bench")),
    "a photo of a living room": ("beige", ("couch", "chair", "cat", "dog", "vase", "clock", "teddy bear")),
    "a photo of a kitchen table": ("tan", ("cup", "bowl", "bottle", "apple", "cake", "vase", "book")),
    "a photo of a beach": ("khaki", ("boat", "umbrella", "surfboard", "dog", "backpack", "chair", "bird")),
}
NOUNS = tuple(sorted({noun for _, nouns in SCENES.values() for noun in nouns}))
COUNTS = {2: 14, 3: 13, 4: 13}
SIDE = 512  # pixels of the picture that shows what is asked
_FIRST_SEED = 500_000
_STEP = 3  # from one thing of a scene to the next: no divisor of their number


@dataclass(frozen=True)
class Wanted:
    """A thing of a class, in a colour, in the box that the names say. said_color: as in `bench.layouts.Asked`."""

    noun: str
    color: str
    place: Place
    said_color: str | None = None

    @property
    def rect(self) -> Rect:
        """Its box on the grid."""
        return self.place.rect

    @property
    def region(self) -> Region:
        """The region of a canvas that asks for it."""
        words = f"a {self.color} {self.noun}"
        return Region(
            *self.place.names, distance_to_viewer=5.0, description=words, color_name=self.said_color or self.color
        )


@dataclass(frozen=True)
class RealLayout:
    """One picture to ask for; `seed` is the sampler's."""

    seed: int
    scene: str
    asked: tuple[Wanted, ...]

    @property
    def canvas(self) -> Canvas:
        """As a language model would say it."""
        return Canvas(
            self.scene, color_name=SCENES[self.scene][0], regions=tuple(wanted.region for wanted in self.asked)
        )

    @property
    def picture(self) -> Image:
        """Where what is asked is: the canvas's draft. (SIDE, SIDE, 3)."""
        return np.asarray(draft_image(self.canvas, SIDE, SIDE, blurred=False))

    def saying(self, said: str) -> RealLayout:
        """With other colours in the regions' fields than in their words, as `Layout.saying`."""
        if said not in (GRAY, WRONG):
            raise ValueError(f"no layout says {said!r}; choose {GRAY} or {WRONG}")

        def other(color: str) -> str:
            return "gray" if said == GRAY else COLORS[(COLORS.index(color) + 3) % len(COLORS)]

        return replace(self, asked=tuple(replace(one, said_color=other(one.color)) for one in self.asked))


def real_layouts(most: int | None = None) -> tuple[RealLayout, ...]:
    """All forty, or the first `most` of each count; always the same ones."""
    places = [place for place in all_places() if fits(place.rect)]
    return tuple(
        _layout(count, number, places) for count, many in COUNTS.items() for number in range(min(many, most or many))
    )


def _layout(count: int, number: int, places: list[Place]) -> RealLayout:
    rng = np.random.default_rng([40, count, number])
    scene = list(SCENES)[number % len(SCENES)]
    background, nouns = SCENES[scene]
    colors = rng.permutation([color for color in COLORS if color != background])[:count]
    chosen = choose_places(count, places, rng)
    first = number // len(SCENES) * 2 + count
    things = [nouns[(first + _STEP * each) % len(nouns)] for each in range(count)]  # each of them now and then
    asked = tuple(Wanted(noun, str(color), place) for noun, color, place in zip(things, colors, chosen, strict=True))
    return RealLayout(_FIRST_SEED + 1000 * count + number, scene, asked)
