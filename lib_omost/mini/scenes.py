"""The world of the mini checkpoint: coloured shapes on a plain background, and the words for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Color = tuple[int, int, int]
Image = npt.NDArray[np.uint8]  # (H, W, 3)

OBJECT_COLORS: dict[str, Color] = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (40, 70, 225),
    "yellow": (240, 220, 40),
    "purple": (130, 40, 170),
    "orange": (245, 130, 20),
    "cyan": (60, 210, 220),
    "pink": (250, 140, 190),
}
BACKGROUND_COLORS: dict[str, Color] = {"white": (245, 245, 245), "black": (15, 15, 15), "gray": (128, 128, 128)}
SHAPES = ("circle", "square", "triangle", "ring")
SIZE = 128  # pixels along a side of the checkpoint's pictures


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
    """A background colour and the things on it, the last one on top."""

    background: str
    things: tuple[Thing, ...]


def phrase(color: str, shape: str) -> str:
    """What a thing is called: "an orange ring"."""
    return f"{'an' if color[0] in 'aeiou' else 'a'} {color} {shape}"


def background_phrase(background: str) -> str:
    """What a background is called: "a white background"."""
    return f"a {background} background"


def draw(background: Color, things: Sequence[tuple[Thing, Color]], size: int = SIZE) -> Image:
    """Paint `things`, each in its colour, over a plain background with smooth edges. (size, size, 3)."""
    centre = (np.arange(size) + 0.5) / size
    x, y = centre[None, :], centre[:, None]
    picture = np.empty((size, size, 3), np.float64)
    picture[:] = background
    for thing, color in things:
        distance = _signed_distance(thing.shape, (x - thing.x) / thing.radius, (y - thing.y) / thing.radius)
        cover = np.clip(0.5 - distance * thing.radius * size, 0, 1)[..., None]
        picture += cover * (np.array(color, np.float64) - picture)
    return np.rint(picture).astype(np.uint8)


def draw_scene(scene: Scene, size: int = SIZE) -> Image:
    """The picture of a scene in the palette's colours. (size, size, 3)."""
    things = [(thing, OBJECT_COLORS[thing.color]) for thing in scene.things]
    return draw(BACKGROUND_COLORS[scene.background], things, size)


def random_scene(rng: np.random.Generator, most: int = 4) -> Scene:
    """A scene with one to `most` things of different colours that hardly overlap."""
    colors = rng.permutation(list(OBJECT_COLORS))[: rng.integers(1, most + 1)]
    things: list[Thing] = []
    for color in colors:
        for _ in range(20):  # a crowded picture goes without the thing that finds no place
            thing = random_thing(rng, str(color), 0.22 if len(colors) > 2 else 0.28)
            if all(_apart(thing, other) for other in things):
                things.append(thing)
                break
    return Scene(str(rng.choice(list(BACKGROUND_COLORS))), tuple(things))


def random_thing(rng: np.random.Generator, color: str, largest: float) -> Thing:
    """A thing of random shape, place and size that lies inside the picture."""
    radius = float(rng.uniform(0.1, largest))
    x, y = (float(v) for v in rng.uniform(radius, 1 - radius, 2))
    return Thing(str(rng.choice(SHAPES)), color, x, y, radius)


def _apart(a: Thing, b: Thing) -> bool:
    return max(abs(a.x - b.x), abs(a.y - b.y)) > 0.9 * (a.radius + b.radius)


def _signed_distance(shape: str, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Distance to the outline of a shape of half-width 1 around the origin, negative inside; (H, W)."""
    if shape == "circle":
        return np.hypot(x, y) - 1
    if shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) - 0.9
    if shape == "ring":
        return np.abs(np.hypot(x, y) - 0.75) - 0.25
    if shape == "triangle":  # tip up: the base is y = 0.9, the sides meet at (0, -1)
        side: npt.NDArray[np.float64] = (1.9 * np.abs(x) - (y + 1)) / math.hypot(1.9, 1.0)
        return np.maximum(y - 0.9, side)
    raise ValueError(f"no such shape: {shape!r}")
