"""Fixed layouts to measure obedience with: a plain background and two to four boxes with one coloured shape each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib_omost.canvas import AREAS, LOCATIONS, OFFSETS, Canvas, Rect, Region
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, SHAPES, background_phrase, phrase

REGION_COUNTS = (2, 3, 4)
LAYOUTS_PER_COUNT = 24
_SHORTEST_SIDE = 25  # cells: a box has to hold a shape that the mini checkpoint can draw
_MOST_SHARED = 0.1  # of the smaller of two boxes


@dataclass(frozen=True)
class Asked:
    """What one box is to show: `shape` in `color`, in the place that the region's names say."""

    color: str
    shape: str
    location: str
    offset: str
    area: str

    @property
    def region(self) -> Region:
        """The region of a canvas that asks for it, and for nothing else."""
        return Region(
            location=self.location,
            offset=self.offset,
            area=self.area,
            distance_to_viewer=1.0,
            description=phrase(self.color, self.shape),
            color_name=self.color,
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


def make_layouts(per_count: int = LAYOUTS_PER_COUNT) -> tuple[Layout, ...]:
    """The first `per_count` layouts of two, of three and of four boxes; always the same ones."""
    places = [place for place in _all_places() if _fits(place.rect)]
    return tuple(_make_layout(count, number, places) for count in REGION_COUNTS for number in range(per_count))


@dataclass(frozen=True)
class _Place:
    names: tuple[str, str, str]  # location, offset, area
    rect: Rect


def _make_layout(count: int, number: int, places: Sequence[_Place]) -> Layout:
    """The `number`-th layout of `count` boxes, which hardly overlap."""
    rng = np.random.default_rng([count, number])
    colors = rng.permutation(list(OBJECT_COLORS))[:count]
    chosen = _choose_places(count, places, rng)
    asked = tuple(
        Asked(str(color), str(rng.choice(SHAPES)), *place.names) for color, place in zip(colors, chosen, strict=True)
    )
    return Layout(1000 * count + number, str(rng.choice(list(BACKGROUND_COLORS))), asked)


def _choose_places(count: int, places: Sequence[_Place], rng: np.random.Generator) -> list[_Place]:
    while True:  # a first box in the middle can leave no room for the rest: then draw again
        chosen: list[_Place] = []
        for index in rng.permutation(len(places)):
            if all(_apart(places[index].rect, other.rect) for other in chosen):
                chosen.append(places[index])
            if len(chosen) == count:
                return chosen


def _all_places() -> list[_Place]:
    """Every box that a canvas can say, with the first names that say it."""
    names_of: dict[Rect, tuple[str, str, str]] = {}
    for names in itertools.product(LOCATIONS, OFFSETS, AREAS):
        names_of.setdefault(Region(*names, distance_to_viewer=1.0, description="").rect, names)
    return [_Place(names, rect) for rect, names in names_of.items()]


def _fits(rect: Rect) -> bool:
    return min(rect.bottom - rect.top, rect.right - rect.left) >= _SHORTEST_SIDE


def _apart(a: Rect, b: Rect) -> bool:
    return _shared(a, b) <= _MOST_SHARED * min(_cells(a), _cells(b))


def _cells(rect: Rect) -> int:
    return max(0, rect.bottom - rect.top) * max(0, rect.right - rect.left)


def _shared(a: Rect, b: Rect) -> int:
    return _cells(Rect(max(a.top, b.top), min(a.bottom, b.bottom), max(a.left, b.left), min(a.right, b.right)))
