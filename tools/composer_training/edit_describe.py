"""Changes of what a thing is like: what it has, wears, holds and does, what it is made of, how it looks."""

from __future__ import annotations

import random

from composer_training.canvases import Page
from composer_training.edit_targets import form_of, target_of
from composer_training.lexicon import ACTIONS, ADJECTIVES, COLORS, CREATURE_ADJECTIVES, CREATURES, read_lists
from composer_training.phrases import pick
from composer_training.things import MADE, Thing, Things, with_article
from lib_omost.compose.edit import Describe, Edit

_LISTS = read_lists("describing.txt")
_VERBS = tuple(tuple(entry.split("=")) for entry in _LISTS["verbs"])  # bare and with -ing
_STATES = tuple(tuple(entry.split("=")) for entry in _LISTS["states"])  # an imperative with {t}, and the word for it
_LONGEST = 40  # characters: longer descriptions are cut in the prompt and cannot be copied

_WEAR = (
    "let {t} wear {n}", "{t} should wear {n}", "{t} wears {n}", "dress {t} in {n}", "I want {t} to wear {n}", "make {t} wear {n}", "{t} needs {n} to wear",
    "have {t} wear {n}", "{t} should be wearing {n}", "{t} is wearing {n} now", "show {t} wearing {n}", "put {t} in {n}",
)  # fmt: skip
_HOLD = (
    "let {t} {v} {n}", "{t} should {v} {n}", "make {t} {v} {n}", "I want {t} to {v} {n}", "have {t} {v} {n}", "{t} is {g} {n}", "{t} should be {g} {n}",
    "show {t} {g} {n}", "{t} could {v} {n}", "can {t} {v} {n}", "draw {t} {g} {n}",
)  # fmt: skip
_HAVE = (
    "give {t} {n}", "{t} should have {n}", "let {t} have {n}", "{t} with {n}", "{t} has {n}", "I want {t} with {n}", "{t} needs {n}", "make {t} have {n}",
    "show {t} with {n}", "{t} gets {n}", "I'd like {t} to have {n}", "draw {t} with {n}", "add {n} to {t}", "how about {n} for {t}", "have {t} with {n}",
)  # fmt: skip
_DO = (
    "let {t} {v}", "make {t} {v}", "{t} should {v}", "have {t} {v}", "I want {t} to {v}", "{t} is {g}", "{t} should be {g}", "show {t} {g}", "{t} {g}",
    "I want {t} {g}", "can {t} {v}", "{t} could be {g}", "draw {t} {g}", "could {t} {v}", "{t} must {v}", "{t} is now {g}", "instead, {t} is {g}",
)  # fmt: skip
_MADE_OF = (
    "make {t} out of {m}", "{t} should be made of {m}", "make {t} of {m}", "{t} is made of {m}", "I want {t} made of {m}", "let {t} be made of {m}",
    "build {t} out of {m}", "{t} made of {m}",
)  # fmt: skip
_PART_COLOR = (
    "make the {p} of {t} {c}", "the {p} of {t} should be {c}", "paint the {p} of {t} {c}", "color the {p} of {t} {c}", "{c} {p} for {t}",
    "I want the {p} of {t} {c}", "{t}'s {p} should be {c}", "make {t}'s {p} {c}",
)  # fmt: skip

Change = tuple[str, list[Edit]]


