"""What a region has beyond Omost's own format stands in comments behind its call, and in plain fields of our JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.bench.original import refusal
from lib_omost.canvas import (
    Canvas,
    Lora,
    Mask,
    Reference,
    Region,
    canvas_from_json,
    canvas_to_json,
    in_words,
    parse_reply,
    read_canvas,
    write_canvas,
)
from lib_omost.canvas.loras import MAX_LORAS
from lib_omost.canvas.model import MAX_NEGATIVE
from lib_omost.compose.apply import apply_edits
from lib_omost.compose.edit import Move, Recolor, Targets
from lib_omost.errors import CanvasError
from lib_omost.layouts.infotext import Infotext, read_infotext, write_infotext
from lib_omost.prompts import region_paths

KNIGHT = Region(
    "on the left",
    "no offset",
    "a small square area",
    2.0,
    "A knight.",
    loras=(Lora("arm our", 0.8),),
    negative="(hat:1.3), beard # grey",
    weight=1.25,
    edge=3.5,
    mask=Mask(3, (0b111, 0b101, 0b111)),
    reference=Reference("sir-x_1.png", 0.8),
)
WIZARD = Region(
    "on the right", "no offset", "a small square area", 2.0, "A wizard.", loras=(Lora("hat", 1.0, 0.25), Lora("robe"))
)


def without_extras(region: Region) -> Region:
    return replace(region, loras=(), negative="", weight=1.0, edge=0.0, mask=None, reference=None)


BOTH = Canvas("A hall.", regions=(KNIGHT, WIZARD), absent=("people",))


@pytest.mark.parametrize("line", ["# negative: a hat", "# NEGATIVE: a hat", "#Negative: a hat"])
def test_a_remark_that_a_person_typed_may_have_small_letters(line: str) -> None:
    code = write_canvas(replace(BOTH, regions=(without_extras(KNIGHT),)))
    assert parse_reply(f"{code}{line}\n").require_canvas().regions[0].negative == "a hat"


def test_the_code_says_it_behind_the_call_and_every_other_program_takes_the_code() -> None:
    code = write_canvas(BOTH)
    said = (
        "# LoRA: <lora:arm our:0.8>\n# Negative: (hat:1.3), beard # grey\n# Weight: 1.25\n# Edge: 3.5\n# Mask: 3x3 rn\n"
        "# Reference: sir-x_1.png 0.8\n"
    )
    assert f")\n{said}\n# Add" in code
    assert code.endswith(")\n# LoRA: <lora:hat:0.25:1> <lora:robe:1>\n")
    assert refusal(f"```python\n{code}\n```") is None
    assert parse_reply(f"Here:\n```python\n{code}\n```\nEnjoy").canvas == BOTH
    plain = write_canvas(replace(BOTH, regions=(without_extras(KNIGHT),)))
    assert not any(f"# {word}" in plain for word in ("LoRA", "Negative", "Weight", "Edge", "Mask", "Reference"))
    assert in_words(code) == in_words(
        write_canvas(replace(BOTH, regions=(without_extras(KNIGHT), without_extras(WIZARD))))
    )


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_json_holds_it_and_comes_back(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    plain = json.loads(json.dumps(canvas_to_json(canvas)))
    assert canvas_from_json(plain) == canvas == read_canvas(json.dumps(plain)).canvas


def test_json_has_plain_fields_where_there_is_something_to_say() -> None:
    first, second = canvas_to_json(BOTH)["regions"]
    assert (first["loras"], first["edge"]) == ([{"name": "arm our", "weight": 0.8}], 3.5)
    assert second["loras"][0] == {"name": "hat", "weight": 1.0, "text_weight": 0.25}
    assert (first["negative"], first["weight"], first["mask"]) == (KNIGHT.negative, 1.25, "3x3 rn")
    assert first["reference"] == {"picture": "sir-x_1.png", "weight": 0.8}
    assert not second.keys() & {"edge", "negative", "weight", "mask", "reference"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loras", "hat"),
        ("loras", [{"weight": 1}]),
        ("loras", [{"name": "a:b"}]),
        ("loras", [{"name": "a", "weight": "1"}]),
        ("loras", [{"name": "a", "more": 1}]),
        ("loras", [{"name": "a"}] * (MAX_LORAS + 1)),
        ("edge", -1),
        ("edge", "soft"),
        ("weight", -0.1),
        ("weight", 2.1),
        ("weight", True),
        ("negative", ["hat"]),
        ("mask", "3x3"),
        ("mask", 3),
        ("reference", "sir.png"),
        ("reference", {"weight": 1}),
        ("reference", {"picture": "../sir.png"}),
        ("reference", {"picture": ".sir"}),
        ("reference", {"picture": "sir x.png"}),
        ("reference", {"picture": "a" * 101}),
        ("reference", {"picture": 3}),
        ("reference", {"picture": "sir.png", "weight": 2.1}),
        ("reference", {"picture": "sir.png", "weight": True}),
        ("reference", {"picture": "sir.png", "file": "x"}),
        ("negative", "a hat\na beard"),
        ("negative", " a hat"),
        ("negative", "a" * (MAX_NEGATIVE + 1)),
    ],
)
def test_json_that_is_no_such_field_is_refused_by_its_name(field: str, value: object) -> None:
    data = canvas_to_json(BOTH)
    data["regions"][0][field] = value
    with pytest.raises(CanvasError, match=field):
        canvas_from_json(data)


@pytest.mark.parametrize(
    ("lines", "loras", "lost"),
    [
        ("# LoRA: <lora:a:0.5>", (Lora("a", 0.5),), 0),
        ("#LoRA:<lora:a>", (Lora("a"),), 0),
        ("  # LoRA: <lora:a:0.5:1> <lora:b:te=0.2:unet=0.3>", (Lora("a", 1.0, 0.5), Lora("b", 0.3, 0.2)), 0),
        ("# a remark\n# LoRA: <LyCO:a b:1>", (Lora("a b"),), 0),
        ("# LoRA: <lora:a:much:1>", (Lora("a"),), 1),
        ("# LoRA: <lora::1>", (), 1),
        ("\n# LoRA: <lora:a:1>", (), 0),
        ("# LoRA: a", (), 0),
        ("# Edge: wide", (), 1),
    ],
)
def test_a_comment_behind_a_call_is_read_as_far_as_it_can_be(
    local_call: Callable[..., str], global_call: str, lines: str, loras: tuple[Lora, ...], lost: int
) -> None:
    reply = parse_reply(f"{global_call}{local_call()}{lines}\n\n{local_call()}")
    first, second = reply.require_canvas().regions
    assert (first.loras, second.loras) == (loras, ())
    assert len(reply.problems) == lost


def test_a_tag_in_the_words_becomes_an_entry_and_is_told(local_call: Callable[..., str], global_call: str) -> None:
    call = local_call(description="'A cat <lora:fur:0.7>.'", detailed_descriptions="['Soft.', '<lora:paws:1>']")
    reply = parse_reply(f"{global_call}{call}# LoRA: <lora:eyes:1>\n")
    region = reply.require_canvas().regions[0]
    assert region.loras == (Lora("fur", 0.7), Lora("paws"), Lora("eyes"))
    assert (region.description, region.detailed_descriptions) == ("A cat.", ("Soft.",))
    assert [correction.message for correction in reply.corrections] == [
        "<lora:fur:0.7> was taken out of the words and holds for its region",
        "<lora:paws:1> was taken out of the words and holds for its region",
    ]
    assert parse_reply(write_canvas(reply.require_canvas())).canvas == reply.canvas


def test_what_is_too_much_of_a_tag_is_told(local_call: Callable[..., str], global_call: str) -> None:
    many = "".join(f"<lora:l{number}:1>" for number in range(MAX_LORAS + 2))
    reply = parse_reply(f"{global_call}{local_call(tags=repr(many))}")
    assert len(reply.require_canvas().regions[0].loras) == MAX_LORAS
    assert sum("left out" in correction.message for correction in reply.corrections) == 2


def test_it_is_in_no_prompt() -> None:
    assert not any(word in repr(region_paths(BOTH)) for word in ("hat", "robe", "beard"))


@pytest.mark.parametrize(
    "lora",
    [
        ("a\u00adb", 1.0),
        ("a\u200db", 1.0),
        ("", 1.0),
        ("a<b", 1.0),
        ("a\nb", 1.0),
        (" a", 1.0),
        ("a", float("nan")),
        ("a", 101.0),
        ("a", True),
    ],
)
def test_what_no_tag_can_hold_is_refused(lora: Any) -> None:
    with pytest.raises(ValueError, match=r"^loras has"):
        Lora(*lora)


def test_an_edit_keeps_it() -> None:
    edits = (Recolor(Targets(("knight",)), "blue"), Move(Targets(("wizard",)), place="top"))
    after = apply_edits(BOTH, edits).canvas
    fields = ("loras", "negative", "weight", "edge", "mask", "reference")
    kept = [[getattr(region, name) for name in fields] for region in after.regions]
    assert kept == [[getattr(region, name) for name in fields] for region in BOTH.regions]


@pytest.mark.parametrize(
    ("line", "field", "value", "lost"),
    [
        ("# Negative: hat, (beard:1.2)", "negative", "hat, (beard:1.2)", 0),
        ("#Negative:hat", "negative", "hat", 0),
        ("# Negative:", "negative", "", 0),
        (f"# Negative: {'a' * 3000}", "negative", "a" * MAX_NEGATIVE, 1),
        ("# Negative: a\x07b", "negative", "a b", 0),
        ("# Mask: 3x3 rn", "mask", Mask(3, (0b111, 0b101, 0b111)), 0),
        ("#mask:3x3 rn", "mask", Mask(3, (0b111, 0b101, 0b111)), 0),
        ("# Mask: a ring", "mask", None, 1),
        ("# Reference: sir.png", "reference", Reference("sir.png"), 0),
        ("#reference:été-2.webp 0.5", "reference", Reference("été-2.webp", 0.5), 0),
        ("# Reference: sir.png 3", "reference", Reference("sir.png"), 1),
        ("# Reference: sir.png nan", "reference", Reference("sir.png"), 1),
        ("# Reference: sir.png 0.5 more", "reference", Reference("sir.png", 0.5), 1),
        ("# Reference: ../../etc/passwd", "reference", None, 1),
        ("# Reference: C:\\sir.png", "reference", None, 1),
        ("# Reference:", "reference", None, 1),
        ("# Weight: 0", "weight", 0.0, 0),
        ("# Weight: 1e0", "weight", 1.0, 0),
        ("# Weight: 3", "weight", 1.0, 1),
        ("# Weight: nan", "weight", 1.0, 1),
        ("# Weight: strong", "weight", 1.0, 1),
    ],
)
def test_negative_and_weight_are_read_as_far_as_they_can_be(
    local_call: Callable[..., str], global_call: str, line: str, field: str, value: object, lost: int
) -> None:
    reply = parse_reply(f"{global_call}{local_call()}{line}\n\n{local_call()}")
    first, second = reply.require_canvas().regions
    assert getattr(first, field) == value
    assert getattr(second, field) == getattr(without_extras(second), field)
    assert len(reply.problems) == lost


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_an_infotext_holds_it(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    written = write_infotext(
        Infotext("a prompt", "", {"Steps": "4", "Omost canvas": write_canvas(canvas), "Size": "8x8"})
    )
    assert read_canvas(read_infotext(written).fields["Omost canvas"]).canvas == canvas
