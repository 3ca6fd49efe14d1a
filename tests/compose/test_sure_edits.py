"""Changes in so many words become edits without a model; what could mean another thing is left to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import Canvas
from lib_omost.compose.apply import apply_edits
from lib_omost.compose.changes.sure_edits import sure_edits
from lib_omost.compose.edit_text import read_edits, write_edits
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.to_canvas import to_canvas

ROOM = to_canvas(
    read_plan("scene: room\n sofa; left; blue\n red lamp; right; red\n green lamp; center\n 3 x apple; top\n mirror\n")
)


def edits(message: str, canvas: Canvas = ROOM) -> str:
    sure = sure_edits(message, canvas)
    return write_edits(sure.edits).replace("\n", " | ").removesuffix(" | ") + (f" + {sure.rest}" if sure.rest else "")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("make the sofa bigger, and remove the mirror", "size 1: larger | remove 7"),
        ("Take out the mirror, and the sofa needs to be on the right", "remove 7 | move 1: right"),
        ("the sofa bigger, the mirror smaller and further away", "size 1: larger | size 7: smaller | depth 7: farther"),
        ("paint the sofa green and move it to the top left corner", "color 1: green | move 1: top left"),
        ("make the sofa and the mirror white", "color 1, 7: white"),
        ("make the apples green please", "color 4, 5, 6: green"),
        ("the red lamp should be gone", "remove 2"),
        ("no mirror pls", "remove 7"),
        (
            "swap the sofa and the mirror, then make the mirror much smaller",
            "swap 1, 7 | size 7: smaller | size 7: smaller",
        ),
        ("could the mirror be in front of the sofa", "move 7: in front of 1"),
        ("make the mirror fill the right half", "move 7: right | size 7: 50x100%"),
        ("the sofa should take up the bottom third", "move 1: bottom | size 1: 100x33%"),
        ("give the sofa a cushion", "describe 1: sofa with a cushion"),
        ("remove the mirror and add a traffic light at the top", "remove 7 + add a traffic light at the top"),
    ],
)
def test_plain_changes(message: str, said: str) -> None:
    assert edits(message) == said


@pytest.mark.parametrize(
    "message",
    [
        "remove the lamp",  # which?
        "remove everything but the sofa",
        "make the sofa's legs red",
        "put a cat on the sofa",
        "make it brown",
        "remove the cat",
        "don't remove the sofa",
        "remove the sofa and put a bed there instead",
        "make the mirror red, no, blue",
        "make the sofa leather",
        "remove the mirror and put it on the sofa",
        "undo that",
        "remove one of the apples",
        "entferne den Spiegel",
    ],
)
def test_what_is_not_sure_is_left_whole(message: str) -> None:
    sure = sure_edits(message, ROOM)
    assert (sure.edits, sure.rest) == ((), message)


@given(
    st.lists(st.sampled_from(["remove the mirror", "make the sofa bigger", "move the red lamp to the top"]), min_size=1)
)
def test_each_clause_does_what_it_does_by_itself(clauses: list[str]) -> None:
    alone = [edit for clause in clauses for edit in sure_edits(clause, ROOM).edits]
    if len(clauses) <= 8:
        assert list(sure_edits(", ".join(clauses), ROOM).edits) == alone


@given(
    st.text(st.sampled_from("make the sofa and mirror bigger, red move to left half fill remove no it ."), max_size=120)
)
def test_any_text_is_read_and_applies(text: str) -> None:
    sure = sure_edits(text, ROOM)
    assert read_edits(write_edits(sure.edits)) == sure.edits
    apply_edits(ROOM, sure.edits)
