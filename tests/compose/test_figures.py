"""Rows, columns and rings are read from a message and laid out as such."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.bench.compose.arrangement import are_arranged
from lib_omost.canvas import GRID
from lib_omost.compose.after import after
from lib_omost.compose.figures import figures_behind, figures_in
from lib_omost.compose.geometry import ring
from lib_omost.compose.plainly import plainly
from lib_omost.compose.said import said_in

_SAID = {
    "row": ["in a row", "side by side", "lined up", "next to each other"],
    "column": ["in a column", "one above the other", "on top of each other"],
    "ring": ["in a circle", "arranged in a ring", "forming a circle"],
}
_CASES = [(figure, words) for figure, several in _SAID.items() for words in several]


@given(st.sampled_from(_CASES), st.integers(3, 9), st.sampled_from(["", "; left", "; bottom", "; center"]))
def test_several_stand_in_the_figure_that_is_said(case: tuple[str, str], count: int, place: str) -> None:
    figure, words = case
    message = f"{count} lamps {words}"
    is_side = place in ("; left", "; bottom") and figure == "ring"
    plan = f"scene: sea\n {count} x lamp{'' if is_side else place}\n"
    canvas = after(None, plan, said_in(message, plainly(message, None))).canvas
    assert are_arranged([region.rect for region in canvas.regions], figure)


@given(st.integers(2, 9))
def test_a_ring_is_even_and_within_the_grid(count: int) -> None:
    rects = ring(count)
    centres = [((rect.left + rect.right) / 2 - 45, (rect.top + rect.bottom) / 2 - 45) for rect in rects]
    assert all(0 <= edge <= GRID for rect in rects for edge in rect)
    assert all(25 <= math.hypot(x, y) <= 35 for x, y in centres)


def test_what_stands_in_the_middle_of_a_ring_is_in_it() -> None:
    message = "eight candles forming a circle, in the middle a skull"
    plan = "scene: sea\n 8 x candle\n skull; center\n"
    *candles, skull = after(None, plan, said_in(message, plainly(message, None))).canvas.regions
    assert are_arranged([candle.rect for candle in candles], "ring")
    assert skull.rect.left < 45 < skull.rect.right


@pytest.mark.parametrize(
    ("message", "plainer"),
    [
        ("a row of four lamps", "four lamps in a row"),
        ("a horizontal line of 5 red lamps at the bottom", "5 red lamps in a row at the bottom"),
        ("a ring of six stones around a fire", "six stones in a circle around a fire"),
        ("a column of four balloons", "four balloons one above the other"),
        ("two rows of three jars", "six jars"),
        ("three rows of four jars", "three rows of four jars"),  # more than a plan can count
        ("a row of lamps", "a row of lamps"),
        ("a stack of books", "a stack of books"),
    ],
)
def test_a_figure_before_its_things_is_said_behind_them(message: str, plainer: str) -> None:
    assert figures_behind(message) == plainer


@pytest.mark.parametrize("message", ["a dance in the rain", "a circle and a square", "a lamp in a tower"])
def test_what_is_no_figure(message: str) -> None:
    figures = figures_in(message)
    canvas = after(None, "scene: sea\n lamp\n", said_in(message, message)).canvas
    assert not figures or len(canvas.regions) == 1
