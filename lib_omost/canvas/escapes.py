"""Takes a reply out of the escapes that it was copied in: HTML's, Markdown's, those of JSON strings."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import unquote, unquote_plus

from lib_omost.canvas.lines import Line, readable
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, PEOPLES_LOCAL_FIELDS

MOST_UNESCAPED = 3  # a JSON string within a JSON string within an answer

ENTITY = re.compile(r"[=\[(,]\s*&(?i:quot|apos|#0?39|#x27|#34);")
BREAKS = re.compile(r"(?i:(?:\bCanvas\(\)|(?:set|add)_\w{2,40}\()\s*<br\s?/?>)")
_BREAK = re.compile(r"(?i:<br\s?/?>)[ \t]?")
PERCENT = re.compile(r"(?i:(?:set|add)_\w{2,40}%28)")
_DOUBLE = re.compile(r'(?<!")(?:""(?:"")?)(?!")')
MARKDOWN = re.compile(r"(?i:set|add)\\_(?i:global|local)")
_MARKDOWN_ESCAPE = re.compile(r"\\([_*\[\]#`~>=+.!|{}-])")
_FIELD = "(?:" + "|".join(sorted(set(GLOBAL_FIELDS + PEOPLES_LOCAL_FIELDS))) + ")"
DOUBLED = re.compile(rf"\b{_FIELD}\s?=\s?\[?\s?\"\"[^\s\",)\]}}]")  # no text that is quoted once has that in it
_NEWLINE = r"(?<!\\)\\{1,8}n"
ESCAPED = re.compile(
    rf"Canvas\s?\(\)\s?{_NEWLINE}|[(,]\s?{_NEWLINE}\s*{_FIELD}\s?="
    rf"|{_NEWLINE}\s*\w{{0,60}}\.?(?i:set|add)_\w{{1,40}}\(|{_FIELD}\s?=\s?\\{{1,8}}\""
)
_JSON_STRING = re.compile(r'(?<!\\)"(?:[^"\\]|\\.)*(?:"|$)')
_ESCAPES = {"n": "\n", "r": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}


def without_entities(lines: list[Line]) -> tuple[list[Line], int]:
    first = next((line.number for line in lines if ENTITY.search(line.text)), 0)
    return ([Line(html.unescape(line.text), line.number) for line in lines] if first else lines), first


def at_breaks(lines: list[Line]) -> tuple[list[Line], int]:
    """Lines that HTML's <br> ends, in code as a web page shows it."""
    first = next((line.number for line in lines if BREAKS.search(line.text)), 0)
    if not first:
        return lines, 0
    parts = ((part, line.number) for line in lines for part in _BREAK.sub("\n", line.text).rstrip("\n").split("\n"))
    return [Line(text, number) for text, number in parts], first


def without_percents(lines: list[Line]) -> tuple[list[Line], int]:
    """Code out of a web address; a plus is a blank there, where no blank is written otherwise."""
    changed: list[Line] = []
    first = 0
    for line in lines:
        if not PERCENT.search(line.text):
            changed.append(line)
            continue
        first = first or line.number
        text = unquote_plus(line.text) if " " not in line.text and "%20" not in line.text else unquote(line.text)
        changed += [Line(part, line.number) for part in readable(text).replace("\r\n", "\n").split("\n")]
    return changed, first


def without_doubled(lines: list[Line]) -> tuple[list[Line], int]:
    """Code out of a field of CSV, where each quote is doubled; a pair with nothing in it is an empty text."""
    first = next((line.number for line in lines if DOUBLED.search(line.text)), 0)
    if not first:
        return lines, 0

    def single(match: re.Match[str]) -> str:
        before, behind = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :].lstrip()[:1]
        is_empty = before in ("=", "[", "(", ",") and behind in ("", ",", ")", "]") and len(match[0]) == 2
        return match[0] if is_empty else match[0][::2]

    return [Line(_DOUBLE.sub(single, line.text), line.number) for line in lines], first


def without_markdown(lines: list[Line]) -> tuple[list[Line], int]:
    first = next((line.number for line in lines if MARKDOWN.search(line.text)), 0)
    if not first:
        return lines, 0
    return [Line(_MARKDOWN_ESCAPE.sub(r"\1", line.text), line.number) for line in lines], first


def unescaped(lines: list[Line]) -> tuple[list[Line], int]:
    """Code that stands in JSON strings, or is escaped as if it did, such as an infotext's value."""
    changed: list[Line] = []
    first = 0
    for line in lines:
        parts = [line.text]
        for _ in range(MOST_UNESCAPED):
            if not any(ESCAPED.search(part) for part in parts):
                break
            first = first or line.number
            parts = [new for part in parts for new in (_decoded(part) if ESCAPED.search(part) else [part])]
        changed += [Line(text, line.number) for part in parts for text in part.split("\n")]
    return changed, first


def _decoded(text: str) -> list[str]:
    """A line with the JSON strings in it that hold code decoded, each on lines of its own; else decoded as a whole."""
    parts: list[str] = []
    place = 0
    for match in _JSON_STRING.finditer(text):
        if ESCAPED.search(match[0]):
            parts += [text[place : match.start()], _json_text(match[0][1:].removesuffix('"'))]
            place = match.end()
    return [*parts, text[place:]] if parts else [_json_text(text)]


def _json_text(content: str) -> str:
    try:
        decoded = json.loads(f'"{content}"')
    except ValueError:
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), content)
    return readable(str(decoded).replace("\r\n", "\n").replace("\r", "\n"))
