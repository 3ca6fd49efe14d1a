"""How much of the picture an English message gives a thing: "fills the left third", "takes up 40 % of the width".

The words for it are left out of what a small model reads, or are said as a place: it takes a width for a thing. What
they come to is put into its plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lib_omost.compose.words import head_of, singular

_NAMED = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "tenth": 10}
_TIMES = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4}
_AMOUNT = (
    r"(?P<percent>\d{1,3}) ?(?:%|percent|per cent)|(?P<over>[1-4]) ?/ ?(?P<under>[2-5])"
    rf"|(?:(?P<times>{'|'.join(_TIMES)})[ -])?(?P<named>half|thirds?|quarters?|fourths?|fifths?|tenths?)"
)
_PICTURE = r"(?:picture|image|frame|canvas|photo|scene|view|screen|poster|page)"
_SIDE = r"(?P<side>left|right|top|bottom|upper|lower|middle|central|center|centre)(?:-?hand)?(?: side)?"
_OF_IT = rf"(?: of (?:the |its )?(?:whole |entire |full |total )?{_PICTURE})?"
_PART = (
    rf"(?:the )?(?:(?:whole|entire|full) )?{_SIDE} (?:{_AMOUNT}){_OF_IT}"
    rf"(?:,? (?:from|of) (?:top to bottom|left to right))?"
)
_WAY = (
    rf"(?:of )?(?:the )?(?:{_PICTURE}(?:'s|’s)? )?(?:(?:total|whole|full) )?(?P<way>width|height)"
    rf"(?: of the {_PICTURE})?"
)
_ABOUT = "(?:exactly |about |around |roughly |nearly |almost |some )?"
_OF_ALL = rf"{_ABOUT}(?:{_AMOUNT})(?: {_WAY}| of (?:the |this )?{_PICTURE}| of it)"
_SIMPLE = rf"(?:{_AMOUNT})(?: (?:the |this ){_PICTURE})(?! 's)"
_WHOLE = (
    rf"(?:the |this )?(?:(?P<whole>whole|entire|full|complete) {_PICTURE}|{_PICTURE} (?:completely|entirely|fully)"
    rf"|(?P<way>(?:whole |entire |full )?(?:width|height))(?: of the {_PICTURE})?|(?:whole )?{_PICTURE})"
)
_FILLS = (
    r"(?:fill(?:s|ed|ing)?(?: up| out)?|tak(?:es?|ing) up|occup(?:y|ies|ying)|cover(?:s|ing)?|span(?:s|ning)?|takes?"
    r"|taking)"
)
_LINK = r",?(?: (?:that|which|who|it|and|to|should|must|shall|will|so that it|big enough to|large enough to))*"
_AMOUNTS = (_PART, _OF_ALL, _SIMPLE, _WHOLE)
_VERB_FIRST = tuple(re.compile(rf"{_LINK} (?P<verb>{_FILLS}) {amount}\b(?! of (?!the))", re.I) for amount in _AMOUNTS)
_SHOWS = "(?:is|shows?|has|contains|holds|there is|there are|stands|we see)"
# "left third: a tower", "the top half is a stormy sky"
_HEADS = re.compile(
    rf"(?:^|(?<=[.,;:] )|(?<= and )|(?<=\n))(?:(?:on|in|at) )?{_PART}"
    rf"(?: ?[:=] ?|,? (?:{_SHOWS} )?(?=(?:an?|the|one) ))",
    re.I,
)
_BESIDE = re.compile(
    rf"(?:,| and)? (?:about |around |roughly |exactly |nearly )?(?:{_AMOUNT}) {_WAY}(?! of (?!the {_PICTURE}))", re.I
)
_CLOSE = re.compile(
    r"\b(?:full[- ]frame|frame[- ]filling|full[- ]screen)(?: close[- ]?up| portrait| shot| picture| view)?(?: of)? ",
    re.I,
)
_BEHIND = re.compile(r",? (?:in )?(?:full[- ]frame|filling everything)(?=[.,;!]|$)", re.I)
_SIDES = {"upper": "top", "lower": "bottom", "middle": "center", "central": "center", "centre": "center"}
_NO_THING = frozenset(("close-up", "closeup", "portrait", "picture", "image", "photo", "it", "which", "that"))


@dataclass(frozen=True)
class Share:
    """Percent of the picture's width and height, None where that is not said, and the place that goes with it.

    It is the share of what `about`, the words before it from the nearest, or else those behind it, name first.
    """

    width: int | None
    height: int | None
    place: str | None
    about: tuple[str, ...]


def shares_in(message: str) -> tuple[str, tuple[Share, ...]]:
    """The message without what it says of shares, and these; the same message where it has none."""
    found: list[Share] = []

    def behind(match: re.Match[str], said: str, end: int) -> Share:
        return _share(match, tuple(reversed(_words(said[:end]))))

    for pattern in (*_VERB_FIRST, _BESIDE):
        while (match := pattern.search(message)) is not None:
            share = behind(match, message, match.start())
            if share.width is None and share.height is None:
                break
            found.append(share)
            behind_it = message[match.end() :].lstrip("%")
            message = message[: match.start()] + _as_place(share.place, behind_it) + behind_it
    for match in _HEADS.finditer(message):
        found.append(_share(match, tuple(_words(message[match.end() :]))))
    for pattern in (_CLOSE, _BEHIND):
        match = pattern.search(message)
        if match is not None and message[match.end() - 1 : match.end()] == " ":
            found.append(Share(100, 100, None, tuple(_words(message[match.end() :]))))
            message = message[: match.start()] + message[match.end() :]
        elif match is not None:
            found.append(behind(match, message, match.start()))
            found[-1] = Share(100, 100, None, found[-1].about)
            message = message[: match.start()] + message[match.end() :]
    return (message.strip(), tuple(found)) if found else (message, ())


def thing_of(share: Share, things: Sequence[str]) -> int | None:
    """Which of some things' words a share is about, by index; None where it names none of them, or several alike."""
    nouns = [singular(words[-1]) if (words := head_of(thing)) else "" for thing in things]
    for word in map(singular, share.about):
        if word in nouns:
            return nouns.index(word) if nouns.count(word) == 1 else None
    return None


