"""What a comparison finds, and the noun of a thing's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lib_omost.canvas.model import Region
from lib_omost.compose.words import singular

_PART = re.compile(r"\b(?:with|wearing|in|on|of|holding|carrying|made|and|at|under|behind)\b", re.I)

Kind = Literal[
    "missing",
    "strange",
    "count",
    "color",
    "relation",
    "place",
    "depth",
    "scene",
    "absent",
    "unseen",
    "other",
    "kept",
    "unchanged",
    "some",
]


@dataclass(frozen=True)
class Finding:
    """Something that is not as asked; `lacking` says what, `mended` what was done when it is, each without its dot.

    It is about things whose noun is `noun`, in the singular. `words` and `count` are what the message says of it; of
    what is strange, the words that it stands for, if that is sure; of a relation, of the kind `how`, the other's noun,
    or both others' of "between"; of a place or a depth, `how` says which. `said` are all words of the message.
    `numbers`: the regions, from 1, that alone it names where others were changed, or that alone are to stay, or all of
    which some were changed.
    """

    kind: Kind
    lacking: str
    mended: str
    noun: str
    words: tuple[str, ...] = ()
    count: int = 1
    how: str = ""
    said: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


def noun_of(region: Region) -> str:
    """The noun of what a region is: 'Girl with a red balloon.' → 'girl'."""
    return noun_in(region.description or region.tags)


def noun_in(text: str) -> str:
    """The noun of a thing's words, in the singular; "" when there is none."""
    words = re.findall(r"[^\W_]+", _PART.split(text, maxsplit=1)[0].lower())
    return singular(words[-1]) if words else ""
