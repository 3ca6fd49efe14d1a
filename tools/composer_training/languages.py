"""Messages in other languages; plans and edits are in English, which the encoders of prompts read."""

from __future__ import annotations

import functools
import random
from dataclasses import replace

from composer_training.languages_edits import changed, check_heard
from composer_training.languages_forms import ABSENT, COLORS, LISTS, NUMBERS, OPENERS, PLACES, RELATIONS, SCENES
from composer_training.languages_speaker import LANGUAGES, UNSPACED, Looks, Speaker, Word, adjectives, particle
from composer_training.lexicon import PLAIN_SCENE, SCENE_COLORS, SIZED
from composer_training.nouns import everyday
from lib_omost.compose.gloss import heard
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import write_plan
from lib_omost.compose.prompt import compose_prompt

_WEIGHTS = (19, 13, 16, 15, 15, 4, 9, 14, 5, 4)  # of LANGUAGES
_SHAPES = frozenset(
    (
        "circle",
        "square",
        "triangle",
        "rectangle",
        "oval",
        "cone",
        "sphere",
        "cylinder",
        "cube",
        "star",
        "heart",
        "cross",
    )
)


def foreign(rng: random.Random, held_out: bool) -> tuple[str, str, str]:
    """A prompt, its reply and the category."""
    language = rng.choices(LANGUAGES, _WEIGHTS)[0]
    speaker = Speaker(rng, language, held_out)
    if rng.random() < 0.24:
        prompt, reply = changed(rng, speaker)
        return prompt, reply, f"language: {language} edit"
    message, plan = _compose(rng, speaker)
    prompt = compose_prompt(heard(message))
    check_heard(prompt, [entry.thing for entry in plan.entries])
    return prompt, write_plan(plan), f"language: {language}"


def _compose(rng: random.Random, speaker: Speaker) -> tuple[str, Plan]:
    language = speaker.language
    make = rng.choices((_related, _placed, _counted, _listed, _single), (33, 22, 10, 27, 8))[0]
    said, entries = make(rng, speaker)
    shapes = all(entry.thing.split()[-1] in _SHAPES for entry in entries)
    scene, color = ("plain white background", "white") if shapes else PLAIN_SCENE
    gone: tuple[str, ...] = ()
    if rng.random() < 0.38:
        scene, _, words = rng.choice(SCENES[language].split("|")).partition("=")
        color = SCENE_COLORS[scene]
        said = _with_scene(rng, language, said, words)
    if rng.random() < 0.07:
        name, _, words = rng.choice(ABSENT[language].split("|")).partition("=")
        said += words
        gone = (name,)
    said = speaker.contracted(rng.choice(OPENERS[language]) + said)
    if rng.random() < 0.3:
        said = said[:1].upper() + said[1:] + {"zh": "。", "ja": "。"}.get(language, ".")
    return said, Plan(scene, color, "", gone, tuple(entries))


def _with_scene(rng: random.Random, language: str, said: str, words: str) -> str:
    if rng.random() < 0.3:  # in front
        return words + ({"zh": "，", "ja": "、"}.get(language) or rng.choice((", ", ": ", " "))) + said
    return said + ({"zh": "，", "ja": "、"}.get(language) or rng.choice((" ", " ", ", "))) + words


def _looks(rng: random.Random, speaker: Speaker, often: float = 0.35) -> Looks:
    adjective = rng.choice(list(adjectives(speaker.language))) if rng.random() < often * 0.5 else ""
    color = rng.choice(list(COLORS[speaker.language])) if rng.random() < often else ""
    return Looks(adjective, color)


