"""Regions that stand in an outline: YAML, or Markdown's headings and lists, a field a line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from lib_omost.canvas.mended_json import mended_list
from lib_omost.canvas.parts import PLACES, Part, named, unquoted

MOST_LINES = 3000

_BULLET = r"(?:[-*•+–]|\d{1,3}[.)])[ \t]+"
_FIELD = re.compile(
    rf"(?P<indent>[ \t]*)(?P<bullet>{_BULLET})*(?:\*\*|__|`|\")?(?P<key>[A-Za-z][\w /()-]{{0,40}}?)"
    r"(?:\*\*|__|`|\")?[ \t]*[:：=](?:\*\*|__)?(?!//)[ \t]*(?P<value>.*)"
)
_ITEM = re.compile(rf"(?P<indent>[ \t]*)(?:{_BULLET})(?P<value>\S.*)")
_HEADING = re.compile(
    r"[ \t]{0,3}(?:\#{1,6}[ \t]+(?P<title>.+)|(?:\d{1,3}[.)][ \t]+|[-*][ \t]+)?\*\*(?P<bold>[^*]{1,80})\*\*:?"
    r"|\[{1,2}(?P<table>[\w. -]{1,60})\]{1,2})[ \t]*"
)
_NEXT = re.compile(r"[,;|][ \t]{0,4}(?:\*\*|\")?(?P<key>[A-Za-z][\w /-]{0,40}?)(?:\*\*|\")?[ \t]?[:：=]")
_FLOW = re.compile(rf"[ \t]*(?:{_BULLET})?(?:[A-Za-z][\w ]{{0,40}}:[ \t]*)?(\{{[^{{}}]*:[^{{}}]*\}}),?[ \t]*")
_WHOLE = re.compile(r"\b(?:global|whole|overall|scene)", re.IGNORECASE)
_BLOCK = re.compile(r"[|>][+-]?\d?")
_SECTION = re.compile(
    r"(?:(?:the|set|add)[ _])?(?:global|whole|overall|scene|canvas|local|region|object|element|layer|subject|part|item)"
    r"s?(?:[ _]?(?:descriptions?|regions?|scene|picture))?[ _#]{0,2}(?:\d{1,3}|[a-z])?",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[ \t]{0,3}(?:```|~~~|---+[ \t]*$|\.\.\.[ \t]*$)")


def outlined(text: str) -> list[Part]:
    """The parts that a text's lines describe; many have no field of ours."""
    reader = _Outline()
    for number, line in enumerate(text.split("\n", MOST_LINES)[:MOST_LINES], 1):
        reader.take(number, line)
    return reader.parts


class _Outline:
    """One walk through the lines; what is gathered is the last value that was begun."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.field = ""  # whose value goes on
        self.indent = 0  # of that field's line
        self.is_block = False

    def take(self, number: int, line: str) -> None:
        if _ENDS.match(line):
            self.field = ""
            return
        if not line.strip() or (line.lstrip().startswith("# ") and line[:1] in " \t"):
            return
        heading = _HEADING.fullmatch(line)
        title = (heading["title"] or heading["bold"] or heading["table"]) if heading is not None else ""
        if title and (heading is None or heading["table"] or named(title) in (None, "name")):
            self.begin(number, unquoted(title))
            return
        if self.field and self.goes_on(line):
            return
        if (flow := _FLOW.fullmatch(line)) is not None and isinstance(data := mended_list(flow[1]), dict):
            self.begin(number, "")
            self.parts[-1].fields = {named(str(key)) or str(key): value for key, value in data.items()}
            return
        if len(pieces := _pieces(line)) > 1:
            self.begin(number, "")
            for piece in pieces:
                self.take_line(number, piece)
            self.field = ""
            return
        self.take_line(number, line)

    def take_line(self, number: int, line: str) -> None:
        match = _FIELD.fullmatch(line)
        if match is None or (name := named(match["key"])) is None or (name == "name" and not match["value"].strip()):
            self.take_other(number, match)
            return
        self.take_field(number, name, match)

    def begin(self, number: int, title: str) -> None:
        self.parts.append(Part(number, title))
        self.field = ""

    def take_other(self, number: int, match: re.Match[str] | None) -> None:
        """A line that is no field of ours: `Region 2:` begins a part; a key beside fields is kept, to be named."""
        was = self.field
        self.field = ""
        if match is None:
            return
        if _SECTION.fullmatch(match["key"].strip()):
            self.begin(number, match["key"].strip())
            if match["value"].strip():
                self.parts[-1].fields["name"] = unquoted(match["value"])
        elif was and _column(match) == self.indent and match["value"].strip():
            self.field = was
            self.parts[-1].fields.setdefault(match["key"].strip(), unquoted(match["value"]))

    def take_field(self, number: int, name: str, match: re.Match[str]) -> None:
        value = match["value"].strip()
        last = self.parts[-1] if self.parts else Part(number)
        is_of_whole = name in PLACES and match["bullet"] and last.fields and _WHOLE.search(last.title)
        if not self.parts or is_of_whole or name in last.fields or (name == "name" and last.fields):
            self.begin(number, "")
        self.field, self.indent, self.is_block = name, _column(match), _BLOCK.fullmatch(value) is not None
        self.parts[-1].fields[name] = "" if self.is_block else _value(value)

    def goes_on(self, line: str) -> bool:
        """Does a line belong to the value before it: an item of a list, or more words of a text?"""
        fields = self.parts[-1].fields
        before = fields[self.field]
        indent = len(line) - len(line.lstrip())
        item = _ITEM.fullmatch(line)
        if item is not None and not self.is_block and (before == "" or isinstance(before, list)):
            inner = _FIELD.fullmatch(item["value"])
            is_field = inner is not None and named(inner["key"]) is not None
            if is_field or indent < self.indent - 1:
                return False
            fields[self.field] = [*(before or []), unquoted(item["value"])]
            return True
        if indent <= self.indent or not isinstance(before, str) or (before and not self.is_block and _is_field(line)):
            return False
        if not before and not self.is_block and _is_field(line):
            return False
        fields[self.field] = f"{before} {unquoted(line)}".strip()
        return True


def _pieces(line: str) -> list[str]:
    """A line with several fields on it, parted: `Location: on the left, Color: red`."""
    places = [match.start() for match in _NEXT.finditer(line) if named(match["key"]) not in (None, "name")]
    if not places or not (
        _is_field(line) or _SECTION.fullmatch(re.split("[:：=]", line, maxsplit=1)[0].strip(" \t-*"))
    ):
        return [line]
    edges = [0, *places, len(line)]
    return [line[start:end].strip(" \t,;|") for start, end in pairwise(edges)]


def _column(match: re.Match[str]) -> int:
    """Where a field's name begins on its line."""
    return len(match["indent"]) + len(match["bullet"] or "")


def _is_field(line: str) -> bool:
    match = _FIELD.fullmatch(line)
    return match is not None and named(match["key"]) is not None


def _value(text: str) -> Any:
    """A value on its line: a list in brackets, or a text."""
    if text[:1] in "[{" and text[-1:] in "]}" and text:
        return mended_list(text)
    return unquoted(text)
