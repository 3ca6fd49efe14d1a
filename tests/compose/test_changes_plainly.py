"""Turns of changes are said in plain words of the canvas that they change, and other changes stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import Canvas
from lib_omost.compose.changes_plainly import change_plainly
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.to_canvas import to_canvas

ROOM: Canvas = to_canvas(
    read_plan("scene: tiled room\n red kettle; left; red\n tent; center; navy\n sofa; right; gray\n")
)
TWO: Canvas = to_canvas(read_plan("scene: hills under a pale sky\n red kettle; left; red\n tent; right; navy\n"))


@pytest.mark.parametrize(
    ("message", "canvas", "said"),
    [
        ("bring the tent forward", ROOM, "bring the tent nearer"),
        ("please push the tent to the back a bit", ROOM, "please push the tent farther away a bit"),
        ("drop the tent, I'd like a fern in its place", ROOM, "replace the tent with a fern"),
        (
            "please take away the red kettle and put a small fern there",
            ROOM,
            "please replace the red kettle with a small fern",
        ),
        ("remove the tent; a fern shall stand in that spot", ROOM, "replace the tent with a fern"),
        ("forget all this. I'd like to see a fern on a rug", ROOM, "new picture: a fern on a rug"),
        ("swap their colours", TWO, "make the kettle navy and the tent red"),
        ("exchange the colors of the sofa and the kettle", ROOM, "make the kettle gray and the sofa red"),
        ("remove what stands on the left", ROOM, "remove the red kettle"),
        ("paint the one in the middle blue", ROOM, "paint the tent blue"),
        ("chop down the tent", ROOM, "remove the tent"),
        ("the sofa should carry a tent", ROOM, "the sofa is carrying a tent"),
        ("make the sky dark red", ROOM, "change the scene to tiled room under a dark red sky"),
        ("make the sky purple", TWO, "change the scene to hills under a purple sky"),
    ],
)
def test_a_change_is_said_plainly(message: str, canvas: Canvas, said: str) -> None:
    assert change_plainly(message, canvas) == said


@pytest.mark.parametrize(
    "message",
    [
        "bring the tent",
        "drop the tent, I'd like a fern on the sofa",
        "forget the tent",
        "swap the colours",  # of three
        "paint the one at the top blue",
        "make the tent purple",
        "the sofa should be larger",
        "remove the red kettle and the tent",
    ],
)
def test_other_changes_stay(message: str) -> None:
    assert change_plainly(message, ROOM) == message


@given(st.text(max_size=60))
def test_every_message_can_be_read(message: str) -> None:
    assert change_plainly(message, ROOM).strip() or not message.strip()
