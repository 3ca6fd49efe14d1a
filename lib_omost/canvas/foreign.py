"""Canvases in the JSON of other programs: what they are told by, and how each becomes ours.

Known are this program's own form and its `parse`, ComfyUI_omost's conditioning (huchenlei/ComfyUI_omost), objects
with a global and local descriptions (comflowy-nodes, general models), tool calls, and the answers of chat APIs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lib_omost.canvas.build import WANTED
from lib_omost.canvas.comfyui_conditioning import read_conditioning
from lib_omost.canvas.described import built, plain_name, read_described, read_parts
from lib_omost.canvas.json_form import canvas_from_json, filled
from lib_omost.canvas.lenient_json import NoJsonError, read_json
from lib_omost.canvas.report import ParsedReply
from lib_omost.errors import CanvasError

DEEPEST = 6  # answers within answers
MOST_STRINGS = 2000

Text = Callable[[str], ParsedReply]  # reads a text that stands in the data

_INNER = (
    "canvas", "result", "arguments", "parameters", "input", "output", "data", "value", "calls",
    "candidates", "content", "parts",
)  # fmt: skip
_CALL_KEYS = ("function", "functionCall", "function_call")
_NAME_KEYS = ("name", "function", "method", "action", "tool", "call", "type")
_ARGUMENT_KEYS = ("arguments", "parameters", "input", "args", "params", "kwargs")
_PARTS = re.compile("global|local|region", re.IGNORECASE)
_PLACES = {"location", "area", "bbox", "box", "freerect", "rect", "position"}
_CALLS = re.compile(r"set_?global_?description|add_?local_?description", re.IGNORECASE)
_CONDITIONING = re.compile(r"""\s*[\[{](?=[^\x00]{0,4000}"prefixes"\s{0,8}:)""")


def read_data(data: object, read_text: Text, depth: int = 0) -> ParsedReply:
    """The canvas that JSON data holds. Raises CanvasError, with what was seen and what is wanted, if it has none."""
    if depth < DEEPEST:
        for whole in (_own, read_conditioning, read_described, _tool_calls, _listed):
            if (parsed := whole(data)) is not None:
                return parsed
        for around in (_answer, _inner, _any_text):
            if (parsed := around(data, read_text, depth)) is not None:
                return parsed
    raise CanvasError(f"this JSON is no canvas: it is {_seen(data)}", line=1, expected=WANTED)


def _seen(data: object) -> str:
    if isinstance(data, Mapping):
        keys = ", ".join(str(key)[:40] for key in list(data)[:6])
        return f"an object with {keys}" if keys else "an empty object"
    return f"a list of {len(data)} values" if isinstance(data, list) else f"a {type(data).__name__}"


def _own(data: object) -> ParsedReply | None:
    if not isinstance(data, Mapping) or not {"description", "color_name", "regions"} <= data.keys():
        return None
    try:
        return ParsedReply(canvas_from_json(filled(data)))
    except CanvasError:
        return None  # edited by hand: read as any other object


def _tool_calls(data: object) -> ParsedReply | None:
    """Calls as models with tools make them: OpenAI's, Anthropic's, and those written as text."""
    calls = data if isinstance(data, list) else [data]
    named = [call for item in calls if (call := tool_call(item)) is not None]
    wholes = [(name, arguments) for name, arguments in named if "global" in plain_name(name)]
    locals_ = [
        (f"{name} ({number})", arguments)
        for number, (name, arguments) in enumerate(named, 1)
        if "local" in plain_name(name) or "region" in plain_name(name)
    ]
    return built(wholes, locals_) if wholes or locals_ else None


def tool_call(item: object) -> tuple[str, object] | None:
    """Name and arguments of what is a tool call of the Canvas; None for anything else."""
    if not isinstance(item, Mapping):
        return None
    call = next((item[key] for key in _CALL_KEYS if isinstance(item.get(key), Mapping)), item)
    named = [key for key in _NAME_KEYS if isinstance(call.get(key), str) and _PARTS.search(call[key])]
    if not named:
        return None
    name = str(call[named[0]])
    arguments = next((call[key] for key in _ARGUMENT_KEYS if key in call), None)
    if arguments is None:
        beside = {key: value for key, value in call.items() if key not in named}
        return (name, beside) if "description" in beside else None
    if isinstance(arguments, str):
        try:
            arguments = read_json(arguments)
        except NoJsonError:
            return name, None
    return name, arguments


def read_pieces(values: Sequence[object]) -> ParsedReply | None:
    """One canvas whose parts are several values, such as a line of JSON each; None where that is not so."""
    if any(tool_call(value) is not None for value in values):
        return _tool_calls([value for value in values if tool_call(value) is not None])
    return read_parts(values) or _listed(list(values))


def _listed(data: object) -> ParsedReply | None:
    """A list of descriptions: one without a place is that of the whole."""
    if not isinstance(data, list) or not data or not all(isinstance(item, Mapping) for item in data):
        return None
    keys = [{plain_name(key) for key in item} for item in data]
    if not all("description" in each for each in keys):
        return None
    wholes = [number for number, each in enumerate(keys) if not each & _PLACES]
    if len(wholes) > 1 or len(wholes) == len(data):
        return None
    locals_ = [(f"[{number}]", item) for number, item in enumerate(data) if number not in wholes]
    return built([("the global description", data[number]) for number in wholes], locals_)


def _answer(data: object, read_text: Text, depth: int) -> ParsedReply | None:
    """The reply within the answer of a chat API, or the last one of a list of messages."""
    if isinstance(data, Mapping):
        inner = _message_in(data)
        if inner is not None:
            return read_data(inner, read_text, depth + 1)
        text = next((data[key] for key in ("content", "response", "text") if isinstance(data.get(key), str)), "")
        return read_text(text) if _CALLS.search(text) or text.lstrip()[:1] in ("{", "[") else None
    if not isinstance(data, list) or not data or not _is_chat(data):
        return None
    parts = [str(item["text"]) for item in data if isinstance(item.get("text"), str)]
    if parts:
        return read_text("\n".join(parts))
    replies = [item for item in data if item.get("role") in ("assistant", "model", None)]
    return read_data(replies[-1], read_text, depth + 1) if replies else None


def _message_in(data: Mapping[str, Any]) -> object:
    """The message that an answer is wrapped around; None when it has none."""
    choices = data.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0].get("message", choices[0])
    for key in ("messages", "message", "output", "content"):
        value = data.get(key)
        is_call = isinstance(value, list) and any(tool_call(item) is not None for item in value)
        if isinstance(value, (Mapping, list)) and value and (is_call or _is_chat(value)):
            return value
    calls = data.get("tool_calls")
    return calls if isinstance(calls, list) and calls else None


def _is_chat(value: Mapping[str, Any] | list[Any]) -> bool:
    if isinstance(value, Mapping):
        return "content" in value or "tool_calls" in value
    return all(isinstance(item, Mapping) and ("role" in item or "text" in item or "content" in item) for item in value)


def _inner(data: object, read_text: Text, depth: int) -> ParsedReply | None:
    if not isinstance(data, Mapping):
        return None
    for key in _INNER:
        value = data.get(key)
        if isinstance(value, (Mapping, list)) and value:
            try:
                return read_data(value, read_text, depth + 1)
            except CanvasError:
                continue
    return None


def _any_text(data: object, read_text: Text, _depth: int) -> ParsedReply | None:
    """The last text anywhere in the data that holds calls or a conditioning, as workflows of other programs do."""
    found = None
    waiting = [data]
    for _ in range(MOST_STRINGS):
        if not waiting:
            break
        value = waiting.pop()
        if isinstance(value, str) and (_CALLS.search(value) or _CONDITIONING.match(value)):
            found = value
            break
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return None if found is None else read_text(found)
