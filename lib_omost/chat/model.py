"""The seam between a conversation and whatever language model answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.grammar.rules import Grammar

CONTEXT_TO_TRUST = 8192  # tokens; all Omost models degrade beyond it, whatever their configuration says [Omost readme]

MOST_NEW_TOKENS = 2**20

# The note of a reply that ran into a limit of tokens.
CUT_OFF = "the reply was cut off at the limit of tokens; go on with it (Continue, or chat --go-on)"


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn. The defaults are Omost's.

    `temperature` 0 takes the likeliest token. `top_p` keeps the likeliest tokens that together reach that share.
    `seed` None draws a new one. Raises ValueError when a number is out of range.
    """

    temperature: float = 0.6
    top_p: float = 0.9
    max_new_tokens: int = 4096
    seed: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 10:
            raise ValueError(f"temperature {self.temperature} is not within 0 to 10")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p {self.top_p} is not above 0 and at most 1")
        if not 1 <= self.max_new_tokens <= MOST_NEW_TOKENS:
            raise ValueError(f"max_new_tokens {_short(self.max_new_tokens)} is not within 1 to {MOST_NEW_TOKENS}")
        if self.seed is not None and not abs(self.seed) < 2**63:
            raise ValueError(f"seed {_short(self.seed)} is not within 64 bits")


def _short(number: int) -> str:
    """A number as a message names it: one from elsewhere may have more digits than Python writes."""
    return str(number) if abs(number) < 10**20 else "of very many digits"


@dataclass(frozen=True)
class Piece:
    """A piece of a streamed reply; `tokens` counts the new tokens so far, `forwards` the forward passes they took.

    `note` is something that the user should be told about the reply, in the last piece if there is anything.
    """

    text: str
    tokens: int
    forwards: int
    note: str = ""


def never() -> bool:
    """The `should_stop` of a reply that nobody stops."""
    return False


class LanguageModel(Protocol):
    """Anything that answers a conversation: a local model, one in a worker process, one on a server."""

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and reply together that the model can be trusted with."""
        ...

    @property
    def knows_canvas(self) -> bool:
        """Whether the model was trained to write canvases. One that was not is shown worked examples."""
        ...

    @property
    def is_small(self) -> bool:
        """Whether the model copies long examples instead of learning from them: it is shown short ones."""
        ...

    @property
    def bounds(self) -> Bounds | None:
        """How much a reply held to the grammar may say; None leaves the model free, and its reply to repair."""
        ...

    @property
    def composes(self) -> bool:
        """Whether it was trained to write plans and edits, from a prompt of its own: see `conversation.composing`."""
        ...

    @property
    def plans_by_example(self) -> bool:
        """Whether it is asked for plans and edits without that training: told what they are, and held to a grammar."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, exact or not less than exact."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: Grammar | None = None,
    ) -> Iterator[Piece]:
        """Yield the reply as it is written. Ends early, without an error, once `should_stop()` is true.

        A last message of the assistant's is one that the reply goes on from. `grammar` is what the reply, with what it
        goes on from, is held to as far as the model can be; what goes on from a text that is not in it is free. Raises
        ModelError when the model cannot answer.
        """
        ...
