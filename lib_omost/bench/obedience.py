"""How far a picture obeys its layout, read from its pixels: colours first, and outlines beside them.

Colours alone can be had by painting, so shapes are judged too, without regard to colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib_omost.bench.layouts import Layout
from lib_omost.bench.things import Mask, opened, pieces, shape_of
from lib_omost.canvas import GRID, Rect
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, Image

NAMES = (*OBJECT_COLORS, *BACKGROUND_COLORS)
_PALETTE = np.array([*OBJECT_COLORS.values(), *BACKGROUND_COLORS.values()], np.float32)
_LEAST = 0.005  # of the picture: what covers less is a speck


@dataclass(frozen=True)
class Obedience:
    """What one picture shows of its layout.

    regions: for each box, whether the asked colour is the most frequent object colour in it and covers over 0.5 % of
    the picture. shapes: for each box, whether the largest thing in it, whatever its colour, has most in common with
    the asked shape. things: for each box, how many pieces of the asked colour there are anywhere in the picture.
    inside: for each asked colour that covers over 0.5 % of the picture, the share of it that lies in its box.
    background: whether the asked one is the most frequent of the background colours.
    """

    regions: tuple[bool, ...]
    shapes: tuple[bool, ...]
    things: tuple[int, ...]
    inside: tuple[float, ...]
    background: bool

    @property
    def whole(self) -> bool:
        """Whether every box is right in colour."""
        return all(self.regions)

    @property
    def both(self) -> tuple[bool, ...]:
        """For each box, whether colour and shape are right."""
        return tuple(color and shape for color, shape in zip(self.regions, self.shapes, strict=True))

    @property
    def doubled(self) -> tuple[bool, ...]:
        """For each box, whether there is more than one thing of the asked colour."""
        return tuple(count > 1 for count in self.things)


@dataclass(frozen=True)
class InBox:
    """What is seen in a box: the object colour that is most frequent there, and what the largest thing is.

    Each is None where it covers no more than 0.5 % of the picture.
    """

    color: str | None
    shape: str | None


@dataclass(frozen=True)
class Seen:
    """A picture by its colours.

    nearest: (H, W), each pixel's place in NAMES. background: the most frequent of theirs. before: (H, W), what is not
    the background.
    """

    nearest: npt.NDArray[np.intp]
    background: str
    before: Mask

    @property
    def least(self) -> float:
        """The pixels that what covers less is a speck of."""
        return _LEAST * self.nearest.size

    def within(self, rect: Rect, cells: Mask | None = None) -> InBox:
        """What a rectangle of the grid shows, or of it those cells of the grid, (90, 90), alone."""
        height, width = self.nearest.shape
        box = pixels_of(rect, height, width)
        nearest, before = self.nearest[box], self.before[box]
        if cells is not None:
            rows, columns = (np.arange(side) * GRID // side for side in (height, width))
            own = cells[rows[:, None], columns][box]
            nearest, before = nearest[own], before & own
        counts = _counts(nearest)[: len(OBJECT_COLORS)]
        color = NAMES[int(counts.argmax())] if counts.max() > self.least else None
        return InBox(color, _largest_shape(before, self.least))


def seen_in(image: Image) -> Seen:
    """Look at a picture of any size; (H, W, 3)."""
    nearest = nearest_colors(image)
    behind = len(OBJECT_COLORS) + int(_counts(nearest)[len(OBJECT_COLORS) :].argmax())
    return Seen(nearest, NAMES[behind], opened(nearest != behind))


def obedience(image: Image, layout: Layout) -> Obedience:
    """Judge a picture of any size; (H, W, 3)."""
    seen = seen_in(image)
    in_picture = _counts(seen.nearest)
    regions, shapes, things, inside = [], [], [], []
    for asked in layout.asked:
        color, found = NAMES.index(asked.color), seen.within(asked.rect)
        regions.append(found.color == asked.color)
        shapes.append(found.shape == asked.shape)
        things.append(sum(bool(piece.sum() > seen.least) for piece in pieces(opened(seen.nearest == color))))
        if in_picture[color] > seen.least:
            in_box = _counts(seen.nearest[pixels_of(asked.rect, *seen.nearest.shape)])
            inside.append(float(in_box[color] / in_picture[color]))
    return Obedience(tuple(regions), tuple(shapes), tuple(things), tuple(inside), seen.background == layout.background)


def _largest_shape(mask: Mask, least: float) -> str | None:
    """The shape of the largest piece; None where none has more than `least` pixels."""
    largest = max(pieces(mask), key=lambda piece: int(piece.sum()), default=None)
    return shape_of(largest) if largest is not None and largest.sum() > least else None


def nearest_colors(image: Image) -> npt.NDArray[np.intp]:
    """(H, W, 3) → (H, W): which palette colour each pixel is nearest to in RGB, object colours before backgrounds."""
    difference = image[:, :, None, :].astype(np.float32) - _PALETTE
    nearest: npt.NDArray[np.intp] = np.square(difference).sum(-1).argmin(-1)
    return nearest


def pixels_of(rect: Rect, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a height × width picture that a rectangle of the grid covers."""
    rows = slice(round(rect.top * height / GRID), round(rect.bottom * height / GRID))
    return rows, slice(round(rect.left * width / GRID), round(rect.right * width / GRID))


def _counts(nearest: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return np.bincount(nearest.ravel(), minlength=len(NAMES))
