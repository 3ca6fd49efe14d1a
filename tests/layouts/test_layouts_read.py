"""What a file is, is told by its contents; every format that is written is read again as what it is."""

from __future__ import annotations

import io
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lib_omost.canvas import Canvas, Region, canvas_to_json, write_canvas
from lib_omost.errors import CanvasError
from lib_omost.layouts import FORMATS, read_layout, write_layout
from lib_omost.layouts.infotext import Infotext, read_infotext, write_infotext
from lib_omost.layouts.read import is_picture
from lib_omost.prompts import region_paths
from tests.canvas.conftest import canvases, regions, texts

__all__ = ["canvases", "regions", "texts"]  # fixtures

CANVAS = Canvas(
    "A room.",
    ("It is dark.",),
    "room, dark",
    "navy",
    (
        Region(
            "on the left", "no offset", "a small vertical area", 2.0, "A cat.", ("Grey.",), "cat", color_name="gray"
        ),
        Region("on the right", "no offset", "a small vertical area", 3.0, "A dog.", color_name="brown"),
    ),
    ("people",),
)
NAMES = {"forge-couple": "forge-couple", "regional-prompter": "Regional Prompter", "coco": "COCO"}


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read_as_what_it_is(format: str) -> None:
    loaded = read_layout(write_layout(CANVAS, format).text)
    assert loaded.format == NAMES.get(format, "canvas")
    canvas = loaded.parsed.require_canvas()
    assert len(canvas.regions) == 2
    if format in ("code", "json", "coco"):
        assert canvas == CANVAS


def test_a_region_of_tags_alone_is_not_described_as_the_whole_picture_is() -> None:
    words = ("on the left", "no offset", "a small square area", 3.0)
    regions = (Region(*words, "", tags="cat, black", style="oil"), Region(*words, ""), Region(*words, "A dog."))
    canvas = read_layout(write_layout(Canvas("A park.", regions=regions), "comfyui").text).parsed.require_canvas()
    assert canvas.description == "A park."
    found = [(region.description, region.detailed_descriptions) for region in canvas.regions]
    assert found == [("cat, black.", ("oil.",)), ("", ()), ("A dog.", ())]


@pytest.mark.parametrize("text", ["BMW in the street ADDCOL tree", "RIFFRAFF ADDCOL a thief", "GIF87 ADDCOL 8", "BM"])
def test_a_text_that_begins_as_pictures_do_is_no_picture(text: str) -> None:
    assert not is_picture(text.encode())


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF"])
def test_a_picture_is_told_by_how_it_begins(format: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (3, 5), "red").save(file, format)
    assert is_picture(file.getvalue()) == (format != "DIB")


