"""Takes a reply out of what it was copied in: quote marks, diffs, escapes, JSON strings, one long line, thinking.

Every line keeps the number that it had in the text as it was given.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from lib_omost.canvas.invisible import INVISIBLE
from lib_omost.canvas.turn_tokens import TAKEN_OUT, TURN_TOKEN, without_turn_tokens
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, PEOPLES_LOCAL_FIELDS
from lib_omost.errors import has_halves

CALL = r"(?:\w{1,60}\s?\.\s?)?(?i:set|add)_?\w{3,40}\s?[(（]"
_CALLS = re.compile(rf"(?<!\w){CALL}|(?<!\w)Canvas\s?[(（]")
MOST_UNESCAPED = 3  # a JSON string within a JSON string within an answer


class Line(NamedTuple):
    """A line of text and its 1-based number in the text as it was given."""

    text: str
    number: int


Step = Callable[[list[Line]], tuple[list[Line], int]]  # → the lines, and the number of the first that was changed, or 0


class Lines:
    """Turns places in a text into 1-based lines of the text that it came from.

    `numbers` are those of its lines, None where it is that text itself.
    """

    def __init__(self, text: str, numbers: Sequence[int] | None = None) -> None:
        self._numbers = numbers
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __call__(self, place: int) -> int:
        line = bisect_right(self._starts, place)
        return line if self._numbers is None else self._numbers[min(line, len(self._numbers)) - 1]


@dataclass(frozen=True)
class Unwrapped:
    """`text` without its wrappings; `lines` finds a place of it in what was given.

    `corrections` are (line, what was taken off). `thinking` is where thoughts of the model were blanked out: how many
    calls stood there, and whether their end is missing.
    """

    text: str
    lines: Lines
    corrections: tuple[tuple[int, str], ...] = ()
    calls_in_thinking: int = 0
    still_thinking: bool = False


def unwrapped(text: str) -> Unwrapped:
    """The code of a reply, whatever it was copied in. Takes time in proportion to the length."""
    corrections: list[tuple[int, str]] = []
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    readable = _readable(text)
    if readable != text:
        corrections.append((1, "replaced characters that cannot be read"))
    visible = INVISIBLE.sub("", readable.removeprefix("\ufeff"))
    if len(visible) < len(readable.removeprefix("\ufeff")):
        first = INVISIBLE.search(readable.removeprefix("\ufeff"))
        assert first is not None
        corrections.append((readable.count("\n", 0, first.start()) + 1, "took out characters that cannot be seen"))
    if (told := TURN_TOKEN.search(visible)) is not None:
        corrections.append((visible.count("\n", 0, told.start()) + 1, TAKEN_OUT))
        visible = without_turn_tokens(visible)
    numbers: list[int] | None = None
    for may_be, step, what in _STEPS if _CALLISH.search(visible) is not None else ():
        if not may_be(visible):
            continue
        numbered = (
            enumerate(visible.split("\n"), 1) if numbers is None else zip(numbers, visible.split("\n"), strict=True)
        )
        lines, first_changed = step([Line(line, number) for number, line in numbered])
        if first_changed:
            visible, numbers = "\n".join(line.text for line in lines), [line.number for line in lines]
            corrections.append((first_changed, what))
    visible, calls, is_open = _without_thinking(visible)
    return Unwrapped(visible, Lines(visible, numbers), tuple(corrections), calls, is_open)


_CALLISH = re.compile(r"(?i:canvas|set|add)")


def _readable(text: str) -> str:
    """NUL and halves of surrogate pairs, which Python's parser does not take, become U+FFFD one by one."""
    if "\0" in text or has_halves(text):
        return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)
    return text


# Prefixes of lines


_QUOTED = re.compile(r"[ \t]{0,3}(?:>(?!>>)[ \t]?){1,8}")
_PROMPTED = re.compile(r"[ \t]{0,8}(?:>>>|\.\.\.:?|In \[\d{1,4}\]:)(?:[ \t]|$)")
_NUMBERED = re.compile(r"[ \t]{0,6}(\d{1,5})(?:[ \t]?[:|.)│][ \t]?|\t|[ \t]{1,4})|[ \t]{0,6}(\d{1,5})$")
_CHANGED = re.compile(r"[+-]|@@")
_DIFF_FENCE = re.compile(r"[ \t]{0,8}(?:```|~~~)[ \t]*(?:diff|patch)\b", re.IGNORECASE)
_FENCE = re.compile(r"[ \t]{0,8}(?:```|~~~)")


def _without(prefix: re.Pattern[str]) -> Step:
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


def _without_numbers(lines: list[Line]) -> tuple[list[Line], int]:
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


def _without_diff(lines: list[Line]) -> tuple[list[Line], int]:
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
            if any(_CALLS.search(line.text) for line in lines[start:place]):
                yield start, place
            start = None


# Escapes


