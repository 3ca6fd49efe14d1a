"""A canvas from whatever holds one: a reply, a chat, canonical code, or JSON."""

from __future__ import annotations

import json

from lib_omost.canvas.json_form import canvas_from_json
from lib_omost.canvas.parse import parse_reply
from lib_omost.canvas.report import ParsedReply
from lib_omost.errors import CanvasError


def read_canvas(text: str) -> ParsedReply:
    """The canvas of `text` with what was put right; a text that begins with { is JSON as `canvas_to_json` gives it.

    Raises CanvasError, with its line or field, for JSON that is none or holds no canvas; other texts never raise.
    """
    if not text.lstrip().startswith("{"):
        return parse_reply(text)
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise CanvasError(error.msg, line=error.lineno, expected="JSON") from error
    except RecursionError as error:
        raise CanvasError("the JSON is nested too deeply", line=1, expected="a canvas") from error
    return ParsedReply(canvas_from_json(data))
