"""Pictures of the mini checkpoint compared with canvases by their colours and outlines."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from lib_omost.app.web.check_by_colors import NOT_DRAWN, NOTHING, check_by_colors, nearest_color
from lib_omost.app.web.painter import Painter
from lib_omost.app.web.server import build_app
from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.obedience import obedience
from lib_omost.canvas import COLORS, Canvas, Mask, Rect, Region, canvas_to_json
from lib_omost.errors import BadInputError
from lib_omost.mini.scenes import OBJECT_COLORS, Thing, draw
from lib_omost.page.presets import Presets

WHITE = (245, 245, 245)
LEFT = Rect(20, 70, 0, 45)
LAYOUTS = make_layouts(3)


def region(words: str, color: str = "red", rect: Rect = LEFT, **more: Any) -> Region:
    return Region(
        "on the left", "no offset", "a small vertical area", 2.0, words, color_name=color, free_rect=rect, **more
    )


def picture(*things: Thing) -> Any:
    return draw(WHITE, [(thing, OBJECT_COLORS[thing.color]) for thing in things])


CIRCLE = Thing("circle", "red", 0.25, 0.5, 0.2)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(layout.seed))
def test_what_is_painted_as_asked_is_right(layout: Any) -> None:
    assert check_by_colors(layout.picture, layout.canvas) == ()


@given(st.sampled_from(LAYOUTS), st.sampled_from(LAYOUTS))
def test_it_judges_as_bench_regions_does(asked: Any, shown: Any) -> None:
    amiss = {each.number for each in check_by_colors(shown.picture, asked.canvas)}
    both = obedience(shown.picture, asked).both
    assert amiss == {number for number, right in enumerate(both, 1) if not right}


@pytest.mark.parametrize(
    ("asked", "seen", "change"),
    [
        (region("A red circle."), None, ""),
        (region("Two red circles"), None, ""),
        (region("A round thing", "crimson"), NOT_DRAWN, ""),  # neither a colour nor a shape in its words
        (region("", "red", tags="red circle"), None, ""),
        (region("A circle", "firebrick"), None, ""),  # in the region's own colour
        (region("A scarlet ball"), None, ""),  # any shape
        (region("A blue circle.", "red"), "a red circle", "make the blue circle larger"),  # words count, not the field
        (region("A red ring"), "a red circle", "make the red ring larger"),
        (region("A red circle", rect=Rect(20, 70, 50, 90)), NOTHING, "make the red circle larger"),
        (region("A green square", rect=Rect(0, 90, 0, 90)), "a red circle", ""),  # it has the whole picture
    ],
)
def test_a_region_is_what_its_words_say(asked: Region, seen: str | None, change: str) -> None:
    found = check_by_colors(picture(CIRCLE), Canvas("a white background", regions=(asked,)))
    assert [(each.number, each.seen, each.change) for each in found] == ([] if seen is None else [(1, seen, change)])


def test_a_painted_region_is_looked_at_in_its_shape() -> None:
    picture = draw(WHITE, [(Thing("square", "red", 0.25, 0.5, 0.2), OBJECT_COLORS["red"])])
    picture[64:, 32:] = OBJECT_COLORS["blue"]  # in the notch of an L, and there is more of it
    shape = Mask(4, (0b1111, 0b1111, 0b0011, 0b0011))
    asked = region("Something red", rect=Rect(20, 70, 0, 60), mask=shape)
    assert check_by_colors(picture, Canvas("", regions=(asked,))) == ()
    assert check_by_colors(picture, Canvas("", regions=(replace(asked, mask=None),)))


def test_what_lies_over_another_is_not_told_to_grow() -> None:
    crowded = (region("A red ring"), region("A blue square", rect=Rect(20, 70, 10, 40)))
    free = (region("A red ring"), region("A blue square", rect=Rect(20, 70, 40, 80)))
    assert [each.change for each in check_by_colors(picture(CIRCLE), Canvas("", regions=crowded))] == ["", ""]
    changes = ["make the red ring larger", "make the blue square larger"]
    assert [each.change for each in check_by_colors(picture(CIRCLE), Canvas("", regions=free))] == changes


def test_a_canvas_without_regions_is_refused() -> None:
    with pytest.raises(BadInputError, match="no regions"):
        check_by_colors(picture(CIRCLE), Canvas("a white background"))


@pytest.mark.parametrize("name", COLORS)
def test_every_colour_has_a_nearest_one_that_is_drawn(name: str) -> None:
    assert nearest_color(name) in OBJECT_COLORS
    if name in ("red", "blue", "yellow", "purple", "orange", "cyan", "pink", "green"):
        assert nearest_color(name) == name


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    chats = SimpleNamespace(models=list, chosen=str, unload=lambda: None)
    app = build_app(lambda: chats, Painter(tmp_path), Presets(tmp_path), lambda: None)
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def png(pixels: Any, checkpoint: str) -> str:
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", json.dumps({"prompt": "", "omost": {}, "checkpoint": checkpoint}))
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(file, "PNG", pnginfo=told)
    return base64.b64encode(file.getvalue()).decode()


def test_the_route_tells_what_is_amiss_and_the_message_for_it(client: TestClient) -> None:
    canvas = Canvas("", regions=(region("A red ring"), region("A blue square", rect=Rect(0, 90, 50, 90))))
    asked = {"png": png(picture(CIRCLE), "mini"), "canvas": canvas_to_json(canvas)}
    told = client.post("/omost/v1/own/check", json=asked).json()
    assert [each["seen"] for each in told["amiss"]] == ["a red circle", "nothing"]
    assert told["message"] == "make the red ring larger; make the blue square larger"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (png(picture(CIRCLE), "dreamshaper.safetensors"), "only pictures of the mini checkpoint"),
        ("?", "no picture in base64"),
        (base64.b64encode(b"text").decode(), "no picture that can be read"),
    ],
)
def test_other_pictures_are_refused_with_what_to_do(client: TestClient, file: str, told: str) -> None:
    asked = {"png": file, "canvas": canvas_to_json(Canvas("", regions=(region("A red ring"),)))}
    answer = client.post("/omost/v1/own/check", json=asked)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
