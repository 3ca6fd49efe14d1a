"""Regional Prompter: its readme's examples, infotexts, and canvases that go there and come back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Rect, Region
from lib_omost.errors import CanvasError
from lib_omost.layouts import read_layout, write_layout

FORMAT = "regional-prompter"
THREE_ROWS = """green hair twintail BREAK
red blouse BREAK
blue skirt
Active : On
Use base prompt : Off
Divide mode : Vertical
Divide Ratio : 1,1,1
Base Ratio :
"""
TWO_ROWS = """(blue sky:1.2) ADDCOL
green hair twintail ADDCOL
(aquarium:1.3) ADDROW
(messy desk:1.2) ADDCOL
orange dress and sofa
Main splitting : Columns
Divide Ratio : 1,2,1,1;2,4,6
"""
INFOTEXT = """fantasy ADDCOMM
sky ADDROW
street stalls ADDCOL
2girls eating and walking on street
Negative prompt: blurry, (worst quality:1.4)
Steps: 20, Sampler: Euler a, Size: 512x512, RP Active: True, RP Divide mode: Matrix, RP Matrix submode: Columns, \
RP Mask submode: Mask, RP Prompt submode: Prompt, RP Calc Mode: Attention, RP Ratios: "1,1;2,1,3", \
RP Base Ratios: 0.2, RP Use Base: False, RP Use Common: True, RP Flip: False, Version: v1.10.1
"""


def canvas_in(text: str) -> Canvas:
    loaded = read_layout(text)
    assert loaded.format == "Regional Prompter"
    return loaded.parsed.require_canvas()


def found(canvas: Canvas) -> list[tuple[str, tuple[int, ...]]]:
    return [(region.description, tuple(region.rect)) for region in canvas.regions]


def placed(regions: Sequence[Region]) -> list[tuple[Rect, str]]:
    return sorted((region.rect, region.description) for region in regions)


def test_the_readmes_first_example() -> None:
    canvas = canvas_in(THREE_ROWS)
    assert found(canvas) == [
        ("green hair twintail", (0, 30, 0, 90)),
        ("red blouse", (30, 60, 0, 90)),
        ("blue skirt", (60, 90, 0, 90)),
    ]
    assert canvas.description == ""


def test_the_readmes_matrix() -> None:
    assert found(canvas_in(TWO_ROWS)) == [
        ("(blue sky:1.2)", (0, 30, 0, 45)),
        ("green hair twintail", (0, 30, 45, 68)),
        ("(aquarium:1.3)", (0, 30, 68, 90)),
        ("(messy desk:1.2)", (30, 90, 0, 36)),
        ("orange dress and sofa", (30, 90, 36, 90)),
    ]


def test_an_infotext_with_a_common_prompt_and_a_negative_one() -> None:
    loaded = read_layout(INFOTEXT)
    canvas = loaded.parsed.require_canvas()
    assert canvas.description == "fantasy"
    assert found(canvas) == [
        ("sky", (0, 30, 0, 90)),
        ("street stalls", (30, 90, 0, 22)),
        ("2girls eating and walking on street", (30, 90, 22, 90)),
    ]
    assert canvas.absent == ("blurry",)
    assert ["(worst quality:1.4)" in problem.message for problem in loaded.parsed.problems] == [True]


def test_breaks_stand_for_the_keywords_that_the_settings_want() -> None:
    common_and_base = (
        "a, photo BREAK a girl BREAK red hair BREAK green dress\nuse common prompt: on\nuse base: true\nratio: 1,1"
    )
    loaded = read_layout(common_and_base)
    canvas = loaded.parsed.require_canvas()
    assert (canvas.description, canvas.detailed_descriptions) == ("a, photo", ("a girl",))
    assert found(canvas) == [("red hair", (0, 90, 0, 45)), ("green dress", (0, 90, 45, 90))]
    assert any("base prompt" in each.message for each in loaded.parsed.corrections)
    as_and = "red hair AND green dress, sand BREAK x\nDivide Ratio: 1,2,1"
    assert [words for words, _ in found(canvas_in(as_and))] == ["red hair", "green dress, sand", "x"]


def test_rows_and_the_flip_of_comma_and_semicolon() -> None:
    text = "a ADDROW b ADDCOL c\nMain splitting: Rows\nDivide Ratio: 1;1;2,2"
    wanted = [("a", (0, 30, 0, 30)), ("b", (30, 90, 0, 30)), ("c", (0, 90, 30, 90))]
    assert found(canvas_in(text)) == wanted
    assert found(canvas_in(text.replace("1;1;2,2", "1,1,2;2\nflip: on"))) == wanted


@pytest.mark.parametrize(
    ("negative", "absent", "negatives"),
    [
        ("blur", ("blur",), ["", ""]),
        ("hats BREAK snow", (), ["hats", "snow"]),
        ("blur BREAK hats BREAK snow", ("blur",), ["hats", "snow"]),
        ("a BREAK b BREAK c BREAK d", ("a", "b", "c", "d"), ["", ""]),
    ],
)
def test_a_negative_prompt_in_parts_is_that_of_the_cells(
    negative: str, absent: tuple[str, ...], negatives: list[str]
) -> None:
    pairs = "Steps: 20, RP Active: True, RP Divide mode: Matrix, RP Matrix submode: Columns"
    canvas = canvas_in(f'a boat BREAK a house\nNegative prompt: {negative}\n{pairs}, RP Ratios: "1,1"')
    assert canvas.absent == absent
    assert [region.negative for region in canvas.regions] == negatives


def test_and_parts_cells_and_a_full_width_colon_is_one() -> None:
    wanted = [("a", (0, 90, 0, 45)), ("b", (0, 90, 45, 90))]
    assert found(canvas_in("a AND b\nDivide Ratio：1,1")) == wanted


def test_the_keyword_of_prompt_mode_is_refused_with_what_to_do() -> None:
    with pytest.raises(CanvasError, match="ADDP") as refused:
        read_layout("a harbour ADDP boat ADDP house")
    assert refused.value.hint


def test_a_cell_without_words_is_only_the_whole_picture() -> None:
    assert found(canvas_in("sky ADDCOMM a ADDCOL _ ADDCOL\nratio: 1,1,1")) == [("a", (0, 90, 0, 30))]


@pytest.mark.parametrize("mode", ["Mask", "Prompt"])
def test_regions_that_stand_elsewhere_are_refused_with_what_to_do(mode: str) -> None:
    with pytest.raises(CanvasError, match=f"mode {mode}") as refused:
        read_layout(INFOTEXT.replace("mode: Matrix", f"mode: {mode}"))
    assert refused.value.hint


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_matrix_goes_there_and_comes_back(data: st.DataObject, matrix_canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(matrix_canvases)
    written = write_layout(canvas, FORMAT)
    assert written.notes == ()
    again = canvas_in(written.text)
    assert (again.description, again.absent) == (canvas.description, canvas.absent)
    assert placed(again.regions) == placed(canvas.regions)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_no_matrix_keeps_its_words_and_each_move_is_said(
    data: st.DataObject, any_canvases: st.SearchStrategy[Canvas]
) -> None:
    canvas = data.draw(any_canvases)
    written = write_layout(canvas, FORMAT)
    again = canvas_in(written.text)
    assert sorted(region.description for region in again.regions) == sorted(
        region.description for region in canvas.regions
    )
    for rect, words in set(placed(canvas.regions)) - set(placed(again.regions)):
        assert any(note.startswith(f"{words!r} went from {list(rect)} to ") for note in written.notes)


def test_details_of_the_whole_are_the_base_prompt() -> None:
    left = Region("on the left", "no offset", "a large vertical area", 5.0, "a cat", free_rect=Rect(0, 90, 0, 90))
    written = write_layout(Canvas("a room", ("it is dark", "rain falls"), "night", regions=(left,)), FORMAT)
    assert "a room ADDCOMM\nit is dark, rain falls, night ADDBASE\na cat" in written.text
    again = canvas_in(written.text)
    assert (again.description, again.detailed_descriptions) == ("a room", ("it is dark, rain falls, night",))


def test_what_it_cannot_hold_is_said() -> None:
    canvas = Canvas(
        "A room.",
        regions=(
            Region(
                "on the left", "no offset", "a small vertical area", 2.0, "A BREAK of LAND.", tags="x", color_name="red"
            ),
            Region("on the right", "no offset", "a small vertical area", 3.0, "A cat."),
        ),
        absent=("people",),
    )
    written = write_layout(canvas, FORMAT)
    again = canvas_in(written.text)
    assert [region.description for region in again.regions] == ["A break of Land, x", "A cat"]
    assert again.absent == ("people",)
    told = " ".join(written.notes)
    for lost in ("AND, BREAK", "near", "colours", "Sub-prompts"):
        assert lost in told
