"""Mask: the shape of a region within its rectangle, as people paint it, and the short text that holds it.

A mask is stretched over its region's rectangle, whatever size that has: whoever moves or resizes the rectangle moves or
stretches the shape. As painted, both have the same size in cells.

The text is `40x60 …`: width and height, then the shape's corners. A cell is a corner where it, the cell before it, the
one above it and the one before that differ in an odd number; so an L has six of them and a line of text. The corners,
row by row, are taken in fives: five with a corner among them are one letter, and a number counts those without.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lib_omost.canvas.vocabulary import GRID

LETTERS = string.ascii_lowercase + "ABCDEF"  # the n-th stands for n; the first is never written
BITS = 5  # corners in a letter
MAX_CODE = 8 + -(-GRID * GRID // BITS)  # characters: every letter is one, and no number is longer than what it counts
_CODE = re.compile(rf"([1-9]\d?)x([1-9]\d?) ([b-zA-F0-9]{{1,{MAX_CODE}}})")
_PARTS = re.compile(r"\d{1,4}|[b-zA-F]")


@dataclass(frozen=True)
class Mask:
    """`rows` from the top, each a number whose bit x, counted from the least, is the cell in column x from the left.

    Its first and last row and column have a cell each, so it is exactly as large as its shape. Raises ValueError, or
    TypeError for rows that are no tuple of whole numbers; the message starts with the word mask.
    """

    width: int
    rows: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.rows, tuple) or any(type(row) is not int for row in (self.width, *self.rows)):
            raise TypeError("mask is not made of whole numbers")
        if not (1 <= self.width <= GRID and 1 <= len(self.rows) <= GRID):
            raise ValueError(f"mask of {self.width} × {len(self.rows)} cells is not within 1 × 1 and {GRID} × {GRID}")
        if any(not 0 <= row < 1 << self.width for row in self.rows):
            raise ValueError(f"mask has cells beyond its {self.width} columns")
        columns = 0
        for row in self.rows:
            columns |= row
        if not (self.rows[0] and self.rows[-1] and columns & 1 and columns >> (self.width - 1)):
            raise ValueError("mask has an empty row or column at its side")

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.rows)

    @property
    def area(self) -> int:
        """Cells of the shape."""
        return sum(row.bit_count() for row in self.rows)

    def stretched(self, width: int, height: int) -> tuple[int, ...]:
        """Rows of another size: each cell is as the one under its centre. Where that leaves none, all are in."""
        columns = [(2 * x + 1) * self.width // (2 * width) for x in range(width)]
        lines = {row: sum((row >> column & 1) << x for x, column in enumerate(columns)) for row in set(self.rows)}
        rows = tuple(lines[self.rows[(2 * y + 1) * self.height // (2 * height)]] for y in range(height))
        return rows if any(rows) else ((1 << width) - 1,) * height


def cut_out(rows: Sequence[int]) -> tuple[Mask, tuple[int, int, int, int]] | None:
    """The shape of a grid's rows of bits, and the rectangle (top, bottom, left, right) around it; None without a cell.

    Raises as Mask does, for a grid that is larger than the canvas's.
    """
    filled = [y for y, row in enumerate(rows) if row]
    if not filled:
        return None
    columns = 0
    for row in rows:
        columns |= row
    left, right = (columns & -columns).bit_length() - 1, columns.bit_length()
    top, bottom = filled[0], filled[-1] + 1
    return Mask(right - left, tuple(row >> left for row in rows[top:bottom])), (top, bottom, left, right)


def write_mask(mask: Mask) -> str:
    """The text; `read_mask` is the way back."""
    corners, above = 0, 0
    for y, row in enumerate(mask.rows):
        differs = row ^ above
        corners |= ((differs ^ differs << 1) & ((1 << mask.width) - 1)) << (y * mask.width)
        above = row
    groups = -(-mask.width * mask.height // BITS)
    values = [corners >> (BITS * group) & ((1 << BITS) - 1) for group in range(groups)]
    parts = [
        str(len(list(run))) if is_empty else "".join(LETTERS[value] for value in run)
        for is_empty, run in groupby(values, lambda value: value == 0)
    ]
    return f"{mask.width}x{mask.height} {''.join(parts)}"


def read_mask(text: str) -> Mask:
    """The mask of a text. Raises ValueError, whose message starts with the word mask, for any other text."""
    match = _CODE.fullmatch(text) if len(text) <= MAX_CODE else None
    if match is None:
        raise ValueError(f"mask {text[:40]!r} is no code such as '3x3 rn' of a width, a height and a shape")
    width, height = int(match[1]), int(match[2])
    corners, groups, most = 0, 0, -(-width * height // BITS)
    for part in _PARTS.findall(match[3]):
        if part.isdigit():
            groups += int(part)
        else:
            corners |= LETTERS.index(part) << (BITS * groups)
            groups += 1
        if groups > most:
            break
    if max(width, height) > GRID or groups != most or corners >> (width * height):
        raise ValueError(f"mask {text[:40]!r} has another number of cells than {width} × {height}")
    rows, above = [], 0
    for y in range(height):
        above ^= _from_edges(corners >> (y * width) & ((1 << width) - 1), width)
        rows.append(above)
    return Mask(width, tuple(rows))


def _from_edges(edges: int, width: int) -> int:
    """Bits that change at each edge, from the least."""
    for step in (1, 2, 4, 8, 16, 32, 64):  # a running sum, each step twice as far
        edges ^= edges << step
    return edges & ((1 << width) - 1)
