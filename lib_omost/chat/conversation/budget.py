"""The token budget of a conversation: what of it a model reads, how full that makes it, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lib_omost.chat.conversation.conversation import Conversation, fit_to_budget
from lib_omost.chat.model import Message


@dataclass(frozen=True)
class TokenMeter:
    """How full a prompt is: `used` tokens of `of`, beside which a reply has room; `dropped` oldest rounds left out."""

    used: int
    of: int
    dropped: int = 0

    @property
    def share(self) -> float:
        """0 for empty, 1 for full."""
        return self.used / self.of

    def __str__(self) -> str:
        left_out = f", without the {'oldest round' if self.dropped == 1 else f'{self.dropped} oldest rounds'}"
        return f"{self.used} of {self.of} tokens{left_out if self.dropped else ''}"


def fitted(
    conversation: Conversation,
    before: Sequence[Message],
    count_tokens: Callable[[Sequence[Message]], int],
    budget: int,
) -> tuple[tuple[Message, ...], TokenMeter]:
    """`fit_to_budget`, and how full it is then.

    Raises BadInputError when `before` and the pending message alone are too long.
    """
    messages = fit_to_budget(conversation, before, count_tokens, budget)
    left_out = len(before) + len(conversation.messages()) - len(messages)
    return messages, TokenMeter(count_tokens(messages), budget, left_out // 2)
