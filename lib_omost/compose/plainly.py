"""Turns of English that a very small model takes for something else, said in words that it knows.

"That does not have a hat" makes it write a hat, and "the last cat" is any cat to it. Nothing is said anew unless all of
it is understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas.model import Canvas, Rect
from lib_omost.compose.as_many import as_many
from lib_omost.compose.by_clock import by_clock
from lib_omost.compose.changes_plainly import change_plainly
from lib_omost.compose.compared import compared
from lib_omost.compose.each_its_own import ROW, each_its_own, number_of
from lib_omost.compose.figures import figures_behind
from lib_omost.compose.one_each import in_corners, one_each
from lib_omost.compose.pro_forms import without_pro_forms
from lib_omost.compose.shares import shares_in
from lib_omost.compose.words import head_of, plain, singular

_ANY = r"(?: (?:any|an?|its|his|her|their)(?= ))?"
_NOT = r"(?: not|n't|n’t)"
_HAVE = "(?:have|wear|hold|carry|contain|show)"
_HAS = "(?:has|have|had|wears?|holds?|carr(?:y|ies)|contains?|shows?)"
_WHO = "(?:that|which|who|but (?:it|he|she|they))"
_WITHOUT = re.compile(
    rf",?\s*\b(?:{_WHO} (?:do|does|did){_NOT} {_HAVE}{_ANY}"
    rf"|{_WHO} (?:is|are|was){_NOT} (?:wearing|holding|carrying|showing){_ANY}"
    rf"|{_WHO} {_HAS} no|(?:{_WHO} lacks?|lacking){_ANY}|with no)(?= \w)",
    re.I,
)
_CENTER = re.compile(r"\b(?:in the )?(?:dead|smack|smack dab|right smack) (?:in the )?(center|centre|middle)\b", re.I)

_TOP_CENTER = re.compile(r"\b(?:at|in|on) the (top|bottom)[ -](?:center|centre|middle)\b", re.I)
_CORNER = re.compile(r"\b(left|right)((?:-hand)?) (top|upper|bottom|lower) corner\b", re.I)
# What an arrangement is called before its things: no thing of its own.
_HEADING = re.compile(
    r"^(?:an? |one |in an? )?(?:[a-z]+ )?(?:split[ -]?(?:screen|image|view)|screen|diptych|triptych|collage|stack|pile"
    r"|row|line|column|queue|group|list|composition|arrangement)\s*[:–—]\s+(?=\S+ \S+ \S+)",
    re.I,
)

_ONE = re.compile(
    rf"\bthe (?P<which>{'|'.join(ROW)})(?:-?hand)? (?P<noun>[a-z]+)"
    r"(?: from the left| in the (?:row|line))?\b",
    re.I,
)
_ALIGNED = 2  # times as far apart along their row as across it
_FLANKED = re.compile(
    r"\bflanked (?:on|to) (?:the|its|his|her) (?P<side>left|right) by (?P<other>an? [a-z-]+(?: [a-z-]+){0,2}?)"
    r"(?=\s*(?:[.,;]|\b(?:in|on|at|and)\b|$))",
    re.I,
)
# What is said of the picture's form before its things.
_SHOT = re.compile(
    r"^(?:an? )?(?:(?:wide|simple|nice|beautiful|landscape|portrait|vertical|horizontal|square|upright)[ -])+"
    r"(?:format )?(?:shot|picture|image|view|composition|format)(?: (?:of|with|showing)|[:,]) (?=\S+ \S+)",
    re.I,
)
_MOST_WORDS = 5  # of a thing that is named by its description
_ENDS = {True: ("leftmost", "rightmost"), False: ("topmost", "lowest")}


def plainly(message: str, standing: Canvas | None) -> str:
    """The message in plainer words; the same one where it has none of these turns, which no other language has.

    `standing` is the canvas that it is to change.
    """
    message = _CENTER.sub(r"in the \1", _WITHOUT.sub(" without", message)).strip()
    message = _TOP_CENTER.sub(r"at the \1", message)
    message = _CORNER.sub(r"\3 \1\2 corner", message)
    if standing is not None:
        message = in_corners(change_plainly(message, standing))
        return as_many(_by_name(message, standing), standing)
    message, _ = shares_in(message)
    message = _FLANKED.sub(r"with \g<other> to its \g<side>", message)
    message = without_pro_forms(by_clock(figures_behind(_SHOT.sub("", _HEADING.sub("", message)))))
    return compared(each_its_own(one_each(message)))


def _by_name(message: str, canvas: Canvas) -> str:
    """'the last one' of three cats in a row → 'the brown cat', or what else tells it from the others."""
    names = [plain(region.description) for region in canvas.regions]
    nouns = [singular(words[-1]) if (words := head_of(name)) else "" for name in names]

    def said(match: re.Match[str]) -> str:
        noun = singular(match["noun"].lower())
        if noun == "one":
            several = {each for each in nouns if each and nouns.count(each) > 1}
            noun = several.pop() if len(several) == 1 and len(set(nouns)) == 1 else ""
        alike = [number for number, each in enumerate(nouns) if noun and each == noun]
        row = _in_a_row([canvas.regions[number].rect for number in alike])
        if len(alike) < 2 or row is None:
            return match[0]
        order, is_across = row
        place = number_of(match["which"].lower(), len(alike))
        if place is None:
            return match[0]
        name = names[alike[order[place]]]
        if names.count(name) == 1 and len(name.split()) <= _MOST_WORDS:
            return f"the {name}"
        first, last = _ENDS[is_across]
        return {0: f"the {first} {noun}", len(alike) - 1: f"the {last} {noun}"}.get(place, match[0])

    return _ONE.sub(said, message)


def _in_a_row(rects: Sequence[Rect]) -> tuple[list[int], bool] | None:
    """The order in which rectangles stand in a row, and whether it runs across; None where they stand in none."""
    if len(rects) < 2:
        return None
    across, down = ([rect.left + rect.right for rect in rects], [rect.top + rect.bottom for rect in rects])
    spreads = max(across) - min(across), max(down) - min(down)
    is_across = spreads[0] >= spreads[1]
    along = across if is_across else down
    if max(spreads) < _ALIGNED * min(spreads) or len(set(along)) < len(along):
        return None
    return sorted(range(len(rects)), key=along.__getitem__), is_across
