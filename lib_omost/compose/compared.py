"""Things compared in size, said as a big and a small one: "a moose twice as big as the badger next to it"."""

from __future__ import annotations

import re

_NO_WORDS = "and|with|in|on|at|of|to|is|are|than|as|twice|times|there|that|which|next|beside|near|behind"
_WORDS = rf"(?:(?!(?:{_NO_WORDS})\b)[a-z][a-z'-]*)"
_THING = rf"(?:{_WORDS} ){{0,2}}{_WORDS}"
_TIMES = r"(?:twice|(?:two|three|four|five|ten|\d+|many) times|half|much|far|a lot|a bit|slightly)"
_LARGE, _SMALL = "big|large|tall|high|huge|wide|long", "small|little|short|tiny|low"
_BIGGER, _SMALLER = "bigger|larger|taller|higher|wider|longer", "smaller|shorter|lower"
_AS = rf"{_TIMES} (?:as (?P<as>{_LARGE}|{_SMALL}) as|the size of)"
_MORE = rf"(?:{_AS}|(?:{_TIMES} )?(?P<than>{_BIGGER}|{_SMALLER}) than)"
_STANDS = "next to|beside|near|behind|in front of|(?:to the )?(?:left|right) of|under|above"
_COMPARED = re.compile(
    rf"^(?:an?|one) (?P<thing>{_THING}),? (?:(?:that|which) (?:is|stands) |is )?{_MORE}"
    rf" (?:an?|the|its|his|her) (?P<other>{_THING})(?P<stand> (?:{_STANDS}) (?:it|him|her))?"
    r"(?=\s*(?:[.,;]|\b(?:in|on|at|and)\b|$))",
    re.I,
)
_SIZED = re.compile(rf"^(?:{_LARGE}|{_SMALL}|giant|gigantic|enormous|massive)\b", re.I)
_OPPOSITE = {"left of": "right of", "behind": "in front of", "under": "above"}
_OPPOSITE |= {other: one for one, other in _OPPOSITE.items()}


def compared(message: str) -> str:
    """'a big moose next to a small badger'; the same message where it compares nothing in size at its beginning."""
    match = _COMPARED.match(message)
    if match is None:
        return message
    sign = (match["as"] or match["than"] or "big").lower()
    is_larger = sign in f"{_LARGE}|{_BIGGER}".split("|")
    if match["than"] is None and re.search(r"\bhalf ", match[0], re.I):
        is_larger = False
    sizes = ("big", "small") if is_larger else ("small", "big")
    one, other = (_sized(match[name], size) for name, size in zip(("thing", "other"), sizes, strict=True))
    stand = (match["stand"] or "next to it").strip().lower().removeprefix("to the ").rpartition(" ")[0]
    return f"a {one} {_OPPOSITE.get(stand, stand)} a {other}{message[match.end() :]}"


def _sized(thing: str, size: str) -> str:
    return thing if _SIZED.match(thing) else f"{size} {thing}"
