"""Turns of English that a very small model takes for something else, said in words that it knows.

"That does not have a hat" makes it write a hat, "the last cat" is any cat to it, and of "three bottles, the middle one
green and the other two brown" it makes six. Nothing is said anew unless all of it is understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas.model import Canvas, Rect
from lib_omost.compose.as_many import as_many
from lib_omost.compose.one_each import one_each
from lib_omost.compose.words import color_of, head_of, plain, singular

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

_CORNER = re.compile(r"\b(left|right)((?:-hand)?) (top|upper|bottom|lower) corner\b", re.I)
# What an arrangement is called before its things: no thing of its own.
_HEADING = re.compile(
    r"^(?:an? |one |in an? )?(?:[a-z]+ )?(?:split[ -]?(?:screen|image|view)|screen|diptych|triptych|collage|stack|pile"
    r"|row|line|column|queue|group|list|composition|arrangement)\s*[:–—]\s+(?=\S+ \S+ \S+)",
    re.I,
)

_NUMBERS = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
_PLACES = {
    2: (" on the left", " on the right"),
    3: (" on the left", " in the middle", " on the right"),
    4: ("", "", "", ""),  # in their order
}
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "leftmost": 0, "left": 0}
_LAST = ("last", "rightmost", "right")
_MIDDLES = ("middle", "center", "centre", "central")
_WHICH = "|".join((*_ORDINALS, *_LAST, *_MIDDLES, "others?", "rest", "outer"))
_SEVERAL = re.compile(
    rf"(?P<before>.*?)\b(?P<number>{'|'.join(_NUMBERS)}) (?P<words>(?:[a-z-]+ ){{0,3}}?)"
    r"(?P<noun>[a-z]{2,}(?<!s)s|(?:wo)?men|children|people|mice|geese|sheep|fish)"
    r"(?P<place> (?:on|in|at|by|under|near|beside|behind|against|along|standing|sitting|lined|side)"
    r"(?: (?!and\b)[a-z]+){0,4}|)"
    r" ?[,:;(-] (?P<parts>(?:(?:and|with) )?the\b[^.!?()]*)\)?(?P<behind>[.!?].*|)",
    re.I | re.S,
)
_PART = (
    rf"(?:and |with )?the (?P<which>{_WHICH})(?: (?:one|ones|two|three|%s))?"
    r"(?:,? (?:is|are|being|in|shall be|should be|must be))? (?P<how>(?:[a-z-]+ ){0,2}[a-z-]+)"
)
_LOOKS = "big small large tiny huge tall short open closed old new and dark light pale bright deep"
_HOW = frozenset(_LOOKS.split())
_LINE = re.compile(r" (?:standing |sitting |lined up )?(?:side by side|in (?:a|one) (?:row|line))$", re.I)

_ONE = re.compile(
    rf"\bthe (?P<which>{'|'.join((*_ORDINALS, *_LAST, *_MIDDLES))})(?:-?hand)? (?P<noun>[a-z]+)"
    r"(?: from the left| in the (?:row|line))?\b",
    re.I,
)
_ALIGNED = 2  # times as far apart along their row as across it
_MOST_WORDS = 5  # of a thing that is named by its description
_ENDS = {True: ("leftmost", "rightmost"), False: ("topmost", "lowest")}


def plainly(message: str, standing: Canvas | None) -> str:
    """The message in plainer words; the same one where it has none of these turns, which no other language has.

    `standing` is the canvas that it is to change.
    """
    message = _CENTER.sub(r"in the \1", _WITHOUT.sub(" without", message)).strip()
    message = _CORNER.sub(r"\3 \1\2 corner", message)
    if standing is not None:
        return as_many(_by_name(message, standing), standing)
    return _each_by_itself(one_each(_HEADING.sub("", message)))


def _each_by_itself(message: str) -> str:
    """'three cups, the middle one red and the others blue' → 'a blue cup on the left, a red cup in the middle and …'"""
    match = _SEVERAL.fullmatch(message)
    if match is None:
        return message
    count, noun = _NUMBERS[match["number"].lower()], match["noun"].lower()
    looks = _looks(match["parts"], count, noun)
    if looks is None:
        return message
    words = match["words"] + singular(noun)
    ones = [
        f"{'an' if look[0] in 'aeiou' else 'a'} {look} {words}{place}"
        for look, place in zip(looks, _PLACES[count], strict=True)
    ]
    order = "from left to right " if count > len(_PLACES) else ""
    return (
        f"{match['before']}{order}{', '.join(ones[:-1])} and {ones[-1]}{_LINE.sub('', match['place'])}{match['behind']}"
    )


def _looks(parts: str, count: int, noun: str) -> list[str] | None:
    """How each of `count` things looks, from left to right; None where that is not all that is said."""
    looks: list[str | None] = [None] * count
    others: str | None = None
    for part in re.split(r"[,;] (?:and )?|,? and (?=the\b)", parts.strip()):
        match = re.fullmatch(_PART % f"{noun}|{singular(noun)}", part.strip(), re.I)
        if match is None:
            return None
        which, how = match["which"].lower(), match["how"].lower()
        if not all(word in _HOW or color_of(word) for word in how.split()):
            return None
        if which in ("other", "others", "rest", "outer"):
            others = how
            continue
        number = _number(which, count)
        if number is None or looks[number] is not None:
            return None
        looks[number] = how
    found = [look or others for look in looks]
    return None if None in found else [look for look in found if look]


def _number(which: str, count: int) -> int | None:
    """The index of what an ordinal names among `count` things in a row."""
    if which in _MIDDLES:
        return count // 2 if count % 2 else None
    number = count - 1 if which in _LAST else _ORDINALS[which]
    return number if number < count else None


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
        place = _number(match["which"].lower(), len(alike))
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
