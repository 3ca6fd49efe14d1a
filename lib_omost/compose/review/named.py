"""Which things of a canvas an English message names to be taken out, or to be changed, as far as that is sure."""

from __future__ import annotations

from collections.abc import Sequence

_MARKS = frozenset(".;:!?\n")
_TAKES = frozenset("remove delete erase drop replace turn lose kick".split())
_SWAPS = frozenset("swap exchange trade change".split())  # "for", "with" or "to" another thing
_TAKES_AWAY = frozenset("take get throw".split())  # only with one of these behind it
_AWAY = frozenset("away out off rid".split())
_GIVES = frozenset("add put draw make paint keep give place insert show create want need leave bring move".split())
_FOR = frozenset("for with by to into".split())


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
