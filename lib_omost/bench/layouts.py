"""Fixed layouts to measure obedience with: a plain background and two to four boxes with one coloured shape each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib_omost.canvas import AREAS, GRID, LOCATIONS, OFFSETS, Canvas, Rect, Region
from lib_omost.mini.scenes import (
    BACKGROUND_COLORS,
    OBJECT_COLORS,
    SHAPES,
    SIZE,
    Image,
    Thing,
    background_phrase,
    draw,
    phrase,
)

REGION_COUNTS = (2, 3, 4)
DEV, UNSEEN = "dev", "unseen"
GRAY, WRONG = "gray colours", "wrong colours"
SETS = (DEV, UNSEEN)  # methods are tuned on the first one alone
LAYOUTS_PER_COUNT = 24
_SHORTEST_SIDE = 25  # cells: a box has to hold a shape that the mini checkpoint can draw
_MOST_SHARED = 0.1  # of the smaller of two boxes
_FILLED = 0.76  # of a box's shorter side, by the shape that is asked for in it


@dataclass(frozen=True)
class Asked:
    """What one box is to show: `shape` in `color`, in the place that the region's names say.

    said_color: the colour that the region's field for it says, where that is not `color`, which its words say.
    """

    color: str
    shape: str
    location: str
    offset: str
    area: str
    said_color: str | None = None

    @property
    def region(self) -> Region:
        """The region of a canvas that asks for it, and for nothing else."""
        return Region(
            location=self.location,
            offset=self.offset,
            area=self.area,
            distance_to_viewer=1.0,
            description=phrase(self.color, self.shape),
            color_name=self.said_color or self.color,
        )

    @property
    def rect(self) -> Rect:
        """Its box on the grid."""
        return self.region.rect


@dataclass(frozen=True)
class Layout:
    """One picture to ask for. Colours differ from box to box; `seed` is the sampler's."""

    seed: int
    background: str
    asked: tuple[Asked, ...]

    @property
    def canvas(self) -> Canvas:
        """The layout as a language model would say it: the background is the global description."""
        return Canvas(
            description=background_phrase(self.background),
            color_name=self.background,
            regions=tuple(asked.region for asked in self.asked),
        )

    @property
    def picture(self) -> Image:
        """What is asked for, painted: each shape in the middle of its box, as large as fits well. (SIZE, SIZE, 3)."""
        things = []
        for asked in self.asked:
            top, bottom, left, right = asked.rect
            radius = _FILLED / 2 * min(bottom - top, right - left) / GRID
            thing = Thing(asked.shape, asked.color, (left + right) / 2 / GRID, (top + bottom) / 2 / GRID, radius)
            things.append((thing, OBJECT_COLORS[asked.color]))
        return draw(BACKGROUND_COLORS[self.background], things, SIZE)

    def saying(self, said: str) -> Layout:
        """The same request, with other colours in the regions' fields than in their words: those of `said`.

        GRAY says gray everywhere, WRONG another object colour for each. Raises ValueError for anything else.
        """
        if said not in (GRAY, WRONG):
            raise ValueError(f"no layout says {said!r}; choose {GRAY} or {WRONG}")
        names = list(OBJECT_COLORS)

        def other(color: str) -> str:
            return "gray" if said == GRAY else names[(names.index(color) + len(names) // 2) % len(names)]

        return replace(self, asked=tuple(replace(asked, said_color=other(asked.color)) for asked in self.asked))


def make_layouts(per_count: int = LAYOUTS_PER_COUNT, which: str = DEV) -> tuple[Layout, ...]:
    """The first `per_count` layouts of two, of three and of four boxes of a set; always the same ones.

    No layout, and no seed of a sampler, is in both sets. Raises ValueError for a set that is not in SETS.
    """
    if which not in SETS:
        raise ValueError(f"there is no set {which!r} of layouts; choose {', '.join(SETS)}")
    number_of_set = SETS.index(which)
    places = [place for place in all_places() if fits(place.rect)]
    return tuple(
        _make_layout(count, number, number_of_set, places) for count in REGION_COUNTS for number in range(per_count)
    )


@dataclass(frozen=True)
class Place:
    """A box that a canvas can say in words."""

    names: tuple[str, str, str]  # location, offset, area
    rect: Rect


def _make_layout(count: int, number: int, number_of_set: int, places: Sequence[Place]) -> Layout:
    """The `number`-th layout of `count` boxes, which hardly overlap."""
    rng = np.random.default_rng([count, number, number_of_set])
    colors = rng.permutation(list(OBJECT_COLORS))[:count]
    chosen = choose_places(count, places, rng)
    asked = tuple(
        Asked(str(color), str(rng.choice(SHAPES)), *place.names) for color, place in zip(colors, chosen, strict=True)
    )
    seed = 100_000 * number_of_set + 1000 * count + number
    return Layout(seed, str(rng.choice(list(BACKGROUND_COLORS))), asked)


def choose_places(count: int, places: Sequence[Place], rng: np.random.Generator) -> list[Place]:
    """So many of them, drawn by chance, which hardly overlap."""
    while True:  # a first box in the middle can leave no room for the rest: then draw again
        chosen: list[Place] = []
        for index in rng.permutation(len(places)):
            if all(_apart(places[index].rect, other.rect) for other in chosen):
                chosen.append(places[index])
            if len(chosen) == count:
                return chosen


def all_places() -> list[Place]:
    """Every box that a canvas can say, with the first names that say it."""
    names_of: dict[Rect, tuple[str, str, str]] = {}
    for names in itertools.product(LOCATIONS, OFFSETS, AREAS):
        names_of.setdefault(Region(*names, distance_to_viewer=1.0, description="").rect, names)
    return [Place(names, rect) for rect, names in names_of.items()]


def fits(rect: Rect) -> bool:
    """Whether there is room for a thing of its own."""
    return min(rect.bottom - rect.top, rect.right - rect.left) >= _SHORTEST_SIDE


def _apart(a: Rect, b: Rect) -> bool:
    return a.shared(b) <= _MOST_SHARED * min(a.cells, b.cells)