_ENTITY = re.compile(r"[=\[(,]\s*&(?i:quot|apos|#0?39|#x27|#34);")
_MARKDOWN = re.compile(r"(?i:set|add)\\_(?i:global|local)")
_MARKDOWN_ESCAPE = re.compile(r"\\([_*\[\]#`~>=+.!|{}-])")
_FIELD = "(?:" + "|".join(sorted(set(GLOBAL_FIELDS + PEOPLES_LOCAL_FIELDS))) + ")"
_NEWLINE = r"(?<!\\)\\{1,8}n"
_ESCAPED = re.compile(
    rf"Canvas\s?\(\)\s?{_NEWLINE}|[(,]\s?{_NEWLINE}\s*{_FIELD}\s?="
    rf"|{_NEWLINE}\s*\w{{0,60}}\.?(?i:set|add)_\w{{1,40}}\(|{_FIELD}\s?=\s?\\{{1,8}}\""
)
_JSON_STRING = re.compile(r'(?<!\\)"(?:[^"\\]|\\.)*(?:"|$)')
_ESCAPES = {"n": "\n", "r": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}


def _without_entities(lines: list[Line]) -> tuple[list[Line], int]:
    first = next((line.number for line in lines if _ENTITY.search(line.text)), 0)
    return ([Line(html.unescape(line.text), line.number) for line in lines] if first else lines), first


def _without_markdown(lines: list[Line]) -> tuple[list[Line], int]:
    first = next((line.number for line in lines if _MARKDOWN.search(line.text)), 0)
    if not first:
        return lines, 0
    return [Line(_MARKDOWN_ESCAPE.sub(r"\1", line.text), line.number) for line in lines], first


def _unescaped(lines: list[Line]) -> tuple[list[Line], int]:
    """Code that stands in JSON strings, or is escaped as if it did, such as an infotext's value."""
    changed: list[Line] = []
    first = 0
    for line in lines:
        parts = [line.text]
        for _ in range(MOST_UNESCAPED):
            if not any(_ESCAPED.search(part) for part in parts):
                break
            first = first or line.number
            parts = [new for part in parts for new in (_decoded(part) if _ESCAPED.search(part) else [part])]
        changed += [Line(text, line.number) for part in parts for text in part.split("\n")]
    return changed, first


def _decoded(text: str) -> list[str]:
    """A line with the JSON strings in it that hold code decoded, each on lines of its own; else decoded as a whole."""
    parts: list[str] = []
    place = 0
    for match in _JSON_STRING.finditer(text):
        if _ESCAPED.search(match[0]):
            parts += [text[place : match.start()], _json_text(match[0][1:].removesuffix('"'))]
            place = match.end()
    return [*parts, text[place:]] if parts else [_json_text(text)]


def _json_text(content: str) -> str:
    try:
        decoded = json.loads(f'"{content}"')
    except ValueError:
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), content)
    return _readable(str(decoded).replace("\r\n", "\n").replace("\r", "\n"))


# One long line


_CODE = re.compile(
    rf"(?<![\w.])(?:\w{{1,60}}\s?=\s?(?:\w{{1,60}}\.)?Canvas\s?\(|{CALL})|(?<=[\s,])(?:[a-z]+_)*[A-Za-z_]+\s?=\s?['\"\[\d]"
)
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|#")


def _one_line(lines: list[Line]) -> tuple[list[Line], int]:
    """Where a whole reply stands on one line, a `#` would hide what follows: code begins a new line there."""
    calls = [len(_CALLS.findall(line.text)) for line in lines]
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


# Thinking


_THINKING = re.compile(r"<(think|thinking|reasoning|thought)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)


def _without_thinking(text: str) -> tuple[str, int, bool]:
    """The text with thoughts blanked out, how many calls stood in them, and whether the last one has no end."""
    calls, is_open = 0, False

    def blank(match: re.Match[str]) -> str:
        nonlocal calls, is_open
        calls += len(_CALLS.findall(match[0]))
        is_open = not match[2]
        return re.sub(r"[^\n]", " ", match[0])

    return _THINKING.sub(blank, text), calls, is_open


def _has(pattern: str) -> Callable[[str], bool]:
    """Whether a text may need a step: what the step looks for, seen without looking at every line."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: compiled.search(text) is not None


def _has_calls_on_a_line(text: str) -> bool:
    """Do two calls, or a call and a comment, stand on one line?"""
    before = -1
    for match in _CALLS.finditer(text):
        line_end = text.find("\n", match.end())
        if match.start() < before and "#" in text[text.rfind("\n", 0, match.start()) + 1 : before]:
            return True
        before = line_end if line_end >= 0 else len(text)
    return False


_STEPS: tuple[tuple[Callable[[str], bool], Step, str], ...] = (
    (_has(r"^[ \t]{0,3}>"), _without(_QUOTED), "took the quote marks off the lines"),
    (_has(r"^[ \t]{0,8}(?:>>>|\.\.\.|In \[)"), _without(_PROMPTED), "took the prompts off the lines"),
    (_has(r"^[ \t]{0,6}\d"), _without_numbers, "took the numbers off the lines"),
    (
        _has(r"^(?:[+-]|@@|[ \t]{0,8}[`~]{3}[ \t]*(?:diff|patch))"),
        _without_diff,
        "read the lines that a diff adds and keeps",
    ),
    (_has(_ENTITY.pattern), _without_entities, "replaced HTML entities by their characters"),
    (_has(_MARKDOWN.pattern), _without_markdown, "took off the backslashes of Markdown"),
    (_has(_ESCAPED.pattern), _unescaped, "read escaped text as the code that it stands for"),
    (_has_calls_on_a_line, _one_line, "ended comments where code goes on in the same line"),
)
