"""Messages in other languages; plans and edits are in English, which the encoders of prompts read."""

from __future__ import annotations

import functools
import random
import re
from dataclasses import dataclass
from pathlib import Path

from composer_training.languages_forms import COLORS, EDITS, LISTS, NUMBERS, OPENERS, PLACES, RELATIONS, SCENES
from composer_training.lexicon import PLAIN_SCENE
from composer_training.nouns import is_held_out
from lib_omost.compose.edit import Add, Edit, Move, Recolor, Remove, Replace, Resize, Swap, Targets
from lib_omost.compose.edit_text import write_edits
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import write_plan
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.compose.to_canvas import to_canvas

LANGUAGES = ("de", "fr", "es", "zh", "ja", "it", "pt")
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
_WEIGHTS = (24, 10, 22, 21, 19, 2, 2)  # of LANGUAGES
# What a preposition and an article become: (language, both, one word).
_CONTRACTED = tuple(
    (language, re.compile(rf"\b{both}(?= |$)" if not both.endswith("'") else rf"\b{both}"), one)
    for language, both, one in (
        ("fr", "de un", "d'un"), ("fr", "de une", "d'une"), ("fr", "de le", "du"), ("fr", "à le", "au"),
        ("es", "de el", "del"), ("es", "a el", "al"),
        ("it", "di il", "del"), ("it", "a il", "al"), ("it", "su il", "sul"), ("it", "di la", "della"), ("it", "su la", "sulla"),
        ("pt", "de o", "do"), ("pt", "de a", "da"), ("pt", "em um", "num"), ("pt", "em uma", "numa"), ("pt", "em o", "no"), ("pt", "em a", "na"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A noun in English and in another language, with its gender and plural there."""

    english: str
    word: str
    gender: str
    plural: str


@functools.cache
def words(language: str) -> tuple[Word, ...]:
    """The nouns of a language."""
    table = Path(__file__).with_name("languages.txt").read_text(encoding="utf-8").splitlines()
    column = 1 + LANGUAGES.index(language)
    found = []
    for line in table:
        cells = line.split("|")
        if line and not line.startswith("#") and cells[column]:
            gender, _, rest = cells[column].partition(" ")
            if language in ("zh", "ja"):
                found += [Word(cells[0], word, "", word) for word in cells[column].split("/")]
            else:
                word, _, plural = rest.partition("/")
                found.append(Word(cells[0], word, gender, plural or word + "s"))
    return tuple(found)


def foreign(rng: random.Random, held_out: bool) -> tuple[str, str, str]:
    """A prompt, its reply and the category."""
    language = rng.choices(LANGUAGES, _WEIGHTS)[0]
    speaker = _Speaker(rng, language, held_out)
    if rng.random() < 0.2:
        prompt, reply = _edit(rng, speaker)
        return prompt, reply, f"language: {language} edit"
    message, plan = _compose(rng, speaker)
    return compose_prompt(message), write_plan(plan), f"language: {language}"


class _Speaker:
    """Says things in one language."""

    def __init__(self, rng: random.Random, language: str, held_out: bool) -> None:
        self.rng, self.language, self._held_out = rng, language, held_out

    def draw(self, count: int) -> list[Word]:
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

    def one(self, word: Word, color: str | None, case: str = "nom", *, definite: bool = False) -> str:
        """A noun phrase in the singular."""
        hue = COLORS[self.language][color] if color else ""
        if self.language in ("zh", "ja"):
            many = {"zh": "一只|一个|一个|", "ja": "|||"}[self.language].split("|")
            joint = {"zh": "色的", "ja": ""}[self.language]
            return (
                ("" if definite else self.rng.choice(many))
                + (hue + (joint if hue and not hue.endswith("的") else "") if hue else "")
                + word.word
            )
        if self.language == "de":
            article, ending, known = _GERMAN[word.gender][case]
            if definite:
                ending = "e" if case == "nom" or (case == "acc" and word.gender != "m") else "en"
            adjective = f"{hue}{ending} " if hue and not hue.endswith("a") else f"{hue} " if hue else ""
            return f"{known if definite else article} {adjective}{word.word}"
        article = _ROMANCE[self.language][word.gender][definite]
        if definite and self.language in ("fr", "it") and word.word[0] in "aeiouéêâîôh":
            article = "l'"
        said = hue.split("/")[-1 if word.gender == "f" else 0] if hue else ""
        return f"{article}{'' if article.endswith(chr(39)) else ' '}{word.word}{' ' + said if said else ''}"

    def many(self, word: Word, count: int) -> str:
        numbers = NUMBERS[self.language][count].split("/")
        if self.language in ("zh", "ja"):
            return self.rng.choice(numbers) + word.word
        number = numbers[-1 if word.gender == "f" else 0] if self.language == "pt" else self.rng.choice(numbers)
        return f"{number} {word.plural}"


def _compose(rng: random.Random, speaker: _Speaker) -> tuple[str, Plan]:
    language = speaker.language
    said, entries = rng.choices((_related, _placed, _counted, _listed), (36, 24, 10, 30))[0](rng, speaker)
    scene, color = PLAIN_SCENE
    if rng.random() < 0.15:
        scene, color, words_of = rng.choice(SCENES[language])
        said += words_of
    said = speaker.contracted(rng.choice(OPENERS[language]) + said)
    if rng.random() < 0.3:
        said = said[:1].upper() + said[1:] + {"zh": "。", "ja": "。"}.get(language, ".")
    return said, Plan(scene, color, "", (), tuple(entries))


def _hue(rng: random.Random, speaker: _Speaker, often: float = 0.35) -> str | None:
    return rng.choice(list(COLORS[speaker.language])) if rng.random() < often else None


def _related(rng: random.Random, speaker: _Speaker) -> tuple[str, list[Entry]]:
    """Two things, one of them by the other; the first can be several."""
    one, other = speaker.draw(2)
    hues = [_hue(rng, speaker), _hue(rng, speaker)]
    relation = rng.choice(list(RELATIONS[speaker.language]))
    form = rng.choice(RELATIONS[speaker.language][relation].split("|"))
    definite = rng.random() < 0.3
    by = Relation(relation, (other.english,))
    if rng.random() < 0.2:
        count = rng.choice((2, 3, 4, 5))
        first, entry = speaker.many(one, count), Entry(one.english, count, relation=by)
    else:
        first, entry = speaker.one(one, hues[0], definite=definite), _entry(one, hues[0], relation=by)
    said = form.format(
        a=first,
        b=speaker.one(other, hues[1], "dat", definite=definite or rng.random() < 0.2),
        b_nom=speaker.one(other, hues[1]),
    )
    entries = [entry, _entry(other, hues[1])]
    return said, entries[::-1] if form.find("{b") < form.find("{a") else entries


def _placed(rng: random.Random, speaker: _Speaker) -> tuple[str, list[Entry]]:
    """One to three things, each at a place of the picture."""
    places = list(PLACES[speaker.language])
    chosen = rng.choice((["left", "right"], rng.sample(places, 1), rng.sample(places, 2), rng.sample(places, 3)))
    form = rng.choice(LISTS[speaker.language]["placed"])  # people keep to one
    parts, entries = [], []
    for place, word in zip(chosen, speaker.draw(len(chosen)), strict=True):
        hue = _hue(rng, speaker)
        where = rng.choice(PLACES[speaker.language][place].split("|"))
        parts.append(form.format(p=where, a=speaker.one(word, hue)))
        entries.append(_entry(word, hue, place=place))
    return rng.choice(LISTS[speaker.language]["joints"]).join(parts), entries


def _counted(rng: random.Random, speaker: _Speaker) -> tuple[str, list[Entry]]:
    one, other = speaker.draw(2)
    count, more = rng.choice((2, 3, 4, 5)), rng.choice((1, 1, 2, 3))
    said, entries = speaker.many(one, count), [Entry(one.english, count)]
    if rng.random() < 0.5:
        said += LISTS[speaker.language]["and"][0] + (
            speaker.many(other, more) if more > 1 else speaker.one(other, None)
        )
        entries.append(Entry(other.english, more))
    return said, entries


def _listed(rng: random.Random, speaker: _Speaker) -> tuple[str, list[Entry]]:
    """Two to five things: many words of a language in a short message."""
    known = speaker.draw(rng.choice((2, 3, 3, 4, 5)))
    hues = [_hue(rng, speaker, 0.25) for _ in known]
    parts = [speaker.one(word, hue) for word, hue in zip(known, hues, strict=True)]
    joint = LISTS[speaker.language]["joints"][0] if len(parts) > 2 else LISTS[speaker.language]["and"][0]
    said = joint.join(parts[:-1]) + LISTS[speaker.language]["and"][0] + parts[-1]
    return said, [_entry(word, hue) for word, hue in zip(known, hues, strict=True)]


def _entry(word: Word, hue: str | None, **fields: object) -> Entry:
    text = f"{hue} {word.english}" if hue else word.english
    return Entry(text, color=hue, **fields)  # type: ignore[arg-type]


def _edit(rng: random.Random, speaker: _Speaker) -> tuple[str, str]:
    """A change of a canvas that was composed in the same language, or in English."""
    language = speaker.language
    one, other, new = speaker.draw(3)
    hues = [rng.choice(list(COLORS[language])) for _ in range(3)]
    spots = rng.choice(
        (("left", "right"), ("right", "left"), ("center", "bottom"), ("top", "bottom"), ("top left", "bottom right"))
    )
    entries = tuple(_entry(word, hue, place=place) for word, hue, place in zip((one, other), hues, spots, strict=False))
    canvas = to_canvas(Plan(*PLAIN_SCENE, "", (), entries))
    number = rng.choice((1, 2))
    target, rest = (one, other) if number == 1 else (other, one)
    named = Targets((str(number),))
    kind = rng.choice(list(EDITS[language]))
    form = rng.choice(EDITS[language][kind].split("|"))
    place = rng.choice(list(PLACES[language]))
    known = functools.partial(speaker.one, color=None, definite=True)
    message = speaker.contracted(
        form.format(
            t=known(target, case="acc"),
            t_nom=known(target, case="nom"),
            o=known(rest, case="acc"),
            o_dat=known(rest, case="dat"),
            c=_bare(language, hues[2], target),
            p=rng.choice(PLACES[language][place].split("|")),
            n=speaker.one(new, hues[2], "acc"),
            n_dat=speaker.one(new, hues[2], "dat"),
        )
    )
    edits: dict[str, Edit] = {
        "recolor": Recolor(named, hues[2]),
        "move": Move(named, place),
        "remove": Remove(named),
        "add": Add(_entry(new, hues[2], place=place)),
        "replace": Replace(named, f"{hues[2]} {new.english}", hues[2]),
        "larger": Resize(named, "larger"),
        "smaller": Resize(named, "smaller"),
        "swap": Swap(Targets(("1", "2"))),
        "add above": Add(_entry(new, hues[2], relation=Relation("above", (str(3 - number),)))),
    }
    return edit_prompt(canvas, message[:1].upper() + message[1:] if rng.random() < 0.4 else message), write_edits(
        (edits[kind],)
    )


def _bare(language: str, hue: str, word: Word) -> str:
    said = COLORS[language][hue]
    return said.split("/")[-1 if word.gender == "f" else 0] if "/" in said else said
