"""What says that nothing else is to change is left out of a change, and nothing but that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.compose.changes.nothing_else import what_changes


@pytest.mark.parametrize(
    ("message", "shorter"),
    [
        ("make the fox red, nothing else", "make the fox red"),
        ("make the fox red and leave the rest alone", "make the fox red"),
        ("paint the barn white but keep everything else as it is.", "paint the barn white."),
        ("keep all the rest the way it is, only move the barn to the left", "move the barn to the left"),
        ("the others stay as they are; the fox gets bigger", "the fox gets bigger"),
        ("don't change anything else, just make the lamp bigger", "make the lamp bigger"),
        ("alter nothing but the barn: green", "the barn: green"),
        ("the lamp shall be blue, all else remains", "the lamp shall be blue"),
    ],
)
def test_the_rest_is_left_out(message, shorter):
    assert what_changes(message) == shorter


@pytest.mark.parametrize(
    "message",
    [
        "make the fox red",
        "leave everything as it is",
        "keep everything but the fox",
        "remove everything except the barn",
        "only the fox stays",
        "nothing but the lamp may be left",
        "keep only the barn",
        "the fox stays, the rest goes",
        "leave out the lamp",
        "make everything bigger",
        "don't change anything",
        "lass alles andere, wie es ist",
        "",
    ],
)
def test_all_else_stays_as_it_was_said(message):
    assert what_changes(message) == message


@given(st.text(max_size=60))
def test_any_message_keeps_something(message):
    assert what_changes(message).strip() or not message.strip()
