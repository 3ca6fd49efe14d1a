"""A chat as JSON data and back, without loss, for programs; `chat.history` is the form for people."""

from __future__ import annotations

import json
from typing import Any

from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.errors import BadInputError

VERSION = 1
_HINT = "write the file with this program, or give the chat as Markdown"


def write_history_json(conversation: Conversation) -> str:
    """The conversation as text of a JSON file."""
    rounds = [{"message": round_.message, "reply": round_.reply} for round_ in conversation.rounds]
    data = {"omost_chat": VERSION, "rounds": rounds, "pending": conversation.pending}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def read_history_json(text: str) -> Conversation:
    """The conversation in a JSON file: `read_history_json(write_history_json(c)) == c`.

    Raises BadInputError, naming the place, when something is missing or of the wrong type.
    """
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise BadInputError(f"history, line {error.lineno}: {error.msg} (expected JSON)", hint=_HINT) from error
    except RecursionError as error:
        raise BadInputError("the history is nested too deeply", hint=_HINT) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise BadInputError("the history holds a number that is too long", hint=_HINT) from error
    if not isinstance(data, dict) or data.get("omost_chat") != VERSION:
        raise BadInputError(f"the history is no chat of version {VERSION}", hint=_HINT)
    rounds = data.get("rounds")
    if not isinstance(rounds, list):
        raise BadInputError("the history's rounds are no list", hint=_HINT)
    try:
        return Conversation(
            tuple(_round(number, each) for number, each in enumerate(rounds, 1)), _text(data.get("pending"))
        )
    except ValueError as error:
        raise BadInputError(f"the history holds a turn with {error}", hint=_HINT) from error


def _round(number: int, data: Any) -> Round:
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in ("message", "reply")):
        raise BadInputError(f"round {number} of the history has no message and reply", hint=_HINT)
    return Round(data["message"], data["reply"])


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadInputError("the history's pending message is no text", hint=_HINT)
    return value
