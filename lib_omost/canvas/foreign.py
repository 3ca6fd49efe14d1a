"""Canvases in the JSON of other programs: what they are told by, and how each becomes ours.

Known are this program's own form and its `parse`, ComfyUI_omost's conditioning (huchenlei/ComfyUI_omost), objects
with a global and local descriptions (comflowy-nodes, general models), tool calls, and the answers of chat APIs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lib_omost.canvas.build import build_region, build_whole, without_global
from lib_omost.canvas.color_words import nearest_rgb
from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.fields import bind_object
from lib_omost.canvas.json_form import canvas_from_json, filled
from lib_omost.canvas.limits import MAX_CANVAS_CHARS, MAX_ITEMS, MAX_REGIONS
from lib_omost.canvas.model import WHOLE_GRID, Canvas, Rect, Region, text_size
from lib_omost.canvas.place import nearest_words
from lib_omost.canvas.rects import BOX
from lib_omost.canvas.remarks import REMARK_FIELDS, remarks_from_json
from lib_omost.canvas.report import ParsedReply, Reports
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, GRID, PEOPLES_LOCAL_FIELDS
from lib_omost.errors import CanvasError

LOCAL_NAMES = (*PEOPLES_LOCAL_FIELDS, BOX)
DEEPEST = 6  # answers within answers
MOST_STRINGS = 2000

Text = Callable[[str], ParsedReply]  # reads a text that stands in the data

_WHOLE = {"globaldescription", "global", "setglobaldescription", "whole", "scene"}
_LOCALS = {"localdescriptions", "localdescription", "locals", "local", "regions", "addlocaldescription"} | {
    "objects",
    "elements",
}
_NUMBERED = re.compile(r"(?:(?:add)?local(?:description)?|region|object|element|layer)?(\d{1,3})")
_INNER = ("canvas", "result", "arguments", "parameters", "input", "output", "data", "value")
_CALLS = re.compile(r"set_?global_?description|add_?local_?description", re.IGNORECASE)
_CONDITIONING = re.compile(r"""\s*[\[{](?=[^\x00]{0,4000}"prefixes"\s{0,8}:)""")
WANTED = "an object with description and regions, as this program writes it"


def read_data(data: object, read_text: Text, depth: int = 0) -> ParsedReply:
    """The canvas that JSON data holds. Raises CanvasError, with what was seen and what is wanted, if it has none."""
    if depth < DEEPEST:
        for reader in (_own, _conditioning, _described, _tool_calls, _answer, _inner, _any_text):
            parsed = reader(data, read_text, depth)
            if parsed is not None:
                return parsed
    raise CanvasError(f"this JSON is no canvas: it is {_seen(data)}", line=1, expected=WANTED)


def _seen(data: object) -> str:
    if isinstance(data, Mapping):
        keys = ", ".join(str(key)[:40] for key in list(data)[:6])
        return f"an object with {keys}" if keys else "an empty object"
    return f"a list of {len(data)} values" if isinstance(data, list) else f"a {type(data).__name__}"


def _plain(key: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(key)[:60].lower())


# This program's own form, and ComfyUI_omost's


def _own(data: object, _read_text: Text, _depth: int) -> ParsedReply | None:
    if not isinstance(data, Mapping) or not {"description", "color_name", "regions"} <= data.keys():
        return None
    try:
        return ParsedReply(canvas_from_json(filled(data)))
    except CanvasError:
        return None  # edited by hand: read as any other object


def _conditioning(data: object, _read_text: Text, _depth: int) -> ParsedReply | None:
    """A list of regions, each with its rectangle [top, bottom, left, right], path and sub-prompts, far to near."""
    items = data.get("regions") if isinstance(data, Mapping) else data
    if not isinstance(items, list) or not any(isinstance(item, Mapping) and "prefixes" in item for item in items):
        return None
    reports = Reports()
    whole: Canvas | None = None
    regions: list[Region] = []
    for number, item in enumerate(items):
        where = f"regions[{number}]"
        if not isinstance(item, Mapping) or not isinstance(item.get("prefixes"), list):
            reports.problem(1, f"{where} has no prefixes and was left out", "rect, prefixes, suffixes and color")
            continue
        prefixes = _texts(item["prefixes"]) or ("",)
        rect = _rect(item.get("rect"))
        details = _texts(item.get("suffixes"))[:MAX_ITEMS]
        color = _color(item.get("color"), where, reports)
        is_whole = item["distance_to_viewer"] is None if "distance_to_viewer" in item else len(prefixes) == 1
        if whole is None and not regions and (is_whole or rect == WHOLE_GRID):
            whole = Canvas(prefixes[-1], details, color_name=color)
            continue
        if rect is None:
            reports.correct(1, f"{where} has no rectangle that can be read; it takes the whole picture")
        location, offset, area = nearest_words(rect or WHOLE_GRID)
        far = _distance(item.get("distance_to_viewer"), float(max(1, len(items) - number)))
        regions.append(
            Region(location, offset, area, far, prefixes[-1], details, color_name=color, free_rect=rect or WHOLE_GRID)
        )
    return whole_reply(whole, regions, reports)


def _distance(value: object, otherwise: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= sys.float_info.max:
        return float(value)
    return otherwise


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _rect(value: object) -> Rect | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) < 10**6 for cell in value):
        return None
    rect = Rect(*(round(max(0, min(GRID, cell))) for cell in value))
    return rect if rect.top < rect.bottom and rect.left < rect.right else None


def _color(value: object, where: str, reports: Reports) -> str:
    """The nearest of the named colours; what is not exact is said."""
    numbers = [one for one in value if isinstance(one, (int, float))] if isinstance(value, list) else []
    if len(numbers) != 3 or not all(abs(one) < 10**6 for one in numbers):
        reports.correct(1, f"{where} has no colour that can be read; it takes gray")
        return "gray"
    name = nearest_rgb(numbers)
    if list(COLORS[name]) != numbers:
        reports.correct(1, f"{where}: read colour {numbers} as {name}, the nearest that has a name")
    return name


# A global and local descriptions


def _described(data: object, _read_text: Text, _depth: int) -> ParsedReply | None:
    if not isinstance(data, Mapping):
        return None
    whole = next((value for key, value in data.items() if _plain(key) in _WHOLE), None)
    locals_ = list(_local_parts(data))
    if whole is None and "description" in data and ("regions" in data or "color_name" in data or locals_):
        whole = {key: value for key, value in data.items() if _plain(key) not in _LOCALS}
    if whole is None and not locals_:
        return None
    return _built([] if whole is None else [("the global description", whole)], locals_)


def _local_parts(data: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Where each local description stands, and what it is: of a list, of an object, or under numbered names."""
    for key, value in data.items():
        if _plain(key) in _LOCALS and isinstance(value, list):
            yield from ((f"{key}[{number}]", item) for number, item in enumerate(value))
        elif _plain(key) in _LOCALS and isinstance(value, Mapping):
            if "description" in value:
                yield str(key), value
            else:
                yield from ((f"{key}.{name}", item) for name, item in value.items())
        elif _NUMBERED.fullmatch(_plain(key)) and isinstance(value, Mapping):
            yield str(key), value


def _built(wholes: Sequence[tuple[str, object]], locals_: Sequence[tuple[str, object]]) -> ParsedReply:
    reports = Reports()
    whole: Canvas | None = None
    regions: list[Region] = []
    for where, part in wholes:
        values = {"description": part} if isinstance(part, str) else part
        own = Reports()
        if not isinstance(values, Mapping):
            own.problem(1, "is no object and was left out", "an object with description, tags and so on")
        else:
            whole = build_whole(bind_object(values, GLOBAL_FIELDS, 1, own), 1, own) or whole
        _take(own, where, reports)
    for where, part in locals_:
        own = Reports()
        region = None
        if isinstance(part, Mapping):
            plain = {key: value for key, value in part.items() if key not in REMARK_FIELDS}
            region = _with_remarks(build_region(bind_object(plain, LOCAL_NAMES, 1, own), 1, own), part, own)
        else:
            own.problem(1, "is no object and was left out", "an object with location, area and description")
        _take(own, where, reports)
        if region is not None:
            regions.append(region)
    return whole_reply(whole, regions, reports)


def _with_remarks(region: Region | None, part: Mapping[Any, Any], reports: Reports) -> Region | None:
    """The region with what stands beside Omost's own fields; what is no value of it is named and left out."""
    for field in sorted(REMARK_FIELDS & part.keys()):
        try:
            region = region and replace(region, **remarks_from_json({field: part[field]}))
        except (TypeError, ValueError) as error:
            reports.problem(1, f"{field} was left out: {error}", "as this program writes it")
    return region


def _take(own: Reports, where: str, reports: Reports) -> None:
    """Reports of one part, each with the part's place in front."""
    for correction in own.corrections:
        reports.correct(correction.line, f"{where}: {correction.message}")
    for problem in own.problems:
        reports.problem(problem.line, f"{where}: {problem.message}", problem.expected)


def whole_reply(
    whole: Canvas | None, regions: list[Region], reports: Reports, absent: tuple[str, ...] = ()
) -> ParsedReply:
    """The canvas of a whole and its regions, as many as it holds; without a whole their descriptions stand for it."""
    kept = regions[:MAX_REGIONS]
    size = text_size(whole) if whole is not None else 0
    while kept and size + sum(map(text_size, kept)) > MAX_CANVAS_CHARS:
        kept.pop()
    if len(kept) < len(regions):
        what = f"a canvas holds {MAX_REGIONS} regions and {MAX_CANVAS_CHARS} characters"
        reports.problem(1, f"{what}; {len(regions) - len(kept)} regions were left out")
    canvas: Canvas | None = None
    if whole is not None and size <= MAX_CANVAS_CHARS:
        canvas = replace(whole, regions=tuple(kept))
    elif kept:
        reports.correct(1, "there is no global description; the regions' descriptions stand for it")
        canvas = replace(without_global(kept), absent=absent)
    elif not reports.problems:
        reports.problem(1, "nothing is described here", WANTED)
    return ParsedReply(canvas, tuple(reports.corrections), tuple(reports.all_problems()))


# Tool calls, answers of chat APIs, and other programs' files


def _tool_calls(data: object, _read_text: Text, _depth: int) -> ParsedReply | None:
    """Calls as models with tools make them: OpenAI's, Anthropic's, and those written as text."""
    calls = data if isinstance(data, list) else [data]
    named = [call for item in calls if (call := tool_call(item)) is not None]
    wholes = [(name, arguments) for name, arguments in named if "global" in _plain(name)]
    locals_ = [
        (f"{name} ({number})", arguments)
        for number, (name, arguments) in enumerate(named, 1)
        if "local" in _plain(name) or "region" in _plain(name)
    ]
    return _built(wholes, locals_) if wholes or locals_ else None


def tool_call(item: object) -> tuple[str, object] | None:
    """Name and arguments of what is a tool call of the Canvas; None for anything else."""
    if not isinstance(item, Mapping):
        return None
    call = item["function"] if isinstance(item.get("function"), Mapping) else item
    name = call.get("name")
    arguments = next((call[key] for key in ("arguments", "parameters", "input") if key in call), None)
    if not isinstance(name, str) or arguments is None or not re.search("global|local|region", name.lower()):
        return None
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return name, None
    return name, arguments


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
