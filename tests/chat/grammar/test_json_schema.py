from __future__ import annotations

import json
from typing import Any

import llguidance
import numpy as np
import pytest

from lib_omost.canvas import COLORS, LOCATIONS
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.json_schema import canvas_from_schema_reply, canvas_schema
from lib_omost.errors import CanvasError

BOUNDS = Bounds(regions=(1, 3), items=(0, 2), sentence=12, tags=9, mood=6)
REGION: dict[str, Any] = {
    "location": "on the left",
    "offset": "no offset",
    "area": "a small square area",
    "distance_to_viewer": 5,
    "description": 'The dragon\'s "lair"',
    "detailed_descriptions": ["Dark.", "naïve \\ 東"],
    "tags": "lair",
    "atmosphere": "calm",
    "style": "simple",
    "quality_meta": "sharp",
    "HTML_web_color_name": "red",
}
DATA: dict[str, Any] = {
    "description": "A hill.",
    "detailed_descriptions": [],
    "tags": "hill",
    "HTML_web_color_name": "green",
    "regions": [REGION, REGION | {"location": "on the right"}],
}


def walk(schema: dict[str, Any], seed: int) -> str:
    """A reply that takes any of the bytes that llguidance allows by the schema, without white space where it may."""
    vocabulary = llguidance.LLTokenizer("byte")
    compact = {"x-guidance": {"whitespace_flexible": False}} | schema
    matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_json_schema(json.dumps(compact)))
    assert not matcher.is_error(), matcher.get_error()
    rng = np.random.default_rng(seed)
    tokens: list[int] = []
    while not matcher.is_stopped():
        mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.flatnonzero(np.unpackbits(mask, count=vocabulary.vocab_size, bitorder="little"))
        token = int(rng.choice(allowed))
        matcher.consume_token(token)
        if token != vocabulary.eos_token:
            tokens.append(token)
    return vocabulary.decode_bytes(tokens).decode("utf-8")


@pytest.mark.parametrize("seed", range(5))
def test_a_reply_held_to_the_schema_is_a_canvas_within_the_bounds(seed: int) -> None:
    text = walk(canvas_schema(BOUNDS), seed)
    data = json.loads(text)
    canvas = canvas_from_schema_reply(text)
    assert 1 <= len(canvas.regions) <= 3
    assert canvas.description == data["description"]
    for region, written in zip(canvas.regions, data["regions"], strict=True):
        assert region.detailed_descriptions == tuple(written["detailed_descriptions"])
        assert region.quality_meta == written["quality_meta"]
        assert region.color_name == written["HTML_web_color_name"]
        assert 1 <= region.distance_to_viewer <= 99
        assert 1 <= len(region.description) <= 12


def objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [schema["items"]] if "items" in schema else list(schema.get("properties", {}).values())
    return [schema, *(found for part in inner for found in objects(part))]


def test_the_schema_keeps_to_what_strict_servers_know() -> None:
    known = {"type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "pattern"}
    for part in objects(canvas_schema(BOUNDS)):
        assert part.keys() <= known | {"enum", "minimum", "maximum"}
        if part["type"] == "object":
            assert part["required"] == list(part["properties"])
            assert part["additionalProperties"] is False
        assert part.get("pattern", "^$")[0] + part.get("pattern", "^$")[-1] == "^$"
    region = canvas_schema(BOUNDS)["properties"]["regions"]["items"]["properties"]
    assert region["location"]["enum"] == list(LOCATIONS)
    assert region["HTML_web_color_name"]["enum"] == list(COLORS)


def test_texts_come_back_as_they_were() -> None:
    canvas = canvas_from_schema_reply("Here it is:\n```json\n" + json.dumps(DATA) + "\n```\nEnjoy {it}!")
    left, right = canvas.regions
    assert (left.location, right.location) == ("on the left", "on the right")
    assert left.description == REGION["description"]
    assert left.detailed_descriptions == tuple(REGION["detailed_descriptions"])


def test_what_servers_get_wrong_is_put_right() -> None:
    wrong = REGION | {"location": "On the Left", "distance_to_viewer": 0, "unknown": {"a": [1]}, "style": None}
    canvas = canvas_from_schema_reply(json.dumps(DATA | {"regions": [wrong, "no region"]}))
    assert [region.location for region in canvas.regions] == ["on the left"]
    assert canvas.regions[0].distance_to_viewer > 0


def test_a_reply_that_was_cut_off_keeps_its_complete_regions() -> None:
    text = json.dumps(DATA)
    second = text.rindex('{"location"')
    assert len(canvas_from_schema_reply(text[:-1]).regions) == 2
    assert len(canvas_from_schema_reply(text[: second + 40]).regions) == 1
    assert len(canvas_from_schema_reply(text[: text.index('{"location"') + 30]).regions) == 0
    assert canvas_from_schema_reply(text[: second + 40]).description == "A hill."
    comma = text.removesuffix("]}") + ",]}"  # whole, but no JSON
    assert len(canvas_from_schema_reply(comma).regions) == 2
    braced = json.dumps(DATA | {"regions": [REGION | {"tags": "}, {"}, REGION]})
    assert len(canvas_from_schema_reply(braced[:-20]).regions) == 1


@pytest.mark.parametrize(
    "text", ["", "no canvas", "[1, 2]", "{", '{"a": ', '{"regions": []}', "{" * 5000, "x" * 300_001]
)
def test_what_holds_no_canvas_is_refused(text: str) -> None:
    with pytest.raises(CanvasError):
        canvas_from_schema_reply(text)
