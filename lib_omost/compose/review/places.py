"""Where in the picture an English message puts a thing, as far as that is sure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas.model import Rect

_LOW, _HIGH, _MIDDLE = 40, 50, (30, 60)  # cells of a centre: to the first, from the second, and between
_VERB = (
    "(?:(?:is|are|stands?|sits?|lies?|hangs?|waits?|rests?|goes|standing|sitting|lying|hanging|waiting|placed|put) )?"
)
_SIDE = "(?P<side>left|right)(?:-hand)?"
_CORNER = "(?P<height>top|upper|bottom|lower|high|low|high up|low down)(?: on the| in the| at the)? " + _SIDE
_OF_A_THING = "(?: corner of (?:an?|the) [a-z-]+)?"  # the other's place is the picture's middle, or all of it
_PART = "(?: side| edge| half| corner| part| hand side)?(?: of the (?:picture|image|frame|canvas|scene|view))?"
_END = "(?= [.,;!?]| and| while| whereas|$)"
_DEEP = "(?:in the (?:background|foreground|distance|back|front) ,? ?)?"
_BEHIND = re.compile(
    f"{_VERB}{_DEEP}(?:(?:(?:on|at|in|to) the )?(?:far |very )?{_CORNER}{_OF_A_THING}"
    "|(?:on|at|in|to) the (?:far )?(?P<only>left|right)(?:-hand)?"
    f"|(?P<over>overhead)|at the (?:very )?(?P<end>top|bottom)|in the (?P<middle>middle|center|centre)){_PART}{_END}"
)
_BEFORE = re.compile(
    "(?:(?:on|at|in) the (?:far )?(?P<only>left|right)(?:-hand)?"
    "|in the (?P<height>top|upper|bottom|lower) (?P<side>left|right)(?:-hand)?|(?P<over>overhead))"
    f"{_PART}(?: ,)?(?: there is| there are| stands?| is| sits?| lies?| we see)?"
)


def place_behind(said: Sequence[str]) -> str | None:
    """The place that the words behind a thing begin with, to the end of their clause."""
    match = _BEHIND.match(" ".join(said))
    if match is None:
        return None
    return "center" if match["middle"] else match["end"] or _corner(match)


def place_before(said: Sequence[str]) -> str | None:
    """The place that the words before a thing, from the beginning of their clause, are."""
    match = _BEFORE.fullmatch(" ".join(said))
    return None if match is None else _corner(match)


def _corner(match: re.Match[str]) -> str:
    if match["over"]:
        return "top"
    if match["only"]:
        return match["only"]
    return f"{'top' if match['height'].split()[0] in ('top', 'upper', 'high') else 'bottom'} {match['side']}"


def in_words(place: str) -> str:
    """'left' → 'on the left', 'top left' → 'in the top left'."""
    preposition = {"left": "on", "right": "on", "top": "at", "bottom": "at"}.get(place, "in")
    return f"{preposition} the {place}"


def is_at(rect: Rect, place: str) -> bool:
    """Whether the centre of a rectangle is at a place, as far as that can be told."""
    x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
    if place == "center":
        return all(_MIDDLE[0] <= each <= _MIDDLE[1] for each in (x, y))
    words = place.split()
    return (
        ("left" not in words or x <= _LOW)
        and ("right" not in words or x >= _HIGH)
        and ("top" not in words or y <= _LOW)
        and ("bottom" not in words or y >= _HIGH)
    )
