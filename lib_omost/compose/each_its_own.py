"""Several of a thing of which each is told of by itself, said as so many things in their places.

Of "three bottles, the middle one green and the other two brown" a very small model makes six, of "2 carts, one left,
one right" four. Nothing is said anew unless all of it is understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib_omost.compose.words import color_of, counts_to, singular, with_article

_NUMBERS = counts_to(4)
_PLACES = {
    2: (" on the left", " on the right"),
    3: (" on the left", " in the middle", " on the right"),
    4: ("", "", "", ""),  # in their order
}
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "leftmost": 0, "left": 0}
_LAST = ("last", "rightmost", "right")
_MIDDLES = ("middle", "center", "centre", "central")
_OTHERS = ("other", "others", "rest", "outer")
ROW = (*_ORDINALS, *_LAST, *_MIDDLES)  # words that say which one of a row is meant
_SEVERAL = re.compile(
    rf"(?P<before>.*?)\b(?P<number>{'|'.join(_NUMBERS)}) (?P<words>(?:[a-z-]+ ){{0,3}}?)"
    r"(?P<noun>[a-z]{2,}(?<!s)s|(?:wo)?men|children|people|mice|geese|sheep|fish)"
    r"(?P<place> (?:on|in|at|by|under|near|beside|behind|against|along|standing|sitting|lined|side)"
    r"(?: (?!and\b)[a-z]+){0,4}|)"
    r"(?: ?[,:;(-]|\.) (?P<parts>(?:(?:and|with) )?(?:the|one|an?)\b[^.!?()]*)\)?(?P<behind>[.!?].*|)",
    re.I | re.S,
)
_IS = (
    r"(?:,? (?:is|are|being|shall be|should be|must be))?"
    r"(?:,? (?:stands?|sits?|lies|hangs|standing|sitting|lying|hanging)(?= (?:on|at|in|to)\b))?"
)
_PART = (
    r"(?:and |with |while )?(?:"
    rf"the (?P<which>{'|'.join((*ROW, 'others?', 'rest', 'outer'))})(?: (?:one|ones|two|three|NOUN))?"
    r"|(?P<one>one)(?: of them| NOUN)?|an? (?P<look>(?:[a-z-]+ ){1,3})one(?= |$))"
    rf"{_IS}(?P<how>(?: [a-z'-]+)*)"
)
_APART = re.compile(r"[,;] (?:and )?(?=(?:the|one|an?)\b)|,? (?:and|while) (?=(?:the|one|an? [a-z-]+ one)\b)")
_HERE = re.compile(
    r"(?:(?:on|to|at|in) the )?(?P<side>left|right|middle|center|centre|top|bottom)(?: side| (?:hand )?side)?"
)
_LOOKS = "big small large tiny huge tall short open closed old new and dark light pale bright deep"
_HOW = frozenset(_LOOKS.split())
_STATES = frozenset(("asleep", "awake", "broken", "empty", "full", "lit", "dead", "alive"))
_CLAUSE = re.compile(
    r"(?:(?:and )?(?:with|wearing|holding|carrying|holds|wears|carries|has)) [a-z'-]+(?: [a-z'-]+){0,3}"
)
_VERBS = {"holds": "holding", "wears": "wearing", "carries": "carrying", "has": "with"}
_HAVING = re.compile(r"\b(?:[a-z]+ing|with|has|have|had|holds|of|carries|wears) $", re.I)
_LINE = re.compile(r" (?:standing |sitting |lined up )?(?:side by side|in (?:a|one) (?:row|line))$", re.I)


@dataclass(frozen=True)
class _One:
    """How one of several looks, what it has, and where it is; "" where that is not said."""

    look: str = ""
    has: str = ""
    place: str = ""


def each_its_own(message: str) -> str:
    """'three cups, the middle one red and the others blue' → 'a blue cup on the left, a red cup in the middle and …'"""
    match = _SEVERAL.fullmatch(message)
    if match is None:
        return message
    count, noun = _NUMBERS[match["number"].lower()], match["noun"].lower()
    ones = _ones(match["parts"], count, noun)
    if ones is None:
        return message
    held = _HAVING.search(match["before"]) is not None  # what is held has no place of its own
    places = ("",) * count if held else _PLACES[count]
    said = [
        _said(one, match["words"] + singular(noun), one.place or place) for one, place in zip(ones, places, strict=True)
    ]
    order = "from left to right " if count > 3 else ""
    return (
        f"{match['before']}{order}{', '.join(said[:-1])} and {said[-1]}{_LINE.sub('', match['place'])}{match['behind']}"
    )


def number_of(which: str, count: int) -> int | None:
    """The index of what an ordinal names among `count` things in a row."""
    if which in _MIDDLES:
        return count // 2 if count % 2 else None
    number = count - 1 if which in _LAST else _ORDINALS[which]
    return number if number < count else None


def _said(one: _One, words: str, place: str) -> str:
    named = " ".join(filter(None, (one.look, words)))
    has = f" {one.has}" if one.has else ""
    return f"{with_article(named)}{has}{place}"


def _ones(parts: str, count: int, noun: str) -> list[_One] | None:
    """How each of `count` things is, from left to right; None where that is not all that is said."""
    ones: list[_One | None] = [None] * count
    others: _One | None = None
    pattern = re.compile(_PART.replace("NOUN", f"(?:{noun}|{singular(noun)})"), re.I)
    in_turn = in_row = False
    for part in _APART.split(parts.strip()):
        match = pattern.fullmatch(part.strip())
        one = _how(match["how"].strip().lower(), (match["look"] or "").strip().lower()) if match else None
        if match is None or one is None:
            return None
        which = (match["which"] or "").lower()
        if which in _OTHERS:
            others = one
            continue
        number = number_of(which, count) if which else ones.index(None) if None in ones else None
        if number is None or ones[number] is not None:
            return None
        ones[number] = one
        in_turn, in_row = in_turn or not which, in_row or bool(which)
    if in_turn and (in_row or not _is_more(ones, others, parts)):
        return None
    found = [one or others or (_One() if in_row and count in (2, 3) else None) for one in ones]
    return None if None in found else [one for one in found if one]


def _is_more(ones: list[_One | None], others: _One | None, parts: str) -> bool:
    """Whether more is said of them one after the other than "one red, one blue", which a model knows."""
    said = [one for one in (*ones, others) if one]
    return any(one.place or one.has for one in said) or re.match("an? ", parts) is not None


def _how(words: str, look: str = "") -> _One | None:
    """What is said of one: how it looks, or what it has, or where it is, or where it is and what it has.

    `look` is what is said of it before that: "a striped one on the right".
    """
    if look and not words:
        return _One(look)
    where = _HERE.match(words)
    if where is not None:
        behind = words[where.end() :].strip()
        preposition = {"left": "on", "right": "on", "top": "at", "bottom": "at"}.get(where["side"], "in")
        place = f" {preposition} the {where['side']}"
        if not behind:
            return _One(look, place=place)
        return _One(look, _having(behind), place) if _CLAUSE.fullmatch(behind) else None
    if _CLAUSE.fullmatch(words):
        return _One(look, _having(words))
    if look:
        return None
    parts = words.split()
    is_state = len(parts) == 1 and (words in _STATES or (words.endswith("ing") and len(words) > len("bring")))
    is_look = 0 < len(parts) <= 3 and all(word in _HOW or color_of(word) for word in parts)
    return _One(look=words) if is_look or is_state else None


def _having(clause: str) -> str:
    """'and holds a cup' → 'holding a cup'"""
    verb, _, rest = clause.removeprefix("and ").partition(" ")
    return f"{_VERBS.get(verb, verb)} {rest}"
