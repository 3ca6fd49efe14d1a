"""What a mini checkpoint has been shown, and so what it can be asked for. Its folder says which world it knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib_omost.errors import ModelError
from lib_omost.mini.palette import (
    BACKGROUND_COLORS,
    COLORS,
    GROUNDS,
    KINDS,
    OBJECT_COLORS,
    SHAPES,
    SKIES,
    TONES,
    Color,
)

_STANDS_OUT = 45.0  # in RGB
WORLD_FILE = "world.json"  # beside model_index.json


@dataclass(frozen=True)
class World:
    """Kinds and colours of things, and the backgrounds behind them.

    backgrounds: name → the names of its tones from top to bottom, one or two. empty: the share of scenes without a
    thing. plain: the share of scenes before one tone alone. often: kinds that come up twice as often as others.
    """

    name: str
    kinds: tuple[str, ...]
    colors: Mapping[str, Color]
    backgrounds: Mapping[str, tuple[str, ...]]
    empty: float
    plain: float
    often: tuple[str, ...] = ()

    @property
    def tones(self) -> dict[str, Color]:
        """What its backgrounds are made of, each with its RGB."""
        used = {tone for tones in self.backgrounds.values() for tone in tones}
        return {name: rgb for name, rgb in TONES.items() if name in used}

    def shows(self, color: str, background: str) -> bool:
        """Whether a thing in `color` stands out from the background's tones and from the smooth edge between them."""
        upper, lower = (np.array(TONES[self.backgrounds[background][end]], np.float64) for end in (0, -1))
        across, from_upper = lower - upper, np.array(self.colors[color]) - upper
        share = float(np.clip(from_upper @ across / max(1.0, float(across @ across)), 0, 1))
        return bool(np.linalg.norm(from_upper - share * across) >= _STANDS_OUT)


_PLAIN = {name: (name,) for name in BACKGROUND_COLORS}
_LANDSCAPES = {f"{sky} over {ground}": (sky, ground) for sky in SKIES for ground in GROUNDS}

SHAPES_WORLD = World("shapes", SHAPES, OBJECT_COLORS, _PLAIN, empty=0.0, plain=1.0)
THINGS_WORLD = World("things", KINDS, COLORS, {**_PLAIN, **_LANDSCAPES}, empty=0.1, plain=0.6, often=SHAPES)
WORLDS = {world.name: world for world in (SHAPES_WORLD, THINGS_WORLD)}


def world_of(folder: Path) -> World:
    """The world that the mini checkpoint in `folder` knows: shapes, unless a file there names another.

    Raises ModelError when the file cannot be read or names none.
    """
    file = folder / WORLD_FILE
    if not file.exists():
        return SHAPES_WORLD
    try:
        return WORLDS[json.loads(file.read_text(encoding="utf-8"))["world"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{file} names no world of the mini checkpoint", hint="restore the folder and try again"
        ) from error


def write_world(world: World, folder: Path) -> None:
    """Note in `folder` that its checkpoint knows `world`."""
    text = json.dumps({"world": world.name}, indent=2) + "\n"
    (folder / WORLD_FILE).write_text(text, encoding="utf-8")
