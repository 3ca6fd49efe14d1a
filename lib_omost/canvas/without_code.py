"""A canvas that a reply describes without code: between tags, in a table, or as an outline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lib_omost.canvas.build import build_region, build_whole, whole_reply
from lib_omost.canvas.described import LOCAL_NAMES
from lib_omost.canvas.elements import between_tags
from lib_omost.canvas.fields import bind_object
from lib_omost.canvas.limits import MAX_CALLS_TRIED
from lib_omost.canvas.model import Canvas, Region
from lib_omost.canvas.outline import outlined
from lib_omost.canvas.parts import Part
from lib_omost.canvas.report import Correction, ParsedReply, Reports
from lib_omost.canvas.table import tabled
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS

READ = "the reply is no code; what it describes was read"
_MAY_BE = re.compile(r"(?i:location|position|placement|\bplace|box|coord|\bpos\b|xyxy|xywh)")
_WHOLE = re.compile(r"\b(?:global|whole|overall|entire|scene|canvas|general)\b", re.IGNORECASE)
_LOCAL = re.compile(r"\b(?:local|region|object|element|layer|subject|area|part|item)s?\b", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:(?:local|the|add)[ _])*(?:region|object|element|layer|subject|area|part|item|description)s?"
    r"[ _#]{0,2}(?:\d{1,3}|[A-Z]\b)?"
    r"[ \t]*(?:[:.)–—-]|$)|\d{1,3}[.):]",
    re.IGNORECASE,
)


def read_parts_of(text: str) -> ParsedReply | None:
    """The canvas that a text describes between tags, in a table or as an outline; None where it describes none."""
    if not _MAY_BE.search(text):
        return None
    found = (read_described_parts(read(text)) for read in (between_tags, _with_whole, outlined))
    return next((parsed for parsed in found if parsed is not None and parsed.canvas is not None), None)


def _with_whole(text: str) -> list[Part]:
    """The rows of a text's tables, and what lines before them say of the whole."""
    rows = tabled(text)
    head = "\n".join(text.split("\n")[: rows[0].line - 1]) if rows else ""
    return [part for part in outlined(head) if not part.has_place][:1] + rows


def read_described_parts(parts: Sequence[Part]) -> ParsedReply | None:
    """A canvas of parts; None where not one of them has a place and a description."""
    wholes: list[Part] = []
    locals_: list[Part] = []
    for part in parts:
        is_whole = not part.has_place and (not _LOCAL.search(part.title) or _WHOLE.search(part.title)) and not wholes
        if is_whole and part.fields.keys() & {"description", "name"}:
            wholes.append(part)
        elif part.has_place or "description" in part.fields:
            locals_.append(part)
    if not any(part.has_place and (len(part.fields) > 1 or part.title) for part in locals_):
        return None
    reports = Reports()
    whole: Canvas | None = None
    for part in wholes:
        reports.correct(part.line, READ)
        whole = build_whole(bind_object(_own(part.fields), GLOBAL_FIELDS, part.line, reports), part.line, reports)
    regions = [region for part in locals_[:MAX_CALLS_TRIED] if (region := _region(part, reports)) is not None]
    if len(locals_) > MAX_CALLS_TRIED:
        reports.problem(locals_[MAX_CALLS_TRIED].line, f"parts beyond the first {MAX_CALLS_TRIED} were left out")
    read = whole_reply(whole, regions, reports)
    if wholes or read.canvas is None:
        return read
    line = locals_[0].line
    return ParsedReply(read.canvas, (Correction(line, READ), *read.corrections), read.problems)


def _region(part: Part, reports: Reports) -> Region | None:
    fields = dict(part.fields)
    title = _NUMBERED.sub("", part.title).strip()
    if "description" not in fields and "name" not in fields and title:
        fields["name"] = title
    return build_region(bind_object(fields, LOCAL_NAMES, part.line, reports), part.line, reports)


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the whole: its name is its description where it has no other."""
    return {"description": fields.get("name")} | {name: value for name, value in fields.items() if name != "name"}
