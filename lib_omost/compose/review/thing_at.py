"""The things that a message names with an article or a number."""

from __future__ import annotations

from lib_omost.compose.review.english import BOUNDARIES, MARKS, NUMBERS, is_adverb, is_gerund
from lib_omost.compose.review.thing import Named
from lib_omost.compose.words import color_of

_COUNTED = (
    *((("half", "a", "dozen"), 6), (("a", "half", "dozen"), 6), (("a", "pair", "of"), 2), (("a", "couple", "of"), 2)),
    *((("a", "trio", "of"), 3), (("a", "quartet", "of"), 4), (("twin",), 2)),
)
# Of these "a pair" is one.
_ONE = "scissors secateurs pliers tongs tweezers glasses sunglasses goggles binoculars trousers pants jeans shorts"
SIZES = frozenset(
    [
        "big",
        "large",
        "small",
        "tiny",
        "little",
        "huge",
        "tall",
        "short",
        "wide",
        "long",
        "enormous",
        "gigantic",
        "massive",
    ]
)


def thing_at(said: list[str], place: int) -> Named | None:
    """The thing whose article or number is at `place`."""
    counted = next(((w, n) for w, n in _COUNTED if tuple(said[place : place + len(w)]) == w), None)
    if counted is None and (said[place] not in NUMBERS or said[place - 1 : place] in (["first"], ["last"])):
        return None
    before, count = counted or ((said[place],), NUMBERS[said[place]])
    start = end = place + len(before)
    while end < len(said) and (said[end] not in BOUNDARIES | MARKS or _joins_colors(said, start, end, count)):
        if end > start and _ends(said, end):
            break
        end += 1
    words = said[start:end]
    if said[end : end + 1] in (["one"], ["ones"]):
        return None  # "a black one"
    if count == 1 and said[end : end + 1] == ["of"] and _number(said[end + 1 : end + 2]) > 1:
        return None  # "a stack of three books"
    if count == 1 and len(words) > 1 and words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is")):
        words.pop()  # a verb: "a crow looks"
    while words and is_adverb(words[-1]):
        words.pop()
    while len(words) > 1 and words[0] in SIZES:
        words.pop(0)
        start += 1
    if not words or (said[place] == "one" and len(words) == 1 and words[0].endswith("s")):
        return None  # of the latter: "one wears a hat"
    return Named(tuple(words), 1 if words[-1] in _ONE.split() else count, place, start + len(words))


def _ends(said: list[str], end: int) -> bool:
    """Whether the words of a thing end before this one: "a fox left of", "a dog running", not "a red striped tent"."""
    behind = said[end + 1 : end + 2]
    if said[end] in ("left", "right"):
        return behind == ["of"]
    is_looking = said[end] not in ("named", "called") and behind and behind[0] not in BOUNDARIES | MARKS
    return is_gerund(said[end]) or (said[end].endswith("ed") and not is_looking)


def _joins_colors(said: list[str], start: int, end: int, count: int) -> bool:
    """Whether the word is the "and" of "a red and white tent"."""
    behind = said[end + 1 : end + 3]
    is_and = said[end] == "and" and count == 1 and end > start and len(behind) > 1
    return is_and and bool(color_of(said[end - 1]) and color_of(behind[0])) and behind[1] not in BOUNDARIES | MARKS


def _number(words: list[str]) -> int:
    return NUMBERS.get(words[0], 0) if words else 0
