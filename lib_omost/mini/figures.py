"""What each kind of thing looks like: parts, each an outline in one of three tones of the thing's colour."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from lib_omost.mini.outlines import Grid, Outline, Point, around, box, common, disc, oval, polygon, union, without
from lib_omost.mini.palette import Color

_SHADE = 0.85  # of the colour; still nearer to its own colour of the palette than to any other
_BRIGHT = 110  # luminance from which a mark is darker than its thing
_DARK_MARK, _LIGHT_MARK = 0.4, 0.7


class Tone(Enum):
    """PLAIN is the thing's colour, SHADE a little darker, MARK stands out from it: dark on bright, bright on dark."""

    PLAIN = "plain"
    SHADE = "shade"
    MARK = "mark"

    def of(self, color: Color) -> npt.NDArray[np.float64]:
        """The tone of a colour, (3,) in 0…255."""
        plain = np.array(color, np.float64)
        if self is Tone.PLAIN:
            return plain
        if self is Tone.SHADE:
            return _SHADE * plain
        bright = plain @ (0.299, 0.587, 0.114) >= _BRIGHT
        return _DARK_MARK * plain if bright else plain + _LIGHT_MARK * (255 - plain)


@dataclass(frozen=True)
class Part:
    """One part of a figure, painted over those before it."""

    outline: Outline
    tone: Tone = Tone.PLAIN


def figure(kind: str) -> tuple[Part, ...]:
    """The parts of a kind, within −1…1. Raises ValueError for a kind that there is not."""
    try:
        return _FIGURES[kind]
    except KeyError:
        raise ValueError(f"no such shape: {kind!r}") from None


def _square(x: Grid, y: Grid) -> Grid:
    return np.maximum(np.abs(x), np.abs(y)) - 0.9


def _ring(x: Grid, y: Grid) -> Grid:
    return np.abs(np.hypot(x, y) - 0.75) - 0.25


def _triangle(x: Grid, y: Grid) -> Grid:
    """Tip up: the base is y = 0.9, the sides meet at (0, -1)."""
    side: Grid = (1.9 * np.abs(x) - (y + 1)) / math.hypot(1.9, 1.0)
    return np.maximum(y - 0.9, side)


def _whole(outline: Outline) -> tuple[Part, ...]:
    return (Part(outline),)


def _spikes(count: int, outer: float, inner: float) -> list[Point]:
    """The corners of a star, tip up."""
    pairs = zip(around(count, outer), around(count, inner, 180 / count), strict=True)
    return list(itertools.chain.from_iterable(pairs))


def _marks(*outlines: Outline) -> Part:
    return Part(union(*outlines), Tone.MARK)


def _house() -> tuple[Part, ...]:
    walls = box(-0.72, -0.15, 0.72, 0.95)
    roof = polygon((-1, -0.1), (0, -0.95), (1, -0.1))
    return Part(walls), Part(roof, Tone.SHADE), _marks(box(-0.5, 0.35, -0.1, 0.95), box(0.15, 0.15, 0.5, 0.5))


def _tree() -> tuple[Part, ...]:
    trunk = box(-0.16, 0.2, 0.16, 0.97)
    crown = union(disc(0, -0.52, 0.46), disc(-0.42, -0.05, 0.44), disc(0.42, -0.05, 0.44), disc(0, 0.0, 0.4))
    return Part(trunk, Tone.SHADE), Part(crown)


def _sun() -> tuple[Part, ...]:
    rays = polygon(*_spikes(9, 1.0, 0.62))
    return Part(rays, Tone.SHADE), Part(disc(0, 0, 0.56))


def _star() -> tuple[Part, ...]:
    return _whole(polygon(*((x, y + 0.08) for x, y in _spikes(5, 1.0, 0.42))))


def _heart() -> tuple[Part, ...]:
    lobes = (disc(-0.46, -0.35, 0.5), disc(0.46, -0.35, 0.5))
    return _whole(union(*lobes, polygon((-0.88, -0.08), (-0.46, -0.45), (0.46, -0.45), (0.88, -0.08), (0, 0.95))))


def _flower() -> tuple[Part, ...]:
    petals = [disc(x, y, 0.35) for x, y in around(5, 0.6)]
    return Part(union(*petals, disc(0, 0, 0.4))), _marks(disc(0, 0, 0.27))


def _mushroom() -> tuple[Part, ...]:
    stem = polygon((-0.24, 0), (0.24, 0), (0.34, 0.95), (-0.34, 0.95))
    cap = common(oval(0, 0.12, 1, 1.05), box(-1, -1, 1, 0.12))
    return (
        Part(stem, Tone.SHADE),
        Part(cap),
        _marks(disc(-0.42, -0.22, 0.15), disc(0.1, -0.52, 0.17), disc(0.5, -0.15, 0.13)),
    )


def _fish() -> tuple[Part, ...]:
    tail = polygon((0.35, 0), (0.97, -0.6), (0.82, 0), (0.97, 0.6))
    fin = polygon((-0.3, -0.35), (0.3, -0.7), (0.3, -0.25))
    return Part(union(tail, fin), Tone.SHADE), Part(oval(-0.22, 0, 0.76, 0.5)), _marks(disc(-0.58, -0.1, 0.11))


def _cat() -> tuple[Part, ...]:
    ears = (polygon((-0.86, -0.95), (-0.22, -0.55), (-0.85, -0.1)), polygon((0.86, -0.95), (0.22, -0.55), (0.85, -0.1)))
    face = (disc(-0.36, 0, 0.13), disc(0.36, 0, 0.13), polygon((-0.14, 0.28), (0.14, 0.28), (0, 0.45)))
    return Part(union(oval(0, 0.15, 0.92, 0.78), *ears)), _marks(*face)


def _boat() -> tuple[Part, ...]:
    hull = polygon((-0.98, 0.4), (0.98, 0.4), (0.62, 0.92), (-0.62, 0.92))
    sails = union(
        polygon((0.08, -0.95), (0.08, 0.25), (0.85, 0.25)), polygon((-0.08, -0.6), (-0.08, 0.25), (-0.65, 0.25))
    )
    return Part(sails), Part(union(hull, box(-0.07, -0.95, 0.07, 0.45)), Tone.SHADE)


def _car() -> tuple[Part, ...]:
    body = union(box(-0.98, -0.05, 0.98, 0.42), polygon((-0.62, 0), (-0.38, -0.55), (0.32, -0.55), (0.65, 0)))
    rear = polygon((-0.46, -0.05), (-0.3, -0.4), (-0.06, -0.4), (-0.06, -0.05))
    front = polygon((0.06, -0.05), (0.06, -0.4), (0.25, -0.4), (0.46, -0.05))
    return Part(body), _marks(rear, front, disc(-0.52, 0.42, 0.24), disc(0.52, 0.42, 0.24))


def _moon() -> tuple[Part, ...]:
    return _whole(without(disc(-0.05, 0, 0.95), disc(0.42, -0.12, 0.78)))


_FIGURES: dict[str, tuple[Part, ...]] = {
    "circle": _whole(disc(0, 0, 1)),
    "square": _whole(_square),
    "triangle": _whole(_triangle),
    "ring": _whole(_ring),
    "house": _house(),
    "tree": _tree(),
    "sun": _sun(),
    "moon": _moon(),
    "star": _star(),
    "heart": _heart(),
    "flower": _flower(),
    "mushroom": _mushroom(),
    "fish": _fish(),
    "cat": _cat(),
    "boat": _boat(),
    "car": _car(),
}
