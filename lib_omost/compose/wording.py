"""The words that a reply may be written in: those of the message, those of the canvas, and a list of known ones.

A very small model cannot spell a rare word from memory, and takes likelier ones for those it does not know. Held to
words, it writes "manatee" as it was said, or nothing. The list serves messages that name nothing ("something cosy"),
and those in other languages, which name it in words that a plan cannot hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib_omost.compose.vocabulary import JOINTS
from lib_omost.compose.words import singular
from lib_omost.errors import ModelError

NOUN = " n"  # behind a word of the list that names things
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST_SLIP = 4  # letters of a word that may be a typing error of a known one


def _row(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Small words by which a language is told; none is a small word of two of them.
_ENGLISH = _row(
    "a an the of and or with without on in at by to from over under above below behind between beside near next into"
    " is are be it its this that there some any no not two three four five six make put add remove left right draw show"
    " picture red green blue yellow white black big small large old"
)
_FOREIGN = _row(
    "der das den dem des ein eine einen einem einer und mit ohne auf unter neben hinter vor zwischen links rechts oben"
    " unten mach zeichne zwei drei vier ist im el los las una unos y con sin sobre bajo junto entre izquierda derecha"
    " arriba abajo dos tres cuatro cinco pon dibuja le les une et avec sans sur sous dans devant derriere gauche droite"
    " haut bas deux trois quatre il lo gli uno e di senza sopra sotto destra sinistra due tre quattro um uma os com sem"
    " em acima abaixo esquerda direita dois tres het een en met zonder onder naast op rechts twee drie i z na pod obok"
    " dwa trzy och med utan ett tva"
)
# A wish with one of these leaves it to the model what is to be seen.
_OPEN = _row("anything whatever something surprise mood feeling feel vibe vibes atmosphere idea random")


@dataclass(frozen=True)
class Known:
    """The words of the plans that the composer was trained on; `nouns` are those of them that name things."""

    words: frozenset[str]
    nouns: frozenset[str]


@dataclass(frozen=True)
class Wording:
    """`things` are the words of things, `scenes` those of scenes, styles and what must be absent."""

    things: frozenset[str]
    scenes: frozenset[str]


def known_words() -> Known:
    """The list that comes with the composer. Raises ModelError when it cannot be read."""
    file = Path(__file__).resolve().parents[2] / "assets" / "composer" / "words.txt"
    try:
        lines = file.read_text("ascii").splitlines()
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}", hint="install this program anew") from error
    nouns = frozenset(line.removesuffix(NOUN) for line in lines if line.endswith(NOUN))
    return Known(frozenset(line.removesuffix(NOUN) for line in lines), nouns)


def wording(message: str, shown: str, known: Known) -> Wording:
    """The words of a reply to a message; `shown` is all that the model is shown with it.

    Where a message in English names something, things are called as it calls them, or as they are called already.
    """
    said = {form for word in set(_words(message)) for form in _singulars(word)}
    own = said | {form for word in set(_words(shown)) for form in _singulars(word)}
    scenes = frozenset(own | known.words)
    names = any(word in known.nouns or word not in known.words for word in said) and not said & _OPEN
    if not names or not _is_english(message, known.nouns):
        return Wording(scenes, scenes)
    starts = {word[0] for word in said}
    near = {word for word in known.words if word[0] in starts and any(_is_related(word, each, known) for each in said)}
    return Wording(frozenset((own | near).union(JOINTS)), scenes)


def _words(text: str) -> Iterator[str]:
    """The words of a text as a plan writes them, without accents, and the parts of those with a dash or 's."""
    for word in _WORD.findall(_ascii(text.lower().replace("’", "'"))):
        yield word
        yield from filter(None, re.split("['-]", word))


def _ascii(text: str) -> str:
    """A text without accents and what has no letter of ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _singulars(word: str) -> set[str]:
    """A word, and what it may be one of."""
    forms = {word, singular(word)}
    if len(word) > len("gas") and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        forms.add(word[:-1])
    if len(word) > len("oxes") and word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        forms.add(word[:-2])
    if word.endswith("ies") and len(word) > len("pies"):
        forms.add(word[:-3] + "y")
    if word.endswith("ves"):
        forms |= {word[:-3] + "f", word[:-3] + "fe"}
    return forms


def _is_english(message: str, nouns: frozenset[str]) -> bool:
    """Whether more of its small words are English than are of the other languages; without any, a noun decides."""
    words = _LETTERS.findall(message.lower())
    if any(unicodedata.name(word[0], "")[:5] != "LATIN" for word in words):
        return False
    plain = [_ascii(word) for word in words]
    english, foreign = (sum(word in small for word in plain) for small in (_ENGLISH, _FOREIGN))
    return english > foreign or (not foreign and any(word in nouns for word in plain))


def _is_related(word: str, said: str, known: Known) -> bool:
    """Whether a known word is another form of one that was said, or what that was to be."""
    if min(len(word), len(said)) >= 3 and _stem(word) == _stem(said):
        return True
    return len(said) >= _SHORTEST_SLIP and said not in known.words and _one_slip(word, said)


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
