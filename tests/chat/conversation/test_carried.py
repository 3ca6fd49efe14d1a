"""A canvas that a model wrote anew keeps what it was never shown: rectangles by hand, LoRA, masks and the rest."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import LOCATIONS, Canvas, Rect, Region, parse_canvas, parse_reply, write_canvas
from lib_omost.canvas.json_form import canvas_to_json
from lib_omost.canvas.loras import Lora
from lib_omost.canvas.mask import Mask
from lib_omost.canvas.remarks import REMARKS
from lib_omost.canvas.write import in_words
from lib_omost.chat.conversation.carried import carried_over, with_code
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.conversation.whole_canvas import WholeCanvas
from tests.language_model import FakeModel

KNIGHT = Region(
    "on the left", "no offset", "a medium-sized vertical area", 2.0, "a knight in red armor",
    free_rect=Rect(20, 90, 3, 31), loras=(Lora("knight", 0.8),), negative="helmet", weight=1.5, edge=4.0,
    mask=Mask(2, (0b01, 0b11)),
)  # fmt: skip
CASTLE = Region("on the right", "no offset", "a large square area", 9.0, "a gray castle")
BEFORE = Canvas("a castle", regions=(KNIGHT, CASTLE), absent=("people", "a dragon"))
WORDS = st.lists(st.sampled_from(["a", "red", "knight", "castle", "in", "armor", "骑士"]), min_size=1, max_size=5).map(
    " ".join
)
REGIONS = st.builds(
    replace, st.sampled_from([KNIGHT, CASTLE]), description=WORDS, location=st.sampled_from(list(LOCATIONS)),
    weight=st.sampled_from([1.0, 0.5]), free_rect=st.none() | st.just(Rect(1, 8, 2, 9)),
)  # fmt: skip
CANVASES = st.builds(Canvas, WORDS, regions=st.lists(REGIONS, max_size=4).map(tuple))


def as_model_reads(canvas: Canvas) -> Canvas:
    return parse_canvas(in_words(write_canvas(canvas)))


def test_what_words_cannot_say_comes_back() -> None:
    assert carried_over(BEFORE, as_model_reads(BEFORE)).canvas == BEFORE


@pytest.mark.parametrize("description", [
    "a knight in blue armor", "an old knight", "a red knight in armor on a horse", "a knight in red armor",
])  # fmt: skip
def test_a_thing_in_other_words_is_the_same_thing(description: str) -> None:
    first, second = as_model_reads(BEFORE).regions
    after = Canvas("a castle", regions=(second, replace(first, description=description)))
    carried = carried_over(BEFORE, after)
    assert carried.canvas.regions == (CASTLE, replace(KNIGHT, description=description))
    assert carried.lost == ()


@pytest.mark.parametrize("description", ["a wizard in a robe", "一个骑士", "a castle"])
def test_another_thing_is_given_nothing_and_the_loss_is_told(description: str) -> None:
    first, second = as_model_reads(BEFORE).regions
    after = replace(BEFORE, regions=(replace(first, description=description), second))
    carried = carried_over(BEFORE, after)
    assert carried.canvas == after
    (line,) = carried.lost
    assert line.startswith("'a knight in red armor' is no longer in the canvas, and its LoRA and Negative and")


def test_other_words_for_its_place_move_it() -> None:
    moved = replace(as_model_reads(BEFORE).regions[0], location="on the right")
    carried = carried_over(BEFORE, replace(BEFORE, regions=(moved,))).canvas.regions[0]
    assert carried.free_rect is None
    assert (carried.mask, carried.loras) == (KNIGHT.mask, KNIGHT.loras)


def test_what_the_new_canvas_says_itself_stays() -> None:
    own = replace(as_model_reads(BEFORE).regions[0], negative="sword", free_rect=Rect(0, 9, 0, 9))
    carried = carried_over(BEFORE, replace(BEFORE, regions=(own,))).canvas.regions[0]
    assert (carried.negative, carried.free_rect, carried.weight) == ("sword", Rect(0, 9, 0, 9), 1.5)


def test_of_two_alike_each_keeps_its_own() -> None:
    other = replace(KNIGHT, location="on the right", loras=(Lora("other", 1.0),), free_rect=None)
    before = replace(BEFORE, regions=(KNIGHT, other))
    first, second = as_model_reads(before).regions
    after = replace(before, regions=(second, first))
    assert carried_over(before, after).canvas.regions == (other, KNIGHT)


@pytest.mark.parametrize(("message", "absent"), [
    ("make it night", ("people", "a dragon")), ("add a dragon", ("people",)), ("now with two people", ("a dragon",)),
])  # fmt: skip
def test_what_must_not_be_seen_stays_out_unless_it_is_asked_for(message: str, absent: tuple[str, ...]) -> None:
    assert carried_over(BEFORE, replace(BEFORE, absent=()), message).canvas.absent == absent


@given(CANVASES, CANVASES)
def test_words_and_number_of_regions_are_the_models(before: Canvas, after: Canvas) -> None:
    canvas = carried_over(before, after).canvas
    plain = [
        replace(region, free_rect=None, **{one.field: one.default for one in REMARKS}) for region in canvas.regions
    ]
    own = [replace(region, free_rect=None, **{one.field: one.default for one in REMARKS}) for region in after.regions]
    assert plain == own
    assert replace(canvas, regions=(), absent=()) == replace(after, regions=(), absent=())


@given(
    CANVASES, st.sampled_from(["Here:\n", "", "One.\n\n```python\ncanvas = Canvas()\n```\nNo:\n"]), st.text(max_size=20)
)
def test_a_reply_keeps_its_words_around_the_code(canvas: Canvas, words: str, more: str) -> None:
    more = more.replace("`", "")
    reply = with_code(f"{words}```python\nold\n```\n{more}", canvas)
    assert parse_reply(reply).canvas == canvas
    assert reply.endswith(more)


def test_words_between_two_codes_stay() -> None:
    old = "```python\ncanvas = Canvas()\ncanvas.set_global_description(description='a hill')\n```"
    reply = f"First the hill.\n{old}\nThen, since you asked for it, a castle:\n\n{old}\nIs that right?"
    found = with_code(reply, BEFORE)
    assert found.startswith("First the hill.\n\nThen, since you asked for it, a castle:\n\n```python\n")
    assert found.endswith("```\nIs that right?")
    assert found.count("```") == 2
    assert parse_reply(found).canvas == BEFORE


def test_code_of_other_things_stays() -> None:
    own = "```python\ncanvas = Canvas()\ncanvas.set_global_description(description='a hill')\n```"
    found = with_code(f"{own}\nTo list them:\n```sh\nls\n```\n", BEFORE)
    assert found.endswith("```\nTo list them:\n```sh\nls\n```\n")
    assert parse_reply(found).canvas == BEFORE


def test_a_canvas_in_json_goes_beside_one_in_calls() -> None:
    own = "```python\ncanvas = Canvas()\ncanvas.set_global_description(description='a hill')\n```"
    data = f"```json\n{json.dumps(canvas_to_json(BEFORE))}\n```"
    settings = '```json\n{"steps": 20}\n```'
    for reply in (f"{data}\n{settings}\n{own}", f"{own}\n{settings}\n{data}"):
        found = with_code(reply, BEFORE)
        assert found.count("```") == 4
        assert settings in found
        assert parse_reply(found).canvas == BEFORE


def test_words_behind_a_code_that_goes_keep_their_indentation() -> None:
    own = "```python\ncanvas = Canvas()\ncanvas.set_global_description(description='a hill')\n```"
    found = with_code(f"{own}\n \n  - item one\n  - item two\n{own}", BEFORE)
    assert found.startswith("  - item one\n  - item two\n```python\n")


def test_a_model_that_writes_whole_canvases_loses_nothing() -> None:
    conversation = Conversation((Round("a knight", f"```python\n{write_canvas(BEFORE)}```"),)).ask("make it night")
    way = WholeCanvas(FakeModel(knows_canvas=True), conversation)
    night = replace(as_model_reads(BEFORE), description="a castle at night")
    reply = f"Night falls.\n```python\n{write_canvas(night)}```"
    seen = way.canvas(reply, at_end=True)
    kept = way.kept(reply, is_whole=True)
    assert seen == replace(BEFORE, description="a castle at night") == parse_canvas(kept.text)
    assert kept.text.startswith("Night falls.\n")
    assert way.kept(reply[:-30], is_whole=False).text == reply[:-30].strip()  # more is written behind it
