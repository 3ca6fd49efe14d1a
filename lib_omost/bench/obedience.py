"""How far a picture obeys its layout, read from its pixels' colours alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib_omost.bench.layouts import Layout
from lib_omost.canvas import GRID, Rect
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, Image

NAMES = (*OBJECT_COLORS, *BACKGROUND_COLORS)
_PALETTE = np.array([*OBJECT_COLORS.values(), *BACKGROUND_COLORS.values()], np.float32)
_LEAST = 0.005  # of the picture: what covers less is a speck


@dataclass(frozen=True)
class Obedience:
    """What one picture shows of its layout.

    regions: for each box, whether the asked colour is the most frequent object colour in it and covers over 0.5 % of
    the picture. inside: for each asked colour that covers so much of the picture anywhere, the share of it that lies
    in its box. background: whether the asked one is the most frequent of the background colours.
    """

    regions: tuple[bool, ...]
    inside: tuple[float, ...]
    background: bool

    @property
    def whole(self) -> bool:
        """Whether every box is right."""
        return all(self.regions)


def obedience(image: Image, layout: Layout) -> Obedience:
    """Judge a picture of any size; (H, W, 3)."""
    nearest = nearest_colors(image)  # (H, W)
    in_picture = _counts(nearest)
    least = _LEAST * nearest.size
    regions, inside = [], []
    for asked in layout.asked:
        color = NAMES.index(asked.color)
        in_box = _counts(nearest[pixels_of(asked.rect, *nearest.shape)])
        rules = int(in_box[: len(OBJECT_COLORS)].argmax()) == color
        regions.append(rules and bool(in_box[color] > least))
        if in_picture[color] > least:
            inside.append(float(in_box[color] / in_picture[color]))
    behind = int(in_picture[len(OBJECT_COLORS) :].argmax())
    return Obedience(tuple(regions), tuple(inside), list(BACKGROUND_COLORS)[behind] == layout.background)


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
