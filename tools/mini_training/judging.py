"""What a picture of a world shows in a box: the colour of the thing in it, and its kind by its outline."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib_omost.bench.obedience import pixels_of
from lib_omost.bench.things import pieces
from lib_omost.canvas import Rect
from lib_omost.mini.scenes import Color, Image, Thing, draw
from lib_omost.mini.worlds import World

_LEAST = 0.005  # of the picture: what covers less is a speck
_AWAY = 36.0  # in RGB from the background: a thing, and no background that is a little off
_OVER = 32  # pixels along a side of the outlines that kinds are compared in
_HALF = 90  # of 255: a drawn outline is where it is at least so bright, marks and shades too

Vector = npt.NDArray[np.float32]  # (3,)
Mask = npt.NDArray[np.bool_]  # (H, W)


@dataclass(frozen=True)
class Shown:
    """The colour that rules in a box, and the kind that its largest thing looks like; None where there is none."""

    color: str | None
    kind: str | None


def shown_in(image: Image, rect: Rect, world: World, background: str) -> Shown:
    """Look into a box of a picture (H, W, 3) before `background`, whose tones are no things.

    The colour is the most frequent of a thing in the box, if it covers over 0.5 % of the picture. The kind is that of
    the largest piece of the box that is no background, whatever its colour: the outline most like it by Jaccard's
    index, both stretched to the same box.
    """
    palette = {**world.tones, **world.colors}
    names = np.array(list(palette))
    behind = np.isin(names, world.backgrounds[background])
    away = _distances(image, list(palette.values()))  # (H, W, names)
    box = pixels_of(rect, *away.shape[:2])
    counts = np.bincount(away[box].argmin(-1).ravel(), minlength=len(names))
    counts[behind | ~np.isin(names, list(world.colors))] = 0
    most = int(counts.argmax())
    pixels = away.shape[0] * away.shape[1]
    color = str(names[most]) if counts[most] > _LEAST * pixels else None
    tones = [np.array(world.tones[tone], np.float32) for tone in world.backgrounds[background]]
    return Shown(color, _kind(_from_mix(image[box], tones[0], tones[-1]) > _AWAY, pixels, world))


def _distances(image: Image, colors: Sequence[Color]) -> npt.NDArray[np.float32]:
    """(H, W, len(colors)): how far each pixel is from each colour in RGB."""
    difference = image[:, :, None, :].astype(np.float32) - np.array(colors, np.float32)
    distances: npt.NDArray[np.float32] = np.sqrt(np.square(difference).sum(-1))
    return distances


def _from_mix(image: Image, one: Vector, other: Vector) -> npt.NDArray[np.float32]:
    """(H, W): how far each pixel is in RGB from the nearest mix of two tones (3,): a horizon is a smooth edge."""
    across, from_one = other - one, image.astype(np.float32) - one
    share = np.clip(from_one @ across / max(1.0, float(across @ across)), 0, 1)[..., None]
    distances: npt.NDArray[np.float32] = np.linalg.norm(from_one - share * across, axis=-1)
    return distances


def _kind(things: Mask, pixels: int, world: World) -> str | None:
    largest = max(pieces(things), key=lambda piece: int(piece.sum()), default=None)
    if largest is None or largest.sum() <= _LEAST * pixels:
        return None
    shown = _stretched(largest)
    alike = [float((shown & outline).sum() / (shown | outline).sum()) for outline in _outlines(world.kinds)]
    return world.kinds[int(np.argmax(alike))]


def _stretched(piece: Mask) -> Mask:
    cut = piece[np.ix_(piece.any(1), piece.any(0))]
    at = (np.arange(_OVER) + 0.5) / _OVER
    stretched: Mask = cut[np.ix_((at * cut.shape[0]).astype(int), (at * cut.shape[1]).astype(int))]
    return stretched


@functools.cache
def _outlines(kinds: Sequence[str]) -> tuple[Mask, ...]:
    drawn = [draw((0, 0, 0), [(Thing(kind, "", 0.5, 0.5, 0.3), (255, 255, 255))])[:, :, 0] >= _HALF for kind in kinds]
    return tuple(map(_stretched, drawn))
