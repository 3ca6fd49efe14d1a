"""Any rectangles as a matrix without gaps and overlaps, as near as it can be: exact where they are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.canvas import GRID, Rect
from lib_omost.layouts.matrix import Splitting

NARROW = 6  # cells: a gap below that is given to its neighbour, where the rectangles are no matrix anyway
Extent = tuple[int, int]  # from and to, in cells of the grid


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix, and which of the rectangles it stands for; None fills a gap."""

    rect: Rect
    number: int | None


@dataclass(frozen=True)
class Matrix:
    """Cells line by line, which tile the grid. `miss` is the sum of all distances between edges, in cells."""

    splitting: Splitting
    lines: tuple[tuple[Cell, ...], ...]
    miss: int


def fitted(rects: Sequence[Rect]) -> Matrix:
    """The matrix whose cells lie nearest to the rectangles, which overlap and leave gaps as they like; at least one."""
    found = [
        _fitted(Splitting(rows_first), rects, least_gap) for least_gap in (1, NARROW) for rows_first in (True, False)
    ]
    exact = next((matrix for matrix in found if matrix.miss == 0), None)
    return exact or min(found[2:], key=lambda matrix: matrix.miss)


def _fitted(splitting: Splitting, rects: Sequence[Rect], least_gap: int) -> Matrix:
    across = [(rect.top, rect.bottom) if splitting.rows_first else (rect.left, rect.right) for rect in rects]
    along = [(rect.left, rect.right) if splitting.rows_first else (rect.top, rect.bottom) for rect in rects]
    groups = _grouped(across)
    means = [_mean([across[number] for number in group]) for group in groups]
    lines: list[tuple[Cell, ...]] = []
    miss = 0
    for outer, line in _tiled(means, least_gap):
        group = [] if line is None else sorted(groups[line], key=lambda number: sum(along[number]))
        row = []
        for inner, place in _tiled([along[number] for number in group], least_gap):
            number = None if place is None else group[place]
            top, bottom, left, right = (*outer, *inner) if splitting.rows_first else (*inner, *outer)
            rect = Rect(top, bottom, left, right)
            row.append(Cell(rect, number))
            miss += 0 if number is None else sum(abs(a - b) for a, b in zip(rect, rects[number], strict=True))
        lines.append(tuple(row))
    return Matrix(splitting, tuple(lines), miss)


def _grouped(extents: Sequence[Extent]) -> list[list[int]]:
    """Numbers of those that lie beside each other: the middle of one is within the first one of its group."""
    groups: list[list[int]] = []
    for number in sorted(range(len(extents)), key=lambda one: (sum(extents[one]), one)):
        first = extents[groups[-1][0]] if groups else (0, 0)
        if groups and sum(extents[number]) < 2 * first[1]:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _mean(extents: Sequence[Extent]) -> Extent:
    start = round(sum(one[0] for one in extents) / len(extents))
    end = round(sum(one[1] for one in extents) / len(extents))
    return start, max(end, start + 1)


def _tiled(extents: Sequence[Extent], least_gap: int) -> list[tuple[Extent, int | None]]:
    """Extents, in the order of their middles, made to cover 0 to GRID once: each with its number, gaps with None.

    Neighbours that overlap are parted in the middle of what they share; where that leaves nothing of one, all are
    given equal parts.
    """
    cut = list(extents)
    for number in range(len(cut) - 1):
        (start, end), (following, last) = cut[number], cut[number + 1]
        if end > following:
            middle = (end + following) // 2
            cut[number], cut[number + 1] = (start, middle), (middle, last)
    if any(start >= end for start, end in cut):
        cut = [(GRID * one // len(cut), GRID * (one + 1) // len(cut)) for one in range(len(cut))]
    tiles: list[tuple[Extent, int | None]] = []
    reached = 0
    for number, (start, end) in enumerate(cut):
        if start - reached >= least_gap:
            tiles.append(((reached, start), None))
            reached = start
        tiles.append(((reached, end), number))
        reached = end
    if tiles and 0 < GRID - reached < least_gap:
        ((start, _), at_end) = tiles.pop()
        return [*tiles, ((start, GRID), at_end)]
    return [*tiles, ((reached, GRID), None)] if reached < GRID else tiles
