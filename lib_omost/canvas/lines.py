"""The lines of a text that a reply stands in: each keeps the number that it had in the text as it was given."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lib_omost.errors import has_halves

CALL = r"(?:\w{1,60}\s?\.\s?)?(?i:set|add)_?\w{3,40}\s?[(（]"
CALLS = re.compile(rf"(?<!\w){CALL}|(?<!\w)Canvas\s?[(（]")


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


def readable(text: str) -> str:
    """NUL and halves of surrogate pairs, which Python's parser does not take, become U+FFFD one by one."""
    if "\0" in text or has_halves(text):
        return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)
    return text
