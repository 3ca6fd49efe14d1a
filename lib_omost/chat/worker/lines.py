"""What a worker and its parent say to each other: one JSON object a line.

Down go orders: `load` first, then `count` and `chat`, each with an `id`, `stop` with that of a chat, and `end`. Up come
answers: `status` and `loaded` when they change, and with the `id` of their order `piece`, `count`, `done` and `error`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import IO, Any, TypeAlias

from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.worker.status import Phase, WorkerStatus

MOST_BYTES = 8 * 2**20  # of a line; a long chat has some hundred kB


@dataclass(frozen=True)
class Loaded:
    """The model is there and reads that many tokens."""

    context_tokens: int


@dataclass(frozen=True)
class Counted:
    """How many tokens the messages of a `count` are."""

    tokens: int


@dataclass(frozen=True)
class Done:
    """The reply to a `chat` has ended."""


@dataclass(frozen=True)
class Refused:
    """An order that failed, and what to do."""

    message: str
    hint: str


Answer: TypeAlias = WorkerStatus | Loaded | Piece | Counted | Done | Refused
_KINDS: dict[str, type[Any]] = {
    "status": WorkerStatus,
    "loaded": Loaded,
    "piece": Piece,
    "count": Counted,
    "done": Done,
    "error": Refused,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_TYPES: dict[Any, Any] = {"str": str, "int": int, "float": (int, float)}  # annotations of their fields


def read_lines(pipe: IO[bytes], most: int = MOST_BYTES) -> Iterator[bytes]:
    """Each line until the pipe ends; of one that is over `most` bytes only so many, whatever its length."""
    while line := pipe.readline(most):
        yield line
        while line and not line.endswith(b"\n"):
            line = pipe.readline(most)


def to_line(data: Mapping[str, Any]) -> bytes:
    """An order or answer as it is sent. Raises ValueError when it is longer than what is read."""
    line = json.dumps(data).encode() + b"\n"
    if len(line) > MOST_BYTES:
        raise ValueError(f"a line of over {MOST_BYTES >> 20} MiB")
    return line


def from_line(line: bytes) -> dict[str, Any]:
    """What a line says. Raises ValueError when that is no JSON object."""
    try:
        return dict(json.loads(line))
    except (RecursionError, TypeError) as error:
        raise ValueError("the line is no JSON object") from error


def answer_line(answer: Answer, number: int | None = None) -> bytes:
    """An answer to the order of that number, or to none."""
    values = {name: value.value if isinstance(value, Enum) else value for name, value in vars(answer).items()}
    return to_line({"said": _NAMES[type(answer)], "id": number, **values})


def read_answer(line: bytes) -> tuple[int | None, Answer]:
    """The number of the order, and the answer. Raises ValueError when the line is none."""
    data = from_line(line)
    kind, number = _KINDS.get(str(data.pop("said", ""))), data.pop("id", None)
    if kind is None or not isinstance(number, int | None):
        raise ValueError("no answer of a worker")
    try:
        if kind is WorkerStatus:
            data["phase"] = Phase(data["phase"])
        answer: Answer = kind(**data)
    except (TypeError, KeyError) as error:
        raise ValueError(f"no answer of a worker: {error}") from error
    odd = [one.name for one in fields(kind) if not isinstance(getattr(answer, one.name), _TYPES.get(one.type, object))]
    if odd:
        raise ValueError(f"no answer of a worker: {', '.join(odd)}")
    return number, answer


def chat_fields(messages: Sequence[Message], sampling: Sampling, grammar: str | None) -> dict[str, Any]:
    """What a `chat` says beside its `id`."""
    return {"messages": [vars(message) for message in messages], "sampling": vars(sampling), "grammar": grammar}


def read_messages(order: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages of a `count` or `chat`. Raises ValueError, TypeError or KeyError when they cannot be read."""
    messages = tuple(Message(**message) for message in order["messages"])
    if any(each.role not in {"system", "user", "assistant"} or not isinstance(each.content, str) for each in messages):
        raise ValueError("a message has no known role, or no text")
    return messages


def read_chat(order: Mapping[str, Any]) -> tuple[tuple[Message, ...], Sampling, str | None]:
    """What `chat_fields` made. Raises ValueError, TypeError or KeyError when it cannot be read."""
    grammar = order["grammar"]
    if not isinstance(grammar, str | None):
        raise TypeError("the grammar is no text")
    return read_messages(order), Sampling(**order["sampling"]), grammar