@pytest.mark.parametrize(
    "text",
    [
        write_canvas(CANVAS),
        json.dumps(canvas_to_json(CANVAS)),
        f"Use BREAK or ADDCOL if you like.\n```python\n{write_canvas(CANVAS)}```",
        json.dumps({"annotations": [], **canvas_to_json(CANVAS)}),
    ],
)
def test_a_canvas_stays_a_canvas(text: str) -> None:
    loaded = read_layout(text)
    assert loaded.format == "canvas"
    assert loaded.parsed.require_canvas().regions == CANVAS.regions


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_comfyui_is_told_the_same_regions_far_to_near(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    told = json.loads(write_layout(canvas, "comfyui").text)
    assert [set(each) >= {"rect", "prefixes", "suffixes", "color"} for each in told] == [True] * len(told)
    assert told[0]["rect"] == [0, 90, 0, 90]
    assert [each["rect"] for each in told[1:]] == [list(region.rect) for region in canvas.far_to_near()]
    assert [each["color"] for each in told] == [list(part.rgb) for part in (canvas, *canvas.far_to_near())]


def test_comfyuis_json_comes_back_with_the_same_sub_prompts() -> None:
    written = write_layout(CANVAS, "comfyui")
    again = read_layout(written.text).parsed.require_canvas()
    before, after = region_paths(CANVAS), region_paths(again)
    assert [path.prefixes for path in after] == [path.prefixes for path in before]
    assert [path.suffixes for path in after] == [path.suffixes for path in before]
    assert [(path.rect, path.rgb, path.distance_to_viewer) for path in after] == [
        (path.rect, path.rgb, path.distance_to_viewer) for path in before
    ]
    assert any("people" in note for note in written.notes)
    assert any("Tags" in note for note in written.notes)


@given(data=st.data(), format=st.sampled_from(sorted(FORMATS)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_texts_a_canvas_has_every_format_takes_them(
    data: st.DataObject, canvases: st.SearchStrategy[Canvas], format: str
) -> None:
    canvas = data.draw(canvases)
    write_layout(canvas, format).text.encode()


WORDS = ["ADDCOL", "ADDROW", "ADDBASE", "ADDCOMM", "BREAK", "AND", "a", "\n", ",", ";", "[[", "]]", "{", '"', "0.5"]
WORDS += ["ratio: 1,2;3", "direction: vertical", "{a:b}", '"annotations"', "Negative prompt: x"]
WORDS += ["forge_couple_mode: Basic, a: b, c: d", "RP Ratios: , x: y, z: 1"]


@given(text=st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=14).map(" ".join))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        parsed = read_layout(text).parsed
    except CanvasError:
        return
    assert parsed.canvas is not None or parsed.problems


BOX = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 50, 50]}
MANY = {
    "Regional Prompter": " ADDCOL ADDROW ".join(["a"] * 20_000) + "\nratio: " + ",".join(["1"] * 20_000),
    "forge-couple": json.dumps([[0, 0.5, 0, 1, 1]] * 20_000) + "\n" + "a\n" * 20_000,
    "COCO": json.dumps({"images": [{"id": 1, "width": 90, "height": 90}], "annotations": [BOX] * 20_000}),
}


@pytest.mark.parametrize("format", MANY)
def test_however_many_regions_there_are_it_is_quick_and_the_rest_is_counted(format: str) -> None:
    begun = time.process_time()
    loaded = read_layout(MANY[format])
    assert time.process_time() - begun < 5
    assert loaded.format == format
    problems = [problem.message for problem in loaded.parsed.problems]
    if format == "Regional Prompter":  # cells of a picture that is cut 20,000 times are thinner than the grid's
        assert any("too thin" in message for message in problems)
        assert "more problems are not listed" in problems[-1]
    else:
        assert len(loaded.parsed.require_canvas().regions) == 32
        assert "a canvas holds 32 regions; 19968 of them were left out" in problems


LONG = "very " * 10_000
TOO_LONG = {
    "Regional Prompter": f"{LONG} ADDCOMM a ADDCOL b",
    "forge-couple": f"[[0, 1, 0, 1, 1], [0, 0.5, 0, 1, 1], [0.5, 1, 0, 1, 1]]\n{LONG}\na\nb",
    "COCO": json.dumps(
        {
            "images": [{"id": 1, "width": 90, "height": 90}],
            "categories": [{"id": 1, "name": "a"}],
            "annotations": [BOX, BOX, {"image_id": 1, "caption": LONG}],
        }
    ),
}


@pytest.mark.parametrize("format", TOO_LONG)
def test_a_text_that_no_canvas_holds_is_left_out_and_named(format: str) -> None:
    parsed = read_layout(TOO_LONG[format]).parsed
    assert len(parsed.require_canvas().regions) == 2
    assert any("over 24000 characters" in problem.message for problem in parsed.problems)
    regions_too = read_layout(TOO_LONG[format].replace('"a"', json.dumps(LONG)).replace("a ADD", f"{LONG} ADD")).parsed
    assert regions_too.problems


@given(value=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1).map(str.strip).filter(bool))
@settings(max_examples=100, deadline=None)
def test_any_value_of_an_infotext_comes_back(value: str) -> None:
    infotext = Infotext("a boat", "blur", {"Steps": "20", "Sampler": "Euler", "Words": value})
    assert read_infotext(write_infotext(infotext)) == infotext
