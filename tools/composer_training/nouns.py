"""Nouns of things: those that everybody knows, WordNet's, rare ones, and words that nobody has heard of."""

from __future__ import annotations

import functools
import random
import re
import zlib
from dataclasses import dataclass

from composer_training.lexicon import COLOR_OF_KIND, read_lists
from lib_omost.bench.compose.messages import own_messages

# In a noun these words would say a place, a number or a picture.
_MISLEADING = re.compile(
    r"\b(left|right|top|bottom|center|front|back|side|corner|middle|background|upper|lower|one|two|three|four|five|six"
    r"|pair|picture|scene|style|photo|photograph|image|red|green|blue|yellow|black|white|brown|orange|pink|violet|gray"
    r"|golden|silver|number|small|large|big|little|grey|tall|wide|long|high|color|colors|set|in|on|of|and|the)\b"
)
# In a rare one words of place may stand: a side chapel is a thing.
_CONFUSING = re.compile(
    r"\b(left|right|one|two|three|four|five|six|pair|picture|scene|style|photo|image|red|green|blue|yellow|black|white"
    r"|brown|orange|pink|violet|purple|gray|golden|silver|number|small|large|big|little|grey|tall|wide|long|high|color"
    r"|set|in|on|and|the|with|no|a)\b|[a-rtv-z]s$|es$"  # a plural cannot be counted
)


@dataclass(frozen=True)
class Noun:
    """A noun: the colour such a thing nearly always has, or that of its kind, and whether it is "one" of many, "plural" or "mass".

    Of an invented one nobody can tell the kind.
    """

    word: str
    color: str | None = None
    number: str = "one"
    is_invented: bool = False


def is_held_out(words: str, one_in: int = 10) -> bool:
    """Whether words are kept for the evaluation alone."""
    return zlib.crc32(words.encode()) % one_in == 0


@functools.cache
def nouns(held_out: bool) -> dict[str, tuple[str, ...]]:
    """WordNet's nouns by kind, of the training or of the evaluation."""
    return _listed("nouns.txt", _MISLEADING, held_out)


@functools.cache
def rare(held_out: bool) -> dict[str, tuple[str, ...]]:
    """Twenty thousand nouns that hardly anybody says, by kind, of the training or of the evaluation."""
    return _listed("rare.txt", _CONFUSING, held_out)


def _listed(name: str, left_out: re.Pattern[str], held_out: bool) -> dict[str, tuple[str, ...]]:
    found = {}
    for kind, names in read_lists(name).items():
        kept = [noun for noun in names if not left_out.search(noun)]
        found[kind] = tuple(noun for noun in kept if is_held_out(noun) == held_out)
    return found


@functools.cache
def everyday(held_out: bool) -> dict[str, tuple[Noun, ...]]:
    """Common nouns by kind, of the training or of the evaluation."""
    found: dict[str, list[Noun]] = {}
    for name, entries in read_lists("everyday.txt").items():
        number, _, kind = name.rpartition(" ")
        for word, _, color in (entry.partition("=") for entry in entries):
            if is_held_out(word, 8) == held_out:
                said = number if number in ("plural", "mass") else "one"
                found.setdefault(kind, []).append(Noun(word, color or COLOR_OF_KIND.get(kind), said))
    return {kind: tuple(nouns) for kind, nouns in found.items()}


def invented(rng: random.Random, held_out: bool) -> str:
    """A noun that is in no dictionary, of parts of words that are: to be copied, not known."""
    while True:
        kind = rng.random()
        if kind < 0.5:
            word = _blended(rng)
        elif kind < 0.7:
            word = rng.choice(_short()) + rng.choice(("", "", "-")) + rng.choice(_short())
        else:
            word = f"{_blended(rng)} {rng.choice(_short())}"
        if is_held_out(word) == held_out and not own_nouns() & {word, *word.split()}:
            return word


def _blended(rng: random.Random) -> str:
    """The beginning of one noun and the end of another: "tamandillo"."""
    while True:
        start, end = rng.choice(_single()), rng.choice(_single())
        word = start[: rng.randint(2, 6)] + end[-rng.randint(2, 6) :]
        if 5 <= len(word) <= 13 and re.search("[aeiouy]", word) and not re.search(r"(.)\1\1|s$|[^aeiouy]{5}", word):
            return word


@functools.cache
def _single() -> tuple[str, ...]:
    return tuple(noun for names in rare(False).values() for noun in names if re.fullmatch("[a-z]{5,}", noun))


@functools.cache
def _short() -> tuple[str, ...]:
    words = (noun.word for names in everyday(False).values() for noun in names if noun.number == "one")
    return tuple(sorted({word for word in words if re.fullmatch("[a-z]{3,7}", word)}))


@functools.cache
def own_nouns() -> frozenset[str]:
    """The nouns of `bench compose`'s own set, which no training message has but in other languages."""
    found = (
        noun
        for message in own_messages()
        if message.category != "languages"
        for thing in message.things
        for noun in thing.nouns
    )
    return frozenset(found)
