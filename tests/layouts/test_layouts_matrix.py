"""Regional Prompter's ratios as rectangles, and rectangles as a matrix."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Rect
from lib_omost.layouts.matrix import Splitting, cells, flipped, keys_between, ratios_of
from lib_omost.layouts.matrix_fit import Matrix, fitted
from tests.layouts.conftest import matrices, rectangles

COLUMNS, ROWS = Splitting(rows_first=True), Splitting(rows_first=False)
Cell = tuple[float, float, float, float]


def near(found: list[Cell], *wanted: Cell) -> bool:
    return [tuple(round(share, 6) for share in cell) for cell in found] == [
        tuple(round(share, 6) for share in cell) for cell in wanted
    ]


def test_one_way_is_split_in_proportion() -> None:
    assert near(cells(COLUMNS, "3,1,1", [3]), (0, 1, 0, 0.6), (0, 1, 0.6, 0.8), (0, 1, 0.8, 1))
    assert near(cells(ROWS, "0.1,.1,0.1", [3]), (0, 1 / 3, 0, 1), (1 / 3, 2 / 3, 0, 1), (2 / 3, 1, 0, 1))
    assert near(cells(COLUMNS, "300,212", [1, 1]), (0, 300 / 512, 0, 1), (300 / 512, 1, 0, 1))  # ADDROW alone


def test_the_readmes_matrix() -> None:
    """1,2,1,1;2,4,6: a third for a row of 2:1:1, two thirds for one of 4:6."""
    third = 1 / 3
    wanted = (
        *((0, third, 0, 0.5), (0, third, 0.5, 0.75), (0, third, 0.75, 1)),
        *((third, 1, 0, 0.4), (third, 1, 0.4, 1)),
    )
    assert near(cells(COLUMNS, "1,2,1,1;2,4,6", [3, 2]), *wanted)
    turned = [(left, right, top, bottom) for top, bottom, left, right in wanted]
    assert near(cells(ROWS, flipped("1,2,1,1;2,4,6"), [3, 2]), *turned)


def test_numbers_that_are_missing_are_the_last_ones_again() -> None:
    assert near(cells(COLUMNS, "1", [2]), (0, 1, 0, 0.5), (0, 1, 0.5, 1))
    assert near(cells(COLUMNS, "", [2]), (0, 1, 0, 0.5), (0, 1, 0.5, 1))
    assert near(cells(COLUMNS, "1,2", [3]), (0, 1, 0, 0.2), (0, 1, 0.2, 0.6), (0, 1, 0.6, 1))
    assert near(cells(COLUMNS, "1,2,3,4", [2]), (0, 1, 0, 1 / 3), (0, 1, 1 / 3, 1))


def test_what_a_break_stands_for() -> None:
    assert keys_between(COLUMNS, "1,1,1") == ["ADDCOL", "ADDCOL"]
    assert keys_between(ROWS, "1,1,1") == ["ADDROW", "ADDROW"]
    assert keys_between(COLUMNS, "1;2,3,2;3") == ["ADDROW", "ADDCOL", "ADDROW"]
    assert keys_between(ROWS, "1;2;3,1") == ["ADDROW", "ADDCOL"]
    assert keys_between(COLUMNS, "") == []


@given(
    splitting=st.sampled_from([COLUMNS, ROWS]),
    ratios=st.text("0123456789.,; x", max_size=40),
    counts=st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_whatever_is_written_as_ratios_the_cells_tile_the_picture(
    splitting: Splitting, ratios: str, counts: list[int]
) -> None:
    found = cells(splitting, ratios, counts)
    assert len(found) == sum(counts)
    assert math.isclose(sum((bottom - top) * (right - left) for top, bottom, left, right in found), 1)
    points = np.random.default_rng(0).random((20, 2))
    for y, x in points:
        assert sum(top <= y < bottom and left <= x < right for top, bottom, left, right in found) == 1


@given(rects=matrices())
def test_a_matrix_comes_back_from_its_ratios(rects: list[Rect]) -> None:
    matrix = fitted(rects)
    assert matrix.miss == 0
    lines = [[cell.rect for cell in line] for line in matrix.lines]
    again = cells(matrix.splitting, ratios_of(matrix.splitting, lines), [len(line) for line in lines])
    assert sorted(Rect(*(round(share * GRID) for share in cell)) for cell in again) == sorted(rects)


def tiles_the_grid(matrix: Matrix) -> bool:
    covered = np.zeros((GRID, GRID), int)
    for line in matrix.lines:
        for cell in line:
            top, bottom, left, right = cell.rect
            covered[top:bottom, left:right] += 1
    return bool((covered == 1).all())


@given(rects=st.lists(rectangles(), min_size=1, max_size=12))
def test_any_rectangles_become_a_matrix_in_which_each_has_a_cell(rects: list[Rect]) -> None:
    matrix = fitted(rects)
    assert tiles_the_grid(matrix)
    numbers = [cell.number for line in matrix.lines for cell in line if cell.number is not None]
    assert sorted(numbers) == list(range(len(rects)))
    rects_of_cells = [cell.rect for line in matrix.lines for cell in line]
    assert all(rect.top < rect.bottom and rect.left < rect.right for rect in rects_of_cells)


@pytest.mark.parametrize(
    ("rects", "wanted"),
    [
        ([Rect(15, 75, 0, 35), Rect(15, 75, 55, 90)], 0),  # gaps are filled
        ([Rect(0, 90, 0, 50), Rect(0, 90, 40, 90)], 10),  # an overlap is parted in its middle
        ([Rect(0, 90, 2, 50), Rect(0, 90, 40, 87)], 15),  # narrow gaps are not worth a cell there
        ([Rect(0, 90, 2, 40), Rect(0, 90, 41, 87)], 0),  # but are kept where the rectangles are a matrix
        ([Rect(0, 45, 0, 90), Rect(45, 90, 0, 30), Rect(45, 90, 30, 90)], 0),
    ],
)
def test_cells_lie_as_near_as_they_can(rects: list[Rect], wanted: int) -> None:
    assert fitted(rects).miss == wanted
