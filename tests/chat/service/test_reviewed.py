"""Replies compared with their messages: the model is asked once more, and what came of that is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lib_omost.canvas import Canvas, canvas_to_json, parse_canvas, write_canvas
from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.model import CUT_OFF, Message, Piece
from lib_omost.chat.service import (
    CanvasSoFar,
    End,
    Event,
    Failed,
    Note,
    Written,
)
from lib_omost.compose.grammar import going_on
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.prompt import compose_prompt
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.errors import ModelError
from lib_omost.grammar.rules import literals
from tests.chat.service.conftest import Talk, reply_of
from tests.language_model import Asked, FakeModel, written

ASKED = "a zeppelin above the old mill"
STRANGE = "scene: meadow\n balloon; above mill\n old mill\n"
WRONG = "scene: meadow\n old mill\n"
RIGHT = WRONG + " zeppelin; above old mill\n"
ASKING = "the zeppelin is missing: asking once more"
MENDED = "Added the zeppelin, as you asked."
LACKING = "Not as you asked: the zeppelin is missing."


@pytest.fixture
def talk(talk: Talk) -> Talk:
    """The same, of ASKED where nothing else is said."""
    return lambda message=ASKED, rounds=(), **rest: talk(message, rounds, **rest)


def canvas_of(plan: str) -> Canvas:
    return to_canvas(read_plan(plan))


def code_of(plan: str) -> str:
    return f"```python\n{write_canvas(canvas_of(plan))}```"


def notes_of(told: list[Event]) -> list[str]:
    return [event.text for event in told if isinstance(event, Note)]


def test_what_is_sure_is_mended_at_once_and_told(model: FakeModel, talk: Talk) -> None:
    model.replies = [STRANGE]
    told = talk()
    assert parse_canvas(reply_of(told)) == canvas_of(STRANGE.replace("balloon", "zeppelin"))
    line = "Put the zeppelin in place of the balloon, as you asked."
    assert reply_of(told).endswith(f"```\n\n{line}")
    assert notes_of(told) == [line]
    *_, last = [event.canvas_json for event in told if isinstance(event, CanvasSoFar)]
    assert last == canvas_to_json(parse_canvas(reply_of(told)))
    assert len(model.asked) == 1


def test_for_what_is_missing_the_plan_is_gone_on_with(model: FakeModel, talk: Talk) -> None:
    model.replies = [WRONG, "; above old mill\n"]
    told = talk()
    assert parse_canvas(reply_of(told)) == canvas_of(RIGHT)
    assert notes_of(told) == [ASKING, MENDED]
    *_, last = [event.canvas_json for event in told if isinstance(event, CanvasSoFar)]
    assert last == canvas_to_json(canvas_of(RIGHT))
    assert "".join(event.text for event in told if isinstance(event, Written)) == WRONG  # the rest comes as a canvas
    first, second = model.asked
    assert first.messages == (Message("user", compose_prompt(ASKED)),)
    assert second.messages == (*first.messages, Message("assistant", f"{WRONG} zeppelin"))
    assert first.grammar is not None
    assert second.grammar == going_on(first.grammar)


def test_a_second_reply_that_is_no_better_is_not_taken(model: FakeModel, talk: Talk) -> None:
    model.composes = False
    worse = [WRONG.replace("meadow", "sea"), "scene: sea\n", "scene: zeppelin\n"]
    for other in (*map(code_of, worse), "No.", ""):
        model.replies = [code_of(WRONG), other]
        told = talk()
        assert parse_canvas(reply_of(told)) == canvas_of(WRONG)
        assert notes_of(told)[-2:] == [ASKING, LACKING]
        assert reply_of(told).endswith(LACKING)


def test_what_is_as_asked_is_asked_for_once(model: FakeModel, talk: Talk) -> None:
    model.replies = [RIGHT]
    assert reply_of(talk()) == code_of(RIGHT)
    assert len(model.asked) == 1


def test_the_user_can_do_without(model: FakeModel, talk: Talk) -> None:
    model.replies = [WRONG]
    told = talk(is_reviewed=False)
    assert reply_of(told) == code_of(WRONG)
    assert not notes_of(told)


def test_a_reply_that_is_stopped_or_cut_off_is_not_compared(model: FakeModel, talk: Talk) -> None:
    heard: list[str] = []

    def answer(asked: Asked) -> Iterator[Piece]:
        for piece in written(WRONG, asked):
            heard.append(piece.text)
            yield piece

    model.answer = answer
    told = talk(should_stop=lambda: len(heard) >= len(WRONG))
    assert parse_canvas(reply_of(told)) == canvas_of(WRONG)
    assert not notes_of(told)
    model.answer = lambda _: iter([Piece(WRONG, 5, 5), Piece("", 5, 5, CUT_OFF)])
    assert notes_of(talk()) == [CUT_OFF]


@pytest.mark.parametrize("way", ["stopped", "failed", "cut off"])
def test_a_second_reply_that_does_not_end_leaves_the_first_whole(model: FakeModel, talk: Talk, way: str) -> None:
    begun: list[None] = []

    def answer(asked: Asked) -> Iterator[Piece]:
        if len(model.asked) == 1:
            yield from written(WRONG, asked)
            return
        yield Piece("; above ", 5, 5)
        begun.append(None)
        if way == "failed":
            raise ModelError("the model has gone")
        yield Piece("old mill\n", 9, 9, CUT_OFF if way == "cut off" else "")

    model.answer = answer
    told = talk(should_stop=lambda: way == "stopped" and bool(begun))
    assert parse_canvas(reply_of(told)) == canvas_of(RIGHT)  # with what is sure to be missing
    assert "It was stopped here" not in reply_of(told)
    assert reply_of(told).endswith(MENDED)
    assert notes_of(told) == [ASKING, MENDED]


def test_an_edit_is_held_to_the_regions_that_the_message_names(model: FakeModel, talk: Talk) -> None:
    standing = "scene: meadow\n mill\n zeppelin\n tent\n"
    rounds = [Round("three things", code_of(standing))]
    model.replies = ["swap 1, 2\n", "swap 1, 3\n"]
    told = talk("the mill had better stand where the tent is, and the tent there", rounds)
    before, after = canvas_of(standing).regions, parse_canvas(reply_of(told)).regions
    assert after[1] == before[1]
    assert (after[0].location, after[2].location) == (before[2].location, before[0].location)
    assert reply_of(told).startswith("Changed places: mill and tent.")
    assert reply_of(told).endswith("Left the zeppelin alone, as you asked.")
    grammar = model.asked[1].grammar
    assert grammar is not None
    assert grammar.rules["NUMBER"] == literals("1", "3")
    assert [event.is_change for event in told if isinstance(event, CanvasSoFar)] == [True, True]


def test_an_edit_that_cannot_be_applied_is_told_as_before(model: FakeModel, talk: Talk) -> None:
    model.replies = ["remove 1\nmove 2: left of 1\n"] * 2
    rounds = [Round("two things", code_of(RIGHT))]
    assert isinstance(talk("I am tired of the zeppelin", rounds)[-1], Failed)


def test_a_model_that_writes_whole_canvases_is_told_what_is_missing(model: FakeModel, talk: Talk) -> None:
    model.composes, model.knows_canvas = False, True
    model.replies = [code_of(WRONG), code_of(RIGHT)]
    told = talk()
    assert parse_canvas(reply_of(told)) == canvas_of(RIGHT)
    assert reply_of(told).endswith("Added the zeppelin, as you asked.")
    answered, asked = model.asked[1].messages[-2:]
    assert answered == Message("assistant", code_of(WRONG))
    assert asked.role == "user"
    assert "the zeppelin is missing" in asked.content


@pytest.mark.parametrize(("unlike", "other", "does_less"), [
    (RIGHT, WRONG, True), (RIGHT, RIGHT.replace("meadow", "field"), False), ("", WRONG, False),
    (WRONG, WRONG.replace("meadow", "sea"), False),
])  # fmt: skip
def test_another_reply_tells_whether_it_does_less(
    model: FakeModel, talk: Talk, unlike: str, other: str, does_less: bool
) -> None:
    model.composes, model.knows_canvas = False, True
    model.replies = [code_of(other)] * 2
    end = talk(unlike=(code_of(unlike),) if unlike else ())[-1]
    assert isinstance(end, End)
    assert end.does_less is does_less


def test_another_reply_is_never_the_one_that_was_not_wanted(model: FakeModel, talk: Talk) -> None:
    model.replies = [STRANGE]
    model.answer = lambda asked: written(STRANGE, asked)
    told = talk(unlike=(code_of(STRANGE.replace("balloon", "zeppelin")),))
    assert parse_canvas(reply_of(told)) == canvas_of(STRANGE)
    assert notes_of(told)[-1].startswith("Not as you asked")
