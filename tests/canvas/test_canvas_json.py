"""canvas.json reads back without loss, and refuses strange data by the field's name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, ParsedReply, Region, canvas_from_json, canvas_to_json, canvas_to_line, read_canvas
from lib_omost.errors import CanvasError

CAT = Region("on the left", "no offset", "a small square area", 3.0, "A cat.")


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_json_reads_back(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    assert canvas_from_json(json.loads(json.dumps(canvas_to_json(canvas)))) == canvas


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_line_holds_the_whole_canvas(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    line = canvas_to_line(canvas)
    assert "\n" not in line
    assert "\r" not in line
    assert read_canvas(line) == ParsedReply(canvas)


def test_a_line_says_nothing_of_what_is_empty() -> None:
    canvas = Canvas("A sky.", regions=(CAT, replace(CAT, tags="cat, fur")))
    assert len(canvas_to_line(canvas)) < len(json.dumps(canvas_to_json(canvas))) * 0.65
    assert canvas_to_line(canvas).count('"tags"') == 1
    assert '""' not in canvas_to_line(canvas)
    assert "[]" not in canvas_to_line(canvas)


def changed(path: list[Any], value: object) -> object:
    data: Any = canvas_to_json(Canvas("A sky.", ("Blue.",), regions=(CAT, CAT)))
    if not path:
        return value
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed([], None), "the canvas is not an object"),
        (changed([], []), "the canvas is not an object"),
        (changed([], {}), "of the canvas is missing"),
        (changed(["mood"], "x"), "mood of the canvas is not known"),
        (changed(["tags"], 5), "tags 5 is not a text"),
        (changed(["regions"], {}), "regions is not a list"),
        (changed(["regions", 1], "x"), r"regions\[1\] is not an object"),
        (changed(["regions", 1, "location"], "nowhere"), r"regions\[1\]\.location 'nowhere' is not a known name"),
        (changed(["regions", 0, "distance_to_viewer"], "5"), r"regions\[0\]\.distance_to_viewer '5'"),
        (changed(["regions", 0, "detailed_descriptions"], ["a", None]), r"regions\[0\]\.detailed_descriptions\[1\]"),
        (changed(["detailed_descriptions"], "text"), "detailed_descriptions is not"),
        (changed(["regions", 0, "free_rect"], [0, 9, 5]), r"regions\[0\]\.free_rect \[0, 9, 5\] is not a Rect"),
        (changed(["regions", 0, "free_rect"], [0, 9, 5, 5]), r"regions\[0\]\.free_rect \(0, 9, 5, 5\) is empty"),
        (changed(["regions", 0, "free_rect"], [0, 9, 5, 91]), "leaves the grid"),
        (changed(["regions", 0, "free_rect"], [0, 9, 5, 1.5]), "is not a Rect of whole numbers"),
        (changed(["regions"], [canvas_to_json(Canvas(""))]), r"of regions\[0\] is missing"),
    ],
)
def test_strange_data_is_refused_by_name(data: object, message: str) -> None:
    with pytest.raises(CanvasError, match=message) as caught:
        canvas_from_json(data)
    assert caught.value.hint


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), -1, 0, True])
def test_a_distance_that_no_float_holds_is_refused(value: float) -> None:
    with pytest.raises(CanvasError, match="distance_to_viewer"):
        canvas_from_json(changed(["regions", 0, "distance_to_viewer"], value))


@pytest.mark.parametrize("path", [["description"], ["regions", 0, "area"], ["regions", 0, "free_rect"], ["regions", 0]])
@pytest.mark.parametrize("nested", ["[" * 950 + "]" * 950, '{"a":' * 950 + "1" + "}" * 950])
def test_what_is_nested_deeply_is_refused_by_its_field(path: list[Any], nested: str) -> None:
    with pytest.raises(CanvasError) as refused:
        canvas_from_json(changed(path, json.loads(nested)))
    assert str(path[-1] if isinstance(path[-1], str) else "regions[0]") in str(refused.value)
    assert len(str(refused.value)) < 300
