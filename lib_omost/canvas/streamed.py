"""Answers of servers as they go over the wire: the pieces of a stream, a JSON object a line, and calls between tags."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MOST_LINES = 20_000

_FUNCTION = re.compile(r"<function=([\w.-]{1,60})>(.*?)</function>", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]{1,60})>\s?(.*?)\s?</parameter>", re.DOTALL)


def joined_stream(text: str) -> str | None:
    """The reply whose pieces stand in lines of JSON, as in the streams of OpenAI and Ollama; None for other texts."""
    lines = [line.strip() for line in text.split("\n", MOST_LINES) if line.strip()]
    if len(lines) < 2 or not lines[0].removeprefix("data:").lstrip().startswith("{"):
        return None
    pieces: list[str] = []
    for line in lines:
        data = line.removeprefix("data:").strip()
        if data == "[DONE]" or line.startswith(("event:", "id:", ":")):
            continue
        try:
            piece = _piece_of(json.loads(data))
        except (ValueError, RecursionError):
            return None
        if piece is None:
            return None
        pieces.append(piece)
    return "".join(pieces) or None


def _piece_of(data: object) -> str | None:
    """What an event adds to the reply's text; None where it is no event of a stream."""
    if not isinstance(data, Mapping):
        return None
    choices = data.get("choices")
    if isinstance(choices, list):
        parts = [choice.get("delta", choice) for choice in choices[:1] if isinstance(choice, Mapping)]
        return "".join(_content_of(part) for part in parts)
    for key in ("message", "delta"):
        if isinstance(data.get(key), Mapping):
            return _content_of(data[key])
    if "done" in data or "stop" in data or "token" in data:  # of Ollama, llama.cpp, TGI
        token = data.get("token")
        return _content_of(token if isinstance(token, Mapping) else data)
    return "" if isinstance(data.get("type"), str) and "description" not in data else None


def _content_of(part: object) -> str:
    if not isinstance(part, Mapping):
        return ""
    return next((part[key] for key in ("content", "response", "text") if isinstance(part.get(key), str)), "")


def calls_between_tags(text: str) -> list[dict[str, Any]]:
    """Calls as Llama and Qwen write them, `<function=name>…</function>`, in the form of tool calls."""
    return [{"name": name, "arguments": _arguments(inside)} for name, inside in _FUNCTION.findall(text)]


def _arguments(inside: str) -> object:
    parameters = _PARAMETER.findall(inside)
    if not parameters:
        return inside.strip()
    return {name: _value(value.strip()) for name, value in parameters}


def _value(text: str) -> object:
    """A list or an object as JSON has it; any other value as the text that it is."""
    if text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
