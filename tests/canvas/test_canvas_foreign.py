"""Canvases in the JSON of other programs, and what is said of JSON that holds none."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, canvas_to_json, read_canvas
from lib_omost.errors import CanvasError
from lib_omost.prompts.json_form import parsed_to_json

WHOLE = {
    "description": "A harbour at dawn.",
    "detailed_descriptions": ["Boats rest on calm water."],
    "tags": "harbour, dawn",
    "HTML_web_color_name": "lightsteelblue",
}
BOAT = {
    "location": "on the left",
    "offset": "no offset",
    "area": "a small square area",
    "distance_to_viewer": 3.0,
    "description": "A red boat.",
    "detailed_descriptions": ["Its hull is red."],
    "tags": "boat, red",
    "atmosphere": "Calm.",
    "style": "Watercolour.",
    "quality_meta": "Fine detail.",
    "HTML_web_color_name": "red",
}


def tool(name: str, arguments: dict[str, Any]) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def tagged(name: str, arguments: dict[str, Any]) -> str:
    values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in arguments.items()}
    inside = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in values.items())
    return f"<tool_call>\n<function={name}>\n{inside}</function>\n</tool_call>"


def streamed(event: Callable[[str], dict[str, Any]], before: str = "") -> str:
    text = json.dumps(REGIONS)
    pieces = [text[start : start + 40] for start in range(0, len(text), 40)]
    return "\n\n".join(before + json.dumps(event(piece)) for piece in pieces)


REGIONS = {"global_description": WHOLE, "regions": [BOAT]}

DESCRIBED = {
    "lists": json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT]}),
    "camel case": json.dumps({"globalDescription": WHOLE, "localDescriptions": [BOAT]}),
    "numbered": json.dumps({"global_description": WHOLE, "local_description_1": BOAT}),
    "numbered within": json.dumps({"global_description": WHOLE, "local_descriptions": {"1": BOAT}}),
    "in a canvas": json.dumps({"canvas": {"global_description": WHOLE, "local_descriptions": [BOAT]}}),
    "fenced, after prose": f"Sure!\n\n```json\n{json.dumps(REGIONS)}\n```\nEnjoy.",
    "after prose": f"Here: {json.dumps(REGIONS)} Enjoy.",
    "a comma too many": json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT]}, indent=1)
    .replace("\n  ]", ",\n  ]")
    .replace("\n }", ",\n }"),
    "comments": json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT]}, indent=1).replace(
        "{\n", "{ // begin\n", 1
    ),
    "Python": repr({"global_description": WHOLE, "local_descriptions": [BOAT], "more": None}),
    "tool calls as text": tool("set_global_description", WHOLE) + "\n" + tool("add_local_description", BOAT),
    "tool calls of an API": json.dumps(
        {
            "choices": [
                {
                    "message": {
                        "content": None,
                        "tool_calls": [
                            {"function": {"name": "set_global_description", "arguments": json.dumps(WHOLE)}},
                            {"function": {"name": "add_local_description", "arguments": json.dumps(BOAT)}},
                        ],
                    }
                }
            ]
        }
    ),
    "tool use": json.dumps(
        {
            "content": [
                {"type": "tool_use", "name": "set_global_description", "input": WHOLE},
                {"type": "tool_use", "name": "add_local_description", "input": BOAT},
            ]
        }
    ),
    "calls of Gemini": json.dumps(
        {
            "candidates": [
                {
                    "content": {
                        "parts": [
                            {"functionCall": {"name": "set_global_description", "args": WHOLE}},
                            {"functionCall": {"name": "add_local_description", "args": BOAT}},
                        ]
                    }
                }
            ]
        }
    ),
    "calls with their arguments beside their names": json.dumps(
        [{"method": "set_global_description", **WHOLE}, {"method": "add_local_description", **BOAT}]
    ),
    "calls between tags": f"<function=set_global_description>{json.dumps(WHOLE)}</function>\n"
    f"<function=add_local_description>{json.dumps(BOAT)}</function>",
    "calls of Qwen": tagged("set_global_description", WHOLE) + "\n" + tagged("add_local_description", BOAT),
    "a list, the whole first": json.dumps([WHOLE, BOAT]),
    "lines of JSON": json.dumps({"set_global_description": WHOLE}) + "\n" + json.dumps({"add_local_description": BOAT}),
    "layers": json.dumps({"background": WHOLE, "layers": [BOAT]}),
    "no commas": json.dumps(REGIONS, indent=1).replace(",\n", "\n"),
    "names without quotes": re.sub(r'"(\w+)":', r"\1:", json.dumps(REGIONS, indent=1)),
    "typographic quotes": re.sub(r'"([^"]*)"', r"“\1”", json.dumps(REGIONS, indent=1)),
    "a variable of Python": f"canvas = {REGIONS!r}",
    "a comment before it": f"// the canvas\n{json.dumps(REGIONS, indent=1)}",
    "an end that is missing": json.dumps(REGIONS, indent=1)[:-4],
    "a fence without its end": f"```json\n{json.dumps(REGIONS, indent=1)[:-4]}",
    "a stream of OpenAI": streamed(lambda piece: {"choices": [{"delta": {"content": piece}}]}, "data: ")
    + "\ndata: [DONE]\n",
    "a stream of Ollama": streamed(lambda piece: {"response": piece, "done": False}),
    "a stream of Ollama's chat": streamed(lambda piece: {"message": {"content": piece}, "done": False}),
    "JSON within an answer": json.dumps(
        {"choices": [{"message": {"content": json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT]})}}]}
    ),
}


@pytest.mark.parametrize("text", DESCRIBED.values(), ids=DESCRIBED.keys())
def test_objects_with_a_global_and_local_descriptions(text: str) -> None:
    parsed = read_canvas(text)
    canvas = parsed.canvas
    assert canvas is not None
    assert (canvas.description, canvas.color_name, canvas.tags) == (
        "A harbour at dawn.",
        "lightsteelblue",
        "harbour, dawn",
    )
    (region,) = canvas.regions
    assert region.rect == (20, 70, 0, 40)
    assert (region.distance_to_viewer, region.color_name, region.description) == (3.0, "red", "A red boat.")
    assert region.detailed_descriptions == ("Its hull is red.",)
    assert parsed.problems == ()


CONDITIONING = [
    {"rect": [0, 90, 0, 90], "prefixes": ["A harbour."], "suffixes": ["Calm water."], "color": [176, 196, 222]},
    {"rect": [20, 70, 0, 40], "prefixes": ["A harbour.", "A red boat."], "suffixes": ["Old."], "color": [255, 0, 0]},
    {"rect": [5, 85, 62, 88], "prefixes": ["A harbour.", "A lighthouse."], "suffixes": [], "color": [255, 255, 255]},
]


@pytest.mark.parametrize(
    "text", [json.dumps(CONDITIONING), repr(CONDITIONING), f"```json\n{json.dumps(CONDITIONING)}\n```"]
)
def test_comfyui_omosts_conditioning(text: str) -> None:
    canvas = read_canvas(text).require_canvas()
    assert (canvas.description, canvas.color_name, canvas.detailed_descriptions) == (
        "A harbour.",
        "lightsteelblue",
        ("Calm water.",),
    )
    assert [tuple(region.rect) for region in canvas.far_to_near()] == [(20, 70, 0, 40), (5, 85, 62, 88)]
    assert [region.description for region in canvas.regions] == ["A red boat.", "A lighthouse."]
    assert [region.color_name for region in canvas.regions] == ["red", "white"]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_parse_prints_is_read_again(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    """Places, order, colours and descriptions come back; tags and the like come back as details."""
    canvas = data.draw(canvases)
    printed = json.dumps(parsed_to_json(read_canvas(json.dumps(canvas_to_json(canvas)))))
    again = read_canvas(printed).require_canvas()
    assert [region.rect for region in again.far_to_near()] == [region.rect for region in canvas.far_to_near()]
    assert [region.rgb for region in again.far_to_near()] == [region.rgb for region in canvas.far_to_near()]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("wrap", ["{}", "\ufeff{}", "\n```json\n{}\n```\n", "Here it is:\n\n```\n{}\n```"])
def test_our_own_json_in_any_wrapping(wrap: str, data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    assert read_canvas(wrap.replace("{}", json.dumps(canvas_to_json(canvas)))).canvas == canvas


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{"last_node_id": 3, "nodes": [], "links": []}', "last_node_id, nodes, links"),
        ("[1, 2]", "a list of 2 values"),
        ("{}", "an empty object"),
        ('{"a": ' + "9" * 5000 + "}", "too long"),
        ('{"a": ' * 5000, "nested too deeply"),
        ('{"a": nope}', "line 1"),
    ],
)
def test_other_json_is_refused_with_what_was_seen(text: str, seen: str) -> None:
    with pytest.raises(CanvasError, match=seen):
        read_canvas(text)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_json_that_is_cut_keeps_what_was_complete(data: st.DataObject) -> None:
    text = json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT, BOAT | {"description": "A house."}]})
    end = data.draw(st.integers(text.index("A harbour at dawn.") + 20, len(text) - 2))
    parsed = read_canvas(text[:end])
    assert parsed.canvas is not None
    assert parsed.canvas.description == "A harbour at dawn."
    described = [word for word in ("A red boat.", "A house.") if f'"{word}"' in text[:end]]
    assert [region.description for region in parsed.canvas.regions] == described
    assert "cut off" in parsed.corrections[0].message


@pytest.mark.parametrize(
    ("written", "wanted"),
    [('A "red" boat.', 'A "red" boat.'), ("A red\nboat.", "A red\nboat."), ("Bob's boat", "Bob's boat")],
)
def test_quotes_and_line_ends_in_the_texts_of_json(written: str, wanted: str) -> None:
    text = json.dumps(REGIONS, indent=1).replace("A red boat.", written)
    canvas = read_canvas(text).require_canvas()
    assert [region.description for region in canvas.regions] == [wanted]


def test_a_region_with_a_name_and_no_description_is_described_by_it() -> None:
    parsed = read_canvas(
        json.dumps({"scene": "A harbour.", "objects": [{"name": "red boat", "bbox": [0, 20, 40, 50]}]})
    )
    (region,) = parsed.require_canvas().regions
    assert (region.description, region.rect) == ("red boat", (20, 70, 0, 40))
    assert parsed.problems == ()


def test_a_part_that_cannot_be_read_is_named_and_the_others_stay() -> None:
    text = json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT, 5, {"tags": "no description"}, BOAT]})
    parsed = read_canvas(text)
    assert parsed.canvas is not None
    assert len(parsed.canvas.regions) == 2
    named = [problem.message.partition(":")[0] for problem in parsed.problems]
    assert named == ["local_descriptions[1]", "local_descriptions[2]"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["description", "regions", "global_description", "local_descriptions", "rect", "prefixes"]
                )
                | st.sampled_from(
                    ["color", "suffixes", "bbox", "distance_to_viewer", "choices", "message", "content", "1"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=30,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(data: Any) -> None:
    text = json.dumps(data)
    with contextlib.suppress(CanvasError):
        parsed = read_canvas(text)
        assert parsed.canvas is not None or parsed.problems


CONDITIONING = [
    {"rect": [0, 90, 0, 90], "prefixes": ["A harbour."], "suffixes": ["Calm."], "color": [176, 196, 222]},
    {"rect": [20, 70, 0, 40], "prefixes": ["A harbour.", "A boat."], "suffixes": [], "color": [167, 202, 214]},
]


def test_a_workflow_of_comfyui_gives_the_conditioning_that_stands_in_it() -> None:
    node = {"id": 32, "type": "OmostLoadCanvasConditioningNode", "widgets_values": [json.dumps(CONDITIONING, indent=2)]}
    parsed = read_canvas(json.dumps({"last_node_id": 40, "nodes": [{"id": 1}, node, {"widgets_values": ["a"]}]}))
    assert parsed.canvas is not None
    assert [region.description for region in parsed.canvas.regions] == ["A boat."]
    assert parsed.canvas.regions[0].rect == (20, 70, 0, 40)


def test_a_conditioning_written_by_hand() -> None:
    whole = {"rect": (0, 90, 0, 90), "prefixes": "A harbour.", "suffixes": []}
    boat = {"rect": (70, 20, 40, 0), "prefixes": ["A harbour.", "A boat."], "suffixes": "Red.", "color": "#ff0000"}
    canvas = read_canvas(repr({"canvas_conds": [whole, boat]})).require_canvas()
    (region,) = canvas.regions
    assert (canvas.description, region.rect, region.color_name) == ("A harbour.", (20, 70, 0, 40), "red")
    assert (region.description, region.detailed_descriptions) == ("A boat.", ("Red.",))


def test_a_colour_without_a_name_takes_the_nearest_and_that_is_said() -> None:
    parsed = read_canvas(json.dumps(CONDITIONING))
    assert parsed.canvas is not None
    assert parsed.canvas.color_name == parsed.canvas.regions[0].color_name == "lightsteelblue"
    (told,) = [correction.message for correction in parsed.corrections]
    assert told == "regions[1]: read colour [167, 202, 214] as lightsteelblue, the nearest that has a name"
    none = read_canvas(json.dumps([CONDITIONING[0], CONDITIONING[1] | {"color": "xyzzy"}]))
    assert "no colour that can be read" in none.corrections[0].message


deep = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters(codec="utf-16", categories=None), max_size=9),
        st.sampled_from(["\ud800", "\udfff x", 10**400, -(10**400), float("nan"), float("inf"), 1e308]),
        st.integers(1, 900).map(lambda depth: json.loads("[" * depth + "]" * depth)),
        st.integers(1, 900).map(lambda depth: json.loads('{"a":' * depth + "1" + "}" * depth)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(value=deep, data=st.data())
def test_whatever_a_value_is_it_costs_that_value_or_is_refused_by_its_place(value: object, data: st.DataObject) -> None:
    """Nested deeply, a number that no machine holds, half of a character: what is told of it can be shown."""
    whole = json.loads(json.dumps({"global_description": WHOLE, "local_descriptions": [BOAT]}))
    part = data.draw(st.sampled_from([whole["global_description"], whole["local_descriptions"][0]]))
    part[data.draw(st.sampled_from(sorted(part)))] = value
    parsed = read_canvas(json.dumps(whole))
    told = [*(one.message for one in parsed.corrections), *(one.message for one in parsed.problems)]
    "".join(told).encode()
    assert parsed.canvas is not None
    assert parsed.canvas.description == "A harbour at dawn." or part is whole["global_description"]
    json.dumps(canvas_to_json(parsed.canvas), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("rgb", [[1e308, 0, 0], [300, -5, -1e200]])
def test_a_colour_beyond_all_bounds_is_brought_into_them(rgb: list[float]) -> None:
    parsed = read_canvas(json.dumps({"global_description": {**WHOLE, "HTML_web_color_name": rgb}}))
    assert parsed.require_canvas().color_name == "red"


def test_a_key_that_is_half_a_character_is_told_as_an_escape() -> None:
    with pytest.raises(CanvasError, match=r"\\ud800") as refused:
        read_canvas(json.dumps({"\ud800": 1, "other": 2}))
    str(refused.value).encode()
