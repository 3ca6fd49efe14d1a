"""The one language model of the tests: it says what a test lets it say, and keeps what it was asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import Message, Piece, Sampling, never
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.grammar.rules import Grammar


@dataclass(frozen=True)
class Asked:
    """What a model was asked for one reply."""

    messages: tuple[Message, ...]
    sampling: Sampling
    should_stop: Callable[[], bool]
    grammar: Grammar | None


def characters(messages: Sequence[Message]) -> int:
    """Tokens of a prompt where each character is one."""
    return sum(len(message.content) for message in messages)


def written(text: str, asked: Asked, *, step: int = 1, pause: float = 0.0) -> Iterator[Piece]:
    """A reply in pieces of `step` characters, each a token of a pass of its own, until it is stopped."""
    for number, start in enumerate(range(0, len(text), step), 1):
        if asked.should_stop():
            return
        time.sleep(pause)
        yield Piece(text[start : start + step], number, number)


@dataclass
class FakeModel:
    """A `LanguageModel` whose reply is what `answer` makes of what it was asked; by itself the next of `replies`."""

    replies: list[str] = field(default_factory=list)
    answer: Callable[[Asked], Iterator[Piece]] | None = None
    context_tokens: int = 8192
    knows_canvas: bool = True
    is_small: bool = False
    bounds: Bounds | None = None
    composes: bool = False
    plans_by_example: bool = False
    count_tokens: Callable[[Sequence[Message]], int] = characters
    asked: list[Asked] = field(default_factory=list)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: Grammar | None = None,
    ) -> Iterator[Piece]:
        self.asked.append(Asked(tuple(messages), sampling, should_stop, grammar))
        answer = self.answer or (lambda asked: written(self.replies.pop(0), asked))
        return answer(self.asked[-1])


@dataclass
class FakeWorker:
    """In place of a `ManagedWorker`, with the model in this process."""

    model: FakeModel
    spec: Any = None
    policy: Any = None
    pid: None = None
    calls: list[str] = field(default_factory=list)

    def ready(self, should_stop: Callable[[], bool] = never) -> FakeModel:
        return self.model

    def status(self) -> WorkerStatus:
        return WorkerStatus(Phase.OFF)

    def is_in_the_way(self) -> bool:
        return False

    def after_message(self) -> None:
        self.calls.append("after message")

    def unload(self) -> None:
        self.calls.append("unload")

    close = unload
