"""Turns of English that the composer takes for something else are said in words that it knows, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas.model import Canvas, Region
from lib_omost.compose.plainly import plainly


def row(*names: str, upright: bool = False) -> Canvas:
    places = (
        ("on the top", "in the center", "on the bottom")
        if upright
        else ("on the left", "in the center", "on the right")
    )
    regions = tuple(
        Region(place, "no offset", "a small square area", 5.0, name, color_name="gray")
        for name, place in zip(names, places, strict=False)
    )
    return Canvas(description="A wall.", regions=regions)


CATS = row("A black cat.", "A white cat.", "A brown cat.")
ALIKE = row("Cat.", "Cat.", "Cat.")


@pytest.mark.parametrize(
    ("message", "plainer"),
    [
        ("a snowman that doesn't have a hat", "a snowman without hat"),
        ("a knight who isn't wearing a helmet, in a forest", "a knight without helmet, in a forest"),
        ("a house which has no windows", "a house without windows"),
        ("a tree with no leaves", "a tree without leaves"),
        ("an old man, but he has no beard", "an old man without beard"),
        ("a stamp in the right top corner", "a stamp in the top right corner"),
        ("split screen: a sun on the left, a moon on the right", "a sun on the left, a moon on the right"),
        ("a stack: a book at the bottom, a cup on it", "a book at the bottom, a cup on it"),
        ("in each corner a rose", "four roses, one in each corner"),
        ("a wide landscape shot with a ship in it", "a ship in it"),
        ("a queue of five tall people at a gate", "five tall people in a row at a gate"),
        ("a ship flanked on the right by a tug", "a ship with a tug to its right"),
        ("a ship at the top centre", "a ship at the top"),
        ("a ship dead center", "a ship in the center"),
        ("a ship in the dead center", "a ship in the center"),
        (
            "three bottles, the middle one green and the other two brown",
            "a brown bottle on the left, a green bottle in the middle and a brown bottle on the right",
        ),
        (
            "three glass bottles on a shelf: the first is red, the second is blue and the last one is dark green.",
            "a red glass bottle on the left, a blue glass bottle in the middle and a dark green glass bottle on the"
            " right on a shelf.",
        ),
        (
            "draw 2 cars, the left one red, the right one big and blue",
            "draw a red car on the left and a big and blue car on the right",
        ),
        (
            "four balls in a row, the last one yellow, the others red",
            "from left to right a red ball, a red ball, a red ball and a yellow ball",
        ),
    ],
)  # fmt: skip
def test_a_wish_is_said_plainly(message: str, plainer: str) -> None:
    assert plainly(message, None) == plainer


@pytest.mark.parametrize(
    "message",
    [
        "a snowman without a hat",
        "a dog that has a bone",
        "two swans on a lake, one black and one white",
        "three friends, the middle one asleep under a tree",
        "the first snow on a hill",
        "drei Flaschen, die mittlere grün",
        "a cat and the last train",
        "",
    ],
)
def test_other_wishes_stay_as_they_are_said(message: str) -> None:
    assert plainly(message, None) == message


@pytest.mark.parametrize(
    ("message", "canvas", "plainer"),
    [
        ("the last cat should be orange", CATS, "the brown cat should be orange"),
        ("remove the first one", CATS, "remove the black cat"),
        ("put a hat on the middle cat", CATS, "put a hat on the white cat"),
        ("make the second cat from the left bigger", CATS, "make the white cat bigger"),
        ("remove the last cat", ALIKE, "remove the rightmost cat"),
        ("remove the first cat", row("Cat.", "Cat.", upright=True), "remove the topmost cat"),
        ("make the middle cat red", ALIKE, "make the middle cat red"),
        ("make the middle cat red", row("Cat.", "Cat."), "make the middle cat red"),
        ("remove the first dog", CATS, "remove the first dog"),
        ("remove the last one", row("A cat.", "A dog."), "remove the last one"),
        ("mach die letzte Katze rot", CATS, "mach die letzte Katze rot"),
    ],
)
def test_one_of_several_in_a_row_is_named(message: str, canvas: Canvas, plainer: str) -> None:
    assert plainly(message, canvas) == plainer


def test_things_that_stand_in_no_row_have_no_first() -> None:
    corners = Canvas(
        description="",
        regions=tuple(
            Region(place, "no offset", "a small square area", 5.0, f"A {color} cat.", color_name=color)
            for place, color in (("on the top-left", "red"), ("on the bottom-right", "blue"))
        ),
    )
    assert plainly("remove the first cat", corners) == "remove the first cat"


def test_how_many_there_shall_be_in_all_is_how_many_more() -> None:
    assert plainly("make it four cats", CATS) == "add one more cat"


@given(st.text(alphabet="abct hertwofs,.1234-'", max_size=60))
def test_any_message_keeps_something(message: str) -> None:
    assert plainly(message, None).strip() or not message.strip()
    assert plainly(message, CATS).strip() or not message.strip()
