"""A canvas from whatever holds one: a reply, a chat, canonical code, or JSON of this program and others."""

from __future__ import annotations

import re

from lib_omost.canvas.foreign import read_data, tool_call
from lib_omost.canvas.lenient_json import NoJsonError, json_values, read_json
from lib_omost.canvas.limits import MAX_TEXT_CHARS
from lib_omost.canvas.model import Canvas
from lib_omost.canvas.parse import parse_reply
from lib_omost.canvas.report import ParsedReply
from lib_omost.errors import CanvasError

_UNSEEN = "\ufeff\u200b\u2060 \t\r\n"
_CODE = re.compile(r"(?:set|add)\\?_?\w{2,40}\\?_?\w{0,40}\s?[(（]|Canvas\s?\(", re.IGNORECASE)


def read_canvas(text: str, before: Canvas | None = None) -> ParsedReply:
    """The canvas of `text` with what was put right. `before` is one that the text may only change (see `parse_reply`).

    Raises CanvasError, with its line or what was seen, for JSON that is none or holds no canvas; no other text raises.
    """
    inner = text.strip(_UNSEEN)
    is_json = inner[:1] in ("{", "[") or (inner[:1] == '"' and inner[-1:] == '"')
    if len(text) > MAX_TEXT_CHARS or not (is_json or _may_hold_json(inner)):
        return parse_reply(text, before)
    if not is_json and _CODE.search(inner):
        parsed = parse_reply(text, before)
        if parsed.canvas is not None:
            return parsed
    values = json_values(inner)
    if not values:
        return _no_json(text, inner, before) if is_json else parse_reply(text, before)
    return _read_values(values, before)


def _may_hold_json(text: str) -> bool:
    return "{" in text or "[" in text


def _no_json(text: str, inner: str, before: Canvas | None) -> ParsedReply:
    """A text that begins like JSON and is none: code that was cut out of it is read all the same."""
    parsed = parse_reply(text, before)
    if parsed.canvas is not None:
        return parsed
    try:
        read_json(inner)
    except NoJsonError as error:
        raise CanvasError(str(error), line=error.line, expected="JSON") from error
    return parsed


def _read_values(values: list[object], before: Canvas | None) -> ParsedReply:
    def read_text(text: str) -> ParsedReply:
        return read_canvas(text, before) if len(text) < MAX_TEXT_CHARS else parse_reply(text, before)

    if len(values) > 1 and any(tool_call(value) is not None for value in values):
        return read_data([value for value in values if tool_call(value) is not None], read_text)
    refused: CanvasError | None = None
    for value in reversed(values):
        try:
            return read_text(value) if isinstance(value, str) else read_data(value, read_text)
        except CanvasError as error:
            refused = refused or error
    assert refused is not None
    raise refused
