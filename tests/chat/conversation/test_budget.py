from __future__ import annotations

from collections.abc import Sequence

import pytest

from lib_omost.chat.conversation.budget import TokenMeter, fitted
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.model import Message
from lib_omost.errors import BadInputError

SYSTEM = (Message("system", "s" * 10),)
CHAT = Conversation((Round("a" * 5, "b" * 15), Round("c" * 5, "d" * 15)), "e" * 10)


def count(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)


@pytest.mark.parametrize(
    ("budget", "used", "dropped", "said"),
    [
        (100, 60, 0, "60 of 100 tokens"),
        (60, 60, 0, "60 of 60 tokens"),
        (59, 40, 1, "40 of 59 tokens, without the oldest round"),
        (30, 20, 2, "20 of 30 tokens, without the 2 oldest rounds"),
    ],
)
def test_the_meter_tells_how_full_it_is_and_what_was_left_out(budget: int, used: int, dropped: int, said: str) -> None:
    messages, meter = fitted(CHAT, SYSTEM, count, budget)
    assert meter == TokenMeter(used, budget, dropped)
    assert count(messages) == used
    assert str(meter) == said
    assert meter.share == pytest.approx(used / budget)


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInputError, match="too long"):
        fitted(CHAT, SYSTEM, count, 19)
