"""Canvases of plain words, and matrices of rectangles."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Rect
from lib_omost.layouts.parts import region_at

WORDS = st.lists(st.text("abcdefghijklmnop", min_size=1, max_size=6), min_size=1, max_size=4).map(" ".join)


def edges(most: int = 4) -> st.SearchStrategy[list[int]]:
    """Where the grid is cut, from 0 to GRID."""
    inner = st.lists(st.integers(1, GRID - 1), max_size=most - 1, unique=True).map(sorted)
    return inner.map(lambda cuts: [0, *cuts, GRID])


@st.composite
def matrices(draw: st.DrawFn) -> list[Rect]:
    """Rectangles that tile the grid: rows that are cut into columns, or columns into rows."""
    outer = draw(edges(3))
    rects = []
    rows_first = draw(st.booleans())
    for start, end in pairwise(outer):
        inner = draw(edges(3))
        for one, two in pairwise(inner):
            rects.append(Rect(start, end, one, two) if rows_first else Rect(one, two, start, end))
    return rects


@st.composite
def rectangles(draw: st.DrawFn) -> Rect:
    def extent() -> tuple[int, int]:
        start = draw(st.integers(0, GRID - 1))
        return start, draw(st.integers(start + 1, GRID))

    return Rect(*extent(), *extent())


@st.composite
def canvases_at(draw: st.DrawFn, rects: st.SearchStrategy[list[Rect]]) -> Canvas:
    """Described by words alone, equally far, gray."""
    regions = tuple(region_at(rect, draw(WORDS)) for rect in draw(rects))
    return Canvas(draw(WORDS), regions=regions, absent=tuple(draw(st.lists(WORDS, max_size=2, unique=True))))


@pytest.fixture(scope="session")
def matrix_canvases() -> st.SearchStrategy[Canvas]:
    return canvases_at(matrices())


@pytest.fixture(scope="session")
def any_canvases() -> st.SearchStrategy[Canvas]:
    return canvases_at(st.lists(rectangles(), min_size=1, max_size=6))
