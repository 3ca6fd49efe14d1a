"""Which things of a canvas the words of an English change name, where that is sure."""

from __future__ import annotations

import re

from lib_omost.canvas.model import Canvas
from lib_omost.compose.review.finding import noun_of
from lib_omost.compose.words import color_in_words, plain, singular

Meant = tuple[int, ...]
_IT = frozenset(("it", "him", "her", "them", "he", "she", "they"))


def meant(words: str, canvas: Canvas, last: Meant = ()) -> Meant | None:
    """The regions, by index, that are named: 'the red car', 'the dog and the cat', 'the apples'; None where unsure.

    `last` are those that "it" means.
    """
    found: list[int] = []
    for name in re.split(r"\s+and\s+", words.strip().lower()):
        one = last if name in _IT else _named(name, canvas)
        if not one:
            return None
        found += one
    return tuple(dict.fromkeys(found))


def _named(name: str, canvas: Canvas) -> Meant | None:
    """All of a noun in the plural, or the one that has it and all words before it in its own, or their colour."""
    own = re.sub(r"^(?:(?:both|all)(?: of)? )?(?:the |my |that |this |those |these |an? )?", "", name).split()
    if not own:
        return None
    noun = singular(own[-1])
    alike = [number for number, region in enumerate(canvas.regions) if noun_of(region) == noun]
    fitting = [number for number in alike if all(_has(canvas, number, word) for word in own[:-1])]
    is_several = noun != own[-1]
    return tuple(fitting) if fitting and (is_several or len(fitting) == 1) else None


def _has(canvas: Canvas, number: int, word: str) -> bool:
    region = canvas.regions[number]
    return word in plain(region.description).split() or word == color_in_words(region.color_name).split()[-1]
