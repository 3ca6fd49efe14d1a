"""LoRA of regions in other programs' layouts: kept where a form can hold them, told where it cannot, read from tags."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from lib_omost.canvas import Canvas, Lora, Rect, Reference, canvas_to_json, read_canvas
from lib_omost.layouts.coco import write_coco
from lib_omost.layouts.comfyui import write_comfyui
from lib_omost.layouts.forge_couple import write_forge_couple
from lib_omost.layouts.parts import WrittenLayout, region_at
from lib_omost.layouts.read import read_layout
from lib_omost.layouts.to_regional_prompter import write_regional_prompter

PLAIN = region_at(Rect(0, 90, 0, 45), "a knight")
HALL = Canvas(
    "a hall",
    regions=(
        replace(
            PLAIN, loras=(Lora("armour", 0.7),), negative="a hat", weight=1.5, edge=2.0, reference=Reference("a.png")
        ),
    ),
)


def test_coco_holds_them() -> None:
    written = write_coco(HALL)
    assert not any(
        word in note for note in written.notes for word in ("LoRA", "negative", "weight", "edge", "reference")
    )
    assert read_layout(written.text).parsed.canvas == HALL


@pytest.mark.parametrize("write", [write_comfyui, write_forge_couple, write_regional_prompter])
def test_where_they_have_no_place_that_is_said(write: Callable[[Canvas], WrittenLayout]) -> None:
    for what in ("LoRA", "negative words", "weights", "soft edges", "reference pictures"):
        is_held = what == "weights" and write is write_forge_couple
        assert (f"The {what} of the regions are lost." in write(HALL).notes) is not is_held
        assert f"The {what} of the regions are lost." not in write(Canvas("a hall", regions=(PLAIN,))).notes


def test_forge_couple_holds_weights() -> None:
    parsed = read_layout(write_forge_couple(HALL).text).parsed
    assert [region.weight for region in parsed.require_canvas().regions] == [1.5]


def test_a_tag_in_another_program_s_region_is_that_region_s_lora() -> None:
    text = write_regional_prompter(Canvas("a hall", regions=(PLAIN,))).text.replace(
        "a knight", "a knight <lora:armour:0.7>"
    )
    parsed = read_layout(text).parsed
    (region,) = parsed.require_canvas().regions
    assert region.loras == (Lora("armour", 0.7),)
    assert "lora" not in region.description
    assert any("<lora:armour:0.7> was taken out" in one.message for one in parsed.corrections)


def test_json_edited_by_hand_keeps_them_and_names_what_is_none() -> None:
    data = canvas_to_json(HALL) | {"note": "mine"}  # no longer the strict form
    assert read_canvas(json.dumps(data)).require_canvas().regions[0] == HALL.regions[0]
    data["regions"][0] |= {"loras": [{"name": "a:b"}], "edge": "soft", "negative": 3, "weight": 9, "reference": "../a"}
    parsed = read_canvas(json.dumps(data))
    assert parsed.require_canvas().regions[0] == PLAIN
    fields = ("edge", "loras", "negative", "reference", "weight")
    assert all(any(f"{field} was left out" in one.message for one in parsed.problems) for field in fields)
    assert len(parsed.problems) == 5
