"""What one event of a chat's stream says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import malformed, reported

DONE = "[DONE]"


@dataclass(frozen=True)
class Chunk:
    """Text of the reply, and how far the server is.

    `tokens` and `forwards` count from the reply's beginning, None when the server does not say. `ended` tells that this
    is the last piece of text.
    """

    text: str
    tokens: int | None = None
    forwards: int | None = None
    ended: bool = False


def read_chunk(endpoint: Endpoint, data: str) -> Chunk:
    """A `chat.completion.chunk`, or a whole `chat.completion`. Raises ServerError when it is neither, or an error."""
    try:
        event = json.loads(data)
    except (json.JSONDecodeError, RecursionError):
        raise malformed(endpoint, data) from None
    if not isinstance(event, dict):
        raise malformed(endpoint, data)
    if event.get("error"):
        raise reported(endpoint, event["error"])
    tokens, forwards = _progress(event)
    choices = event.get("choices")
    if not isinstance(choices, list):
        if "usage" in event or "prompt_progress" in event:
            return Chunk("", tokens, forwards)
        raise malformed(endpoint, data)
    if not choices:  # the last chunk, with the usage
        return Chunk("", tokens, forwards)
    choice = choices[0]
    said = choice.get("delta", choice.get("message")) if isinstance(choice, dict) else choice
    text = said.get("content") if isinstance(said, dict) else said  # a null delta says nothing
    if not isinstance(choice, dict) or not isinstance(text, (str, type(None))):
        raise malformed(endpoint, data)
    return Chunk(text or "", tokens, forwards, ended=bool(choice.get("finish_reason")))


def _progress(event: dict[str, Any]) -> tuple[int | None, int | None]:
    """What our own worker says with every chunk, or the usage that others end with."""
    own = event.get("omost")
    if isinstance(own, dict):
        return _count(own.get("tokens")), _count(own.get("forwards"))
    usage = event.get("usage")
    return (_count(usage.get("completion_tokens")) if isinstance(usage, dict) else None), None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
