"""Wishes that only some things stay: which regions are to be left, as far as an English message says so for sure."""

from __future__ import annotations

import re

from lib_omost.canvas.model import Canvas
from lib_omost.compose.review.english import is_sure, stems, tokens
from lib_omost.compose.review.named import one_of_several

_NAMES = r"[^.,;!?]*?"
_ONLY = "(?:only|just|nothing but|nobody but|no one but|none but)"
_ALL = "(?:everything|everyone|everybody|all|anything)(?: else)?"
_BUT = "(?:but|except(?: for)?|apart from|other than|save)"
_STAYS = "(?:stays?|remains?|is left|are left|be left|to be kept|be kept)"
_GOES = "(?:goes|go|leaves?|disappears?|vanish(?:es)?|away|out)"
_REMOVE = "(?:remove|delete|clear|erase|drop|kick out|get rid of|take away|take out|throw out)"
_WISHES = re.compile(
    rf"{_ONLY} (?P<a>{_NAMES}){_STAYS}\b|\b(?:keep|leave) {_ONLY} (?P<b>{_NAMES})$|\bjust keep (?P<c>{_NAMES})$"
    rf"|{_REMOVE} {_ALL} {_BUT} (?P<d>{_NAMES})$|{_ALL} {_BUT} (?P<e>{_NAMES}){_GOES}\b"
)
_OTHER_WISHES = frozenset(("add", "make", "paint", "color", "colour", "turn", "swap", "move", "put", "then"))


def kept_regions(message: str, before: Canvas, noun_of: dict[int, str]) -> tuple[int, ...]:
    """The numbers, from 1, of the regions that alone are to stay; none where that is not sure.

    `noun_of` are the nouns of the regions of `before` by number; no two that are to stay may be alike.
    """
    said = " ".join(tokens(message)).rstrip(" .!?")
    match = _WISHES.search(said)
    if match is None or not is_sure(message) or _OTHER_WISHES & set(said.split()):
        return ()
    names = next(filter(None, match.groupdict().values()), "")
    named, one = stems([names]), one_of_several(tokens(names), list(noun_of.values()), before.regions)
    kept = tuple(number for number, noun in noun_of.items() if noun in named and one.get(noun, number) == number)
    nouns = [noun_of[number] for number in kept]
    is_clear = len(set(nouns)) == len(nouns)
    return kept if is_clear and len(kept) < len(before.regions) else ()
