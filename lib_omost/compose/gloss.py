"""Messages in other languages, word by word in English.

A very small model knows few words of other languages, but it can learn how their words are put together. So it reads
"左边是猫" as "(zh) left side is cat": the words come from a glossary, and their order stays as it was.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.compose.known import known_words
from lib_omost.compose.language import ENGLISH
from lib_omost.errors import ModelError
from lib_omost.shipped import shipped

LEFT_OUT = "-"  # the English of a word that English has not
_HEADER = re.compile(r"# (\w\w)")
_TOKEN = re.compile(r"[^\W\d_]+'(?=\w|$)|[^\W_]+(?:-[^\W_]+)*|[^\w\s]")
_CHARACTERS = re.compile(r"[A-Za-z0-9]+|\S")
_MARKS = str.maketrans("，、。：；！？（）“”‘’", ",,.:;!?()\"\"''")
_ENDINGS = re.compile(r" (?=[,.;:!?)]|'s\b)")
# "links unten" is one corner, in whatever order it is said.
_ACROSS_FIRST = re.compile(r"\bon the (left|right) at the (top|bottom)\b")
_DOWN_FIRST = re.compile(r"\bat the (top|bottom) on the (left|right)\b")
_BEFORE_VOWEL = re.compile(r"\ba (?=[aeiou])")
_MOST_TOGETHER = {"ja": 10, "zh": 10}  # characters; elsewhere words
_MOST_WORDS = 6
_STEM = 4  # letters that two forms of a word have in common at least
_MOST_OF_AN_ENDING = 3
# behind Korean nouns
_PARTICLES = ("에서", "으로", "이", "가", "은", "는", "을", "를", "의", "에", "로", "와", "과", "도", "만")
_SCRIPTS = (("ko", "HANGUL"), ("ja", "HIRAGANA"), ("ja", "KATAKANA"), ("zh", "CJK"), ("ru", "CYRILLIC"))
_LATIN = ("de", "fr", "es", "it", "pt", "nl", "pl")


@dataclass(frozen=True)
class Gloss:
    """A message word by word in English; `whole` says that every word of it was found."""

    language: str
    text: str
    whole: bool

    def __str__(self) -> str:
        return f"({self.language}) {self.text}"


@dataclass(frozen=True)
class Glossary:
    """The English of a language's words and phrases: as they are spelt, without accents, and by their beginnings."""

    exact: dict[str, str]
    plain: dict[str, str]
    stems: dict[str, tuple[str, ...]]


def glossed(message: str) -> Gloss | None:
    """The gloss of a message in a language of the glossary, or None for one in English or in a language without.

    Raises ModelError when the glossary cannot be read.
    """
    text = unicodedata.normalize("NFC", message).translate(_MARKS).lower()
    language = _by_script(text)
    if language:
        found = _gloss(text, language)
        return found if found.text != text else None
    words = [token for token in _TOKEN.findall(text) if token[0].isalpha()]
    english = known_words().words
    known = sum(word in english or word in ENGLISH for word in words)
    if 2 * known > len(words):
        return None
    best = max(_LATIN, key=lambda name: _score(words, glossary(name)))
    score = _score(words, glossary(best))
    return _gloss(text, best) if score > known and 2 * score >= len(words) else None


def heard(message: str) -> str:
    """A message as the composer reads it: its gloss, or itself where it has none. Raises ModelError."""
    return str(glossed(message) or message)


@functools.cache
def glossary(language: str) -> Glossary:
    """The glossary of a language, which comes with the composer. Raises ModelError when it cannot be read."""
    exact = _sections().get(language, {})
    stems: dict[str, list[str]] = {}
    for word in exact:
        if len(word) >= _STEM and " " not in word:
            stems.setdefault(word[:_STEM], []).append(word)
    plain = {_plain(word): english for word, english in reversed(exact.items())}
    return Glossary(exact, plain, {stem: tuple(words) for stem, words in stems.items()})


@functools.cache
def _sections() -> dict[str, dict[str, str]]:
    file = shipped("assets", "composer", "glossary.txt")
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}", hint="install this program anew") from error
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header:
            section = found.setdefault(header[1], {})
        elif not line.startswith("#"):
            word, _, english = line.partition("=")
            section[word] = english
    return found


def key(words: str, language: str) -> str:
    """Words as the glossary of a language has them."""
    text = unicodedata.normalize("NFC", words).lower().replace("’", "'")
    return text.replace(" ", "") if language in _MOST_TOGETHER else " ".join(_TOKEN.findall(text))


def _by_script(text: str) -> str | None:
    """The language whose letters a text has, if they tell; a text with a kana is Japanese."""
    names = {unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha()}
    return next((language for language, script in _SCRIPTS if script in names), None)


def _score(words: Sequence[str], found: Glossary) -> int:
    return sum(word in found.exact or word in found.plain for word in words)


def _gloss(text: str, language: str) -> Gloss:
    """From the left the longest phrases that are known; what is not known stays as it is."""
    found = glossary(language)
    together = language in _MOST_TOGETHER
    tokens = (_CHARACTERS if together else _TOKEN).findall(text)
    joint, most = ("", _MOST_TOGETHER[language]) if together else (" ", _MOST_WORDS)
    said: list[str] = []
    whole, start, strange = True, 0, -1  # `strange`: where the last word that is not known ended
    while start < len(tokens):
        for end in range(min(len(tokens), start + most), start, -1):
            english = _english(joint.join(tokens[start:end]), found, is_word=end == start + 1 and not together)
            if english is not None:
                break
        else:
            english = tokens[start]
            whole = whole and not english[0].isalpha()
            if together and strange == start and english[0].isalpha():
                english = said.pop() + english
            strange = end
        said.append(english)
        start = end
    kept = " ".join(english for english in said if english != LEFT_OUT)
    kept = _ACROSS_FIRST.sub(r"at the \2 \1", _DOWN_FIRST.sub(r"at the \1 \2", kept))
    return Gloss(language, _BEFORE_VOWEL.sub("an ", _ENDINGS.sub("", kept)), whole)


def _english(words: str, found: Glossary, *, is_word: bool) -> str | None:
    exact = found.exact.get(words) or found.plain.get(_plain(words))
    if exact is None and is_word and words.endswith(_PARTICLES):
        bare = next(words.removesuffix(particle) for particle in _PARTICLES if words.endswith(particle))
        exact = found.exact.get(bare)
    if exact is not None or not is_word or len(words) < _STEM:
        return exact
    near = [(_common(words, other), -len(other), other) for other in found.stems.get(words[:_STEM], ())]
    near = [each for each in near if _is_form(words, each[2], each[0])]
    return found.exact[max(near)[2]] if near else None


def _is_form(word: str, other: str, common: int) -> bool:
    """Whether two words that begin alike differ in an ending alone."""
    return max(len(word), len(other)) - common <= _MOST_OF_AN_ENDING and common >= max(_STEM, len(other) - 2)


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _plain(text: str) -> str:
    """A text without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
