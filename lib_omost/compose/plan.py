"""A plan: what a picture shows and where, in so few words that a very small model can write it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib_omost.canvas.colors import COLORS
from lib_omost.compose.vocabulary import (
    CORNERS,
    DEPTHS,
    LONGEST_ABSENT,
    LONGEST_SCENE,
    LONGEST_THING,
    MOST_ENTRIES,
    MOST_OF_A_THING,
    PLACES,
    RELATIONS,
    SHIFTS,
    SIZES,
)

_THING = re.compile("[a-z0-9][a-z0-9' -]*")
_SCENE = re.compile("[a-z0-9][a-z0-9', -]*")
_COUNTED = re.compile("[1-9] x ")
FIGURES = ("row", "column", "ring")  # in which several of a thing stand
NOT_FIRST = frozenset(("a", "an", "the", "no", "scene", "style"))  # no thing begins with them: other lines do


@dataclass(frozen=True)
class Relation:
    """Where a thing is by others: `kind` is one of RELATIONS; `targets` are their words, or numbers, as texts.

    "between" has two targets, every other relation one. Raises ValueError.
    """

    kind: str
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.kind not in RELATIONS:
            raise ValueError(f"{self.kind!r} is not a relation")
        if len(self.targets) != (2 if self.kind == "between" else 1):
            raise ValueError(f"{self.kind!r} has {len(self.targets)} targets")
        for target in self.targets:
            check_words("target", target, LONGEST_THING)
        if len(self.targets) > 1 and " and " in self.targets[0] + " and":
            raise ValueError(f"target {self.targets[0]!r} holds an 'and'")


@dataclass(frozen=True)
class Entry:
    """One line of a plan: a thing, without its article, and what is known of it; None is left to the layout.

    `place` is one of PLACES or CORNERS, `shift` of SHIFTS and only behind a place, `size` of SIZES, `depth` of DEPTHS,
    `color` of COLORS. `count` is 1 to MOST_OF_A_THING; the thing then stands in the singular. What no model writes, but
    its message says: `figure` is one of FIGURES, `share` percent of the picture's width and height, None where one is
    not said. Raises ValueError.
    """

    thing: str
    count: int = 1
    place: str | None = None
    shift: str | None = None
    relation: Relation | None = None
    size: str | None = None
    depth: str | None = None
    color: str | None = None
    figure: str | None = None
    share: tuple[int | None, int | None] | None = None

    def __post_init__(self) -> None:
        check_words("thing", self.thing, LONGEST_THING, articles=False)
        if _COUNTED.match(self.thing):
            raise ValueError(f"thing {self.thing!r} begins with a count")
        if not 1 <= self.count <= MOST_OF_A_THING:
            raise ValueError(f"count {self.count} is not between 1 and {MOST_OF_A_THING}")
        for name, value, known in (
            ("place", self.place, (*PLACES, CORNERS)),
            ("shift", self.shift, SHIFTS),
            ("size", self.size, SIZES),
            ("depth", self.depth, DEPTHS),
            ("color", self.color, COLORS),
            ("figure", self.figure, FIGURES),
        ):
            if value is not None and value not in known:
                raise ValueError(f"{name} {value!r} is not a known name")
        if any(side is not None and not 1 <= side <= 100 for side in self.share or ()):
            raise ValueError(f"share {self.share} is not of percents")
        if self.shift is not None and self.place not in PLACES:
            raise ValueError("a shift stands behind a place")


@dataclass(frozen=True)
class Plan:
    """A whole picture: `scene` is what is everywhere, `style` medium and mood, `absent` what must not be seen.

    Raises ValueError when a text is not of lower-case ASCII words, or there are too many entries.
    """

    scene: str
    scene_color: str | None = None
    style: str = ""
    absent: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        check_words("scene", self.scene, LONGEST_SCENE, commas=True)
        if self.style:
            check_words("style", self.style, LONGEST_SCENE, commas=True)
        for thing in self.absent:
            check_words("absent", thing, LONGEST_THING)
        if len(", ".join(self.absent)) > LONGEST_ABSENT:
            raise ValueError("absent names too much")
        if self.scene_color is not None and self.scene_color not in COLORS:
            raise ValueError(f"scene_color {self.scene_color!r} is not a known name")
        if len(self.entries) > MOST_ENTRIES:
            raise ValueError(f"{len(self.entries)} entries are more than {MOST_ENTRIES}")


def check_words(name: str, text: str, longest: int, *, commas: bool = False, articles: bool = True) -> None:
    """Whether a text can stand in a plan: raises ValueError, with the field's name, when it cannot."""
    fits = (_SCENE if commas else _THING).fullmatch(text) and len(text) <= longest
    if not fits or text != text.strip() or "  " in text or (commas and re.search(r",(?! [a-z0-9])| ,", text)):
        raise ValueError(f"{name} {text!r} is not 1 to {longest} characters of lower-case words")
    if not articles and (first := text.split(maxsplit=1)[0]) in NOT_FIRST:
        raise ValueError(f"{name} {text!r} begins with {first!r}")
