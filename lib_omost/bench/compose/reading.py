"""A picture of the mini checkpoint's world read back as a canvas: each coloured shape in it is a region.

It stands in for a vision model where the picture can only show coloured shapes on a plain background.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lib_omost.bench.obedience import NAMES, nearest_colors
from lib_omost.canvas import GRID, Canvas, Rect, Region
from lib_omost.mini.scenes import (
    BACKGROUND_COLORS,
    OBJECT_COLORS,
    SHAPES,
    Image,
    Thing,
    background_phrase,
    draw,
    phrase,
)

LEAST = 0.01  # of the picture: what covers less is no thing
_OVER = 32  # pixels along a side of the outlines that shapes are compared in

Mask = npt.NDArray[np.bool_]  # (H, W)


def read_picture(image: Image) -> Canvas:
    """The background and the shapes of a picture (H, W, 3), by nearest colours of the palette; the largest first."""
    nearest = nearest_colors(image)
    behind = [int((nearest == NAMES.index(name)).sum()) for name in BACKGROUND_COLORS]
    background = list(BACKGROUND_COLORS)[int(np.argmax(behind))]
    found = [
        (int(piece.sum()), _region(piece, color))
        for color in OBJECT_COLORS
        for piece in pieces(opened(nearest == NAMES.index(color)))
        if piece.sum() >= LEAST * nearest.size
    ]
    regions = tuple(region for _, region in sorted(found, key=lambda one: -one[0]))
    return Canvas(background_phrase(background), color_name=background, regions=regions)


def shape_of(piece: Mask) -> str:
    """Which of SHAPES has most in common with a piece, both stretched to the same box (Jaccard's index)."""
    rows, columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
    cut = piece[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    at = (np.arange(_OVER) + 0.5) / _OVER
    shown = cut[(at * cut.shape[0]).astype(int)[:, None], (at * cut.shape[1]).astype(int)[None, :]]
    alike = [float((shown & outline).sum() / (shown | outline).sum()) for outline in _outlines()]
    return SHAPES[int(np.argmax(alike))]


def opened(mask: Mask) -> Mask:
    """Without what is thinner than three pixels: smooth edges between two colours look like a third one."""
    return _spread(~_spread(~mask, at_edge=False), at_edge=False)


def pieces(mask: Mask) -> Iterator[Mask]:
    """Its parts that hang together along sides."""
    left = mask.copy()
    while left.any():
        row, column = (int(part[0]) for part in np.nonzero(left))
        piece = np.zeros_like(mask)
        waiting = deque([(row, column)])
        left[row, column] = False
        while waiting:
            row, column = waiting.popleft()
            piece[row, column] = True
            for beside in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= beside[0] < mask.shape[0] and 0 <= beside[1] < mask.shape[1] and left[beside]:
                    left[beside] = False
                    waiting.append(beside)
        yield piece


def _region(piece: Mask, color: str) -> Region:
    height, width = piece.shape
    rows, columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
    rect = Rect(
        int(rows[0] * GRID / height),
        int(np.ceil((rows[-1] + 1) * GRID / height)),
        int(columns[0] * GRID / width),
        int(np.ceil((columns[-1] + 1) * GRID / width)),
    )
    words = phrase(color, shape_of(piece)).capitalize() + "."
    return Region(
        location="in the center",
        offset="no offset",
        area="a small square area",
        distance_to_viewer=5.0,
        description=words,
        color_name=color,
        free_rect=rect,
    )


def _spread(mask: Mask, *, at_edge: bool) -> Mask:
    """With each pixel's eight neighbours; `at_edge` is what lies beyond the picture."""
    padded = np.pad(mask, 1, constant_values=at_edge)
    height, width = mask.shape
    shifts = [padded[row : row + height, column : column + width] for row in range(3) for column in range(3)]
    spread: Mask = np.logical_or.reduce(shifts)
    return spread


def _outlines() -> list[Mask]:
    """Each shape cut to its box."""
    outlines = []
    for shape in SHAPES:
        drawn = draw((0, 0, 0), [(Thing(shape, "", 0.5, 0.5, 0.45), (255, 255, 255))], 128)[:, :, 0] > 127
        rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
        cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        at = (np.arange(_OVER) + 0.5) / _OVER
        outlines.append(cut[(at * cut.shape[0]).astype(int)[:, None], (at * cut.shape[1]).astype(int)[None, :]])
    return outlines
