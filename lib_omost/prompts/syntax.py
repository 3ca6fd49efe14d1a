"""What the WebUIs' prompt syntax says in a text: where BREAK parts it, which brackets hold what, what else is written.

Nothing is weighted or scheduled here: that is the host's own.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

BREAK = re.compile(r"\s*\bBREAK\b\s*")
_WEIGHT = re.compile(r":\s*[+-]?[\d.]+\s*$")
_SIGNS = re.compile(
    r"\((?:[^()\\]|\\.)*:\s*[+-]?[\d.]+\s*\)"  # (word:1.3)
    r"|\[(?:[^\[\]\\]|\\.)*[:|](?:[^\[\]\\]|\\.)*\]"  # [from:to:when], [a|b]
    r"|\(\([^()]*\)\)|\[\[[^\[\]]*\]\]"  # ((word)), [[word]]
)
_LONGEST_WEIGHT = 24  # characters


@dataclass(frozen=True)
class VariantSigns:
    """What stands around variants and around wildcards: those of sd-dynamic-prompts, unless its settings say others."""

    start: str = "{"
    end: str = "}"
    wrap: str = "__"


USUAL_SIGNS = VariantSigns()


@dataclass(frozen=True)
class Group:
    """A pair of brackets. `start` is the opening one's place, `close` where its weight or closing one begins."""

    start: int
    close: int
    end: int


def signs_of(text: str) -> tuple[str, ...]:
    """What is written with weights, at steps or by turns. Plain brackets, as prose has them, are not counted."""
    return tuple(match[0] for match in _SIGNS.finditer(text))


def variants_of(text: str, signs: VariantSigns = USUAL_SIGNS) -> tuple[str, ...]:
    """Variants and wildcards, as sd-dynamic-prompts reads them: {a|b}, __name__, ${name=…}."""
    return tuple(match[0] for match in _variants(signs).finditer(text))


@functools.lru_cache(maxsize=8)
def _variants(signs: VariantSigns) -> re.Pattern[str]:
    start, end, wrap = map(re.escape, (signs.start, signs.end, signs.wrap))
    inner = f"(?:(?!{start}|{end}).)*"
    return re.compile(
        r"\$\{[^{}]*\}"  # ${name=…}
        rf"|{start}(?:(?!{start}|{end}|\|).)*\|{inner}{end}"  # {a|b}, of nested ones the inner one
        rf"|{start}\d+(?:-\d+)?(?:\$\$|::){inner}{end}"
        rf"|{wrap}[\w*/.@~+-]+?(?:\([^()]*\))?{wrap}",  # __name__
        re.DOTALL,
    )


def parted(text: str) -> tuple[str, ...]:
    """What stands before, between and behind each BREAK; brackets around one hold on both sides."""
    breaks = list(BREAK.finditer(text))
    if not breaks:
        return (text,)
    groups = groups_of(text)
    starts = [0, *(match.end() for match in breaks)]
    stops = [*(match.start() for match in breaks), len(text)]
    parts = (_piece(text, groups, start, stop) for start, stop in zip(starts, stops, strict=True))
    return tuple(part for part in parts if part.strip("()[] .,")) or (text,)


def cut_apart(text: str, place: int) -> tuple[str, str]:
    """The text in two at `place`. Brackets around that place are closed, with their weight, and opened again.

    Within a weight it is cut behind that.
    """
    groups = groups_of(text)
    place = max([place, *(group.end for group in groups if group.close < place < group.end)])
    return _piece(text, groups, 0, place), _piece(text, groups, place, len(text))


def _piece(text: str, groups: tuple[Group, ...], start: int, stop: int) -> str:
    """From `start` to `stop`, with the brackets that stand open at either."""
    opened = [text[group.start] for group in groups if group.start < start <= group.close]
    closed = [text[group.close : group.end] for group in groups if group.start < stop <= group.close]
    return "".join([*reversed(opened), text[start:stop].strip(), *closed])


def groups_of(text: str) -> tuple[Group, ...]:
    """Brackets that belong together, inner ones first. Those behind a backslash, or without a partner, are signs."""
    groups: list[Group] = []
    opened: list[int] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char == "\\":
            place += 1
        elif char in "([":
            opened.append(place)
        elif char in ")]" and opened and text[opened[-1]] == {")": "(", "]": "["}[char]:
            start = opened.pop()
            least = max(start + 1, place - _LONGEST_WEIGHT)
            weight = _WEIGHT.search(text, least, place) if char == ")" else None
            groups.append(Group(start, weight.start() if weight else place, place + 1))
        place += 1
    return tuple(groups)
