"""forge-couple: its readme's examples, infotexts, and canvases that go there and come back."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Region
from lib_omost.errors import CanvasError
from lib_omost.layouts import read_layout, write_layout

FORMAT = "forge-couple"
GIRLS = "2girls, blonde twintails, waving\n2girls, black long hair, crossed arms"
ROWS = [[0.0, 1.0, 0.0, 1.0, 0.4], [0.0, 0.5, 0.1, 1.0, 1.0], [0.5, 1.0, 0.1, 1.0, 1.0]]
LINES = "a cinematic photo of a couple\nman, black tuxedo\nwoman, white dress"
PLACES = [("man, black tuxedo", (9, 90, 0, 45)), ("woman, white dress", (9, 90, 45, 90))]


def infotext(prompt: str, **fields: object) -> str:
    pairs = ", ".join(f"forge_couple_{key}: {value}" for key, value in fields.items())
    return f"{prompt}\nNegative prompt: blurry\nSteps: 20, CFG scale: 7, forge_couple: True, {pairs}"


def canvas_in(text: str) -> Canvas:
    loaded = read_layout(text)
    assert loaded.format == "forge-couple"
    return loaded.parsed.require_canvas()


def found(canvas: Canvas) -> list[tuple[str, tuple[int, ...]]]:
    return [(region.description, tuple(region.rect)) for region in canvas.regions]


@pytest.mark.parametrize(
    "text",
    [
        f"{json.dumps(ROWS)}\n{LINES}",
        json.dumps(ROWS, indent=1) + "\n\n" + LINES.replace("\n", "\n\n"),
        "\n".join(", ".join(map(str, row)) for row in ROWS) + "\n\n" + LINES,
        "\n".join("{}:{}, {}:{}, {}".format(*row) for row in ROWS) + "\n" + LINES,
        infotext(LINES, mode="Advanced", mapping=json.dumps(json.dumps(ROWS)), separator="\\n"),
        infotext(LINES.replace("\n", " foo "), mode="Advanced", mapping=json.dumps(json.dumps(ROWS)), separator="foo"),
    ],
)
def test_rows_and_their_lines(text: str) -> None:
    canvas = canvas_in(text)
    assert canvas.description == "a cinematic photo of a couple"
    assert found(canvas) == PLACES


def test_lines_from_left_to_right_and_from_top_to_bottom() -> None:
    first, second = GIRLS.split("\n")
    assert found(canvas_in(infotext(GIRLS, mode="Basic", direction="Horizontal", background="None"))) == [
        (first, (0, 90, 0, 45)),
        (second, (0, 90, 45, 90)),
    ]
    assert found(canvas_in(f"direction: vertical\n{GIRLS}")) == [(first, (0, 45, 0, 90)), (second, (45, 90, 0, 90))]


@pytest.mark.parametrize(("which", "lines"), [("First Line", "sky\na\nb"), ("Last Line", "a\nb\nsky")])
def test_a_line_of_the_background_is_the_description_of_the_whole(which: str, lines: str) -> None:
    for text in (
        infotext(lines, mode="Basic", direction="Horizontal", background=which),
        f"direction: horizontal\nbackground: {which.lower()}\n{lines}",
    ):
        canvas = canvas_in(text)
        assert canvas.description == "sky"
        assert found(canvas) == [("a", (0, 90, 0, 45)), ("b", (0, 90, 45, 90))]


def test_common_prompts_are_put_in() -> None:
    prompt = "{cloth:t-shirt, jeans}, man\nwoman, {cloth}, {other}"
    fields = {"mode": "Basic", "direction": "Horizontal", "background": "None"}
    kept = canvas_in(infotext(prompt, **fields, common_parser="{ }", def_in_prompt="True"))
    assert [region.description for region in kept.regions] == [
        "t-shirt, jeans, man",
        "woman, t-shirt, jeans, {other}",
    ]
    taken = canvas_in(infotext(prompt, **fields, common_parser="{ }", def_in_prompt="False"))
    assert [region.description for region in taken.regions] == ["man", "woman, t-shirt, jeans, {other}"]
    off = canvas_in(infotext(prompt, **fields, common_parser="off"))
    assert "{cloth:t-shirt, jeans}" in off.regions[0].description


def test_what_a_canvas_cannot_hold_is_said() -> None:
    rows = [[0, 0.5, 0, 1, 5.0], [0.5, 1, 0, 1, 0.5], [0.5, 0.5, 0, 1, 1.0]]
    loaded = read_layout(f"{json.dumps(rows)}\na\nb\nc\nd")
    assert found(loaded.parsed.require_canvas()) == [("a", (0, 90, 0, 45)), ("b", (0, 90, 45, 90))]
    assert [region.weight for region in loaded.parsed.require_canvas().regions] == [2.0, 0.5]
    assert any("the weight 5 of row 1 became 2" in each.message for each in loaded.parsed.corrections)
    assert any("4 lines for 3 regions" in each.message for each in loaded.parsed.problems)
    assert any("row 3" in each.message for each in loaded.parsed.problems)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"mode": "Mask"}, "masks"),
        ({"mode": "Advanced", "mapping": '"[[1, 2]]"'}, "mapping"),
        ({"mode": "Advanced", "separator": "x"}, "mapping"),
    ],
)
def test_what_does_not_stand_in_the_text_is_refused(fields: dict[str, str], told: str) -> None:
    with pytest.raises(CanvasError, match=told):
        read_layout(infotext(GIRLS, **fields))


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_rectangles_go_there_and_come_back(data: st.DataObject, any_canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(any_canvases)
    written = write_layout(canvas, FORMAT)
    assert written.notes == ()
    assert canvas_in(written.text) == canvas


def test_what_it_cannot_hold_is_said_and_no_text_breaks_its_line() -> None:
    canvas = Canvas(
        "A room,\nwith a window.",
        regions=(
            Region("on the left", "no offset", "a small vertical area", 2.0, "A cat.", ("Grey.",), color_name="red"),
            Region("on the right", "no offset", "a small vertical area", 3.0, ""),
        ),
    )
    written = write_layout(canvas, FORMAT)
    again = canvas_in(written.text)
    assert again.description == "A room, with a window"
    assert [region.description for region in again.regions] == ["A cat, Grey", ""]
    told = " ".join(written.notes)
    for lost in ("near", "colours", "Sub-prompts"):
        assert lost in told
