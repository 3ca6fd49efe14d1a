"""Tags within variants and prompt editing: what is chosen, and what of a region's LoRA depends on it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Lora, Region, parse_reply, write_canvas
from lib_omost.canvas.choices import By, choices_in
from lib_omost.canvas.loras import TAG
from lib_omost.canvas.tagged import canvas_tags_taken_out, free_tags_taken_out, tags_taken_out
from lib_omost.errors import BadInputError

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A cat.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{a|b}", [("{a|b}", By.VARIANT)]),
        ("x {a|{b|c}} y", [("{b|c}", By.VARIANT), ("{a|{b|c}}", By.VARIANT)]),
        ("{2$$a|b}", [("{2$$a|b}", By.VARIANT)]),
        ("[a:b:0.5]", [("[a:b:0.5]", By.STEP)]),
        ("[a:10]", [("[a:10]", By.STEP)]),
        ("[a|b]", [("[a|b]", By.STEP)]),
        ("[{a|b}:9]", [("{a|b}", By.VARIANT), ("[{a|b}:9]", By.STEP)]),
        ("{a} [b] (c:1.2) [the red: the blue]", []),
        ("[<lora:a:1>] {<lora:a:1>}", []),
        ("[<lora:a:1>:3]", [("[<lora:a:1>:3]", By.STEP)]),
        (r"\{a|b\} \[a|b\]", []),
        ("{a|b [c|d", []),
        ("a|b} [c", []),
    ],
)
def test_brackets_that_choose_are_told_from_those_of_prose(text: str, found: list[tuple[str, By]]) -> None:
    assert [(text[one.start : one.stop], one.by) for one in choices_in(text)] == found


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="{}[]|:\\01a <>", max_size=40))
def test_any_text_is_read_and_every_choice_lies_in_its_brackets(text: str) -> None:
    for one in choices_in(text):
        assert (text[one.start], text[one.stop - 1]) in {("{", "}"), ("[", "]")}


def test_a_tag_within_variants_stays_until_one_is_chosen_and_is_written_with_them() -> None:
    words = "A <lora:fur:1> cat {<lora:red:0.5> red|<lora:blue:1> blue}"
    reply = parse_reply(write_canvas(Canvas("A room.", regions=(REGION,))).replace("A cat.", words))
    region = reply.require_canvas().regions[0]
    assert region.loras == (Lora("fur"),)
    assert region.description == "A cat {<lora:red:0.5> red|<lora:blue:1> blue}"
    assert [one.message for one in reply.corrections] == [
        "<lora:fur:1> was taken out of the words and holds for its region"
    ]
    assert parse_reply(write_canvas(reply.require_canvas())).canvas == reply.canvas


def test_what_nobody_chose_is_left_out_by_name_and_literal_words_leave_nothing_to_choose() -> None:
    canvas = Canvas("A room.", regions=(Region(**{**vars(REGION), "description": "{<lora:red:1> red|blue} cat"}),))
    drawn, notes = canvas_tags_taken_out(canvas)
    assert (drawn.regions[0].loras, drawn.regions[0].description) == ((), "{ red|blue} cat")
    assert notes == ("left out <lora:red:1>: nothing chose among the variants that it is in",)
    literal, notes = canvas_tags_taken_out(canvas, is_literal=True)
    assert literal.regions[0].loras == (Lora("red"),)
    assert any("holds for its region" in note for note in notes)


@pytest.mark.parametrize("text", ["[<lora:red:1> red:0.5]", "[a|<lora:red:1>]", "{a|[<lora:red:1>:b:3]}"])
def test_one_that_were_to_come_and_go_is_told_when_read_and_refused_when_drawn(text: str) -> None:
    region = Region(**{**vars(REGION), "tags": text})
    kept, notes = free_tags_taken_out(region)
    assert kept == region
    assert any(note.startswith("<lora:red:1> cannot stand in […]") for note in notes)
    with pytest.raises(BadInputError, match="<lora:red:1> cannot stand") as refused:
        tags_taken_out(region)
    assert "first step" in refused.value.hint


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(["<lora:a:1>", "{<lora:b:1>|x}", "red", "{y|z}", "(w:1.1)"]), max_size=8))
def test_no_tag_is_lost(parts: list[str]) -> None:
    text = " ".join(["A cat", *parts])
    region, _ = free_tags_taken_out(Region(**{**vars(REGION), "description": text}))
    names = [lora.name for lora in region.loras] + [
        match[1].split(":")[0] for match in TAG.finditer(region.description)
    ]
    assert sorted(names) == sorted(match[1].split(":")[0] for match in TAG.finditer(text))