def _share(match: re.Match[str], about: tuple[str, ...]) -> Share:
    found = match.groupdict()
    side, way = (found.get("side") or "").lower(), (found.get("way") or "").lower().split()[-1:]
    percent = _percent(found)
    if percent is None:
        percent = 100
    if way:
        return Share(percent if way == ["width"] else None, percent if way == ["height"] else None, None, about)
    place = _SIDES.get(side, side)
    if place in ("top", "bottom"):
        return Share(100, percent, place, about)
    if place:
        return Share(percent, 100, place, about)
    if percent == 100:
        return Share(100, 100, None, about)
    place = _side_behind(match)
    if percent == 50 or place:  # "half of the picture": all of a side
        return Share(*((100, percent) if place in ("top", "bottom") else (percent, 100)), place or None, about)
    side_length = round(100 * (percent / 100) ** 0.5)
    return Share(side_length, side_length, None, about)


def _side_behind(match: re.Match[str]) -> str:
    """The side that is said behind a share: "half the image, on the right side"."""
    behind = re.match(r",? (?:on|at|to) the (left|right|top|bottom)\b", match.string[match.end() :], re.I)
    return behind[1].lower() if behind else ""


def _percent(found: dict[str, str | None]) -> int | None:
    if found.get("percent"):
        return min(100, int(found["percent"] or 0)) or None
    over, under, named = found.get("over"), found.get("under"), found.get("named")
    if over and under:
        return min(100, round(100 * int(over) / int(under)))
    if named:
        times = _TIMES[(found.get("times") or "one").lower()]
        return min(100, round(100 * times / _NAMED[named.lower().removesuffix("s")]))
    return None


def _as_place(place: str | None, behind: str) -> str:
    """The words for a place, where what stands behind does not say it."""
    if place is None or re.match(rf"%?,? (?:on|at|in|to) the {place}\b", behind, re.I):
        return ""
    return {"center": " in the middle", "top": " at the top", "bottom": " at the bottom"}.get(place, f" on the {place}")


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text.lower()) if word not in _NO_THING]


def shared(shares: Sequence[Share], things: Sequence[str]) -> Iterator[tuple[int, Share]]:
    """Each of some things, by index, that has a share."""
    for share in shares:
        number = thing_of(share, things)
        if number is not None:
            yield number, share
