"""Shares and figures are told from what only looks like them."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from lib_omost.bench.compose.arrangement import are_arranged, has_share
from lib_omost.canvas import Rect


def about(x: float, y: float) -> Rect:
    return Rect(round(y) - 5, round(y) + 5, round(x) - 5, round(x) + 5)


@given(st.integers(3, 9), st.floats(0, math.tau), st.integers(20, 38))
def test_a_ring_at_any_angle_is_one_and_no_row(count: int, turned: float, radius: int) -> None:
    angles = [turned + math.tau * number / count for number in range(count)]
    rects = [about(45 + radius * math.cos(angle), 45 + radius * math.sin(angle)) for angle in angles]
    assert are_arranged(rects, "ring")
    assert not are_arranged(rects, "row")
    assert not are_arranged([*rects, about(45, 45)], "ring")  # one in the middle


@given(st.integers(2, 9), st.integers(0, 10))
def test_a_row_is_no_column_and_no_ring(count: int, rise: int) -> None:
    rects = [about(10 + number * 70 / count, 40 + rise * (number % 2)) for number in range(count)]
    assert are_arranged(rects, "row")
    assert not are_arranged(rects, "ring")
    assert are_arranged([Rect(left, right, top, bottom) for top, bottom, left, right in rects], "column")


@given(st.integers(1, 90), st.integers(1, 100))
def test_a_share_is_within_some_cells(width: int, percent: int) -> None:
    is_near = abs(100 * width / 90 - percent) <= 8
    assert has_share(Rect(0, 10, 0, width), {"width": percent}) == is_near
