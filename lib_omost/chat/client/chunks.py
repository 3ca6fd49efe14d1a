"""What one event of a chat's stream says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import malformed, reported

DONE = "[DONE]"
CUT = ("length", "max_tokens", "model_length", "max_output_tokens")  # `finish_reason` of one that ran into a limit
FILTERED = ("content_filter", "safety", "content_filtered", "recitation", "sensitive")
WHOLE = (
    "stop",
    "eos",
    "eos_token",
    "end_turn",
    "stop_sequence",
    "complete",
    "completed",
    "tool_calls",
    "function_call",
)


@dataclass(frozen=True)
class Chunk:
    """Text of the reply; its tokens so far, None when the server does not say; whether this is the last of the text.

    `cut` is whether the text ended at a limit of tokens, in the middle of what was said; `reason` why else it ended
    before its time. `refusal` is what the model says instead of a reply, `tool` the name of a tool that it calls.
    `prompt_tokens` are those of what was asked, None when the server does not say.
    """

    text: str
    tokens: int | None = None
    ended: bool = False
    cut: bool = False
    reason: str = ""
    refusal: str = ""
    tool: str = ""
    prompt_tokens: int | None = None


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
    tokens, prompt = _usage(event, "completion_tokens"), _usage(event, "prompt_tokens")
    choices = event.get("choices")
    if not isinstance(choices, list):
        if "usage" in event or "prompt_progress" in event:
            return Chunk("", tokens, prompt_tokens=prompt)
        raise malformed(endpoint, data)
    if not choices:  # the last chunk, with the usage
        return Chunk("", tokens, prompt_tokens=prompt)
    choice = choices[0]
    said = choice.get("delta", choice.get("message")) if isinstance(choice, dict) else choice
    content = said.get("content") if isinstance(said, dict) else said  # a null delta says nothing
    text = _joined(content) if isinstance(said, dict) and isinstance(content, list) else content
    if not isinstance(choice, dict) or not isinstance(text, (str, type(None))):
        raise malformed(endpoint, data)
    reason = str(choice.get("finish_reason") or "")
    return Chunk(
        text or "",
        tokens,
        ended=bool(reason),
        cut=reason.lower() in CUT,
        reason=_why(endpoint, reason),
        refusal=_refusal(said),
        tool=_tool(said),
        prompt_tokens=prompt,
    )


def _joined(parts: list[Any]) -> str:
    """The text of a content in parts; what the model thinks, in parts of other types, is left out."""
    return "".join(map(_part, parts))


def _part(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) and part.get("type", "text") in {"text", "output_text"} else part
    return text if isinstance(text, str) else ""


def _why(endpoint: Endpoint, reason: str) -> str:
    """In words, why a reply ended before its time, "" when it came to its end or ran into a limit."""
    lower = reason.lower()
    if not reason or lower in WHOLE or lower in CUT:
        return ""
    if lower in FILTERED:
        return "the server's filter of contents ended the reply; ask in other words, or another model"
    return f"the server ended the reply early ({endpoint.without_key(reason)[:40]!r}); retry it or go on with it"


def _refusal(said: Any) -> str:
    refusal = said.get("refusal") if isinstance(said, dict) else None
    return refusal if isinstance(refusal, str) else ""


def _tool(said: Any) -> str:
    """The name of the tool that is called, "?" while or where it has none."""
    calls = said.get("tool_calls") if isinstance(said, dict) else None
    if not isinstance(calls, list) or not calls:
        return ""
    function = calls[0].get("function") if isinstance(calls[0], dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) and name else "?"


def _usage(event: dict[str, Any], name: str) -> int | None:
    """Of the usage that some servers end with."""
    usage = event.get("usage")
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