def _related(rng: random.Random, speaker: Speaker) -> tuple[str, list[Entry]]:
    """Two things, one of them by the other; the first can be several."""
    one, other = speaker.draw(2)
    looks = [_looks(rng, speaker), _looks(rng, speaker)]
    relation = rng.choice(list(RELATIONS[speaker.language]))
    form = rng.choice(RELATIONS[speaker.language][relation].split("|"))
    definite = rng.random() < 0.3
    by = Relation(relation, (other.english,))
    if rng.random() < 0.2:
        count = rng.choice(list(NUMBERS[speaker.language]))
        first, entry = speaker.many(one, count), replace(entry_in_english(one, Looks(), relation=by), count=count)
    else:
        first, entry = speaker.one(one, looks[0], definite=definite), entry_in_english(one, looks[0], relation=by)
    known = definite or rng.random() < 0.2
    others = {f"b_{case}": speaker.one(other, looks[1], case, definite=known) for case in ("gen", "ins", "pre")}
    said = form.format(
        a=first,
        a_sub=particle(first, "이", "가"),
        b=speaker.one(other, looks[1], "dat", definite=known),
        b_nom=speaker.one(other, looks[1]),
        **others,
    )
    entries = [entry, entry_in_english(other, looks[1])]
    return said, entries[::-1] if form.find("{b") < form.find("{a") else entries


def _placed(rng: random.Random, speaker: Speaker) -> tuple[str, list[Entry]]:
    """One to three things, each at a place of the picture."""
    language = speaker.language
    places = list(PLACES[language])
    chosen = rng.choice((["left", "right"], rng.sample(places, 1), rng.sample(places, 2), rng.sample(places, 3)))
    form = rng.choice(LISTS[language]["placed"])  # people keep to one
    parts, entries = [], []
    for place, word in zip(chosen, speaker.draw(len(chosen)), strict=True):
        looks = _looks(rng, speaker)
        where = rng.choice(PLACES[language][place].split("|"))
        said = speaker.one(word, looks)
        parts.append(form.format(p=where, a=said, a_sub=particle(said, "이", "가"), a_top=particle(said, "은", "는")))
        entries.append(entry_in_english(word, looks, place=place))
    return rng.choice(LISTS[language]["joints"]).join(parts), entries


def _counted(rng: random.Random, speaker: Speaker) -> tuple[str, list[Entry]]:
    one, other = speaker.draw(2)
    numbers = list(NUMBERS[speaker.language])
    count, more = rng.choice(numbers), rng.choice((1, 1, *numbers[:2]))
    said, entries = speaker.many(one, count), [replace(entry_in_english(one, Looks()), count=count)]
    if rng.random() < 0.5:
        said += rng.choice(LISTS[speaker.language]["and"])
        said += speaker.many(other, more) if more > 1 else speaker.one(other)
        entries.append(replace(entry_in_english(other, Looks()), count=more))
    return said, entries


def _listed(rng: random.Random, speaker: Speaker) -> tuple[str, list[Entry]]:
    """Two to five things: many words of a language in a short message."""
    known = speaker.draw(rng.choice((2, 3, 3, 4, 5)))
    looks = [_looks(rng, speaker, 0.25) for _ in known]
    parts = [speaker.one(word, look) for word, look in zip(known, looks, strict=True)]
    last = rng.choice(LISTS[speaker.language]["and"])
    joint = LISTS[speaker.language]["joints"][0] if len(parts) > 2 else last
    said = joint.join(parts[:-1]) + last + parts[-1]
    return said, [entry_in_english(word, look) for word, look in zip(known, looks, strict=True)]


def _single(rng: random.Random, speaker: Speaker) -> tuple[str, list[Entry]]:
    word = speaker.draw(1)[0]
    looks = _looks(rng, speaker, 0.8)
    said = speaker.one(word, looks)
    return said, [entry_in_english(word, looks)]


def entry_in_english(word: Word, looks: Looks, **fields: object) -> Entry:
    """The line of a plan for a thing that was said in another language."""
    text = " ".join(filter(None, (looks.adjective, looks.color, word.english)))
    return Entry(text, color=looks.color or _colors().get(word.english), size=SIZED.get(looks.adjective), **fields)  # type: ignore[arg-type]


@functools.cache
def _colors() -> dict[str, str]:
    """The colour that a thing has where nothing is said of it."""
    known = [noun for held_out in (False, True) for nouns in everyday(held_out).values() for noun in nouns]
    return {noun.word: noun.color for noun in known if noun.color}


assert all(
    name in SCENE_COLORS for scenes in SCENES.values() for name in (s.partition("=")[0] for s in scenes.split("|"))
)
assert UNSPACED == ("zh", "ja")
