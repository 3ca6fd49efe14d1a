"""Objects with a global and local descriptions as a canvas: comflowy-nodes' JSON, general models', tool calls'."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lib_omost.canvas.build import build_region, build_whole, whole_reply
from lib_omost.canvas.fields import bind_object, known_field
from lib_omost.canvas.model import Canvas, Region
from lib_omost.canvas.rects import BOXES, SIDES
from lib_omost.canvas.remarks import REMARK_FIELDS, remarks_from_json
from lib_omost.canvas.report import ParsedReply, Reports
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, PEOPLES_LOCAL_FIELDS

LOCAL_NAMES = (*PEOPLES_LOCAL_FIELDS, *BOXES, *SIDES)

_WHOLE = {"globaldescription", "global", "setglobaldescription", "whole", "scene", "caption"}
_LOCALS = {"localdescriptions", "localdescription", "locals", "local", "regions", "addlocaldescription"} | {
    "objects",
    "elements",
    "layers",
    "items",
}
_NUMBERED = re.compile(r"(?:(?:add)?local(?:description)?|region|object|element|layer)?(\d{1,3})")


def plain_name(key: object) -> str:
    """The letters and digits of a key, in lower case."""
    return re.sub(r"[^a-z0-9]", "", str(key)[:60].lower())


def read_described(data: object) -> ParsedReply | None:
    """An object that has a global description, local ones, or both."""
    if not isinstance(data, Mapping):
        return None
    locals_ = list(_local_parts(data))
    whole = next((value for key, value in data.items() if plain_name(key) in _WHOLE), None)
    if whole is None and locals_:
        whole = data.get("background")
    if whole is None and "description" in data and ("regions" in data or "color_name" in data or locals_):
        whole = {key: value for key, value in data.items() if plain_name(key) not in _LOCALS}
    if whole is None and not locals_:
        return None
    return built([] if whole is None else [("the global description", whole)], locals_)


def read_parts(values: Sequence[object]) -> ParsedReply | None:
    """One canvas of objects that have a part of it each; None where one has none or all, or several have a whole."""
    wholes: list[tuple[str, object]] = []
    locals_: list[tuple[str, object]] = []
    for value in values:
        own = list(_local_parts(value)) if isinstance(value, Mapping) else []
        whole = [each for key, each in value.items() if plain_name(key) in _WHOLE] if isinstance(value, Mapping) else []
        if isinstance(value, Mapping) and not own and not whole and _is_region(value):
            own = [(f"[{len(locals_)}]", value)]
        if bool(own) == bool(whole):
            return None
        wholes += [("the global description", each) for each in whole]
        locals_ += own
    return built(wholes, locals_) if len(wholes) < 2 else None


def _is_region(data: Mapping[str, Any]) -> bool:
    """Whether an object is a local description by itself: it has a place and a description."""
    fields = {known_field(str(key), LOCAL_NAMES) for key in data}
    return bool(fields & {"location", *BOXES}) and bool(fields & {"description", "name"})


def _local_parts(data: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Where each local description stands, and what it is: of a list, of an object, or under numbered names."""
    for key, value in data.items():
        if plain_name(key) in _LOCALS and isinstance(value, list):
            yield from ((f"{key}[{number}]", item) for number, item in enumerate(value))
        elif plain_name(key) in _LOCALS and isinstance(value, Mapping):
            if "description" in value:
                yield str(key), value
            else:
                yield from ((f"{key}.{name}", item) for name, item in value.items())
        elif _NUMBERED.fullmatch(plain_name(key)) and isinstance(value, Mapping):
            yield str(key), value


def built(wholes: Sequence[tuple[str, object]], locals_: Sequence[tuple[str, object]]) -> ParsedReply:
    """Global and local descriptions, each with where it stands, as a canvas."""
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
