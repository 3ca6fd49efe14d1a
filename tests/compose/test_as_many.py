"""How many of a thing a change wants in all is said as how many more."""

from __future__ import annotations

import pytest

from lib_omost.canvas.model import Canvas, Region
from lib_omost.compose.as_many import as_many


def canvas(*things: str) -> Canvas:
    return Canvas(
        "A wall.",
        regions=tuple(Region("on the left", "no offset", "a small square area", 5.0, thing) for thing in things),
    )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("two kettles instead of one", "add one more red kettle"),
        ("please make it three kettles", "add two more red kettles"),
        ("There should be two red kettles.", "add one more red kettle"),
        ("I'd like 4 sofas in all", "add two more sofas"),
        ("three kettles", "add two more red kettles"),
    ],
)
def test_so_many_more(message: str, said: str) -> None:
    assert as_many(message, canvas("A red kettle.", "A sofa.", "A blue sofa.")) == said


@pytest.mark.parametrize(
    "message",
    [
        "add two kettles",  # these are more
        "I want two more kettles",
        "make it two tents",  # there is none
        "make it two sofas",  # there are
        "two blue kettles instead of one",  # no kettle there is blue
        "make the kettle two times larger",
    ],
)
def test_other_changes_stay(message: str) -> None:
    assert as_many(message, canvas("A red kettle.", "A sofa.", "A blue sofa.")) == message
