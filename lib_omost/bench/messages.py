"""`bench messages`: fifty messages of every kind to one model; how many replies are canvases."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from lib_omost.bench.original import refusal
from lib_omost.canvas import in_words, parse_reply
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.model import LanguageModel, Sampling
from lib_omost.chat.service.message import replying

LONGEST = 4000  # characters


@dataclass(frozen=True)
class Answer:
    """A reply, without free rectangles, which the original does not know.

    It `parsed` without problem or correction, or did not; `refused` is why the original would refuse it, or None.
    """

    message: str
    reply: str
    parsed: bool
    refused: str | None
    tokens: int
    forwards: int
    seconds: float


def run(
    model: LanguageModel, messages: Sequence[str], *, done: Callable[[int, int], None] = lambda *_: None
) -> list[Answer]:
    """Ask every message in a conversation of its own, sampled as Omost samples, with its number as the seed."""
    answers = []
    for number, message in enumerate(messages):
        start = time.perf_counter()
        way = replying(model, Conversation().ask(message))
        pieces = list(way.pieces(Sampling(seed=number)))
        text = in_words(way.kept("".join(piece.text for piece in pieces), is_whole=True).text)
        parsed = parse_reply(text)
        clean = parsed.canvas is not None and not parsed.problems and not parsed.corrections
        spent = time.perf_counter() - start
        answers.append(Answer(message, text, clean, refusal(text), pieces[-1].tokens, pieces[-1].forwards, spent))
        done(number + 1, len(messages))
    return answers


def fifty_messages() -> tuple[str, ...]:
    """The messages of `messages.txt`, one a line, `\\n` in it for a line end; one of `…` at its end is made long."""
    lines = files("lib_omost.bench").joinpath("messages.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_lengthened(line.replace("\\n", "\n")) for line in lines)


def _lengthened(message: str) -> str:
    if not message.endswith("…"):
        return message
    part = message.removesuffix("…") + " "
    return (part * (LONGEST // len(part) + 1))[:LONGEST].rstrip()
