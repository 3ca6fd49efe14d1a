"""Which things of a canvas an English message names to be taken out, or to be changed, as far as that is sure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lib_omost.canvas.model import Rect, Region
from lib_omost.compose.review.english import BOUNDARIES, CLAUSE_ENDS, tokens
from lib_omost.compose.words import singular

_TAKES = "remove delete erase drop replace turn lose kick"
_SWAPS = "swap exchange trade change"  # "for", "with" or "to" another thing
_TAKES_AWAY = "take get throw"  # only with one of these behind it
_AWAY = "away out off rid"
_GIVES = "add put draw make paint keep give place insert show create want need leave bring move"
_FOR = "for with by to into"
_SIZES = "bigger larger smaller wider narrower taller shorter big large small tiny huge"
_BETWEEN = 4  # words, articles with them, from one thing to the next
# how far a rectangle lies towards a side: least is farthest
_TOWARDS: dict[str, Callable[[Rect], int]] = {
    **dict.fromkeys(("left", "leftmost"), lambda rect: rect.left + rect.right),
    **dict.fromkeys(("right", "rightmost"), lambda rect: -rect.left - rect.right),
    **dict.fromkeys(("top", "upper", "topmost", "uppermost"), lambda rect: rect.top + rect.bottom),
    **dict.fromkeys(("bottom", "lower", "lowest"), lambda rect: -rect.top - rect.bottom),
}
_CHANGES = re.compile(
    "(?:please |now |then |could you |can you )*"
    "(?P<verb>move|shift|drag|paint|color|colour|recolor|make|enlarge|shrink) "
    "(?:both )?the (?P<names>[^.;:!?]*? and (?:the )?[^.;:!?]*)"
)


def is_taken_out(said: Sequence[str], start: int) -> bool:
    """Whether the thing at `start` of a message's words is one that it says to remove, or to replace by another."""
    instead = set(_FOR.split())
    for place in range(start - 1, -1, -1):
        word = said[place]
        if word in CLAUSE_ENDS or word in _GIVES.split():
            return False
        if word in _TAKES.split() or (word in _TAKES_AWAY.split() and set(_AWAY.split()) & set(_clause(said, place))):
            return not instead & set(said[place:start])
        if word in _SWAPS.split():
            return bool(instead & set(_clause(said, start))) and not instead & set(said[place:start])
    return False


def _clause(said: Sequence[str], start: int) -> Sequence[str]:
    """The words from `start` to the end of their clause."""
    end = next((place for place in range(start, len(said)) if said[place] in CLAUSE_ENDS), len(said))
    return said[start:end]


def all_of(words: Sequence[str], nouns: Sequence[str]) -> frozenset[int]:
    """Where "all" stands before a noun of the canvas: "all houses", "all of the houses", "all the red houses"."""
    found = []
    for place, word in enumerate(words):
        behind = [each for each in words[place + 1 : place + 5] if each not in ("of", "the")][:2]
        if word == "all" and behind:
            near = behind[:1] if behind[0] in BOUNDARIES | CLAUSE_ENDS else behind
            if any(singular(each) in nouns for each in near):
                found.append(place)
    return frozenset(found)


def every_one_of(words: Sequence[str], nouns: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Of a noun that several regions have, all of them, from 1, where a message says "the firs" or "both firs"."""
    found: dict[str, tuple[int, ...]] = {}
    for place, word in enumerate(words):
        noun, before = singular(word), list(words[max(0, place - 3) : place])
        alike = tuple(number for number, each in enumerate(nouns, 1) if each == noun)
        is_all = before[-1:] and before[-1] in ("the", "both", "all", "these", "those")
        is_part = before[-2:-1] == ["of"] and before[:1] not in (["all"], ["both"])
        if noun != word and noun not in words and len(alike) > 1 and is_all and not is_part:
            found[noun] = alike
    return found


def one_of_several(words: Sequence[str], nouns: Sequence[str], regions: Sequence[Region]) -> dict[str, int]:
    """Of a noun that several regions have, the one that "the left house" means, from 1, if that alone is meant."""
    meant: dict[str, set[int]] = {}
    for place in range(len(words) - 2):
        side, noun = words[place + 1], words[place + 2]
        alike = [number for number, each in enumerate(nouns, 1) if each == noun]
        if words[place] != "the" or side not in _TOWARDS or len(alike) < 2:
            continue
        far = {number: _TOWARDS[side](regions[number - 1].rect) for number in alike}
        first, second, *_ = sorted(alike, key=far.__getitem__)
        if far[first] < far[second]:
            meant.setdefault(noun, set()).add(first)
    return {noun: numbers.pop() for noun, numbers in meant.items() if len(numbers) == 1}


@dataclass(frozen=True)
class Together:
    """Things, by their numbers from 1, that a message says in one breath to change alike; what stands behind them."""

    numbers: tuple[int, ...]
    verb: str
    behind: tuple[str, ...]

    @property
    def resizes(self) -> bool:
        """Whether what is said is that they have another size."""
        return self.verb in ("enlarge", "shrink") or bool(set(_SIZES.split()) & set(self.behind))


def changed_together(message: str, nouns: Sequence[str]) -> Together | None:
    """None where a message names fewer than two, or one of which there are several."""
    match = _CHANGES.match(" ".join(tokens(message)))
    numbers: list[int] = []
    if match is None:
        return None
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
            return None
    return Together(tuple(numbers), match["verb"], tuple(words[end:])) if len(numbers) > 1 else None
