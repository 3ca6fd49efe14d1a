"""Shares of the picture are read from a message, left out of what the model reads, and laid out that large."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Rect
from lib_omost.compose.after import after
from lib_omost.compose.plainly import plainly
from lib_omost.compose.said import said_in
from lib_omost.compose.shares import shares_in

_PARTS = {"half": 50, "third": 33, "quarter": 25, "two thirds": 67, "3/4": 75, "40 %": 40, "60 percent": 60}


def laid_out(message: str, plan: str) -> Canvas:
    return after(None, plan, said_in(message, plainly(message, None))).canvas


@pytest.mark.parametrize(
    ("message", "plainer"),
    [
        ("a kettle that fills the left third of the picture, a ship", "a kettle on the left, a ship"),
        ("a kettle takes up 40% of the width, in the middle", "a kettle, in the middle"),
        ("a kettle covering the lower two thirds", "a kettle at the bottom"),
        ("portrait of a nun, filling the entire frame", "portrait of a nun"),
        ("a red barn occupying half the image, on the right", "a red barn, on the right"),
        ("a moon about a quarter of the picture's width over a lake", "a moon over a lake"),
        ("full-frame close-up of a kettle", "a kettle"),
    ],
)
def test_the_model_reads_a_place_instead(message: str, plainer: str) -> None:
    said, shares = shares_in(message)
    assert (said, len(shares)) == (plainer, 1)


@pytest.mark.parametrize(
    "message",
    [
        "a dog covering its eyes",
        "a glass half full of milk",
        "a bucket filled with half the juice",
        "a woman takes a picture of a dog",
        "the first third of a race",
        "a man taking a photo",
        "a quarter of an orange",
    ],
)
def test_what_is_no_share_stays(message: str) -> None:
    assert shares_in(message) == (message, ())


@given(st.sampled_from(list(_PARTS)), st.sampled_from(["left", "right", "top", "bottom"]))
def test_a_share_is_as_large_as_it_says_and_lies_at_its_edge(part: str, side: str) -> None:
    canvas = laid_out(f"a kettle that fills the {side} {part} of the picture", f"scene: sea\n kettle; {side}\n")
    (region,) = canvas.regions
    length = round(_PARTS[part] * GRID / 100)
    across = side in ("left", "right")
    low, high = (region.rect.left, region.rect.right) if across else (region.rect.top, region.rect.bottom)
    assert high - low == length
    assert low == 0 if side in ("left", "top") else high == GRID
    whole = (region.rect.top, region.rect.bottom) if across else (region.rect.left, region.rect.right)
    assert whole == (0, GRID)


@pytest.mark.parametrize(
    "words", ["fills the whole picture", "filling the entire frame", "covers the image completely"]
)
def test_the_whole_picture_is_all_of_the_grid(words: str) -> None:
    canvas = laid_out(f"a kettle {words}", "scene: sea\n kettle; left\n")
    assert canvas.regions[0].rect == Rect(0, GRID, 0, GRID)


def test_halves_that_are_said_first() -> None:
    message = "left 1/4: a kettle. right 3/4: a red tent"
    kettle, tent = laid_out(message, "scene: sea\n kettle; left\n red tent; right\n").regions
    assert (kettle.rect.right, tent.rect.left, tent.rect.right) == (22, 22, GRID)


def test_what_stands_by_a_share_stands_beside_it() -> None:
    message = "a whale covering the lower two thirds of the image, above it a boat"
    whale, boat = laid_out(message, "scene: sea\n whale; below boat\n boat; above whale\n").regions
    assert whale.rect == Rect(30, GRID, 0, GRID)
    assert boat.rect.top + boat.rect.bottom < 60
    assert boat.distance_to_viewer < whale.distance_to_viewer


@given(st.text(st.sampled_from("a kettle fills half third of the picture 4/0%9 left,.: width"), max_size=300))
def test_any_text_is_read(text: str) -> None:
    said, shares = shares_in(text)
    assert all(1 <= side <= 100 for share in shares for side in (share.width, share.height) if side is not None)
    assert said == text or shares
