"""A reply that stands on one long line, in which a comment would hide what follows."""

from __future__ import annotations

import re

from lib_omost.canvas.lines import CALL, CALLS, Line

_CODE = re.compile(
    rf"(?<![\w.])(?:\w{{1,60}}\s?=\s?(?:\w{{1,60}}\.)?Canvas\s?\(|{CALL})|(?<=[\s,])(?:[a-z]+_)*[A-Za-z_]+\s?=\s?['\"\[\d]"
)
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|#")


def ended_comments(lines: list[Line]) -> tuple[list[Line], int]:
    """Where a whole reply stands on one line, a `#` would hide what follows: code begins a new line there."""
    calls = [len(CALLS.findall(line.text)) for line in lines]
    changed: list[Line] = []
    first = 0
    for line, count in zip(lines, calls, strict=True):
        whole = count > 2 or (count > 1 and count == sum(calls))
        if whole and "#" in line.text and (parts := _split_at_comments(line.text)):
            first = first or line.number
            changed += [Line(part, line.number) for part in parts]
        else:
            changed.append(line)
    return changed, first


def _split_at_comments(text: str) -> list[str]:
    parts: list[str] = []
    start = place = 0
    while match := _STRING.search(text, place):
        place = match.end()
        if match[0] != "#":
            continue
        code = _CODE.search(text, place)
        if code is None:
            break
        parts.append(text[start : code.start()])
        start = place = code.start()
    return [*parts, text[start:]] if parts else []


def has_calls_on_a_line(text: str) -> bool:
    """Do two calls, or a call and a comment, stand on one line?"""
    before = -1
    for match in CALLS.finditer(text):
        line_end = text.find("\n", match.end())
        if match.start() < before and "#" in text[text.rfind("\n", 0, match.start()) + 1 : before]:
            return True
        before = line_end if line_end >= 0 else len(text)
    return False
