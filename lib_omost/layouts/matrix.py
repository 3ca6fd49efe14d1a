"""Regional Prompter's matrix: a picture that is split one way, and each part the other way.

`ratios` are its "Divide Ratio". In its mode Columns the picture is split into rows, then each row into columns; in Rows
it is split into columns first. Source: the readme of hako-mikan/sd-webui-regional-prompter, "2D region assignment".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from lib_omost.canvas import Rect

ROW, COLUMN = "ADDROW", "ADDCOL"
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}")
_OTHER_WAY = str.maketrans(",;", ";,")


@dataclass(frozen=True)
class Splitting:
    """Which way a matrix is split first. `outer` and `inner` are the keywords between its parts, and in a part."""

    rows_first: bool

    @property
    def outer(self) -> str:
        return ROW if self.rows_first else COLUMN

    @property
    def inner(self) -> str:
        return COLUMN if self.rows_first else ROW

    def rect(self, outer: tuple[float, float], inner: tuple[float, float]) -> tuple[float, float, float, float]:
        """Top, bottom, left, right of a cell, from its extent along both ways."""
        return (*outer, *inner) if self.rows_first else (*inner, *outer)

    def parts(self, ratios: str) -> list[list[float]]:
        """The numbers of a 2D ratio, part by part: the part's own, then those of its cells."""
        outer, inner = (";", ",") if self.rows_first else (",", ";")
        return [[_number(value) for value in part.split(inner)] for part in ratios.split(outer)]


def flipped(ratios: str) -> str:
    """The ratios as the option "flip , and ;" takes them."""
    return ratios.translate(_OTHER_WAY)


def keys_between(splitting: Splitting, ratios: str) -> list[str]:
    """The keywords that stand between the cells of a ratio, in order: what each BREAK of a plain prompt means."""
    if ";" not in ratios:
        return [splitting.inner] * (len(ratios.split(",")) - 1)
    lines = [[splitting.inner] * (len(part[1:] or part) - 1) for part in splitting.parts(ratios)]
    return [key for line in lines for key in (splitting.outer, *line)][1:]


def cells(splitting: Splitting, ratios: str, counts: Sequence[int]) -> list[tuple[float, float, float, float]]:
    """Top, bottom, left, right of each cell in shares of the picture, for parts with `counts` cells each.

    Numbers that are missing are those before them again; those that are too many are not used.
    """
    if ";" not in ratios and (len(counts) == 1 or set(counts) == {1}):  # split one way only
        numbers = [_number(value) for value in ratios.split(",")]
        if len(counts) == 1:
            outer, inner = [1.0], [_filled(numbers, counts[0])]
        else:
            outer, inner = _filled(numbers, len(counts)), [[1.0]] * len(counts)
    else:
        outer, inner = _matched(splitting.parts(ratios), counts)
    return [
        splitting.rect(part, cell) for part, line in zip(_extents(outer), inner, strict=True) for cell in _extents(line)
    ]


def _matched(parts: list[list[float]], counts: Sequence[int]) -> tuple[list[float], list[list[float]]]:
    """The numbers of a 2D ratio laid over parts with `counts` cells: what is too long for one goes on in the next."""
    outer: list[float] = []
    inner: list[list[float]] = []
    for part in parts:
        rest = part
        while rest and len(inner) < len(counts):
            count = counts[len(inner)]
            outer.append(rest[0])
            values = rest[1:] or rest
            inner.append(_filled(values, count))
            rest = values[count:]
    last = parts[-1][-1]
    inner += [[last] * count for count in counts[len(inner) :]]
    return _filled(outer, len(counts)), inner


def _filled(numbers: list[float], count: int) -> list[float]:
    return (numbers + [numbers[-1]] * count)[:count]


def _extents(numbers: list[float]) -> list[tuple[float, float]]:
    edges = [0.0, *accumulate(numbers)]
    return list(pairwise(edge / edges[-1] for edge in edges))


def _number(value: str) -> float:
    """A positive number; 1 for anything else, as for what is left empty."""
    match = _NUMBER.fullmatch(value.strip())
    return float(match[0]) or 1.0 if match else 1.0


def ratios_of(splitting: Splitting, lines: Sequence[Sequence[Rect]]) -> str:
    """The ratios of rectangles that stand in lines along both ways, in cells of the grid; `cells` gives them back."""
    outer, inner = (";", ",") if splitting.rows_first else (",", ";")

    def sides(rect: Rect) -> tuple[int, int]:
        height, width = rect.bottom - rect.top, rect.right - rect.left
        return (height, width) if splitting.rows_first else (width, height)

    if len(lines) == 1:
        return ",".join(str(sides(rect)[1]) for rect in lines[0])
    return outer.join(inner.join(map(str, (sides(line[0])[0], *(sides(rect)[1] for rect in line)))) for line in lines)
