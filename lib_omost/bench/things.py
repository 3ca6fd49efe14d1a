"""The things on a picture of the mini checkpoint's world, by their outlines: pieces of a mask, and the shape of one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lib_omost.mini.scenes import SHAPES, Thing, draw

Mask = npt.NDArray[np.bool_]  # (H, W)
_OVER = 32  # pixels along a side of the outlines that shapes are compared in


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
