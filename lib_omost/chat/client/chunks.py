"""What one event of a chat's stream says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import malformed, reported

DONE = "[DONE]"
CUT = ("length", "max_tokens", "model_length")  # `finish_reason` of a reply that ran into a limit


@dataclass(frozen=True)
class Chunk:
    """Text of the reply; its tokens so far, None when the server does not say; whether this is the last of the text.

    `cut` is whether the text ended at a limit of tokens, in the middle of what was said.
    """

    text: str
    tokens: int | None = None
    ended: bool = False
    cut: bool = False


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
    tokens = _tokens(event)
    choices = event.get("choices")
    if not isinstance(choices, list):
        if "usage" in event or "prompt_progress" in event:
            return Chunk("", tokens)
        raise malformed(endpoint, data)
    if not choices:  # the last chunk, with the usage
        return Chunk("", tokens)
    choice = choices[0]
    said = choice.get("delta", choice.get("message")) if isinstance(choice, dict) else choice
    text = said.get("content") if isinstance(said, dict) else said  # a null delta says nothing
    if not isinstance(choice, dict) or not isinstance(text, (str, type(None))):
        raise malformed(endpoint, data)
    reason = choice.get("finish_reason")
    return Chunk(text or "", tokens, ended=bool(reason), cut=reason in CUT)


def _tokens(event: dict[str, Any]) -> int | None:
    """Of the usage that some servers end with."""
    usage = event.get("usage")
    value = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
