"""What a model with eyes answers, read as a canvas, or as what of a canvas a picture does not show."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lib_omost.canvas import COLORS, GRID, Canvas, Rect, Region, canvas_from_json, canvas_to_json, write_canvas
from lib_omost.chat.sight.checking import Amiss, check_question, next_message, read_check
from lib_omost.chat.sight.reading import MOST_READ, READ, read_sight
from lib_omost.errors import BadInputError, ServerError
from lib_omost.pictures import small as picture
from lib_omost.pictures.small import MOST_SIDE, size_of, small_png

SIZE = (640, 480)
BALL = {"description": "A red ball.", "box": [0, 500, 500, 1000], "distance": 2, "color": "crimson"}
WHOLE = {"description": "A beach.", "color": "sandybrown", "regions": [BALL]}
SEEN = Rect(45, 90, 0, 45)
CANVAS = Canvas(
    "A field.",
    regions=(
        Region("on the left", "no offset", "a small square area", 2.0, "A red ball.", color_name="red"),
        Region("on the right", "no offset", "a small square area", 4.0, "An old barn.", color_name="saddlebrown"),
    ),
)


def file(width: int, height: int, form: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(written, form)
    return written.getvalue()


def test_a_picture_becomes_a_canvas() -> None:
    canvas = read_sight(json.dumps(WHOLE), SIZE)
    assert (canvas.description, canvas.color_name) == ("A beach.", "sandybrown")
    (ball,) = canvas.regions
    assert (ball.description, ball.color_name, ball.distance_to_viewer) == ("A red ball.", "crimson", 2.0)
    assert ball.rect == ball.free_rect == SEEN
    assert (ball.location, ball.area) == ("on the bottom-left", "a medium-sized square area")
    assert str(1000) in READ


@pytest.mark.parametrize(
    "answer",
    [
        f"Here it is:\n```json\n{json.dumps(WHOLE, indent=1)}\n```\nAnything else?",
        f"<think>perhaps {json.dumps({**WHOLE, 'regions': []})}</think>\n{json.dumps(WHOLE)}",
        json.dumps([{"bbox_2d": [0, 500, 500, 1000], "label": "A red ball.", "color": "crimson", "distance": 2}]),
        json.dumps([{"box_2d": [500, 0, 1000, 500], "label": "A red ball.", "color": "crimson", "depth": 2}]),
        json.dumps({"scene": {"objects": [{**BALL, "box": [0.0, 0.5, 0.5, 1.0]}]}}),
        json.dumps({"regions": [{**BALL, "box": [500, 1000, 0, 500]}, {"description": "no box"}, "x", None]}),
        json.dumps({"regions": [{**BALL, "box": [0, 1200, 1200, 2400]}]}).replace("}]}", "}],}"),
    ],
)
def test_boxes_are_read_in_whatever_form_they_come(answer: str) -> None:
    size = (2400, 2400) if "2400" in answer else SIZE
    (ball,) = read_sight(answer, size).regions
    assert (ball.rect, ball.description, ball.color_name) == (SEEN, "A red ball.", "crimson")
    assert ball.distance_to_viewer == 2.0


def test_a_canvas_in_the_canvas_s_own_forms_is_one_too() -> None:
    assert read_sight(f"```python\n{write_canvas(CANVAS)}```", SIZE) == CANVAS
    assert read_sight(json.dumps(canvas_to_json(CANVAS)), SIZE) == CANVAS


@pytest.mark.parametrize(
    "answer", ["", "I see a ball.", "[]", '{"regions": []}', '[{"box": [1, 2], "label": "x"}]', "{"]
)
def test_an_answer_without_boxes_is_refused_in_words(answer: str) -> None:
    with pytest.raises(ServerError, match="no boxes") as caught:
        read_sight(answer, SIZE)
    assert caught.value.hint


NUMBERS = st.one_of(st.integers(-2000, 5000), st.floats(allow_nan=True), st.text(max_size=3), st.none(), st.booleans())
ITEMS = st.dictionaries(
    st.sampled_from(["box", "bbox_2d", "box_2d", "description", "label", "color", "distance", "x"]),
    st.one_of(st.lists(NUMBERS, max_size=5), st.text(max_size=9), NUMBERS),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(ITEMS, max_size=40), st.tuples(st.integers(1, 1024), st.integers(1, 1024)))
def test_whatever_comes_is_a_sound_canvas_or_refused(items: list[object], size: tuple[int, int]) -> None:
    try:
        canvas = read_sight(json.dumps({"description": "x", "things": items}), size)
    except ServerError:
        return
    assert canvas_from_json(canvas_to_json(canvas)) == canvas
    assert len(canvas.regions) <= MOST_READ
    for region in canvas.regions:
        assert 0 <= region.rect.top < region.rect.bottom <= GRID
        assert 0 <= region.rect.left < region.rect.right <= GRID
        assert region.color_name in COLORS


def test_what_is_amiss_becomes_the_next_message() -> None:
    question = check_question(CANVAS)
    assert "1. A red ball. (red, on the left, a small square area)" in question
    assert "2. An old barn. (saddle brown, on the right, a small square area)" in question
    said = [
        {"number": 2, "seen": "a tree", "change": "make the barn larger."},
        {"number": "1", "seen": "a blue ball"},
        {"number": 2, "seen": "twice"},
        {"number": 9, "seen": "none"},
        {"number": True},
    ]
    for answer in (json.dumps(said), f"Well:\n```json\n{json.dumps({'things': said})}\n```"):
        amiss = read_check(answer, CANVAS)
        assert amiss == (
            Amiss(2, "a tree", "make the barn larger."),
            Amiss(1, "a blue ball", "make it plainer: a red ball"),
        )
        assert next_message(amiss) == "make the barn larger; make it plainer: a red ball"


def test_a_picture_that_is_as_it_should_be_asks_for_nothing() -> None:
    for answer in ("[]", "All is well.\n```json\n[]\n```", '{"things": []}'):
        assert read_check(answer, CANVAS) == ()
    assert next_message(()) == ""
    with pytest.raises(ServerError, match="cannot be read"):
        read_check("All is well.", CANVAS)
    with pytest.raises(BadInputError, match="no regions"):
        check_question(Canvas("A field."))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_sent_no_larger_than_it_needs_to_be(form: str) -> None:
    small = small_png(file(3000, 1500, form))
    assert size_of(small) == (MOST_SIDE, MOST_SIDE // 2)
    assert size_of(small_png(file(40, 30, form))) == (40, 30)
    with Image.open(io.BytesIO(small)) as image:
        assert (image.format, image.mode, image.info) == ("PNG", "RGB", {})


def test_what_is_no_picture_or_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (b"", b"x" * 99, file(9, 9)[:-30], file(9, 9, "GIF")):
        with pytest.raises(BadInputError, match="no picture that can be read"):
            small_png(wrong)
    monkeypatch.setattr(picture, "MOST_PIXELS", 80)
    with pytest.raises(BadInputError, match="9 × 9 pixels"):
        small_png(file(9, 9))
