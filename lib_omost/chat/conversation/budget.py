"""The token budget of a conversation: what of it a model reads, how full that makes it, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lib_omost.chat.conversation.compact import compact_reply, has_canvas
from lib_omost.chat.conversation.conversation import Conversation, Round
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
    shorter: Sequence[Sequence[Message]] = (),
) -> tuple[tuple[Message, ...], TokenMeter]:
    """`before` (system prompt, worked examples), as much of the conversation as fits `budget` tokens, how full it is.

    The oldest rounds go first, but the last one with a canvas stays: without it there is nothing to change. Then
    `shorter` forms of `before` are tried in their order, then the last canvas in few words; a last round of talk alone
    goes. The pending message always stays. Raises BadInputError when it is too long with the least of the rest.
    """
    ways = list(_ways(conversation, before, shorter))
    tokens = [count_tokens(ways[0].messages)]
    best, least, most = ways[0], 0, len(ways) - 1
    if tokens[0] > budget:
        best = ways[most]
        tokens.append(count_tokens(best.messages))
        while most - least > 1:  # each way is shorter than the one before; a count may be a question to a server
            middle = (least + most) // 2
            count = count_tokens(ways[middle].messages)
            if count <= budget:
                best, most = ways[middle], middle
                tokens.append(count)
            else:
                least = middle
    if tokens[-1] > budget:
        raise too_long(tokens[-1], budget)
    return best.messages, TokenMeter(tokens[-1], budget, best.dropped)


def too_long(tokens: int, budget: int) -> BadInputError:
    """The error for a message that leaves no room with the least of the rest."""
    return BadInputError(
        f"the message is too long: {tokens} tokens with the instructions, and {budget} fit", hint="shorten the message"
    )


@dataclass(frozen=True)
class _Way:
    """One way to say the conversation: its messages, and how many of the oldest rounds they leave out."""

    messages: tuple[Message, ...]
    dropped: int


def _ways(
    conversation: Conversation, before: Sequence[Message], shorter: Sequence[Sequence[Message]]
) -> Iterator[_Way]:
    """All ways, the longest first."""
    rounds = conversation.rounds
    canvas = next((place for place in reversed(range(len(rounds))) if has_canvas(rounds[place].reply)), None)
    kept_from = max(0, len(rounds) - 1) if canvas is None else canvas
    for dropped in range(kept_from + 1):
        yield _Way((*before, *Conversation(rounds[dropped:], conversation.pending).messages()), dropped)
    kept = Conversation(rounds[kept_from:], conversation.pending)
    for opening in shorter:
        yield _Way((*opening, *kept.messages()), kept_from)
    opening = [before, *shorter][-1]
    if canvas is None:
        yield _Way((*opening, *Conversation((), conversation.pending).messages()), len(rounds))
        return
    last = rounds[canvas]
    short = Round(last.message, compact_reply(last.reply) or last.reply)
    for left in (rounds[canvas + 1 :], ()):
        compact = Conversation((short, *left), conversation.pending)
        yield _Way((*opening, *compact.messages()), len(rounds) - 1 - len(left))
