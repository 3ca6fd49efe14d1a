"""The Canvas as a JSON schema, for servers that hold replies to one, and the way back from such a reply."""

from __future__ import annotations

import json
import re
from typing import Any

from lib_omost.canvas import Canvas, Region, parse_reply
from lib_omost.canvas.limits import MAX_REGIONS, MAX_TEXT_CHARS
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, GLOBAL_METHOD, LOCAL_FIELDS, LOCAL_METHOD
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.shape import (
    FARTHEST,
    NEAREST,
    Items,
    Kind,
    Name,
    Text,
    global_fields,
    local_fields,
    prose,
)
from lib_omost.errors import CanvasError
from lib_omost.grammar.lark import regex

_CLOSING = {"{": "}", "[": "]"}
_HINT = "Ask the model again, or choose another way to hold its replies."


def canvas_schema(bounds: Bounds) -> dict[str, Any]:
    """The schema of a reply: the fields of the two calls by their names, and `regions`, a list of local descriptions.

    Only what OpenAI's strict mode and llama.cpp's (so Ollama's) converter know is used; `distance_to_viewer` is a whole
    number, since some converters bound no other.
    """
    region = _object({name: _value(kind) for name, kind in local_fields(bounds)})
    least, most = bounds.regions
    fields = {name: _value(kind) for name, kind in global_fields(bounds)}
    return _object({**fields, "regions": {"type": "array", "items": region, "minItems": least, "maxItems": most}})


def regions_schema(bounds: Bounds, begun: str) -> dict[str, Any] | None:
    """The schema of the regions that are still to come behind `begun`, code that was cut off.

    None where JSON cannot go on from it: in the middle of a call, behind its fence, or with all regions there.
    """
    canvas = parse_reply(begun).canvas
    least, most = bounds.regions
    there = 0 if canvas is None else len(canvas.regions)
    if canvas is None or begun.splitlines()[-1].strip() != ")" or there >= most:
        return None
    region = _object({name: _value(kind) for name, kind in local_fields(bounds)})
    fields = {"type": "array", "items": region, "minItems": max(0, least - there), "maxItems": most - there}
    return _object({"regions": fields})


def canvas_from_schema_reply(text: str) -> Canvas:
    """The canvas in a reply that was held to `canvas_schema`, more or less: it is read as forgivingly as code is.

    Text around the object is left out, near-miss names are corrected, and of a reply that was cut off the complete
    regions are kept. Raises CanvasError when it holds no canvas.
    """
    data = _data(text)
    return _canvas(_call(GLOBAL_METHOD, GLOBAL_FIELDS, data), data)


def regions_from_schema_reply(text: str) -> tuple[Region, ...]:
    """The regions in a reply that was held to `regions_schema`, read in the same way. Raises CanvasError."""
    data = _data(text)
    if not isinstance(data.get("regions"), list):
        raise CanvasError("the reply holds no list of regions", expected="regions", hint=_HINT)
    return _canvas(_call(GLOBAL_METHOD, GLOBAL_FIELDS, {"description": "the canvas so far"}), data).regions


def close_json(text: str) -> str | None:
    """JSON that was cut off, as far as its last complete list item, with the brackets closed; None before the first.

    Whole JSON comes back as it is, without what follows it.
    """
    open_brackets: list[str] = []
    inside = escaped = False
    best: str | None = None
    for place, char in enumerate(text):
        if escaped:
            escaped = False
        elif inside:
            escaped, inside = char == "\\", char != '"'
        elif char == '"':
            inside = True
        elif char in _CLOSING:
            open_brackets.append(char)
        elif char in "}]":
            if not open_brackets or _CLOSING[open_brackets.pop()] != char:
                return best
            if not open_brackets:
                return text[: place + 1]
            if char == "}" and open_brackets == ["{", "["]:  # an object in a list of the outermost object
                best = text[: place + 1] + "".join(_CLOSING[each] for each in reversed(open_brackets))
    return best


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _value(kind: Kind) -> dict[str, Any]:
    if isinstance(kind, Text):
        return {"type": "string", "pattern": f"^{regex(prose(kind))}$"}
    if isinstance(kind, Items):
        return {"type": "array", "items": _value(kind.text), "minItems": kind.least, "maxItems": kind.most}
    if isinstance(kind, Name):
        return {"type": "string", "enum": list(kind.names)}
    return {"type": "integer", "minimum": NEAREST, "maximum": FARTHEST}


def _data(text: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT_CHARS:
        raise CanvasError(f"the reply has more than {MAX_TEXT_CHARS} characters", hint=_HINT)
    data = _object_in(text)
    if data is None:
        raise CanvasError("the reply holds no JSON object of a canvas", expected="an object", hint=_HINT)
    return data


def _canvas(global_call: str, data: dict[str, Any]) -> Canvas:
    regions = data.get("regions")
    calls = [
        _call(LOCAL_METHOD, LOCAL_FIELDS, region)
        for region in (regions if isinstance(regions, list) else [])[:MAX_REGIONS]
        if isinstance(region, dict)
    ]
    return parse_reply(f"canvas = Canvas()\n{global_call}{''.join(calls)}").require_canvas()


def _object_in(text: str) -> dict[str, Any] | None:
    """The JSON object in the text, without its unfinished end when it was cut off."""
    start = text.find("{")
    if start < 0:
        return None
    text = text[start:]
    closed = close_json(text) or ""
    without_regions = re.sub(r',\s*"regions"\s*:.*\Z', "}", text, count=1, flags=re.DOTALL)
    for candidate in (closed, close_json(closed[:-1]), without_regions):  # whole, up to its last region, none of them
        try:
            data = json.loads(candidate or "")
        except (ValueError, RecursionError):
            continue
        return data if isinstance(data, dict) else None
    return None


def _call(method: str, fields: tuple[str, ...], values: dict[str, Any]) -> str:
    """The values as a call of the Canvas language; other names are left out."""
    arguments = "".join(f"    {name}={values[name]!r},\n" for name in fields if name in values)
    return f"canvas.{method}(\n{arguments})\n"
