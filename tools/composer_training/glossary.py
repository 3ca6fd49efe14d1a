"""Writes the glossary that the composer reads other languages by, of the lists beside this file.

    PYTHONPATH=tools:. python -m composer_training.glossary

Nouns come from `languages.txt`, with their plurals and cases, and from `more_nouns.txt`; colours, adjectives, numbers,
places, scenes and relations from `languages_forms.py`; the rest from `small_words.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from composer_training.languages_forms import ABSENT, ADJECTIVES, COLORS, NUMBERS, PLACES, RELATIONS, SCENES
from composer_training.languages_russian import CASES, adjective, noun
from composer_training.languages_speaker import LANGUAGES, words
from composer_training.things import NUMBERS as WORDS_OF_NUMBERS
from composer_training.things import plural
from lib_omost.compose.gloss import key

GLOSSARY = Path(__file__).parents[2] / "assets" / "composer" / "glossary.txt"
_HEADER = """\
# Words of other languages and what they are in English, written by tools/composer_training/glossary.py.
# Many names of things are of the Unicode CLDR's annotations of emoji, Copyright 1991-2026 Unicode, Inc., Unicode License v3,
# https://www.unicode.org/license.txt
"""
_MORE = ("de", "fr", "es", "it", "pt", "nl", "ru", "ja", "zh", "ko", "pl")  # columns of more_nouns.txt
_COUNTERS = {  # digits of one to six, two of them of two; what they stand with; what may follow
    "zh": ("一两二三四五六", "只个條条棵颗本辆座张把朵匹头位名艘架间栋盏片顶块根杯瓶支台件双对群", ""),
    "ja": ("一二二三四五六", "つ匹本冊羽台人枚個頭軒隻杯脚", "の"),
}
_JOINTS = {"left of": "left of", "right of": "right of", "beside": "next to", "below": "under"}
_AT = {"left": "on the left", "right": "on the right", "center": "in the center"}
_WHEN = {"sunset": "at", "night": "at"}
_BARE = {"snow", "winter", "autumn", "rain", "fog", "outer space"}


def glossary(language: str) -> dict[str, str]:
    """The words and phrases of a language with their English; of two meanings the first."""
    found: dict[str, str] = {}
    for said, english in _all(language):
        word = key(said, language)
        if word:
            found.setdefault(word, english)
    return found


def _all(language: str) -> Iterator[tuple[str, str]]:
    yield from _small_words(language)
    yield from _counted(language)
    if language in LANGUAGES:
        yield from _phrases(language)
        yield from _looks(language)
        yield from _nouns(language)
    yield from _more_nouns(language)


def _counted(language: str) -> Iterator[tuple[str, str]]:
    """Numbers with the words that count things in Chinese and Japanese: 两只, 三匹の."""
    digits, classes, end = _COUNTERS.get(language, ("", "", ""))
    for digit, number in zip(digits, ("one", "two", "two", *list(WORDS_OF_NUMBERS.values())[1:]), strict=False):
        for word in classes:
            yield from ((digit + word + particle, number) for particle in {"", end})
    for count, name in enumerate(("one", *WORDS_OF_NUMBERS.values()), 1):
        yield from ((f"{count}{word}{particle}", name) for word in classes for particle in {"", end})


def _rows(name: str) -> list[str]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _small_words(language: str) -> Iterator[tuple[str, str]]:
    for line in _rows("small_words.txt"):
        name, _, entries = line.partition(": ")
        if name == language:
            yield from (tuple(entry.split("=", 1)) for entry in entries.split("|"))  # type: ignore[misc]


def _phrases(language: str) -> Iterator[tuple[str, str]]:
    for place, phrases in PLACES[language].items():
        yield from ((phrase, _AT.get(place, f"at the {place}")) for phrase in phrases.split("|"))
    for count, phrases in NUMBERS[language].items():
        yield from ((phrase, WORDS_OF_NUMBERS[count]) for phrase in phrases.split("/"))
    for entry in SCENES[language].split("|"):
        name, _, said = entry.partition("=")
        yield said, _scene(name)
    for entry in ABSENT[language].split("|"):
        name, _, said = entry.partition("=")
        yield said.strip(" ,，、"), f"without {name}"
    for relation, forms in RELATIONS[language].items():
        for form in forms.split("|"):
            between = re.fullmatch(r"\{a\} ([^{},]+) \{b\w*\}", form)
            if between:
                yield between[1], _JOINTS.get(relation, relation)


def _scene(name: str) -> str:
    if name.endswith("background"):
        return f"on a {name}"
    return f"{_WHEN.get(name, 'in')} {'' if name in _BARE or name in _WHEN else 'the '}{name}"


def _looks(language: str) -> Iterator[tuple[str, str]]:
    # a Japanese 木の is as often "of a tree" as "wooden"
    pairs = [(hue, said) for hue, said in COLORS[language].items()]
    pairs += [tuple(entry.split("=")) for entry in ADJECTIVES[language].split("|") if entry != "wooden=木の"]  # type: ignore[misc]
    for english, said in pairs:
        for form in said.split("/"):
            yield from ((each, english) for each in _agreeing(language, form))


def _agreeing(language: str, form: str) -> Iterator[str]:
    """A colour or an adjective with the endings that it takes."""
    yield form
    if language == "de":
        stem = "hoh" if form == "hoch" else form
        yield from (stem + ending for ending in ("e", "en", "er", "es", "em"))
        yield from (stem[:-2] + "l" + ending for ending in ("e", "en", "er", "es") if stem.endswith("el"))
    elif language in ("fr", "es", "pt"):
        yield form + "s"
        yield form + "es"
    elif language == "it":
        yield form[:-1] + ("e" if form.endswith("a") else "i")
    elif language == "ru":
        yield from (adjective(form, gender, case) for gender in ("m", "f", "n") for case in CASES)
        yield from (form[:-2] + ending for ending in ("ые", "ых", "ым", "ыми", "ие", "их", "ими"))
    elif language == "nl":
        yield form + "e"
    elif language == "zh" and not form.endswith("的"):
        yield from (form + "色", form + "色的")


def _nouns(language: str) -> Iterator[tuple[str, str]]:
    for word in words(language):
        many = plural(word.english, word.english)
        if language == "ru":
            yield from ((noun(word.word, word.gender, case, word.plural), word.english) for case in CASES)
            continue
        yield word.word, word.english
        if word.plural != word.word:
            yield word.plural, many
            yield from [(word.plural + "n", many)] if language == "de" else []
        if language == "de" and word.gender != "f":
            yield from ((word.word + ending, word.english) for ending in ("s", "es"))


def _more_nouns(language: str) -> Iterator[tuple[str, str]]:
    for line in _rows("more_nouns.txt"):
        english, *cells = line.split("|")
        yield from ((word, english) for word in cells[_MORE.index(language)].split("/") if word)


def main() -> None:
    """Write the file."""
    sections = [_HEADER]
    for language in _MORE:
        lines = (f"{word}={english}\n" for word, english in glossary(language).items())
        sections.append(f"# {language}\n{''.join(lines)}")
    GLOSSARY.write_text("".join(sections), encoding="utf-8")
    print(f"{GLOSSARY}: {sum(text.count('=') for text in sections)} words")


if __name__ == "__main__":
    main()
