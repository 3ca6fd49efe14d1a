"""The token budget of a conversation: what of it a model reads, how full that makes it, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.model import Message
from lib_omost.errors import BadInputError


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
    """`before` (system prompt, worked examples), as much of the conversation as fits `budget` tokens, how full it is.

    The oldest rounds go first; `before` and the pending message always stay. Raises BadInputError when they alone are
    too long.
    """
    for dropped in range(len(conversation.rounds) + 1):
        kept = Conversation(conversation.rounds[dropped:], conversation.pending)
        messages = (*before, *kept.messages())
        tokens = count_tokens(messages)
        if tokens <= budget:
            return messages, TokenMeter(tokens, budget, dropped)
    raise BadInputError(
        f"the message is too long: {tokens} tokens with the instructions, and {budget} fit", hint="shorten the message"
    )
