"""One of a thing in each of several places, said as what stands in which place.

"In each corner a rose", "a lamp on either side of a mirror" and "a mirror flanked by two lamps" say how many there are
by the places: a small model writes one, and puts it anywhere.
"""

from __future__ import annotations

import re

from lib_omost.compose.words import singular, with_article

_WORDS = r"(?:(?!(?:and|with|in|on|at|of|to|is|are|there|that|which)\b)[a-z][a-z'-]*)"
_ONE = rf"(?P<article>an?|one|a single) (?P<thing>{_WORDS}(?: {_WORDS}){{0,3}})"
_CORNERS = r"(?:in|at|on) (?:each|every|all|each one|all four) (?:of )?(?:the )?(?:four |4 )?corners?"
_THERE = r"(?:there(?:'s| is| should be) |is |sits |stands )?"
_STOP = r"(?=\s*(?:[.,;]|and\b|with\b|$))"
_IN_CORNERS = (
    re.compile(rf"\b{_CORNERS},? {_THERE}{_ONE}{_STOP}", re.I),
    re.compile(rf"\b{_ONE},? (?:one )?{_CORNERS}{_STOP}", re.I),
)  # fmt: skip
_SIDES = r"(?:to|on|at) (?:each|either|both) (?:sides?|ends?)"
_OTHER = rf"(?P<other>(?:an?|the|one) {_WORDS}(?: {_WORDS}){{0,3}}?)"
_END = r"(?=\s*(?:[.,;]|\b(?:in|on|at|under|against)\b|$))"
_BY_SIDES = (
    re.compile(rf"^{_ONE} {_SIDES} of {_OTHER}{_END}", re.I),
    re.compile(rf"^{_SIDES} of {_OTHER},? {_THERE}{_ONE}{_END}", re.I),
    re.compile(rf"^{_OTHER},? (?:with )?{_ONE} {_SIDES}(?: of (?:it|him|her|them))?{_END}", re.I),
    re.compile(
        rf"^{_OTHER},? (?:(?:is |stands )?flanked by|(?:standing |sitting |placed |squeezed |hanging )?between)"
        rf" (?:two|a pair of|2) (?P<things>{_WORDS}(?: {_WORDS}){{0,3}}){_END}",
        re.I,
    ),
)
# "willows on both banks": several, said without a number.
_ON_BOTH = re.compile(
    rf"(?P<start>^|[,;.:] |\bwith )(?P<words>(?:{_WORDS} )?)(?P<noun>[a-z]{{2,}}(?<!s)s)(?: standing| growing)?"
    rf" (?:on|at|along) both (?:sides|banks|ends|edges|flanks|shores)(?: of (?:it|him|her|them))?{_STOP}",
    re.I,
)


_TWO_CORNERS = re.compile(
    rf"\b{_ONE},? (?:one )?(?:in|at) (?:each|both|either|the two)(?: of the)?(?: two)?"
    rf" (?P<side>upper|top|lower|bottom|left|right)(?:-hand)? corners?{_STOP}",
    re.I,
)
_TWO = {"upper": ("top left", "top right"), "lower": ("bottom left", "bottom right")}
_TWO |= {"top": _TWO["upper"], "bottom": _TWO["lower"]}
_TWO |= {side: (f"top {side}", f"bottom {side}") for side in ("left", "right")}


def in_corners(message: str) -> str:
    """The message with what is in all four corners counted, and what is in two of them said for each."""
    for pattern in _IN_CORNERS:
        message = pattern.sub(lambda match: f"four {plural(match['thing'])}, one in each corner", message)
    return _TWO_CORNERS.sub(_in_two, message)


def _in_two(match: re.Match[str]) -> str:
    one = with_article(match["thing"])
    first, second = _TWO[match["side"].lower()]
    return f"{one} in the {first} corner and {one} in the {second} corner"


def one_each(message: str) -> str:
    """The message with what is in all four corners counted, and what is on both sides of a thing said for each side.

    The same message where it has none of these turns.
    """
    message = in_corners(message)
    message = _ON_BOTH.sub(_on_both, message)
    for pattern in _BY_SIDES:
        match = pattern.match(message)
        if match is not None:
            return _each_side(match) + message[match.end() :]
    return message


def _on_both(match: re.Match[str]) -> str:
    """'a road with a tree on the left and a tree on the right'"""
    one = with_article((match["words"] + singular(match["noun"])).lower())
    return f"{match['start']}{one} on the left and {one} on the right"


def _each_side(match: re.Match[str]) -> str:
    """'a lamp on the left, a mirror in the middle and a lamp on the right'"""
    found = match.groupdict()
    if found.get("things"):
        *words, noun = found["things"].split()
        thing = " ".join((*words, singular(noun)))
    else:
        thing = found["thing"]
    one = with_article(thing)
    return f"{one} on the left, {found['other']} in the middle and {one} on the right"


def plural(thing: str) -> str:
    """'red rose' → 'red roses'"""
    if re.search("[^aeiou]y$", thing):
        return thing[:-1] + "ies"
    return thing + ("es" if thing.endswith(("s", "x", "z", "ch", "sh")) else "s")
