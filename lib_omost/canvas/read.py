"""A canvas from whatever holds one: a reply, a chat, canonical code, or JSON of this program and others."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lib_omost.canvas.foreign import read_data, read_pieces
from lib_omost.canvas.lenient_json import NoJsonError, read_json, set_off_values, values_in_prose
from lib_omost.canvas.limits import MAX_TEXT_CHARS
from lib_omost.canvas.mended_json import mended_json
from lib_omost.canvas.model import Canvas
from lib_omost.canvas.parse import parse_reply
from lib_omost.canvas.report import Correction, ParsedReply
from lib_omost.canvas.streamed import calls_between_tags, joined_stream
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
    if not is_json and _CODE.search(inner) and not inner.startswith("data:"):
        parsed = parse_reply(text, before)
        if parsed.canvas is not None:
            return parsed
    try:
        found = _read_json(text, inner, before)
    except CanvasError:
        parsed = parse_reply(text, before)
        if is_json or parsed.canvas is None:
            raise
        return parsed
    if found is not None:
        return found
    return _no_json(text, inner, before) if is_json else parse_reply(text, before)


def _read_json(text: str, inner: str, before: Canvas | None) -> ParsedReply | None:
    """The canvas of the JSON in a text, however near to JSON that is; None where there is none."""
    if (streamed := joined_stream(inner)) is not None:
        return read_canvas(streamed, before)
    values: list[Any] = [*calls_between_tags(inner)] or set_off_values(inner)
    if not values and (mended := mended_json(inner)) is not None:
        line = inner.count("\n", 0, mended.place) + text.count("\n", 0, text.find(inner[:1])) + 1
        what = "the JSON is cut off; what was complete is kept" if mended.is_cut else "read what is not quite JSON"
        parsed = _read_values([mended.value], before)
        return replace(parsed, corrections=(Correction(line, what), *parsed.corrections))
    values = values or values_in_prose(inner)
    return _read_values(values, before) if values else None


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


def _read_values(values: list[Any], before: Canvas | None) -> ParsedReply:
    def read_text(text: str) -> ParsedReply:
        return read_canvas(text, before) if len(text) < MAX_TEXT_CHARS else parse_reply(text, before)

    if len(values) > 1 and (parsed := read_pieces(values)) is not None:
        return parsed
    refused: CanvasError | None = None
    for value in reversed(values):
        try:
            return read_text(value) if isinstance(value, str) else read_data(value, read_text)
        except CanvasError as error:
            refused = refused or error
    assert refused is not None
    raise refused
