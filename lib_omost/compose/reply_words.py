"""The words that a reply may be written in: those of the message, those of the canvas, and a list of known ones.

A very small model cannot spell a rare word from memory, and takes likelier ones for those it does not know. Held to
words, it writes "manatee" as it was said, or nothing. The list serves messages that name nothing ("something cosy"),
and those in other languages, which name it in words that a plan cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lib_omost.compose.gloss import glossed
from lib_omost.compose.known import Known
from lib_omost.compose.language import is_english, plain_ascii
from lib_omost.compose.vocabulary import JOINTS
from lib_omost.compose.words import singular

_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_SHORTEST_SLIP = 4  # letters of a word that may be a typing error of a known one


# A wish with one of these leaves it to the model what is to be seen.
_OPEN = frozenset(
    ("anything", "whatever", "something", "surprise", "mood", "feeling", "feel", "vibe", "vibes", "atmosphere")
)
_OPEN |= {"idea", "random"}


@dataclass(frozen=True)
class ReplyWords:
    """`things` are the words of things, `scenes` those of scenes, styles and what must be absent."""

    things: frozenset[str]
    scenes: frozenset[str]


def reply_words(message: str, shown: str, known: Known) -> ReplyWords:
    """The words of a reply to a message; `shown` is all that the model is shown with it.

    Where a message that is in English, or has a gloss of every word, names something, things are called as it calls
    them, or as they are called already.
    """
    gloss = glossed(message)
    said = {form for word in set(_words(gloss.text if gloss else message)) for form in _singulars(word)}
    own = said | {form for word in set(_words(shown)) for form in _singulars(word)}
    scenes = frozenset(own | known.words)
    names = any(word in known.nouns or word not in known.words for word in said) and not said & _OPEN
    is_known = gloss.whole if gloss else is_english(message, known.nouns)
    if not names or not is_known:
        return ReplyWords(scenes, scenes)
    starts = {word[0] for word in said}
    near = {word for word in known.words if word[0] in starts and any(_is_related(word, each, known) for each in said)}
    return ReplyWords(frozenset((own | near).union(JOINTS)), scenes)


def _words(text: str) -> Iterator[str]:
    """The words of a text as a plan writes them, without accents, and the parts of those with a dash or 's."""
    for word in _WORD.findall(plain_ascii(text.lower().replace("’", "'"))):
        yield word
        yield from filter(None, re.split("['-]", word))


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
