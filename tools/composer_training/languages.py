"""Messages in other languages; plans and edits are in English, which the encoders of prompts read."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from pathlib import Path

from composer_training.languages_forms import COLORS, EDITS, LISTS, NUMBERS, OPENERS, PLACES, RELATIONS, SCENES
from composer_training.things import is_held_out
from lib_omost.compose.edit import Add, Edit, Move, Recolor, Remove, Replace, Resize, Swap, Targets
from lib_omost.compose.edit_text import write_edits
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import write_plan
from lib_omost.compose.prompt import compose_prompt, edit_prompt
from lib_omost.compose.to_canvas import to_canvas

LANGUAGES = ("de", "fr", "es", "zh", "ja", "it")
_GERMAN = {  # the indefinite article and the ending of an adjective behind it, then the definite article
    "m": {"nom": ("ein", "er", "der"), "acc": ("einen", "en", "den"), "dat": ("einem", "en", "dem")},
    "f": {"nom": ("eine", "e", "die"), "acc": ("eine", "e", "die"), "dat": ("einer", "en", "der")},
    "n": {"nom": ("ein", "es", "das"), "acc": ("ein", "es", "das"), "dat": ("einem", "en", "dem")},
}
_ROMANCE = {
    "fr": {"m": ("un", "le"), "f": ("une", "la")},
    "es": {"m": ("un", "el"), "f": ("una", "la")},
    "it": {"m": ("un", "il"), "f": ("una", "la")},
}


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
        if line and not line.startswith("#"):
            cells = line.split("|")
            gender, _, rest = cells[column].partition(" ")
            if language in ("zh", "ja"):
                found.append(Word(cells[0], cells[column], "", cells[column]))
            else:
                word, _, plural = rest.partition("/")
                found.append(Word(cells[0], word, gender, plural or word + "s"))
    return tuple(found)


def foreign(rng: random.Random, held_out: bool) -> tuple[str, str, str]:
    """A prompt, its reply and the category."""
    language = rng.choice(LANGUAGES)
    speaker = _Speaker(rng, language, held_out)
    if rng.random() < 0.3:
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
        return self.rng.sample(known, count)

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
        number = NUMBERS[self.language][count]
        return number + word.word if self.language in ("zh", "ja") else f"{number} {word.plural}"


def _compose(rng: random.Random, speaker: _Speaker) -> tuple[str, Plan]:
    language = speaker.language
    kind = rng.random()
    one, other, third = speaker.draw(3)
    hues = [rng.choice(list(COLORS[language])) if rng.random() < 0.35 else None for _ in range(3)]
    entries = [_entry(word, hue) for word, hue in zip((one, other, third), hues, strict=True)]
    scene, color = "plain background", "whitesmoke"
    if kind < 0.45:
        relation = rng.choice(list(RELATIONS[language]))
        form = rng.choice(RELATIONS[language][relation].split("|"))
        case = "gen" if "{b_gen}" in form else "dat"
        said = form.format(
            a=speaker.one(one, hues[0]),
            b=speaker.one(other, hues[1], case if case == "dat" else "dat"),
            b_nom=speaker.one(other, hues[1]),
        )
        entries[0] = _entry(one, hues[0], relation=Relation(relation, (other.english,)))
        order = [entries[0], entries[1]]
        if form.find("{b") < form.find("{a"):
            order.reverse()
    elif kind < 0.7:
        places = rng.sample(list(PLACES[language]), rng.choice((1, 2, 2, 3)))
        parts = []
        order = []
        for place, word, hue in zip(places, (one, other, third), hues, strict=False):
            where = rng.choice(PLACES[language][place].split("|"))
            said_one = speaker.one(word, hue)
            parts.append(rng.choice(LISTS[language]["placed"]).format(p=where, a=said_one))
            order.append(_entry(word, hue, place=place))
        said = rng.choice(LISTS[language]["joints"]).join(parts)
    elif kind < 0.85:
        count = rng.choice((2, 3, 4, 5))
        said = speaker.many(one, count)
        order = [Entry(one.english, count)]
        if rng.random() < 0.4:
            said += LISTS[language]["and"][0] + speaker.one(other, hues[1])
            order.append(entries[1])
    else:
        said = LISTS[language]["and"][0].join((speaker.one(one, hues[0]), speaker.one(other, hues[1])))
        order = entries[:2]
    if rng.random() < 0.25:
        scene, color, words_of = rng.choice(SCENES[language])
        said += words_of
    said = rng.choice(OPENERS[language]) + said
    if rng.random() < 0.3:
        said = said[:1].upper() + said[1:] + {"zh": "。", "ja": "。"}.get(language, ".")
    return said, Plan(scene, color, "", (), tuple(order))


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
    canvas = to_canvas(Plan("plain background", "whitesmoke", "", (), entries))
    number = rng.choice((1, 2))
    target, rest = (one, other) if number == 1 else (other, one)
    named = Targets((str(number),))
    kind = rng.choice(list(EDITS[language]))
    form = rng.choice(EDITS[language][kind].split("|"))
    place = rng.choice(list(PLACES[language]))
    known = functools.partial(speaker.one, color=None, definite=True)
    message = form.format(
        t=known(target, case="acc"),
        t_nom=known(target, case="nom"),
        o=known(rest, case="acc"),
        o_dat=known(rest, case="dat"),
        c=_bare(language, hues[2], target),
        p=rng.choice(PLACES[language][place].split("|")),
        n=speaker.one(new, hues[2], "acc"),
        n_dat=speaker.one(new, hues[2], "dat"),
    )
    edits: dict[str, Edit] = {
        "recolor": Recolor(named, hues[2]),
        "move": Move(named, place),
        "remove": Remove(named),
        "add": Add(_entry(new, hues[2], place=place)),
        "replace": Replace(named, f"{hues[2]} {new.english}", hues[2]),
        "larger": Resize(named, "larger"),
        "smaller": Resize(named, "smaller"),
        "swap": Swap(Targets((str(number), str(3 - number)))),
        "add above": Add(_entry(new, hues[2], relation=Relation("above", (str(3 - number),)))),
    }
    return edit_prompt(canvas, message[:1].upper() + message[1:] if rng.random() < 0.4 else message), write_edits(
        (edits[kind],)
    )


def _bare(language: str, hue: str, word: Word) -> str:
    said = COLORS[language][hue]
    return said.split("/")[-1 if word.gender == "f" else 0] if "/" in said else said
