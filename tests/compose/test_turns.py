"""Places by clock and compass, comparisons and pro-forms are said in plain words where it is sure what they mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.compose.by_clock import by_clock
from lib_omost.compose.compared import compared
from lib_omost.compose.pro_forms import without_pro_forms

SIDES = {12: "top", 3: "right", 6: "bottom", 9: "left"}


@pytest.mark.parametrize(
    ("turn", "message", "said"),
    [
        (by_clock, "a bee at 10 o'clock, a wasp at four o'clock", "a bee in the top left, a wasp in the bottom right"),
        (by_clock, "a bee in the 3 o'clock position", "a bee on the right"),
        (by_clock, "north: a hill, west: a farm", "at the top: a hill, on the left: a farm"),
        (
            by_clock,
            "a hill in the north-east and a farm in the south",
            "a hill in the top right and a farm at the bottom",
        ),
        (compared, "a goat twice as big as the kettle next to it", "a big goat next to a small kettle"),
        (
            compared,
            "a goat that is smaller than the kettle behind it in a yard",
            "a small goat in front of a big kettle in a yard",
        ),
        (compared, "a goat half the size of a kettle", "a small goat next to a big kettle"),
        (compared, "a giant goat, ten times larger than a kettle", "a giant goat next to a small kettle"),
        (
            without_pro_forms,
            "a cook in a blue coat and a clerk in a black one",
            "a cook in a blue coat and a clerk in a black coat",
        ),
        (without_pro_forms, "a cook with his kettle behind him", "a cook with a kettle behind him"),
        (without_pro_forms, "a cook, her old goat to her left", "a cook, an old goat to her left"),
        (
            without_pro_forms,
            "a desk lamp and a kettle. The latter is left of the former",
            "a desk lamp and a kettle. the kettle is left of the desk lamp",
        ),
        (
            without_pro_forms,
            "two cooks, one wears a red hat, the other a blue one",
            "two cooks, one wears a red hat, the other wears a blue hat",
        ),
    ],
)
def test_a_turn_is_said_plainly(turn: Callable[[str], str], message: str, said: str) -> None:
    assert turn(message) == said


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        (by_clock, "a tea party at 5 o'clock"),  # an hour
        (by_clock, "a farm in the north"),
        (compared, "a goat bigger than life"),
        (compared, "a kettle as red as a rose"),
        (without_pro_forms, "a cook with his hat on his head"),
        (without_pro_forms, "a red kettle and a blue one"),
        (without_pro_forms, "a cook in a coat and a clerk in a black one"),
        (without_pro_forms, "the latter days"),
    ],
)
def test_what_is_not_sure_stays(turn: Callable[[str], str], message: str) -> None:
    assert turn(message) == message


@given(st.permutations(range(1, 13)).map(lambda hours: hours[:2]))
def test_opposite_hours_are_opposite_places(hours: list[int]) -> None:
    said = by_clock(" and ".join(f"a bee at {hour} o'clock" for hour in hours))
    assert "o'clock" not in said
    for hour, side in SIDES.items():
        near = {hour, *((hour + step - 1) % 12 + 1 for step in (1, 2, -1, -2))}
        for number, part in zip(hours, said.split(" and "), strict=True):
            assert (side in part) == (number in near)
