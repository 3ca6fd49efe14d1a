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


def obedience(image: Image, layout: Layout) -> Obedience:
    """Judge a picture of any size; (H, W, 3)."""
    nearest = nearest_colors(image)  # (H, W)
    in_picture = _counts(nearest)
    least = _LEAST * nearest.size
    behind = int(in_picture[len(OBJECT_COLORS) :].argmax())
    before = opened(nearest != len(OBJECT_COLORS) + behind)
    regions, shapes, things, inside = [], [], [], []
    for asked in layout.asked:
        color = NAMES.index(asked.color)
        box = pixels_of(asked.rect, *nearest.shape)
        in_box = _counts(nearest[box])
        rules = int(in_box[: len(OBJECT_COLORS)].argmax()) == color
        regions.append(rules and bool(in_box[color] > least))
        shapes.append(_largest_shape(before[box], least) == asked.shape)
        things.append(sum(bool(piece.sum() > least) for piece in pieces(opened(nearest == color))))
        if in_picture[color] > least:
            inside.append(float(in_box[color] / in_picture[color]))
    is_asked = list(BACKGROUND_COLORS)[behind] == layout.background
    return Obedience(tuple(regions), tuple(shapes), tuple(things), tuple(inside), is_asked)


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
