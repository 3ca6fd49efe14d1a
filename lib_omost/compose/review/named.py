"""Which things of a canvas an English message names to be taken out, or to be changed, as far as that is sure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas.model import Rect, Region
from lib_omost.compose.review.english import BOUNDARIES, tokens
from lib_omost.compose.words import singular

_MARKS = frozenset(".;:!?\n")
_TAKES = frozenset(["remove", "delete", "erase", "drop", "replace", "turn", "lose", "kick"])
_SWAPS = frozenset(["swap", "exchange", "trade", "change"])  # "for", "with" or "to" another thing
_TAKES_AWAY = frozenset(["take", "get", "throw"])  # only with one of these behind it
_AWAY = frozenset(["away", "out", "off", "rid"])
_GIVES = frozenset(
    [
        "add",
        "put",
        "draw",
        "make",
        "paint",
        "keep",
        "give",
        "place",
        "insert",
        "show",
        "create",
        "want",
        "need",
        "leave",
        "bring",
        "move",
    ]
)
_FOR = frozenset(["for", "with", "by", "to", "into"])
_BETWEEN = 4  # words, articles with them, from one thing to the next
_SIDES = "left|right|top|bottom|upper|lower|leftmost|rightmost|topmost|uppermost|lowest"
_CHANGES = re.compile(
    "(?:please |now |then |could you |can you )*"
    "(?P<verb>move|shift|drag|paint|color|colour|recolor|make|enlarge|shrink) "
    "(?:both )?the (?P<names>[^.;:!?]*? and (?:the )?[^.;:!?]*)"
)
_LARGER = frozenset(
    ["bigger", "larger", "smaller", "wider", "narrower", "taller", "shorter", "big", "large", "small", "tiny", "huge"]
)


def is_taken_out(said: Sequence[str], start: int) -> bool:
    """Whether the thing at `start` of a message's words is one that it says to remove, or to replace by another."""
    for place in range(start - 1, -1, -1):
        word = said[place]
        if word in _MARKS or word in _GIVES:
            return False
        if word in _TAKES or (word in _TAKES_AWAY and _AWAY & set(_clause(said, place))):
            return not _FOR & set(said[place:start])
        if word in _SWAPS:
            return bool(_FOR & set(_clause(said, start))) and not _FOR & set(said[place:start])
    return False


def _clause(said: Sequence[str], start: int) -> Sequence[str]:
    """The words from `start` to the end of their clause."""
    end = next((place for place in range(start, len(said)) if said[place] in _MARKS), len(said))
    return said[start:end]


def all_of(words: Sequence[str], nouns: Sequence[str]) -> frozenset[int]:
    """Where "all" stands before a noun of the canvas: "all houses", "all of the houses", "all the red houses"."""
    found = []
    for place, word in enumerate(words):
        behind = [each for each in words[place + 1 : place + 5] if each not in ("of", "the")][:2]
        if word == "all" and behind:
            near = behind[:1] if behind[0] in BOUNDARIES | _MARKS else behind
            if any(singular(each) in nouns for each in near):
                found.append(place)
    return frozenset(found)


def one_of_several(words: Sequence[str], nouns: Sequence[str], regions: Sequence[Region]) -> dict[str, int]:
    """Of a noun that several regions have, the one that "the left house" means, from 1, if that is sure."""
    meant: dict[str, int] = {}
    for place in range(len(words) - 2):
        side, noun = words[place + 1], words[place + 2]
        alike = [number for number, each in enumerate(nouns, 1) if each == noun]
        if words[place] != "the" or side not in _SIDES.split("|") or len(alike) < 2:
            continue
        far = sorted(alike, key=lambda number: _towards(side, regions[number - 1].rect))
        if _towards(side, regions[far[0] - 1].rect) < _towards(side, regions[far[1] - 1].rect) and noun not in meant:
            meant[noun] = far[0]
    return meant


def changed_together(message: str, nouns: Sequence[str]) -> tuple[tuple[int, ...], str]:
    """The numbers, from 1, of things that a message says in one breath to change alike, and what it says behind them.

    None where it names fewer than two, or one of which there are several.
    """
    match = _CHANGES.match(" ".join(tokens(message)))
    numbers: list[int] = []
    if match is None:
        return (), ""
    words, end = match["names"].split(), 0
    is_next = True  # whether a thing may be named here
    for place, word in enumerate(words):
        if word in ("and", ","):
            is_next = True
        elif word in nouns and is_next and list(nouns).count(word) == 1:
            numbers.append(nouns.index(word) + 1)
            is_next, end = False, place + 1
        elif not is_next:
            break
        elif word in nouns or place - end > _BETWEEN:
            return (), ""
    return (tuple(numbers), f"{match['verb']} {' '.join(words[end:])}") if len(numbers) > 1 else ((), "")


def resizes(said: str) -> bool:
    """Whether what is said of things is that they have another size."""
    return bool(_LARGER & set(said.split())) or said.split(maxsplit=1)[0] in ("enlarge", "shrink")


def _towards(side: str, rect: Rect) -> int:
    """Less the further a rectangle lies on a side."""
    if side in ("left", "leftmost"):
        return rect.left + rect.right
    if side in ("right", "rightmost"):
        return -rect.left - rect.right
    if side in ("top", "upper", "topmost", "uppermost"):
        return rect.top + rect.bottom
    return -rect.top - rect.bottom
