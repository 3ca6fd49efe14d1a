"""What the model reads is short, and names every thing of the canvas by a number and few words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Rect
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.compose.to_canvas import to_canvas


def test_a_message_is_one_line():
    assert compose_prompt("a fox\n\n on  a barrel ") == "picture: a fox on a barrel\nplan:\n"
    assert len(compose_prompt("fox " * 5000)) < 1600


def test_a_canvas_is_a_line_a_thing():
    canvas = to_canvas(read_plan("scene: calm sea; blue\nred boat; left; red\nsun; top right; near; gold\n"))
    dragged = replace(
        canvas.regions[0], free_rect=Rect(60, 90, 60, 90), description="A red boat, " + "very " * 30 + "old."
    )
    canvas = replace(canvas, regions=(dragged, *canvas.regions[1:]))
    assert edit_prompt(canvas, "make it\nblue", ["add a boat"]) == (
        "scene: calm sea; blue\n"
        "1 red boat very very very very very very very; bottom right; small; red\n"
        "2 sun; top right; small; near; gold\n"
        "before: add a boat\n"
        "change: make it blue\n"
        "edit:\n"
    )


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_thing_has_its_number(pages, data):
    canvas = data.draw(pages)
    lines = edit_prompt(canvas, "x").splitlines()
    for number, (line, region) in enumerate(zip(lines[1:], canvas.regions, strict=False), 1):
        assert line.startswith(f"{number} {region.description.lower().rstrip('.')}; ")
        assert len(line) < 100
