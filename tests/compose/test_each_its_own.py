"""Several of a thing of which each is told of are said as so many things, and nothing else is."""

from __future__ import annotations

import pytest

from lib_omost.compose.each_its_own import each_its_own


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("2 carts, one left, one right", "a cart on the left and a cart on the right"),
        (
            "two unicorns, one at the top, the other one at the bottom",
            "a unicorn at the top and a unicorn at the bottom",
        ),
        (
            "two clerks. One of them stands on the right and holds a lamp, the other one stands on the left",
            "a clerk holding a lamp on the right and a clerk on the left",
        ),
        (
            "three kettles: a red one, a striped one and a blue one",
            "a red kettle on the left, a striped kettle in the middle and a blue kettle on the right",
        ),
        (
            "two goats. The left one is asleep, the right one is eating",
            "an asleep goat on the left and an eating goat on the right",
        ),
        (
            "three kettles, the middle one red",
            "a kettle on the left, a red kettle in the middle and a kettle on the right",
        ),
        ("a cook holding two pans, the first red, the second blue", "a cook holding a red pan and a blue pan"),
        (
            "two cooks, one with a pan, the other with a spoon",
            "a cook with a pan on the left and a cook with a spoon on the right",
        ),
    ],
)
def test_each_is_said_by_itself(message: str, said: str) -> None:
    assert each_its_own(message) == said


@pytest.mark.parametrize(
    "message",
    [
        "two swans, one black and one white",  # a model knows this
        "two kettles, one left",  # where is the other?
        "two kettles, the left one left, the left one right",
        "four kettles in a row, the second one red",
        "three cooks, one left, one right",
        "a kettle, one left",
        "",
    ],
)
def test_other_messages_stay(message: str) -> None:
    assert each_its_own(message) == message
