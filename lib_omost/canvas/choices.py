"""Where a text leaves something to be chosen: between variants, `{a|b}`, or by the step, `[from:to:when]` and `[a|b]`.

What the signs mean is for others to say. Here they tell which tags such as `<lora:name:1>` hold only if chosen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from lib_omost.canvas.loras import TAG

_CLOSING = {"{": "}", "[": "]"}
_WHEN = re.compile(r":\s*[+-]?\d*\.?\d+\s*$")


class By(Enum):
    """What chooses."""

    VARIANT = auto()
    STEP = auto()


@dataclass(frozen=True)
class Choice:
    """From the opening bracket to behind the closing one."""

    start: int
    stop: int
    by: By


def choices_in(text: str) -> tuple[Choice, ...]:
    """All of a text, outer ones behind those within them; brackets of prose, and without their other one, are none."""
    bare = TAG.sub(lambda match: "\0" * len(match[0]), text)  # a tag's own colons are no sign
    open_ones: list[tuple[int, bool]] = []  # where, and whether there is a | between
    found: list[Choice] = []
    place = 0
    while place < len(bare):
        sign = bare[place]
        if sign == "\\":
            place += 1  # what it stands before is no sign
        elif sign in _CLOSING:
            open_ones.append((place, False))
        elif sign == "|" and open_ones:
            open_ones[-1] = (open_ones[-1][0], True)
        elif sign in "]}" and open_ones and _CLOSING[bare[open_ones[-1][0]]] == sign:
            start, is_divided = open_ones.pop()
            if sign == "}" and is_divided:
                found.append(Choice(start, place + 1, By.VARIANT))
            elif sign == "]" and (is_divided or _WHEN.search(bare, start, place)):
                found.append(Choice(start, place + 1, By.STEP))
        place += 1
    return tuple(found)
