"""Changes that are asked for in other languages."""

from __future__ import annotations

import functools
import random
import re

from composer_training.languages_forms import COLORS, EDITS, PLACES, SCENES
from composer_training.languages_russian import adjective
from composer_training.languages_speaker import Looks, Speaker, Word, particle
from composer_training.lexicon import PLAIN_SCENE, SCENE_COLORS
from composer_training.things import plural
from lib_omost.compose.edit import Add, Edit, Move, Recolor, Remove, Replace, Resize, SetScene, Swap, Targets
from lib_omost.compose.edit_text import write_edits
from lib_omost.compose.gloss import heard
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.prompt import edit_prompt
from lib_omost.compose.to_canvas import to_canvas

_SPOTS = (
    *(("left", "right"), ("right", "left"), ("center", "bottom"), ("top", "bottom"), ("top left", "bottom right")),
    *(("left", "center", "right"), ("top", "center", "bottom left"), ("bottom right", "top left", "center")),
)
# How a language says where all of it is to be, with one of its SCENES.
_SCENE = {
    "de": "das Ganze {s}|alles {s}|es soll {s} sein|verlege es: {s}", "fr": "tout se passe {s}|mets tout {s}|la scène doit être {s}",
    "es": "que todo esté {s}|todo {s}|la escena {s}|ponlo todo {s}", "zh": "场景换成{s}|改成{s}|背景改为{s}", "ja": "場面を{s}にして|全体を{s}に変えて|背景を{s}に",
    "it": "tutto {s}|la scena {s}", "pt": "tudo {s}|a cena deve ser {s}", "ru": "пусть всё будет {s}|сделай, чтобы всё было {s}|действие происходит {s}",
    "nl": "alles {s}|het moet {s} zijn", "ko": "배경을 {s}로 바꿔 줘|전체를 {s}로",
}  # fmt: skip


def changed(rng: random.Random, speaker: Speaker) -> tuple[str, str]:
    """A change of a canvas that was composed in the same language, or in English: the prompt and the reply."""
    language = speaker.language
    spots = rng.choice(_SPOTS)
    *known, new = speaker.draw(len(spots) + 1)
    hues = [rng.choice(list(COLORS[language])) for _ in (*known, new)]
    entries = tuple(
        Entry(f"{hue} {word.english}", color=hue, place=spot)
        for word, hue, spot in zip(known, hues, spots, strict=False)
    )
    canvas = to_canvas(Plan(*PLAIN_SCENE, "", (), entries))
    one, other = rng.sample(range(1, len(known) + 1), 2)
    if rng.random() < 0.07:
        message, edit = _scene(rng, language)
    else:
        message, edit = _one(rng, speaker, [*known, new], hues[-1], (one, other))
    message = speaker.contracted(message)
    prompt = edit_prompt(canvas, heard(message[:1].upper() + message[1:] if rng.random() < 0.4 else message))
    check_heard(prompt.rpartition("\nchange: ")[2], _named_in(edit))
    return prompt, write_edits((edit,))


def check_heard(said: str, things: list[str]) -> None:
    """Raises ValueError where a prompt has not every word of things: the glossary knows another meaning first."""
    words = set(re.findall("[a-z-]+", said))
    for thing in things:
        if not all({word, plural(word, word)} & words for word in thing.split()):
            raise ValueError(thing)


def _named_in(edit: Edit) -> list[str]:
    if isinstance(edit, Add):
        return [edit.entry.thing]
    return [edit.thing] if isinstance(edit, Replace) else []


def _scene(rng: random.Random, language: str) -> tuple[str, Edit]:
    name, _, words = rng.choice(SCENES[language].split("|")).partition("=")
    return rng.choice(_SCENE[language].split("|")).format(s=words), SetScene(name, SCENE_COLORS[name])


def _one(
    rng: random.Random, speaker: Speaker, words: list[Word], hue: str, numbers: tuple[int, int]
) -> tuple[str, Edit]:
    """A change of the first of two things by number; the last of the words is a new one."""
    *known, new = words
    number, rest = numbers
    language = speaker.language
    kind = rng.choice(list(EDITS[language]))
    form = rng.choice(EDITS[language][kind].split("|"))
    place = rng.choice(list(PLACES[language]))
    looks = Looks(color=hue)
    named = functools.partial(speaker.one, definite=True)
    target, other = known[number - 1], known[rest - 1]
    said = {
        "t": named(target, case="acc"),
        "o": named(other, case="acc"),
        **{f"t_{case}": named(target, case=case) for case in ("nom", "gen")},
        **{f"o_{case}": named(other, case=case) for case in ("dat", "ins")},
        "t_obj": particle(named(target), "을", "를"),
        "c": bare_color(language, hue, target),
        "c_ins": adjective(COLORS["ru"][hue], target.gender, "ins") if language == "ru" else "",
        "p": rng.choice(PLACES[language][place].split("|")),
        **{name: speaker.one(new, looks, case) for name, case in (("n", "acc"), ("n_nom", "nom"), ("n_dat", "dat"))},
    }
    said["n_obj"] = particle(said["n"], "을", "를")
    targets, thing = Targets((str(number),)), f"{hue} {new.english}"
    edits: dict[str, Edit] = {
        "recolor": Recolor(targets, hue),
        "move": Move(targets, place),
        "remove": Remove(targets),
        "add": Add(Entry(thing, color=hue, place=place)),
        "replace": Replace(targets, thing, hue),
        "larger": Resize(targets, "larger"),
        "smaller": Resize(targets, "smaller"),
        "swap": Swap(Targets(tuple(map(str, sorted((number, rest)))))),
        "add above": Add(Entry(thing, color=hue, relation=Relation("above", (str(rest),)))),
    }
    return form.format(**said), edits[kind]


def bare_color(language: str, hue: str, word: Word) -> str:
    """A colour as it stands alone behind "make it", for a thing of this gender."""
    said = COLORS[language][hue]
    if language == "nl":
        return said.split("/")[0]
    if language == "ja":
        return said.removesuffix("色の").removesuffix("い").removesuffix("の")
    if language == "ko":
        return {"빨간": "빨간색", "파란": "파란색", "노란": "노란색", "검은": "검은색", "하얀": "하얀색"}.get(
            said, said
        )
    return said.split("/")[-1 if word.gender == "f" else 0] if "/" in said else said
