"""The pictures of the mini checkpoint's worlds: coloured things before a background, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib_omost.mini.figures import Part, figure
from lib_omost.mini.palette import BACKGROUND_COLORS, COLORS, OBJECT_COLORS, SHAPES, TONES, Color
from lib_omost.mini.worlds import SHAPES_WORLD, World

__all__ = [
    "BACKGROUND_COLORS",
    "OBJECT_COLORS",
    "SHAPES",
    "SIZE",
    "Color",
    "Image",
    "Scene",
    "Thing",
    "background_phrase",
    "draw",
    "draw_scene",
    "phrase",
    "random_scene",
    "random_thing",
]

Image = npt.NDArray[np.uint8]  # (H, W, 3)
SIZE = 128  # pixels along a side of the checkpoint's pictures
_HORIZONS = (0.45, 0.7)
_SMALLEST = 0.1
_COUNTS = (0.4, 0.25, 0.2, 0.15)  # how often one thing is shown, two, …: kinds are learned where there is one
_LARGEST = (0.42, 0.32, 0.24, 0.22)  # half the width of the largest of so many


@dataclass(frozen=True)
class Thing:
    """One object: `shape` in `color`, centred at (x, y) with half-width `radius`, in sides of the picture (0…1)."""

    shape: str
    color: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Scene:
    """A background's name and the things before it, the last one on top.

    horizon: where the second tone of a background begins, from the top (0…1).
    """

    background: str
    things: tuple[Thing, ...]
    horizon: float = 1.0


def phrase(color: str, shape: str) -> str:
    """What a thing is called: "an orange ring"."""
    return f"{_article(color)} {color} {shape}"


def background_phrase(background: str) -> str:
    """What a background is called: "a white background", "an evening sky over sea"."""
    return f"{_article(background)} {background}{' background' if background in BACKGROUND_COLORS else ''}"


def draw(background: Color | npt.NDArray[np.float64], things: Sequence[tuple[Thing, Color]], size: int = SIZE) -> Image:
    """Paint `things`, each in its colour, with smooth edges over a colour or a picture (size, size, 3).

    (size, size, 3). Raises ValueError for a shape that there is not.
    """
    picture = np.empty((size, size, 3), np.float64)
    picture[:] = background
    for thing, color in things:
        for part in figure(thing.shape):
            _paint(picture, thing, part, color)
    return np.rint(picture).astype(np.uint8)


def draw_scene(scene: Scene, size: int = SIZE) -> Image:
    """The picture of a scene in the palette's colours. (size, size, 3)."""
    things = [(thing, COLORS[thing.color]) for thing in scene.things]
    return draw(_backdrop(scene, size), things, size)


def random_scene(rng: np.random.Generator, most: int = 4, world: World = SHAPES_WORLD) -> Scene:
    """A scene of up to `most` (1 to 4) things of different colours that hardly overlap, none in its background's."""
    colors: list[str] = []
    if not world.empty or rng.random() >= world.empty:
        shares = np.array(_COUNTS[:most]) / sum(_COUNTS[:most])
        colors = [str(color) for color in rng.permutation(list(world.colors))[: 1 + rng.choice(most, p=shares)]]
    things: list[Thing] = []
    for color in colors:
        for _ in range(20):  # a crowded picture goes without the thing that finds no place
            thing = random_thing(rng, color, _LARGEST[len(colors) - 1], (*world.kinds, *world.often))
            if all(_apart(thing, other) for other in things):
                things.append(thing)
                break
    background = _random_background(rng, world, colors)
    horizon = float(rng.uniform(*_HORIZONS)) if len(world.backgrounds[background]) > 1 else 1.0
    return Scene(background, tuple(things), horizon)


def random_thing(rng: np.random.Generator, color: str, largest: float, kinds: Sequence[str] = SHAPES) -> Thing:
    """A thing of random kind, place and size that lies inside the picture."""
    radius = float(rng.uniform(_SMALLEST, largest))
    x, y = (float(v) for v in rng.uniform(radius, 1 - radius, 2))
    return Thing(str(rng.choice(kinds)), color, x, y, radius)


def _random_background(rng: np.random.Generator, world: World, colors: Sequence[str]) -> str:
    """One that no thing would vanish in."""
    fitting = [name for name in world.backgrounds if all(world.shows(color, name) for color in colors)]
    plain = [name for name in fitting if len(world.backgrounds[name]) == 1]
    others = [name for name in fitting if len(world.backgrounds[name]) > 1]
    if others and (not plain or rng.random() >= world.plain):
        return str(rng.choice(others))
    return str(rng.choice(plain))


def _backdrop(scene: Scene, size: int) -> npt.NDArray[np.float64]:
    """The background alone, its horizon a smooth edge; (size, size, 3)."""
    upper, *lower = (TONES[tone] for tone in scene.background.split(" over "))
    picture = np.empty((size, size, 3), np.float64)
    picture[:] = upper
    for tone in lower:
        cover = np.clip(np.arange(size) + 1 - scene.horizon * size, 0, 1)[:, None, None]
        picture += cover * (np.array(tone, np.float64) - picture)
    return picture


def _paint(picture: npt.NDArray[np.float64], thing: Thing, part: Part, color: Color) -> None:
    """One part of a thing over `picture`, within the thing's own pixels."""
    size = picture.shape[0]
    rows, columns = (_span(centre, thing.radius, size) for centre in (thing.y, thing.x))
    x = ((np.array(columns) + 0.5) / size - thing.x)[None, :] / thing.radius
    y = ((np.array(rows) + 0.5) / size - thing.y)[:, None] / thing.radius
    cover = np.clip(0.5 - part.outline(x, y) * thing.radius * size, 0, 1)[..., None]
    patch = picture[rows.start : rows.stop, columns.start : columns.stop]
    patch += cover * (part.tone.of(color) - patch)


def _span(centre: float, radius: float, size: int) -> range:
    """The pixels along one axis that a thing can touch, those of its smooth edge too."""
    first, last = int((centre - radius) * size) - 1, int((centre + radius) * size) + 1
    start = min(size, max(0, first))
    return range(start, max(start, min(size, last + 1)))


def _apart(a: Thing, b: Thing) -> bool:
    return max(abs(a.x - b.x), abs(a.y - b.y)) > 0.9 * (a.radius + b.radius)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
