"""Takes off what stands before every line where a reply was copied: quote marks, prompts, numbers, a diff's signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from lib_omost.canvas.lines import CALLS, Line, Step

QUOTED = re.compile(r"[ \t]{0,3}(?:(?:>(?!>>)|&gt;)[ \t]?){1,8}")
BARRED = re.compile(r"[ \t]{0,3}[|│┃][ \t]?")
PROMPTED = re.compile(r"[ \t]{0,8}(?:>>>|\.\.\.:?|In \[\d{1,4}\]:)(?:[ \t]|$)")
_NUMBERED = re.compile(r"[ \t]{0,6}(\d{1,5})(?:[ \t]?[:|.)│][ \t]?|\t|[ \t]{1,4})|[ \t]{0,6}(\d{1,5})$")
_CHANGED = re.compile(r"[+-]|@@")
_DIFF_FENCE = re.compile(r"[ \t]{0,8}(?:```|~~~)[ \t]*(?:diff|patch)\b", re.IGNORECASE)
_FENCE = re.compile(r"[ \t]{0,8}(?:```|~~~)")


def without(prefix: re.Pattern[str]) -> Step:
    """Take `prefix` off every run of lines that all begin with it and hold a call."""

    def step(lines: list[Line]) -> tuple[list[Line], int]:
        changed, first = list(lines), 0
        for start, end in _runs(lines, lambda line: prefix.match(line) is not None):
            for place in range(start, end):
                match = prefix.match(lines[place].text)
                changed[place] = Line(lines[place].text[match.end() if match else 0 :], lines[place].number)
            first = first or lines[start].number
        return changed, first

    return step


def without_numbers(lines: list[Line]) -> tuple[list[Line], int]:
    """Take line numbers off; they must count up one by one."""
    changed, first = list(lines), 0
    for start, end in _runs(lines, lambda line: _NUMBERED.match(line) is not None):
        matches = [match for line in lines[start:end] if (match := _NUMBERED.match(line.text))]
        numbers = [int(match[1] or match[2]) for match in matches]
        if len(numbers) < 3 or any(after != before + 1 for before, after in pairwise(numbers)):
            continue
        for place in range(start, end):
            match = _NUMBERED.match(lines[place].text)
            changed[place] = Line(lines[place].text[match.end() if match else 0 :], lines[place].number)
        first = first or lines[start].number
    return changed, first


def without_diff(lines: list[Line]) -> tuple[list[Line], int]:
    """What a diff leaves: the lines that are added or stay, in a block that says so or where all lines are marked."""
    changed, first = list(lines), 0
    inside = False
    for place, (text, number) in enumerate(lines):
        if _FENCE.match(text):
            inside = not inside and _DIFF_FENCE.match(text) is not None
        elif inside:
            changed[place] = Line(_after_diff(text), number)
            first = first or (number if changed[place].text != text else 0)
    for start, end in _runs(changed, lambda line: _CHANGED.match(line) is not None):
        if not any(line.text.startswith("+") for line in changed[start:end]):
            continue  # a list of items
        for place in range(start, end):
            changed[place] = Line(_after_diff(changed[place].text), changed[place].number)
        first = first or changed[start].number
    return changed, first


def _after_diff(line: str) -> str:
    if line.startswith(("-", "@@", "+++ ")):
        return ""
    return line[1:] if line[:1] in ("+", " ") else line


def _runs(lines: list[Line], belongs: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where lines stand together that all belong, or are blank, and hold a call."""
    start: int | None = None
    for place in range(len(lines) + 1):
        if place < len(lines) and (belongs(lines[place].text) or (start is not None and not lines[place].text.strip())):
            start = place if start is None else start
        elif start is not None:
            if any(CALLS.search(line.text) for line in lines[start:place]):
                yield start, place
            start = None
