"""The figure in which an English message has several of a thing stand: a row, a column, a ring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lib_omost.compose.plan import FIGURES
from lib_omost.compose.words import counts_to, head_of, singular

_STANDS = r"(?:(?:standing|sitting|arranged|placed|set|put|laid out|lined up|all|hanging|floating|lying) )?"
_LOOK = r"(?:(?:straight|horizontal|long|neat|single|wide|perfect|big|large|small|closed|tight|even) )*"
_ROW = r"(?:row|line|queue|file)"
_COLUMN = r"(?:column|tower|vertical (?:row|line|column)|stack)"
_RING = r"(?:circle|ring)"
_FIGURES = dict(
    zip(
        FIGURES,
        (
            rf"{_STANDS}in (?:an?|one) {_LOOK}{_ROW}|lined up|side by side|next to (?:each other|one another)"
            rf"|forming an? {_LOOK}{_ROW}|from left to right",
            rf"{_STANDS}in (?:an?|one) {_LOOK}{_COLUMN}|(?:one |all )?(?:stacked )?(?:above|below|on top of|over|under)"
            r" (?:each other|one another|the other|another)|from top to bottom",
            rf"{_STANDS}in (?:an?|one) {_LOOK}{_RING}|(?:that )?form(?:ing)? an? {_LOOK}{_RING}",
        ),
        strict=True,
    )
)
_NUMBERS = counts_to(9)
_COUNT = "|".join(_NUMBERS)
_BEHIND = {name: re.compile(rf"\b(?:{words})\b", re.I) for name, words in _FIGURES.items()}
_COUNTED = rf"(?:{_COUNT}) (?:[a-z-]+ ){{0,2}}?(?:[a-z]{{2,}}(?<!s)s|people|(?:wo)?men|children|mice|geese|sheep)"
# "a ring of six stones": a figure before what stands in it
_OF = tuple(
    (re.compile(rf"\b(?:an?|one) {_LOOK}{words} of (?P<things>{_COUNTED})\b(?! in an? )", re.I), rf"\g<things> {said}")
    for words, said in ((_ROW, "in a row"), (_COLUMN, "one above the other"), (_RING, "in a circle"))
)
_SEVERAL_ROWS = re.compile(
    rf"\b(?P<rows>{_COUNT}) (?:rows|lines|columns) (?:of|with) (?P<each>{_COUNT}) (?P<things>[a-z])", re.I
)
_MARK = re.compile(r"[.;:!?]")


@dataclass(frozen=True)
class Figure:
    """A figure of FIGURES, and the words before it, from the nearest, of which one names what stands in it."""

    name: str
    about: tuple[str, ...]


def figures_in(message: str) -> tuple[Figure, ...]:
    """The figures that a message names, each with what is said before it in its sentence."""
    found = []
    for name, pattern in _BEHIND.items():
        for match in pattern.finditer(message):
            start = max((mark.end() for mark in _MARK.finditer(message[: match.start()])), default=0)
            words = re.findall(r"[^\W\d_]+", message[start : match.start()].lower())
            found.append(Figure(name, tuple(reversed(words))))
    return tuple(found)


def figures_behind(message: str) -> str:
    """'a ring of six stones around it' → 'six stones in a circle around it', 'two rows of three jars' → 'six jars'"""
    for pattern, said in _OF:
        message = pattern.sub(said, message)
    return _SEVERAL_ROWS.sub(_all_of_them, message)


def _all_of_them(match: re.Match[str]) -> str:
    count = _NUMBERS[match["rows"].lower()] * _NUMBERS[match["each"].lower()]
    word = next((word for word, number in _NUMBERS.items() if number == count), None)
    return f"{word} {match['things']}" if word else match[0]


def arranged(figures: Sequence[Figure], counted: Sequence[tuple[str, int]]) -> Iterator[tuple[int, str]]:
    """Each of some things, with their counts, that stands in a figure, by index, with its name."""
    for figure in figures:
        nouns = [singular(words[-1]) if count > 1 and (words := head_of(thing)) else "" for thing, count in counted]
        number = next((nouns.index(noun) for noun in map(singular, figure.about) if noun in nouns), None)
        if number is not None:
            yield number, figure.name
