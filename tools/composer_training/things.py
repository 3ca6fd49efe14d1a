"""Things to be drawn, at random: a noun with its adjectives, as a message says it and as a plan writes it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from composer_training.lexicon import (
    ACTIONS,
    ADJECTIVES,
    COLOR_NAMES,
    COLOR_OF_KIND,
    COLORS,
    COUNTABLE,
    CREATURE_ADJECTIVES,
    CREATURES,
    LARGE,
    MATERIALS,
    PARTS,
    SMALL,
    TALL,
    WIDE,
)
from composer_training.nouns import Noun, everyday, invented, nouns, rare
from lib_omost.canvas.colors import COLORS as HTML_COLORS
from lib_omost.compose.plan import Entry

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_IRREGULAR = {
    "child": "children", "mouse": "mice", "goose": "geese", "wolf": "wolves", "knife": "knives", "shelf": "shelves",
    "bookshelf": "bookshelves", "leaf": "leaves", "foot": "feet", "tooth": "teeth", "person": "people", "scarf": "scarves",
    "loaf": "loaves", "calf": "calves", "elf": "elves", "thief": "thieves", "ox": "oxen", "die": "dice", "potato": "potatoes",
    "tomato": "tomatoes", "buffalo": "buffaloes", "torpedo": "torpedoes", "hero": "heroes", "foal": "foals",
}  # fmt: skip
_SAME = re.compile("(sheep|fish|deer|salmon|trout|tuna|squid|shrimp|moose|bison|reindeer|craft)$")


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
    is_invented: bool = False

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
    """'red ball' → 'a red ball'; 'snowy peaks' stay as they are."""
    if re.search("[a-z]{2}[^s]s$", text) and not re.search("(bus|us|is|glass|dress)$", text):
        return text
    return ("an " if re.match("[aeiou](?!ni|uro|ne )|hour", text) else "a ") + text


def plural(text: str, noun: str) -> str:
    """The text with its noun in the plural: 'red ball of wool', 'ball' → 'red balls of wool'."""
    start, _, end = text.rpartition(noun) if text.endswith(noun) else text.partition(noun)
    head, of, rest = noun.partition(" of ")
    *first, last = head.split(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif re.search("(^|[a-z])man$", last) and last != "human":
        last = last[:-3] + "men"
    elif re.search("(s|x|z|ch|sh)$", last) and not _SAME.search(last):
        last += "es"
    elif re.search("[^aeiou]y$", last):
        last = last[:-1] + "ies"
    elif not _SAME.search(last):
        last += "s"
    return start + " ".join([*first, last]) + of + rest + end


def color_name(words: str) -> str:
    """The HTML name of a colour in words."""
    compact = words.replace(" ", "")
    return compact if compact in HTML_COLORS else COLOR_NAMES.get(words) or words.rsplit(maxsplit=1)[-1]


EVERYDAY, LISTED, RARE = 0.5, 0.12, 0.26  # shares of the nouns; the rest are invented
MADE = frozenset(("vehicle", "building", "furniture", "container", "toy", "instrument", "tool", "clothing", "machine"))
_LEADS = {
    "plural": ("", "", "some", "a pair of", "a pair of"),
    "mass": ("", "", "", "some", "some", "a lot of"),
}


def entry_of(thing: Thing, **fields: object) -> Entry:
    """The line of a plan for a thing."""
    return replace(Entry(thing.text, thing.count, size=thing.size, color=thing.color), **fields)  # type: ignore[arg-type]


class Things:
    """Draws things, no two with the same noun in one picture."""

    def __init__(self, rng: random.Random, held_out: bool, only: tuple[str, ...] = ()) -> None:
        """With `only` all things are of these kinds, and most have a colour and nothing else."""
        self._rng = rng
        self._held_out = held_out
        self._only = only
        self._taken: set[str] = set()
        # most people write articles, some none at all, some "the"
        self._leads = rng.choices((("a",), ("",), ("the",), ("a", "the", "", "one", "some", "my")), (70, 18, 6, 6))[0]

    def noun(self, kinds: tuple[str, ...] = (), *, countable: bool = False) -> tuple[Noun, str]:
        """A noun and its kind: one that everybody knows as often as not. Raises ValueError when none is left."""
        for _ in range(200):
            noun, kind = self._drawn(self._only or kinds)
            words = set(noun.word.split())
            if not self._taken & words and (noun.number == "one" or not countable):
                self._taken |= words
                return noun, kind
        raise ValueError(f"no noun is left of {self._only or kinds}")

    def _drawn(self, kinds: tuple[str, ...]) -> tuple[Noun, str]:
        rng = self._rng
        share = rng.random()
        common = everyday(self._held_out)
        known = [kind for kind in common if not kinds or kind in kinds]
        if share < EVERYDAY or self._only:
            kind = rng.choices(known, [len(common[kind]) for kind in known])[0]
            return rng.choice(common[kind]), kind
        table = nouns(self._held_out) if share < EVERYDAY + LISTED else rare(self._held_out)
        listed = [kind for kind in table if not kinds or kind in kinds]
        if share < EVERYDAY + LISTED + RARE and listed:
            kind = rng.choices(listed, [len(table[kind]) ** 0.5 for kind in listed])[0]
            return Noun(rng.choice(table[kind]), COLOR_OF_KIND.get(kind)), kind
        return Noun(invented(rng, self._held_out), is_invented=True), rng.choice(
            [kind for kind in known if kind != "shape"] or known
        )

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
        if self._only:
            rich, color = 0.0, max(color, 0.9)
        many = rng.random() < counted
        noun, kind = self.noun(kinds or (tuple(COUNTABLE) if many else ()), countable=many)
        words: list[str] = []
        size = None
        if rng.random() < sized:
            word, size = self._size()
            words.append(word)
        if rng.random() < rich * 0.7:
            words.append(rng.choice(CREATURE_ADJECTIVES if kind in CREATURES else ADJECTIVES))
        html = noun.color if noun.color in HTML_COLORS else None
        if rng.random() < color:
            hue = rng.choice(COLORS)
            words.append(hue)
            html = color_name(hue)
        if rng.random() < rich * 0.2 and kind in MADE:
            words.append(rng.choice(MATERIALS))
        words.append(noun.word)
        if rng.random() < rich * 0.35 and (kind in CREATURES or (kind in MADE and not many)):
            words.append(self._doing() if kind in CREATURES else rng.choice(PARTS))
        words = [word for place, word in enumerate(words) if word not in words[:place]]
        text = " ".join(words)
        if noun.number != "one":
            return Thing(noun.word, text, kind, html, size, 1, rng.choice(_LEADS[noun.number]))
        if not many and kind in COUNTABLE and rng.random() < 0.06:  # several of it, nobody says how many
            lead = rng.choice(("", "", "", "some", "many", "a few", "several", "lots of"))
            return Thing(
                plural(noun.word, noun.word), plural(text, noun.word), kind, html, size, 1, lead, noun.is_invented
            )
        count = rng.choice((2, 2, 3, 3, 4, 5, 6)) if many else 1
        return Thing(noun.word, text, kind, html, size, count, rng.choice(self._leads), noun.is_invented)

    def _doing(self) -> str:
        """What a creature does, wears or has with it: "sleeping", "with a red kite"."""
        rng = self._rng
        if rng.random() < 0.6:
            return rng.choice(ACTIONS)
        kind, verbs = rng.choice(
            (
                (("toy", "tool", "container", "instrument"), ("with", "holding", "carrying", "with")),
                (("clothing",), ("wearing", "in", "with")),
            )
        )
        noun, _ = self.noun(kind, countable=True)
        hue = rng.choice(COLORS) + " " if rng.random() < 0.4 else ""
        return f"{rng.choice(verbs)} {with_article(hue + noun.word)}"

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
