"""Messages to a model that composes: it writes plans and edits, and what no edit names stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Rect, Region, canvas_from_json, canvas_to_json, parse_canvas, write_canvas
from lib_omost.chat.conversation.composing import OTHERS, UNCHANGED
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.model import CUT_OFF, Message, Piece, Sampling
from lib_omost.chat.service import (
    CanvasSoFar,
    Event,
    Failed,
    Note,
)
from lib_omost.chat.service.message import replying
from lib_omost.compose.apply import apply_edits
from lib_omost.compose.edit_text import read_edits
from lib_omost.compose.grammar import edit_rules, plan_rules
from lib_omost.compose.known import known_words
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import LONGEST_MESSAGE, compose_prompt, edit_prompt, shown
from lib_omost.compose.reply_words import ReplyWords, reply_words
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.errors import BadInputError
from tests.chat.service.conftest import Talk, reply_of
from tests.language_model import Asked, FakeModel, written

PLAN = "scene: calm sea; navy\nno: people\nred boat; left; red\nwhite tower; right; white\n"
BEGUN = to_canvas(read_plan(PLAN))


def words_of(message: str, canvas: str = "") -> ReplyWords:
    return reply_words(message, canvas, known_words())


def code_of(canvas: Canvas) -> str:
    return f"```python\n{write_canvas(canvas)}```"


def notes_of(told: list[Event]) -> list[str]:
    return [event.text for event in told if isinstance(event, Note)]


def test_a_conversation_of_four_turns_in_which_a_box_moved_by_hand_stays(model: FakeModel, talk: Talk) -> None:
    model.replies = [PLAN, "color 1: green\n", "move 1: right of 2\n", "add: yellow kite; top; yellow\n"]
    rounds = [Round("a red boat and a white tower at sea, no people", reply_of(talk("a red boat …")))]
    assert parse_canvas(rounds[-1].reply) == BEGUN
    assert model.asked[-1].messages == (Message("user", compose_prompt("a red boat …")),)
    assert model.asked[-1].grammar == plan_rules(words_of("a red boat …"))

    # by hand: the tower goes to a rectangle that no words mean, and the page keeps that as the reply of the round
    boat, tower = BEGUN.regions
    by_hand = replace(BEGUN, regions=(boat, replace(tower, free_rect=Rect(3, 58, 61, 90), style="ink")))
    rounds[-1] = Round(rounds[-1].message, code_of(by_hand))

    told = talk("a boat in green", rounds)
    assert model.asked[-1].messages == (Message("user", edit_prompt(by_hand, "a boat in green")),)
    assert model.asked[-1].grammar == edit_rules(words_of("a boat in green", shown(by_hand)), 2)
    green = parse_canvas(reply_of(told))
    assert green.regions[1] == by_hand.regions[1]
    assert (green.regions[0].color_name, green.regions[0].rect) == ("green", boat.rect)
    assert reply_of(told).startswith("Red boat: green.\n\n```python\n")
    rounds.append(Round("a boat in green", reply_of(told)))

    moved = parse_canvas(reply_of(talk("put it behind the tower's right", rounds)))
    assert moved.regions[1] == by_hand.regions[1]
    assert moved.regions[0].rect.left > 61
    rounds.append(Round("put it right", code_of(moved)))
    assert "before: put it right\n" in edit_prompt(moved, "x", [round_.message for round_ in rounds[1:]])

    told = talk("add a kite", rounds)
    assert "before: put it right\n" in model.asked[-1].messages[0].content
    added = parse_canvas(reply_of(told))
    assert added.regions[:2] == moved.regions
    assert added.regions[2].description == "Yellow kite."
    assert added.absent == ("people",)


def test_regions_are_told_while_a_plan_is_written_and_an_edit_is_told_as_one(model: FakeModel, talk: Talk) -> None:
    model.replies = [PLAN, "remove 2\n", "new\nscene: desert\ncactus; center\n"]
    told = [event for event in talk("a boat") if isinstance(event, CanvasSoFar)]
    assert [len(event.canvas_json["regions"]) for event in told] == [0, 0, 1, 2]
    assert not any(event.is_change for event in told)
    assert canvas_from_json(told[-1].canvas_json) == BEGUN
    rounds = [Round("a boat", code_of(BEGUN))]
    (removed,) = [event for event in talk("without a tower now", rounds) if isinstance(event, CanvasSoFar)]
    assert removed.is_change
    anew = [event for event in talk("a desert instead", rounds) if isinstance(event, CanvasSoFar)]
    assert [event.is_change for event in anew] == [False, False]
    assert canvas_from_json(anew[-1].canvas_json) == to_canvas(read_plan("scene: desert\ncactus; center\n"))


def test_a_reply_that_changes_nothing_says_so(model: FakeModel, talk: Talk) -> None:
    rounds = [Round("a boat", code_of(BEGUN))]
    for text in ("nothing\n", "color 1: red\n"):
        model.replies = [text]
        told = talk("make the boat red", rounds)
        assert any(UNCHANGED in note for note in notes_of(told))
        assert reply_of(told).lower().startswith(UNCHANGED)
        assert parse_canvas(reply_of(told)) == BEGUN


def test_an_edit_that_cannot_be_applied_says_why_and_leaves_the_canvas_as_it_was(model: FakeModel, talk: Talk) -> None:
    model.replies = ["color 2: pink\nremove 1\nmove 2: left of 1\n"]
    told = talk("take the boat away and put the tower beside it", [Round("a boat", code_of(BEGUN))])
    failed = told[-1]
    assert isinstance(failed, Failed)
    assert failed.message.startswith(UNCHANGED)
    assert "1 was removed" in failed.message
    assert failed.hint
    assert parse_canvas(failed.reply) == BEGUN


def test_too_many_regions_are_such_a_case(model: FakeModel, talk: Talk) -> None:
    many = replace(BEGUN, regions=BEGUN.regions * 16)
    model.replies = ["add: kite\n"] * 2  # the kite is missing, so it is asked for once more
    failed = talk("a kite", [Round("boats", code_of(many))])[-1]
    assert isinstance(failed, Failed)
    assert "more than 32 regions" in failed.message
    assert parse_canvas(failed.reply) == many


@pytest.mark.parametrize("stopped_in", ["red bo", "white tow", "white tower; right"])
def test_a_plan_that_is_stopped_keeps_its_whole_lines_and_goes_on_from_them(
    model: FakeModel, talk: Talk, stopped_in: str
) -> None:
    known = PLAN[: PLAN.index(stopped_in) + len(stopped_in)]
    heard: list[str] = []

    def answer(asked: Asked) -> Iterator[Piece]:
        for piece in written(PLAN, asked):
            heard.append(piece.text)
            yield piece

    model.answer = answer
    reply = reply_of(talk("a boat", should_stop=lambda: len(heard) >= len(known)))
    lines = known[: known.rindex("\n") + 1]
    assert parse_canvas(reply) == to_canvas(read_plan(lines))
    model.answer, model.replies = None, [PLAN.removeprefix(lines)]
    assert reply_of(talk("a boat", begun=reply)) == code_of(BEGUN)
    assert model.asked[-1].messages[1:] == (Message("assistant", lines),)


def test_edits_that_are_cut_off_go_on_on_the_canvas_before_them(model: FakeModel, talk: Talk) -> None:
    rounds = [Round("a boat", code_of(BEGUN))]
    model.answer = lambda _: iter([Piece("color 1: green\nremo", 5, 5), Piece("", 5, 5, CUT_OFF)])
    told = talk("a boat in green but without a tower", rounds)
    assert CUT_OFF in notes_of(told)
    assert parse_canvas(reply_of(told)) == apply_edits(BEGUN, read_edits("color 1: green\n")).canvas
    model.answer = lambda _: iter([Piece("remove 2\n", 5, 5)])
    both = apply_edits(BEGUN, read_edits("color 1: green\nremove 2\n")).canvas
    ended = reply_of(talk("a boat in green but without a tower", rounds, begun=reply_of(told)))
    assert parse_canvas(ended) == both
    with pytest.raises(AssertionError, match="nothing to go on with"):
        reply_of(talk("a boat in green but without a tower", rounds, begun=ended))


def test_changes_in_so_many_words_ask_no_model(model: FakeModel, talk: Talk) -> None:
    rounds = [Round("a boat", code_of(BEGUN))]
    told = talk("make the boat green, and remove the tower", rounds)
    assert not model.asked
    assert parse_canvas(reply_of(told)) == apply_edits(BEGUN, read_edits("color 1: green\nremove 2\n")).canvas
    model.replies = ["add: kite; top\n"]
    told = talk("remove the tower and add a kite at the top", rounds)
    assert "change: add a kite at the top\n" in model.asked[-1].messages[0].content
    both = apply_edits(BEGUN, read_edits("remove 2\nadd: kite; top\n")).canvas
    assert parse_canvas(reply_of(told)) == both


@pytest.mark.parametrize("text", ["", "scene: ca", "color 1: gre"])
def test_what_was_stopped_before_its_first_line_is_no_reply(model: FakeModel, talk: Talk, text: str) -> None:
    stops = iter([False] * 20)
    model.answer = lambda asked: written(text + "x" * 99, asked)
    rounds = [Round("a boat", code_of(BEGUN))] if text.startswith("color") else []
    assert reply_of(talk("a boat", rounds, should_stop=lambda: next(stops, True))) == ""


def test_a_model_that_ends_at_once_has_failed(model: FakeModel, talk: Talk) -> None:
    model.replies = [""]
    failed = talk("a boat")[-1]
    assert isinstance(failed, Failed)
    assert "empty reply" in failed.message


def test_retry_looks_for_another_canvas_ever_more_boldly(model: FakeModel, talk: Talk) -> None:
    model.replies = [PLAN, PLAN, PLAN.replace("left", "top")]
    told = talk("a boat", unlike=(code_of(BEGUN),), seed=5)
    assert parse_canvas(reply_of(told)) != BEGUN
    assert [(asked.sampling.temperature, asked.sampling.top_p) for asked in model.asked] == list(OTHERS)
    assert len({asked.sampling.seed for asked in model.asked}) == 3
    model.replies = [PLAN] * 3
    told = talk("a boat", unlike=(code_of(BEGUN),))
    assert any("no other canvas" in note for note in notes_of(told))
    assert parse_canvas(reply_of(told)) == BEGUN


def test_a_third_canvas_is_neither_the_first_nor_the_second(model: FakeModel, talk: Talk) -> None:
    top, bottom = PLAN.replace("left", "top"), PLAN.replace("left", "bottom")
    model.replies = [top]
    second = reply_of(talk("a boat", unlike=(code_of(BEGUN),)))
    model.replies = [PLAN, top, bottom]
    third = parse_canvas(reply_of(talk("a boat", unlike=(code_of(BEGUN), second))))
    assert third not in (BEGUN, parse_canvas(second))
    assert model.replies == []


def test_the_first_reply_takes_the_likeliest_tokens(model: FakeModel, talk: Talk) -> None:
    model.replies = [PLAN]
    talk("a boat")
    assert model.asked[-1].sampling.temperature == 0


def test_a_message_that_is_longer_than_is_read_is_told(model: FakeModel, talk: Talk) -> None:
    model.replies = [PLAN]
    assert any(str(LONGEST_MESSAGE) in note for note in notes_of(talk("a boat " * 400)))


def test_the_canvas_of_another_model_is_edited_and_so_is_one_two_replies_before(model: FakeModel, talk: Talk) -> None:
    model.replies = ["color 1: green\n"]
    theirs = "Here you are:\n" + code_of(BEGUN) + "\nEnjoy!"
    told = talk("make it green", [Round("a boat", theirs), Round("thanks", "You are welcome.")])
    assert parse_canvas(reply_of(told)).regions == apply_edits(BEGUN, read_edits("color 1: green\n")).canvas.regions


def test_a_model_without_the_composers_weights_answers_in_the_old_way_and_says_so(model: FakeModel, talk: Talk) -> None:
    model.composes, model.replies = False, [code_of(BEGUN)]
    told = talk("a boat")
    assert any("install the program anew" in note for note in notes_of(told))
    assert parse_canvas(reply_of(told)) == BEGUN


def test_no_way_replies_without_a_message(model: FakeModel) -> None:
    with pytest.raises(BadInputError, match="no message"):
        replying(model, Conversation((Round("a", "b"),)))


REGIONS = st.builds(
    Region,
    location=st.sampled_from(["on the left", "on the top-right", "in the center"]),
    offset=st.just("slightly to the left"),
    area=st.just("a small square area"),
    distance_to_viewer=st.floats(0.5, 20),
    description=st.sampled_from(["A red ball.", "Zwei Hunde.", "", "the 'old' \\ tree"]),
    detailed_descriptions=st.just(("Round.",)),
    free_rect=st.none() | st.just(Rect(1, 33, 7, 90)),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(REGIONS, min_size=2, max_size=6), st.data())
def test_whatever_an_edit_does_to_one_region_the_others_are_equal_in_the_reply(
    regions: list[Region], data: st.DataObject
) -> None:
    canvas = Canvas("A field.", tags="field", regions=tuple(regions), absent=("people",))
    number = data.draw(st.integers(1, len(regions)))
    edit = data.draw(
        st.sampled_from(["color {}: green", "move {}: top", "shift {}: down", "size {}: larger", "depth {}: far"])
    ).format(number)
    way = replying(
        FakeModel([edit + "\n"], composes=True), Conversation((Round("x", code_of(canvas)),)).ask("change one")
    )
    text = "".join(piece.text for piece in way.pieces(Sampling()))
    after = parse_canvas(way.kept(text, is_whole=True).text)
    assert canvas_to_json(replace(after, regions=())) == canvas_to_json(replace(canvas, regions=()))
    assert [region for at, region in enumerate(after.regions, 1) if at != number] == [
        region for at, region in enumerate(regions, 1) if at != number
    ]
