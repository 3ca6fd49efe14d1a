"""Messages sent to a chat, and what came of each: the canvas as it stands afterwards, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lib_omost.bench.compose.checks import Verdict, judge
from lib_omost.bench.compose.messages import Message
from lib_omost.canvas import Canvas, canvas_from_json, parse_reply, write_canvas
from lib_omost.chat.worker.status import Phase
from lib_omost.errors import ModelError

MOST_IN_A_ROW = 5  # messages without an answer, and the chat is taken to have gone

Event = Mapping[str, Any]  # as a page hears it: a line of JSON
Chat = Callable[[Message], Iterable[Event]]  # a message → what is told while its reply is written
Clock = Callable[[], float]  # seconds


@dataclass(frozen=True)
class Answer:
    """What came of a message.

    `reply` is the code of the canvas as it stands after the message, "" where there is none; `written` is what the
    model wrote, in `tokens`. `seconds` went into it once the model was there, `load` before that. `failed` says why no
    reply came, "" where one did.
    """

    message: Message
    reply: str
    written: str
    verdict: Verdict
    tokens: int
    seconds: float
    load: float
    failed: str = ""


def ask_all(
    chat: Chat,
    messages: Sequence[Message],
    clock: Clock,
    done: Callable[[int, int], None] = lambda *_: None,
    keep: Callable[[Answer], None] = lambda _: None,
) -> list[Answer]:
    """Ask every message in a conversation of its own. `keep` gets each answer as it comes.

    A message that gets no answer is wrong. Raises ModelError, as the chat says it, when the first one gets none, or
    MOST_IN_A_ROW.
    """
    answers: list[Answer] = []
    silent = MOST_IN_A_ROW - 1
    for message in messages:
        try:
            answers.append(ask(chat, message, clock))
            silent = 0
        except ModelError as error:
            silent += 1
            if silent >= MOST_IN_A_ROW:
                raise
            answers.append(_unanswered(message, str(error)))
        keep(answers[-1])
        done(len(answers), len(messages))
    return answers


def ask(chat: Chat, message: Message, clock: Clock) -> Answer:
    """One message. Raises ModelError, as the chat says it, when it fails before anything was written."""
    begun = ready = clock()
    canvas: Canvas | None = None
    written, tokens, failed = "", 0, ""
    for event in chat(message):
        kind = event["type"]
        if kind == "status" and event["phase"] == Phase.WRITING.value:
            ready = clock()
        elif kind == "written":
            tokens = event["tokens"]
        elif kind == "canvas":
            canvas = canvas_from_json(event["canvas_json"])
        elif kind == "failed":
            if not tokens:
                raise ModelError(event["message"], hint=event["hint"])
            written, failed = event["reply"], event["message"]
            canvas = parse_reply(written, message.canvas_before).canvas or canvas  # changes may have been taken back
        elif kind == "end":
            written = event["reply"]
    spent = clock() - ready
    reply = _standing(canvas, written, message)
    return Answer(message, reply, written, judge(message, reply), tokens, spent, ready - begun, failed)


def _unanswered(message: Message, why: str) -> Answer:
    reply = _standing(None, "", message)
    return Answer(message, reply, "", Verdict({"parses": False}), 0, 0.0, 0.0, why)


def _standing(told: Canvas | None, written: str, message: Message) -> str:
    """The code of the canvas after a message: what was told of it, or is in the reply, or else as it stood before."""
    before = message.canvas_before
    canvas = told or parse_reply(written, before).canvas or before
    return "" if canvas is None else write_canvas(canvas)
