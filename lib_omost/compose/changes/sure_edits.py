"""What an English change asks for in so many words, as edits: "make the dog bigger and remove the cat".

A very small model mixes two changes of one message up, and takes one thing for another. What is plain is done without
it; it reads the clauses that are left. Nothing is sure where a word of them could point to another clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lib_omost.canvas.model import Canvas
from lib_omost.compose.changes.targets import Meant, meant
from lib_omost.compose.edit import Describe, Edit, Move, Recolor, Remove, Resize, SetDepth, Swap, Targets
from lib_omost.compose.plan import Relation
from lib_omost.compose.shares import shares_in
from lib_omost.compose.vocabulary import PLACES, share_size
from lib_omost.compose.words import HUE, color_of, plain

_MOST_PIECES = 8
_SPLIT = re.compile(
    r"\s*(?:[.;!]+(?=\s|$)|,)\s*(?:(?:and|then|also|plus)\b[ ,]*)*|\s+(?:and|then|also|plus)\b[ ,]*(?:then |also )?",
    re.I,
)
_POLITE = re.compile(
    r"^(?:(?:please|pls|plz|ok|okay|now|then|also|just|maybe|hey|hi|yes|no,|next|finally|first|and|so"
    r"|(?:can|could|would|will) (?:you|we|u)|you (?:can|could|should)|i(?:'d| would)? (?:like|want|need|love)(?: you)?"
    r"(?: to(?: have| see)?)?|let's|let us|i think|how about|what if|it would be (?:nice|great) if)[ ,]+)+"
    r"|[ ,]*(?:please|pls|plz|thanks|thank you|thx|now|instead of that|for me|too|as well|a bit more)?[ .!?)]*$",
    re.I,
)
# Words that point beyond their clause, or deny it.
_UNSURE = re.compile(
    r"\b(?:only|except|but|not|don't|doesn't|isn't|never|nothing|instead|undo|back again|again|if|or|than|else|other"
    r"|others|another one|one|ones|same|there|here|rest|everything|nobody|like|until|so that|without|unless|both"
    r"|each|every|either|former|latter|wait|actually|sorry)\b",
    re.I,
)
_POINTS = re.compile(r"\b(?:it|him|her|them|its|his|their|he|she|they|this|that|these|those)\b", re.I)
_BEGINS = re.compile(
    r"(?:add|put|give|make|draw|place|insert|change|turn|paint|let|replace|swap|remove|move|show|set|have|include|hang"
    r"|the [a-z'-]+ [a-z]|(?:the|a|an) [a-z' -]+ (?:should|must|needs?|has|is|are|shall|could)\b)",
    re.I,
)
_T = r"(?P<t>[a-z][a-z' -]*?(?: and (?:the )?[a-z][a-z' -]*?)?)"
_MAY = re.compile(r"^(?:could|can|should|may|must) (the [a-z' -]+?) (?:be|go|stand|sit|come|move)\b", re.I)
_IS = r"(?:should|must|shall|needs? to|has to|have to|ought to|could|can|might|is to|are to|would|want(?:ed)?)"
_MUCH = (
    r"(?:(?P<much>much|a lot|way|far|considerably|twice as|a great deal|lots)"
    r"|(?:even|a bit|a little|slightly|somewhat|a tad|a touch))"
)
_SIZES = {
    **dict.fromkeys(("bigger", "larger", "big", "large"), "larger"),
    **dict.fromkeys(("smaller", "tinier", "small"), "smaller"),
    **dict.fromkeys(("taller", "higher"), "taller"),
    **dict.fromkeys(("wider", "broader"), "wider"),
    **dict.fromkeys(("narrower", "thinner", "slimmer"), "narrower"),
    "shorter": "shorter",
}  # fmt: skip
_SIZE = r"(?P<size>bigger|larger|smaller|tinier|taller|wider|broader|narrower|thinner|slimmer|shorter)"
_NEAR = (
    r"(?P<near>closer(?: to (?:us|the (?:viewer|camera|front)))?|nearer|forwards?"
    r"|(?:in)?to the (?:front|foreground)|in the foreground)"
)
_FAR = (
    r"(?P<far>(?:further|farther)(?: away| back| off)?|backwards?"
    r"|(?:in)?to the (?:back|background|distance)|in the background)"
)
_PLACE = (
    r"(?:over |all the way |further )?(?:on|to|in|at|into|onto) (?:the )?(?:far |very |extreme )?"
    r"(?:(?P<height>top|upper|bottom|lower)[ -])?(?P<side>left|right|top|bottom|middle|center|centre)"
    r"(?:[ -]?hand)?(?: side| corner| edge| half| part)?"
    r"(?: of (?:the )?(?:picture|image|frame|canvas|scene|room|page))?"
)
_KINDS = {
    **{f"{start}{side} of": f"{side} of" for side in ("left", "right") for start in ("", "to the ", "on the ")},
    **{f"{start}{side} side of": f"{side} of" for side in ("left", "right") for start in ("to the ", "on the ")},
    **dict.fromkeys(("above", "over"), "above"),
    **dict.fromkeys(("below", "under", "underneath", "beneath"), "below"),
    **dict.fromkeys(("on top of", "onto", "on"), "on"),
    **dict.fromkeys(("next to", "beside"), "beside"),
    **{"in front of": "in front of", "behind": "behind"},
}
_RELATION = (
    rf"(?:right |directly |just )?(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))})"
    r" (?P<u>(?:the |my )?[a-z][a-z' -]*)"
)
_REMOVE = "(?:remove|delete|erase|drop|ditch|lose|(?:take|kick|throw|cut) (?:out|away|off)|get rid of)"
_MOVE = r"(?:move|shift|put|place|drag|set|bring|slide|push|pull|get|send|have)"
_PAINT = r"(?:make|paint|colou?r|turn|dye|recolou?r|change|have|want)"


@dataclass(frozen=True)
class SureEdits:
    """Edits, and what of the message is left for a model to read; "" where nothing is."""

    edits: tuple[Edit, ...] = ()
    rest: str = ""


def sure_edits(message: str, canvas: Canvas) -> SureEdits:
    """What is sure of a change of `canvas`; no edits and the whole message where that is nothing."""
    nothing = SureEdits((), message)
    said = _POLITE.sub("", message.strip())
    if not said.isascii() or _UNSURE.search(said):
        return nothing
    cuts = [match.span() for match in _SPLIT.finditer(said) if match.end() < len(said)]
    if len(cuts) >= _MOST_PIECES:
        return nothing
    read = _Reading(said, canvas).read(cuts)
    if read is None:
        return nothing
    edits, rest = read
    if any(_POINTS.search(piece) or not _BEGINS.match(piece) for piece in rest):
        return nothing
    return SureEdits(tuple(edits), " and ".join(rest)) if edits else nothing


class _Reading:
    """A message cut into clauses, the longest that can be read first."""

    def __init__(self, said: str, canvas: Canvas) -> None:
        self._said = said
        self._canvas = canvas
        self._last: tuple[int, ...] = ()
        self._was = ""  # what the clause before it did

    def read(self, cuts: Sequence[tuple[int, int]]) -> tuple[list[Edit], list[str]] | None:
        """All edits that are sure, and the clauses that are not; None where a clause without a verb is not."""
        edits: list[Edit] = []
        rest: list[str] = []
        start = 0
        while start < len(self._said):
            ends = [*(cut for cut in cuts if cut[0] >= start), (len(self._said), len(self._said))]
            for end, after in reversed(ends):
                found = self._clause(self._said[start:end])
                if found is not None:
                    edits += found
                    start = after
                    break
            else:
                piece, start = self._said[start : ends[0][0]], ends[0][1]
                if piece.strip():
                    rest.append(piece)
                self._last, self._was = (), ""
        return edits, rest

    def _clause(self, piece: str) -> list[Edit] | None:
        piece = _MAY.sub(r"\1 should be", _POLITE.sub("", piece.strip()))
        for name, pattern in _CLAUSES:
            match = pattern.fullmatch(piece)
            if match is None:
                continue
            found = self._edits(name, match)
            if found:
                self._was = name
                return found
        return self._shared(piece)

    def _edits(self, name: str, match: re.Match[str]) -> list[Edit] | None:
        said = match.groupdict()
        numbers = meant(said["t"], self._canvas, self._last) if said.get("t") else self._bare(name)
        if not numbers:
            return None
        targets = Targets(tuple(str(number + 1) for number in numbers))
        found = _edit(name, said, targets)
        if name == "give":
            found = _given(self._canvas, numbers, said["thing"] or "")
        if name in ("beside", "swap") and found is None:
            other = meant(said["u"], self._canvas, numbers)
            if other is None or len(other) != 1 or set(other) & set(numbers) or len(numbers) != 1:
                return None
            found = _pair(said, targets, str(other[0] + 1))
        if found:
            self._last = () if name == "remove" else numbers
        return found

    def _bare(self, name: str) -> tuple[int, ...] | None:
        """What a clause without a thing is about: "make the car red and bigger"."""
        return self._last if self._was and self._was not in (name, "remove") else None

    def _shared(self, piece: str) -> list[Edit] | None:
        """'make the ship fill the left half' → moved and resized"""
        plainer, shares = shares_in(piece)
        if len(shares) != 1 or plainer == piece:
            return None
        share = shares[0]
        match = re.fullmatch(rf"(?:{_MOVE} |make |let )?{_T}(?: {_PLACE})?", plainer, re.I)
        numbers = meant(match["t"], self._canvas, self._last) if match else None
        if numbers is None or len(numbers) != 1:
            return None
        self._last, self._was = numbers, "share"
        targets = Targets((str(numbers[0] + 1),))
        place = share.place or ("center" if (share.width, share.height) == (100, 100) else None)
        moved: list[Edit] = [Move(targets, place)] if place else []
        return [*moved, Resize(targets, share_size(share.width, share.height))]


def _edit(name: str, said: dict[str, str | None], targets: Targets) -> list[Edit] | None:
    if name == "remove":
        return [Remove(targets)]
    if name == "color":
        color = color_of(said["color"] or "")
        return [Recolor(targets, color)] if color else None
    if name == "size":
        one = Resize(targets, _SIZES[(said["size"] or "").lower()])
        return [one, one] if said.get("much") else [one]
    if name == "depth":
        return [SetDepth(targets, "nearer" if said["near"] else "farther")]
    if name == "move" and len(targets.names) == 1:
        return [Move(targets, _place(said))]
    return None


def _given(canvas: Canvas, numbers: Meant, thing: str) -> list[Edit] | None:
    """'give the woman a sun hat' → the woman with a sun hat"""
    try:
        return [
            Describe(Targets((str(number + 1),)), f"{plain(canvas.regions[number].description)} with {thing.lower()}")
            for number in numbers
        ]
    except ValueError:
        return None


def _pair(said: dict[str, str | None], targets: Targets, other: str) -> list[Edit]:
    if said.get("kind") is None:
        return [Swap(Targets((*targets.names, other)))]
    return [Move(targets, relation=Relation(_KINDS[(said["kind"] or "").lower()], (other,)))]


def _place(said: dict[str, str | None]) -> str:
    side = {"middle": "center", "centre": "center"}.get((said["side"] or "").lower(), (said["side"] or "").lower())
    height = {"upper": "top", "lower": "bottom"}.get((said["height"] or "").lower(), (said["height"] or "").lower())
    place = f"{height} {side}".strip()
    return place if place in PLACES else height if side == "center" else side


def _clauses() -> Iterator[tuple[str, re.Pattern[str]]]:
    said = {
        "remove": (
            rf"{_REMOVE} {_T}(?: from (?:the )?(?:picture|image|scene|canvas))?",
            rf"(?:take|throw|kick|cut) {_T} (?:out|away|off)",
            rf"{_T} (?:{_IS} )?(?:be )?(?:gone|removed|deleted|go away|disappear|vanish)",
            rf"(?:no|no more) {_T}",
        ),
        "size": (
            rf"(?:(?:make|have) )?{_T} (?:{_IS} be |a size )?(?:{_MUCH} )?{_SIZE}",
            rf"(?:make |a )?(?:{_MUCH} )?{_SIZE}",
        ),
        "depth": (
            rf"(?:(?:{_MOVE}|make) )?{_T} (?:{_IS} (?:be|come|go|move) )?(?:{_MUCH} )?(?:{_NEAR}|{_FAR})",
            rf"(?:{_MOVE} )?(?:{_MUCH} )?(?:{_NEAR}|{_FAR})",
        ),
        "color": (
            rf"{_PAINT} {_T} (?:to |into |in |to be )?(?P<color>{HUE})",
            rf"{_T} {_IS} (?:be|become|turn) (?P<color>{HUE})",
            rf"(?P<color>{HUE})",
        ),
        "move": (
            rf"{_MOVE} {_T} {_PLACE}",
            rf"{_T} {_IS} (?:be|go|stand|sit|lie|move|come|hang) {_PLACE}",
            rf"{_T} {_PLACE}",
        ),
        "beside": (
            rf"{_MOVE} {_T} {_RELATION}",
            rf"{_T} {_IS} (?:be|go|stand|sit|lie|move|come|hang)(?: placed| put)? {_RELATION}",
        ),
        "give": (rf"give {_T} (?P<thing>(?:an?|some) [a-z][a-z -]*)",),
        "swap": (
            r"(?:swap|switch|exchange)(?: the)?(?: positions of| places of)? (?P<t>(?:the )?[a-z][a-z' -]*?)"
            r" (?:and|with|for) (?P<u>(?:the )?[a-z][a-z' -]*?)(?: around| places| positions)?",
        ),
    }  # fmt: skip
    for name, patterns in said.items():
        yield from ((name, re.compile(pattern, re.I)) for pattern in patterns)


_CLAUSES = tuple(_clauses())