def describe(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    """One thing in other words; None where it does not fit what was drawn."""
    target = target_of(rng, found, several=False)
    if target is None or len(target[2].text) > _LONGEST or (target[2].kind == "shape" and rng.random() < 0.7):
        return None
    said, targets, thing = target
    creature = thing.kind in CREATURES
    bare = thing.text.endswith(thing.noun)  # nothing is behind the noun yet
    ways = [(_look, 5), (_state, 1.5)]
    if bare:
        ways += [(_have, 4), (_made_of, 0 if creature else 1.5), (_part_color, 1.5)]
        ways += [(_do, 4), (_wear, 3), (_hold, 3)] if creature else []
    way = rng.choices([way for way, _ in ways], [weight for _, weight in ways])[0]
    changed = way(rng, said, thing, things, held_out)
    if changed is None or len(changed[1]) > 78:
        return None
    return changed[0], [Describe(targets, changed[1])]


Changed = tuple[str, str] | None  # what is said, and the thing's words afterwards


def _look(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    word = rng.choice(CREATURE_ADJECTIVES if thing.kind in CREATURES else ADJECTIVES)
    if word in thing.text:
        return None
    if rng.random() < 0.15:
        second = rng.choice(CREATURE_ADJECTIVES if thing.kind in CREATURES else ADJECTIVES)
        if second not in (word, *thing.text.split()):
            return form_of(rng, "describe", held_out, t=said, d=f"{word} and {second}"), f"{word} {second} {thing.text}"
    return form_of(rng, "describe", held_out, t=said, d=word), f"{word} {thing.text}"


def _state(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    creature = thing.kind in CREATURES
    fitting = [(form, word, kind) for form, word, kind in _STATES if kind == ("creature" if creature else "made")]
    if thing.kind not in MADE and not creature:
        return None
    form, word, _ = rng.choice(fitting)
    if word in thing.text:
        return None
    behind = " " in word
    return form.format(t=said), f"{thing.text} {word}" if behind else f"{word} {thing.text}"


def _have(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    """A part of its own: a striped sail, big eyes; or of a creature something that is worn or carried."""
    creature = thing.kind in CREATURES
    kind = rng.random()
    if creature and kind < 0.55:
        worn = things.one(kinds=("clothing", "clothing", "tool", "toy"), rich=0.3, counted=0)
        what = worn.said if worn.said.startswith(("a ", "an ", "some ")) else with_article(worn.text)
    else:
        what = _part(rng, creature)
    return pick(rng, _HAVE, held_out).format(t=said, n=what), f"{thing.text} with {what}"


def _part(rng: random.Random, creature: bool) -> str:
    name = rng.choice(_LISTS["parts of creatures" if creature else "parts of things"])
    word = rng.choice((*COLORS, *_LISTS["looks of parts"], *_LISTS["looks of parts"]))
    if name in _LISTS["several"]:
        return (
            f"{word} {name}"
            if rng.random() < 0.75
            else f"{rng.choice(('two', 'three', 'four', 'six', 'many'))} {word} {name}"
        )
    return with_article(f"{word} {name}" if rng.random() < 0.85 else name)


def _wear(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    worn = things.one(kinds=("clothing",), rich=0.3, counted=0)
    what = worn.said if worn.said.startswith(("a ", "an ", "some ")) else with_article(worn.text)
    return pick(rng, _WEAR, held_out).format(t=said, n=what), f"{thing.text} wearing {what}"


def _hold(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    held = things.one(kinds=("tool", "toy", "container", "food", "plant", "instrument"), rich=0.3, counted=0)
    what = held.said if held.said.startswith(("a ", "an ", "some ")) else with_article(held.text)
    verb, doing = rng.choice(
        (
            ("hold", "holding"),
            ("hold", "holding"),
            ("carry", "carrying"),
            ("look at", "looking at"),
            ("play with", "playing with"),
        )
    )
    return pick(rng, _HOLD, held_out).format(t=said, n=what, v=verb, g=doing), f"{thing.text} {doing} {what}"


def _do(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    if rng.random() < 0.3:
        action = rng.choice([action for action in ACTIONS if action.split()[0].endswith("ing")])
        return form_of(rng, "act", held_out, t=said, d=action), f"{thing.text} {action}"
    verb, doing = rng.choice(_VERBS)
    return pick(rng, _DO, held_out).format(t=said, v=verb, g=doing), f"{thing.text} {doing}"


def _made_of(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    material = rng.choice(_LISTS["substances"])
    return pick(rng, _MADE_OF, held_out).format(t=said, m=material), f"{thing.text} made of {material}"


def _part_color(rng: random.Random, said: str, thing: Thing, things: Things, held_out: bool) -> Changed:
    part = rng.choice(_LISTS["parts of creatures" if thing.kind in CREATURES else "parts of things"])
    hue = rng.choice(COLORS)
    words = f"{hue} {part}" if part in _LISTS["several"] else with_article(f"{hue} {part}")
    return pick(rng, _PART_COLOR, held_out).format(t=said, p=part, c=hue), f"{thing.text} with {words}"
