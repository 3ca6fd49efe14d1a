from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.conversation.prompt import system_prompt, whole_examples, worked_examples
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.model import LanguageModel, Message, Piece, Sampling, never
from lib_omost.chat.service.message import replying
from lib_omost.errors import BadInputError
from tests.language_model import FakeModel


def reply(
    model: LanguageModel, conversation: Conversation, sampling: Sampling, should_stop: Callable[[], bool] = never
) -> Iterator[Piece]:
    return replying(model, conversation).pieces(sampling, should_stop)


def text_of(pieces: Iterator[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_the_prompt_is_the_system_prompt_and_the_conversation() -> None:
    model: LanguageModel = (queue := FakeModel(["one", "two"]))
    first = Conversation().ask("a cat")
    answered = first.answer(text_of(reply(model, first, Sampling())))
    assert text_of(reply(model, answered.ask("a dog"), Sampling())) == "two"
    assert [asked.messages for asked in queue.asked] == [
        (Message("system", system_prompt()), Message("user", "a cat")),
        (
            Message("system", system_prompt()),
            Message("user", "a cat"),
            Message("assistant", "one"),
            Message("user", "a dog"),
        ),
    ]


@pytest.mark.parametrize(
    ("is_small", "bounds", "examples"),
    [
        (False, None, whole_examples()),
        (False, Bounds(), whole_examples()),
        (True, Bounds(), worked_examples()),
        (True, None, worked_examples()),
    ],
)
def test_a_model_that_does_not_know_the_canvas_is_shown_examples_first(
    is_small: bool, bounds: Bounds | None, examples: tuple[Message, ...]
) -> None:
    model = FakeModel(["x"], knows_canvas=False, is_small=is_small, bounds=bounds, context_tokens=20_000)
    list(reply(model, Conversation().ask("a cat"), Sampling()))
    (asked,) = model.asked
    assert asked.messages == (Message("system", system_prompt()), *examples, Message("user", "a cat"))


@pytest.mark.parametrize("examples", [whole_examples(), worked_examples()])
def test_examples_do_not_hold_the_demonstrations_answer(examples: tuple[Message, ...]) -> None:
    assert examples
    text = " ".join(turn.content for turn in examples).lower()
    for shape in ("circle", "square beside", "triangle", " ring", "red ", "blue "):
        assert shape not in text


def test_old_rounds_leave_room_for_the_reply() -> None:
    model = FakeModel(["x"])
    rounds = tuple(Round(f"message {number}", "r" * 1000) for number in range(9))
    list(reply(model, Conversation(rounds, "now"), Sampling()))
    (asked,) = model.asked
    messages = asked.messages
    assert messages[0].role == "system"
    assert messages[1] == Message("user", "message 5")
    assert messages[-1] == Message("user", "now")
    assert model.count_tokens(messages) <= 8192 - 2048


def test_stop_reaches_the_model() -> None:
    model = FakeModel(["abcdef"])
    got: list[str] = []
    for piece in reply(model, Conversation().ask("a cat"), Sampling(), should_stop=lambda: len(got) == 2):
        got.append(piece.text)
    assert got == ["a", "b"]


def test_what_cannot_be_answered_is_refused_at_once() -> None:
    with pytest.raises(BadInputError, match="no message to reply to"):
        reply(FakeModel(), Conversation(), Sampling())
    with pytest.raises(BadInputError, match="too long"):
        reply(FakeModel(), Conversation().ask("x" * 7000), Sampling())


def test_a_model_with_bounds_is_held_to_them_and_one_without_is_free() -> None:
    bounds = Bounds(regions=(1, 2))
    free, held = FakeModel(["x"]), FakeModel(["x"], bounds=bounds)
    for model in (free, held):
        list(reply(model, Conversation().ask("a cat"), Sampling()))
    assert [asked.grammar for asked in free.asked] == [None]
    assert [asked.grammar for asked in held.asked] == [canvas_rules(bounds)]
