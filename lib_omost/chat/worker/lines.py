"""What a worker and its parent say to each other: one JSON object a line.

Down go orders: `load` first, then `count` and `chat`, each with an `id`, `stop` with that of a chat, and `end`. Up come
answers: a `status` when it changes, and with the `id` of their order each `piece` and, last, its `end`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import IO, Any, TypeAlias

from lib_omost.chat.model import Message, Piece, Sampling
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.grammar.json_form import grammar_from_json, grammar_to_json
from lib_omost.grammar.rules import Grammar

MOST_BYTES = 8 * 2**20  # of a line; a long chat has some hundred kB


@dataclass(frozen=True)
class Ended:
    """The last answer to an order: the tokens of a `count`, or what failed and what to do."""

    tokens: int = 0
    error: str = ""
    hint: str = ""


Answer: TypeAlias = WorkerStatus | Piece | Ended
_KINDS: dict[str, type[Any]] = {"status": WorkerStatus, "piece": Piece, "end": Ended}
_TYPES: dict[Any, Any] = {"str": str, "int": int, "bool": bool, "float": (int, float)}  # annotations of their fields


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
    said = next(name for name, kind in _KINDS.items() if isinstance(answer, kind))
    phase = {"phase": answer.phase.value} if isinstance(answer, WorkerStatus) else {}
    return to_line({"said": said, "id": number, **vars(answer), **phase})


def read_answer(line: bytes) -> tuple[int | None, Answer]:
    """The number of the order, and the answer. Raises ValueError when the line is none."""
    data = from_line(line)
    try:
        number, kind = data.pop("id"), _KINDS[data.pop("said")]
        if kind is WorkerStatus:
            data["phase"] = Phase(data["phase"])
        answer: Answer = kind(**data)
    except (TypeError, KeyError) as error:
        raise ValueError(f"no answer of a worker: {error}") from error
    odd = [one.name for one in fields(kind) if not isinstance(getattr(answer, one.name), _TYPES.get(one.type, object))]
    if odd or not isinstance(number, int | None):
        raise ValueError(f"no answer of a worker: {', '.join(odd)}")
    return number, answer


def chat_fields(messages: Sequence[Message], sampling: Sampling, grammar: Grammar | None) -> dict[str, Any]:
    """What a `chat` says beside its `id`."""
    return {
        "messages": [vars(message) for message in messages],
        "sampling": vars(sampling),
        "grammar": None if grammar is None else grammar_to_json(grammar),
    }


def read_messages(order: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages of a `count` or `chat`. Raises ValueError, TypeError or KeyError when they cannot be read."""
    messages = tuple(Message(**message) for message in order["messages"])
    if any(each.role not in {"system", "user", "assistant"} or not isinstance(each.content, str) for each in messages):
        raise ValueError("a message has no known role, or no text")
    return messages


def read_chat(order: Mapping[str, Any]) -> tuple[tuple[Message, ...], Sampling, Grammar | None]:
    """What `chat_fields` made. Raises ValueError, TypeError or KeyError when it cannot be read."""
    grammar = order["grammar"]
    rules = None if grammar is None else grammar_from_json(grammar)
    return read_messages(order), Sampling(**order["sampling"]), rules
