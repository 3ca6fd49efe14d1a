"""Takes a reply out of what it was copied in: quote marks, diffs, escapes, JSON strings, one long line, thinking.

Every line keeps the number that it had in the text as it was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lib_omost.canvas.escapes import (
    BREAKS,
    DOUBLED,
    ENTITY,
    ESCAPED,
    MARKDOWN,
    PERCENT,
    at_breaks,
    unescaped,
    without_doubled,
    without_entities,
    without_markdown,
    without_percents,
)
from lib_omost.canvas.invisible import INVISIBLE
from lib_omost.canvas.line_prefixes import BARRED, PROMPTED, QUOTED, without, without_diff, without_numbers
from lib_omost.canvas.lines import CALLS, Line, Lines, Step, readable
from lib_omost.canvas.one_line import ended_comments, has_calls_on_a_line
from lib_omost.canvas.turn_tokens import TAKEN_OUT, THINKING, TURN_TOKEN, without_turn_tokens
from lib_omost.canvas.unfold import UNFOLDED, may_be_folded, unfolded


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
    problems: tuple[tuple[int, str], ...] = ()  # (line, what of the code could not be followed)


def unwrapped(text: str) -> Unwrapped:
    """The code of a reply, whatever it was copied in. Takes time in proportion to the length."""
    corrections: list[tuple[int, str]] = []
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = readable(text)
    if seen != text:
        corrections.append((1, "replaced characters that cannot be read"))
    visible = INVISIBLE.sub("", seen.removeprefix("\ufeff"))
    if len(visible) < len(seen.removeprefix("\ufeff")):
        first = INVISIBLE.search(seen.removeprefix("\ufeff"))
        assert first is not None
        corrections.append((seen.count("\n", 0, first.start()) + 1, "took out characters that cannot be seen"))
    if (told := TURN_TOKEN.search(visible)) is not None:
        corrections.append((visible.count("\n", 0, told.start()) + 1, TAKEN_OUT))
        visible = without_turn_tokens(visible)
    numbers: list[int] | None = None
    for may_be, step, what in _STEPS if _CALLISH.search(visible) is not None else ():
        if not may_be(visible):
            continue
        lines, first_changed = step(_numbered(visible, numbers))
        if first_changed:
            visible, numbers = _joined(lines)
            corrections.append((first_changed, what))
    visible, calls, is_open = _without_thinking(visible)
    problems: tuple[tuple[int, str], ...] = ()
    if _CALLISH.search(visible) is not None and may_be_folded(visible):
        flat = unfolded(_numbered(visible, numbers))
        problems = flat.problems
        if flat.first:
            visible, numbers = _joined(flat.lines)
            corrections.append((flat.first, UNFOLDED))
    return Unwrapped(visible, Lines(visible, numbers), tuple(corrections), calls, is_open, problems)


def _numbered(text: str, numbers: list[int] | None) -> list[Line]:
    lines = text.split("\n")
    return [Line(*pair) for pair in zip(lines, numbers or range(1, len(lines) + 1), strict=True)]


def _joined(lines: list[Line]) -> tuple[str, list[int]]:
    return "\n".join(line.text for line in lines), [line.number for line in lines]


_CALLISH = re.compile(r"(?i:canvas|set|add)")


# Thinking


_THINKING = re.compile(rf"<({THINKING})>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)


def _without_thinking(text: str) -> tuple[str, int, bool]:
    """The text with thoughts blanked out, how many calls stood in them, and whether the last one has no end."""
    calls, is_open = 0, False

    def blank(match: re.Match[str]) -> str:
        nonlocal calls, is_open
        calls += len(CALLS.findall(match[0]))
        is_open = not match[2]
        return re.sub(r"[^\n]", " ", match[0])

    return _THINKING.sub(blank, text), calls, is_open


def _has(pattern: str) -> Callable[[str], bool]:
    """Whether a text may need a step: what the step looks for, seen without looking at every line."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: compiled.search(text) is not None


_STEPS: tuple[tuple[Callable[[str], bool], Step, str], ...] = (
    (_has(BREAKS.pattern), at_breaks, "read HTML's line breaks as ends of lines"),
    (_has(r"^[ \t]{0,3}(?:>|&gt;)"), without(QUOTED), "took the quote marks off the lines"),
    (_has(r"^[ \t]{0,3}[|│┃]"), without(BARRED), "took the bars off the lines"),
    (_has(r"^[ \t]{0,8}(?:>>>|\.\.\.|In \[)"), without(PROMPTED), "took the prompts off the lines"),
    (_has(r"^[ \t]{0,6}\d"), without_numbers, "took the numbers off the lines"),
    (
        _has(r"^(?:[+-]|@@|[ \t]{0,8}[`~]{3}[ \t]*(?:diff|patch))"),
        without_diff,
        "read the lines that a diff adds and keeps",
    ),
    (_has(ENTITY.pattern), without_entities, "replaced HTML entities by their characters"),
    (_has(PERCENT.pattern), without_percents, "replaced what a web address escapes by its characters"),
    (_has(DOUBLED.pattern), without_doubled, "took doubled quotes as one, as a CSV file has them"),
    (_has(MARKDOWN.pattern), without_markdown, "took off the backslashes of Markdown"),
    (_has(ESCAPED.pattern), unescaped, "read escaped text as the code that it stands for"),
    (has_calls_on_a_line, ended_comments, "ended comments where code goes on in the same line"),
)
