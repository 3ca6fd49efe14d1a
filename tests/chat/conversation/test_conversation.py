from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.chat.conversation.budget import fitted
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.model import Message
from lib_omost.errors import BadInputError

SYSTEM = (Message("system", "s" * 10),)


def count(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)


def test_ask_and_answer_make_rounds_and_leave_the_old_conversation_alone() -> None:
    empty = Conversation()
    asked = empty.ask(" a red circle\r\nbeside a blue square \n")
    done = asked.answer("reply")
    assert empty == Conversation()
    assert asked.pending == "a red circle\nbeside a blue square"
    assert done.rounds == (Round("a red circle\nbeside a blue square", "reply"),)
    assert done.pending is None
    assert [message.role for message in done.ask("again").messages()] == ["user", "assistant", "user"]


@pytest.mark.parametrize("text", ["", " \n\t", "half \ud800 a character"])
def test_text_that_no_model_can_read_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match=r"message is empty|surrogate"):
        Conversation().ask(text)
    with pytest.raises(BadInputError, match=r"reply is empty|surrogate"):
        Conversation(pending="m").answer(text)


def test_turns_out_of_order_are_refused() -> None:
    with pytest.raises(BadInputError, match="no reply yet"):
        Conversation(pending="m").ask("another")
    with pytest.raises(BadInputError, match="no message"):
        Conversation().answer("reply")


@pytest.mark.parametrize("text", [" spaced", "a\rb", "", "\udfff"])
def test_rounds_hold_clean_text_only(text: str) -> None:
    with pytest.raises(ValueError, match="reply is not clean"):
        Round("message", text)
    with pytest.raises(ValueError, match="pending message is not clean"):
        Conversation(pending=text)


words = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(words, words), max_size=6), words, st.integers(0, 300))
def test_the_oldest_rounds_go_first_and_no_more_than_needed(
    rounds: list[tuple[str, str]], message: str, budget: int
) -> None:
    conversation = Conversation(tuple(Round(*pair) for pair in rounds), message)
    if 10 + len(message) > budget:
        with pytest.raises(BadInputError, match=f"too long: {10 + len(message)} tokens .* {budget} fit"):
            fitted(conversation, SYSTEM, count, budget)
        return
    messages, meter = fitted(conversation, SYSTEM, count, budget)
    assert messages[0] == SYSTEM[0]
    assert messages[-1] == Message("user", message)
    assert count(messages) == meter.used <= budget
    kept = messages[1:-1]
    everything = conversation.messages()[:-1]
    assert kept == everything[len(everything) - len(kept) :]
    assert len(kept) % 2 == 0
    if len(kept) < len(everything):
        dropped = everything[-len(kept) - 2 : len(everything) - len(kept)]
        assert count(messages) + count(dropped) > budget
