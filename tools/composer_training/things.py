"""Things to be drawn, at random: a noun with its adjectives, as a message says it and as a plan writes it."""

from __future__ import annotations

import functools
import random
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from composer_training.lexicon import (
    ACTIONS,
    ADJECTIVES,
    COLOR_NAMES,
    COLORS,
    COUNTABLE,
    CREATURE_ADJECTIVES,
    CREATURES,
    EVERYDAY,
    LARGE,
    MATERIALS,
    PARTS,
    SMALL,
    TALL,
    WIDE,
)
from lib_omost.canvas.colors import COLORS as HTML_COLORS

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "mouse": "mice", "goose": "geese", "sheep": "sheep",
    "fish": "fish", "deer": "deer", "wolf": "wolves", "knife": "knives", "shelf": "shelves", "leaf": "leaves", "foot": "feet",
    "tooth": "teeth", "person": "people", "scarf": "scarves", "loaf": "loaves", "ox": "oxen",
}  # fmt: skip
# In a noun these words would say a place, a number or a picture.
_MISLEADING = re.compile(
    r"\b(left|right|top|bottom|center|front|back|side|corner|middle|background|upper|lower|one|two|three|four|five|six"
    r"|pair|picture|scene|style|photo|photograph|image|red|green|blue|yellow|black|white|brown|orange|pink|violet|gray"
    r"|golden|silver|number|small|large|big|little|grey|tall|wide|long|high|color|colors|set|in|on|of|and|the)\b"
)


@dataclass(frozen=True)
class Thing:
    """`text` is what a plan writes, `noun` its shortest name, `color` and `size` what the plan says of it.

    `lead` is the word that a message has before one of it: "a" stands for "a" or "an".
    """

    noun: str
    text: str
    kind: str
    color: str | None = None
    size: str | None = None
    count: int = 1
    lead: str = "a"

    @property
    def said(self) -> str:
        """With its indefinite article or number: 'a red ball', 'three red balls'."""
        if self.count > 1:
            return f"{NUMBERS[self.count]} {plural(self.text, self.noun)}"
        return with_article(self.text) if self.lead == "a" else f"{self.lead} {self.text}".strip()

    @property
    def known(self) -> str:
        """Said again, by its noun: 'the ball'."""
        return "the " + (plural(self.noun, self.noun) if self.count > 1 else self.noun)


def with_article(text: str) -> str:
    """'red ball' → 'a red ball'."""
    return ("an " if re.match("[aeiou](?!ni|uro|ne )|hour", text) else "a ") + text


def plural(text: str, noun: str) -> str:
    """The text with its noun in the plural: 'red ball of wool', 'ball' → 'red balls of wool'."""
    start, _, end = text.rpartition(noun) if text.endswith(noun) else text.partition(noun)
    *first, last = noun.split(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif re.search("(s|x|z|ch|sh)$", last):
        last += "es"
    elif re.search("[^aeiou]y$", last):
        last = last[:-1] + "ies"
    elif not last.endswith("s"):
        last += "s"
    return start + " ".join([*first, last]) + end


def is_held_out(words: str, one_in: int = 10) -> bool:
    """Whether words are kept for the evaluation alone."""
    return zlib.crc32(words.encode()) % one_in == 0


@functools.cache
def nouns(held_out: bool) -> dict[str, tuple[str, ...]]:
    """Nouns by kind, of the training or of the evaluation."""
    lines = Path(__file__).with_name("nouns.txt").read_text(encoding="ascii").splitlines()
    found = {}
    for line in lines:
        if line.startswith("#"):
            continue
        kind, _, names = line.partition(": ")
        kept = [name for name in names.split(", ") if not _MISLEADING.search(name)]
        found[kind] = tuple(name for name in kept if is_held_out(name) == held_out)
    return found


@functools.cache
def everyday(held_out: bool) -> dict[str, tuple[tuple[str, str | None], ...]]:
    """Common nouns and the colours they mostly have, by kind."""
    found = {}
    for kind, names in EVERYDAY.items():
        pairs = [(noun, color or None) for noun, _, color in (name.partition(":") for name in names.split())]
        kept = tuple(pair for pair in pairs if is_held_out(pair[0], 6) == held_out)
        if kept:
            found[kind] = kept
    return found


def color_name(words: str) -> str:
    """The HTML name of a colour in words."""
    compact = words.replace(" ", "")
    return compact if compact in HTML_COLORS else COLOR_NAMES.get(words) or words.rsplit(maxsplit=1)[-1]


class Things:
    """Draws things, no two with the same noun in one picture."""

    def __init__(self, rng: random.Random, held_out: bool) -> None:
        self._rng = rng
        self._held_out = held_out
        self._taken: set[str] = set()
        # most people write articles, some none at all, some "the"
        self._leads = rng.choices((("a",), ("",), ("the",), ("a", "the", "", "one", "some", "my")), (78, 10, 6, 6))[0]

    def noun(self, kinds: tuple[str, ...] = ()) -> tuple[str, str, str | None]:
        """A noun, its kind and the colour it mostly has."""
        rng = self._rng
        while True:
            common = everyday(self._held_out) if rng.random() < 0.45 else {}
            table = {kind: names for kind, names in common.items() if not kinds or kind in kinds}
            listed = nouns(self._held_out)
            kind = rng.choice([kind for kind in table or listed if not kinds or kind in kinds])
            noun, color = rng.choice(table[kind]) if table else (rng.choice(listed[kind]), None)
            if not self._taken & set(noun.split()) and noun.split()[-1] not in self._taken:
                self._taken |= set(noun.split())
                return noun, kind, color if color in HTML_COLORS else None

    def one(
        self,
        *,
        kinds: tuple[str, ...] = (),
        rich: float = 0.5,
        counted: float = 0.0,
        sized: float = 0.1,
        color: float = 0.3,
    ) -> Thing:
        """A thing: `rich`, `counted`, `sized` and `color` are how probable each addition is."""
        rng = self._rng
        many = rng.random() < counted
        noun, kind, typical = self.noun(kinds or (tuple(COUNTABLE - {"everyday"}) if many else ()))
        words: list[str] = []
        size = None
        if rng.random() < sized:
            word, size = self._size()
            words.append(word)
        if rng.random() < rich * 0.7:
            words.append(rng.choice(CREATURE_ADJECTIVES if kind in CREATURES else ADJECTIVES))
        said = rng.random() < color
        html = typical
        if said:
            hue = rng.choice(COLORS)
            words.append(hue)
            html = color_name(hue)
        if rng.random() < rich * 0.25 and kind not in CREATURES:
            words.append(rng.choice(MATERIALS))
        words.append(noun)
        if rng.random() < rich * 0.4 and not many:
            words.append(rng.choice(ACTIONS if kind in CREATURES else PARTS))
        words = [word for place, word in enumerate(words) if word not in words[:place]]
        text, count = " ".join(words), rng.choice((2, 2, 3, 3, 4, 5, 6)) if many else 1
        if not many and kind in COUNTABLE and rng.random() < 0.06:  # several of it, nobody says how many
            lead = rng.choice(("", "", "", "some", "many", "a few", "several", "lots of"))
            return Thing(plural(noun, noun), plural(text, noun), kind, html, size, 1, lead)
        return Thing(noun, text, kind, html, size, count, rng.choice(self._leads))

    def _size(self) -> tuple[str, str]:
        words, size = self._rng.choice(
            (
                (LARGE, "large"),
                (LARGE, "large"),
                (SMALL, "small"),
                (SMALL, "small"),
                (TALL, "large tall"),
                (WIDE, "large wide"),
            )
        )
        return self._rng.choice(words), size
