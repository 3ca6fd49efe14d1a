"""Noun phrases in other languages: articles, cases, adjectives and counts."""

from __future__ import annotations

import functools
import random
import re
from dataclasses import dataclass
from pathlib import Path

from composer_training.languages_forms import ADJECTIVES, COLORS, NUMBERS
from composer_training.languages_russian import CASES, adjective, noun
from composer_training.nouns import is_held_out

LANGUAGES = ("de", "fr", "es", "zh", "ja", "it", "pt", "ru", "nl", "ko")
UNSPACED = ("zh", "ja")
_GERMAN = {  # the indefinite article and the ending of an adjective behind it, then the definite article
    "m": {"nom": ("ein", "er", "der"), "acc": ("einen", "en", "den"), "dat": ("einem", "en", "dem")},
    "f": {"nom": ("eine", "e", "die"), "acc": ("eine", "e", "die"), "dat": ("einer", "en", "der")},
    "n": {"nom": ("ein", "es", "das"), "acc": ("ein", "es", "das"), "dat": ("einem", "en", "dem")},
}
_ROMANCE = {
    "fr": {"m": ("un", "le"), "f": ("une", "la")},
    "es": {"m": ("un", "el"), "f": ("una", "la")},
    "it": {"m": ("un", "il"), "f": ("una", "la")},
    "pt": {"m": ("um", "o"), "f": ("uma", "a")},
}
_BEFORE = frozenset(("big", "small", "old", "beautiful", "young"))  # French and Italian have these before the noun
# What a preposition and an article become: (language, both, one word).
_CONTRACTED = tuple(
    (language, re.compile(rf"\b{both}(?= |$)" if not both.endswith("'") else rf"\b{both}"), one)
    for language, both, one in (
        ("fr", "de un", "d'un"), ("fr", "de une", "d'une"), ("fr", "de le", "du"), ("fr", "à le", "au"),
        ("es", "de el", "del"), ("es", "a el", "al"),
        ("it", "di il", "del"), ("it", "a il", "al"), ("it", "su il", "sul"), ("it", "di la", "della"), ("it", "su la", "sulla"),
        ("pt", "de o", "do"), ("pt", "de a", "da"), ("pt", "em um", "num"), ("pt", "em uma", "numa"), ("pt", "em o", "no"), ("pt", "em a", "na"),
        ("de", "in dem", "im"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A noun in English and in another language, with its gender, plural and (in Russian) the stem of its cases there."""

    english: str
    word: str
    gender: str
    plural: str


@dataclass(frozen=True)
class Looks:
    """What a thing looks like, in English: an adjective and a colour, either of which may be nothing."""

    adjective: str = ""
    color: str = ""


@functools.cache
def words(language: str) -> tuple[Word, ...]:
    """The nouns of a language."""
    table = Path(__file__).with_name("languages.txt").read_text(encoding="utf-8").splitlines()
    column = 1 + LANGUAGES.index(language)
    found = []
    for line in table:
        cells = line.split("|")
        if line.startswith("#") or len(cells) <= column or not cells[column]:
            continue
        if language in ("zh", "ja", "ko"):
            found += [Word(cells[0], word, "", word) for word in cells[column].split("/")]
        else:
            gender, _, rest = cells[column].partition(" ")
            word, _, plural = rest.partition("/")
            found.append(Word(cells[0], word, gender, plural or ("" if language == "ru" else word + "s")))
    return tuple(found)


@functools.cache
def adjectives(language: str) -> dict[str, str]:
    """The adjectives of a language, by their English."""
    return dict(entry.split("=") for entry in ADJECTIVES[language].split("|"))


class Speaker:
    """Says things in one language."""

    def __init__(self, rng: random.Random, language: str, held_out: bool) -> None:
        self.rng, self.language, self._held_out = rng, language, held_out

    def draw(self, count: int) -> list[Word]:
        """Different nouns."""
        known = words(self.language)
        if self._held_out:  # a word that was never seen cannot be translated: known words in combinations of their own
            known = tuple(word for word in known if is_held_out(word.english, 3))
        weights = [1 / (60 + place) for place in range(len(known))]  # the list begins with what is said most often
        while True:
            drawn = self.rng.choices(known, weights, k=count)
            if len({word.english for word in drawn}) == count:
                return drawn

    def contracted(self, text: str) -> str:
        """With preposition and article as one word where the language has it so."""
        for language, both, one in _CONTRACTED:
            if language == self.language:
                text = both.sub(one, text)
        return text

    def one(self, word: Word, looks: Looks = Looks(), case: str = "nom", *, definite: bool = False) -> str:
        """A noun phrase in the singular."""
        said = [adjectives(self.language)[looks.adjective]] if looks.adjective else []
        said += [COLORS[self.language][looks.color]] if looks.color else []
        if self.language in ("zh", "ja", "ko"):
            return self._bare(word, said, looks, definite=definite)
        if self.language == "de":
            return _german(word, said, case, definite=definite)
        if self.language == "ru":
            case = case if case in CASES else "nom"
            looked = [adjective(stem, word.gender, case) for stem in said]
            return " ".join([*looked, noun(word.word, word.gender, case, word.plural)])
        if self.language == "nl":
            article = {"c": "de", "n": "het"}[word.gender] if definite else "een"
            plain = word.gender == "n" and not definite
            return " ".join([article, *(form.split("/")[0 if plain else -1] for form in said), word.word])
        return self._romance(word, said, looks, definite=definite)

    def _bare(self, word: Word, said: list[str], looks: Looks, *, definite: bool) -> str:
        """Without an article, what it looks like before it."""
        if self.language == "ko":
            return " ".join([*said, word.word])
        if self.language == "ja":
            return "".join(said) + word.word
        hue = said.pop() if looks.color else ""
        hue += "色的" if hue and self.rng.random() < 0.8 else ""
        many = "" if definite else self.rng.choice(("一只", "一个", "一个", ""))
        return many + "".join(said) + hue + word.word

    def _romance(self, word: Word, said: list[str], looks: Looks, *, definite: bool) -> str:
        forms = [form.split("/")[-1 if word.gender == "f" else 0] for form in said]
        before = []
        if looks.adjective in _BEFORE and self.language in ("fr", "it"):
            before.append(forms.pop(0))
        phrase = " ".join([*before, word.word, *forms])
        article = _ROMANCE[self.language][word.gender][definite]
        if definite and self.language in ("fr", "it") and phrase[0] in "aeiouéêâîôh":
            return "l'" + phrase
        return f"{article} {phrase}"

    def many(self, word: Word, count: int) -> str:
        """So many of it."""
        numbers = NUMBERS[self.language][count].split("/")
        if self.language in UNSPACED:
            return self.rng.choice(numbers) + word.word
        if self.language == "ru":
            number = numbers[1 if word.gender == "f" and count == 2 else 0]
            return f"{number} {noun(word.word, word.gender, 'gen', word.plural)}"
        number = numbers[-1 if word.gender == "f" else 0] if self.language == "pt" else self.rng.choice(numbers)
        return f"{number} {word.plural}"


def _german(word: Word, said: list[str], case: str, *, definite: bool) -> str:
    article, ending, known = _GERMAN[word.gender][case if case in ("nom", "acc") else "dat"]
    if definite:
        ending = "e" if case == "nom" or (case == "acc" and word.gender != "m") else "en"
    forms = [stem if stem.endswith("a") else f"{'hoh' if stem == 'hoch' else stem}{ending}" for stem in said]
    return " ".join([known if definite else article, *forms, word.word])


def particle(text: str, after_consonant: str, after_vowel: str) -> str:
    """A Korean noun with the particle that fits how it ends."""
    last = ord(text[-1]) - 0xAC00
    return text + (after_consonant if 0 <= last < 11172 and last % 28 else after_vowel)
