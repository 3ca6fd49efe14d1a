"""The words that a reply may be written in: those of the message, those of the canvas, and a list of known ones.

A very small model cannot spell a rare word from memory. Held to words, it copies "manatee" whole or takes another; it
cannot write "manate". The list serves messages that name nothing ("something cosy") and those in other languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lib_omost.errors import ModelError

_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_ENGLISH = 0.5  # of a message's words known: it is in English
_SHORTEST_SLIP = 4  # letters of a word that may be a typing error of a known one
_IRREGULAR = {
    **{"children": "child", "men": "man", "women": "woman", "people": "person", "geese": "goose", "mice": "mouse"},
    **{"feet": "foot", "teeth": "tooth", "dice": "die", "oxen": "ox"},
}


def known_words() -> frozenset[str]:
    """The words of the plans that the composer was trained on. Raises ModelError when the list is not there."""
    file = Path(__file__).resolve().parents[2] / "assets" / "composer" / "words.txt"
    try:
        return frozenset(file.read_text("ascii").split())
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}", hint="install this program anew") from error


@dataclass(frozen=True)
class Wording:
    """`things` are the words of things, `scenes` those of scenes, styles and what must be absent."""

    things: frozenset[str]
    scenes: frozenset[str]


def wording(message: str, shown: str, known: Collection[str]) -> Wording:
    """The words of a reply to a message; `shown` is all that the model is shown with it.

    In an English message a thing is not called by a known word that begins like one of the message and is not its
    plural or its typing error: there a small model slips from the one into the other.
    """
    said = set(_words(message))
    own = {form for word in said | set(_words(shown)) for form in _singulars(word)}
    scenes = frozenset(own.union(known))
    if not _is_english(message, known):
        return Wording(scenes, scenes)
    meant = {form for word in said for form in _singulars(word)}
    starts = {word[:2] for word in meant if len(word) >= _SHORTEST_SLIP}
    alike = {word for word in known if word[:2] in starts}
    others = {word for word in alike if not any(_related(word, each, known) for each in meant)}
    return Wording(frozenset(own | (scenes - others)), scenes)


def _words(text: str) -> Iterator[str]:
    """The words of a text as a plan writes them, without accents, and the parts of those with a dash or 's."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'")).encode("ascii", "ignore").decode()
    for word in _WORD.findall(plain):
        yield word
        yield from re.split("['-]", word)


def _singulars(word: str) -> set[str]:
    """A word, and what it may be one of."""
    forms = {word, _IRREGULAR.get(word, word)}
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        forms.add(word[:-1])
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        forms.add(word[:-2])
    if word.endswith("ies") and len(word) > len("pies"):
        forms.add(word[:-3] + "y")
    if word.endswith("ves"):
        forms |= {word[:-3] + "f", word[:-3] + "fe"}
    return forms


def _is_english(message: str, known: Collection[str]) -> bool:
    words = _LETTERS.findall(message.lower())
    return all(word.isascii() for word in words) and sum(word in known for word in words) >= _ENGLISH * len(words)


def _related(word: str, said: str, known: Collection[str]) -> bool:
    """Whether a known word is another form of one that was said, or what it was to be."""
    if min(len(word), len(said)) >= 3 and _stem(word) == _stem(said):
        return True
    return len(said) >= _SHORTEST_SLIP and said not in known and _one_slip(word, said)


def _stem(word: str) -> str:
    for end in ("ing", "ed", "es", "s", "en", "er", "y", "e", "d"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            word = word[: -len(end)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word.removesuffix("e")


def _one_slip(one: str, other: str) -> bool:
    """Whether a letter too many, too few, another one, or two exchanged ones are all that differs."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return one == other
    start = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    ways = ((1, 1), (1, 0), (0, 1))
    exchanged = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return exchanged or any(one[start + mine :] == other[start + theirs :] for mine, theirs in ways)
