"""Scenes, styles and what must be absent, at random, with the words that a message has for them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from composer_training.lexicon import (
    ABSENT,
    HOURS,
    MOODS,
    PLACES,
    PLAIN_SCENE,
    QUALITIES,
    SCENE_OF_KIND,
    SCENES,
    STYLES,
    TIMES,
    WEATHER,
)
from composer_training.nouns import everyday, is_held_out
from composer_training.phrases import pick
from composer_training.things import Thing, color_name, with_article

_BACKGROUNDS = (
    "red",
    "blue",
    "green",
    "dark green",
    "light blue",
    "white",
    "black",
    "yellow",
    "pink",
    "gray",
    "beige",
    "purple",
)


@dataclass(frozen=True)
class Scene:
    """`text` and `color` are what the plan says; `said` is how a message puts it behind its things."""

    text: str
    color: str
    said: str = ""


_TELLING = ("furniture", "building", "vehicle")  # kinds that say where a picture is, whatever else is in it
_BARE = frozenset(("snow", "grass", "water", "space", "outer space", "ice"))  # without an article
_ONLY = frozenset(("ocean", "sea", "sky", "woods", "mountains", "beach", "forest", "city", "desert", "moon surface"))


def unsaid(things: list[Thing]) -> Scene:
    """The scene of a message that says none: it goes with what is shown.

    Shapes alone are on plain white, and what nobody knows is on a plain background.
    """
    known = [thing.kind for thing in things if not thing.is_invented]
    kinds = [kind for kind in known if kind != "shape"] or known
    kind = next((kind for kind in _TELLING if kind in kinds), kinds[0] if kinds else "")
    return Scene(*SCENE_OF_KIND.get(kind, PLAIN_SCENE))


def place(rng: random.Random, held_out: bool, plain: float = 0.5) -> tuple[str, str, str]:
    """Somewhere: the preposition with its article, the words of the plan, and the colour. `plain` is without weather."""
    name = rng.choice([name for name in PLACES if is_held_out(name, 6) == held_out])
    preposition, _, text = name.partition(" ")
    color, last = PLACES[name], text
    if rng.random() > plain:
        weather = rng.choice(list(WEATHER))
        text, color = f"{weather} {text}", WEATHER[weather] or color
    if rng.random() < (1 - plain) * 0.7:
        time = rng.choice(list(TIMES))
        text, color = f"{text} {time}", TIMES[time]
    if last in _BARE:
        article = ""
    elif (last in _ONLY and rng.random() < 0.8) or last.endswith(("woods", "mountains")) or rng.random() < 0.25:
        article = "the "
    else:
        article = "an " if text[0] in "aeiou" else "a "
    return f"{preposition} {article}", text, color


def scene(rng: random.Random, held_out: bool) -> Scene:
    """A scene and how a message says it."""
    kind = rng.random()
    if kind < 0.1:
        hue = rng.choice(_BACKGROUNDS)
        plain = rng.choice(("", "", "plain ", "solid "))
        text = f"{plain}{hue} background"
        return Scene(
            text,
            color_name(hue),
            rng.choice((f", {text}", f" on a {text}", f" in front of a {text}", f" with a {text}")),
        )
    if kind < 0.25:
        text = rng.choice([name for name in SCENES if is_held_out(name, 6) == held_out] or list(SCENES))
        said = pick(
            rng,
            (
                ", {s}",
                " with {s} in the background",
                ", {s} in the background",
                ", in the background {s}",
                " under {s}",
                " before {s}",
                ". background: {s}",
                ", {s} behind",
            ),
            held_out,
        )
        return Scene(text, SCENES[text], said.format(s=text))
    if kind < 0.33:
        said = rng.choice(list(HOURS))
        text = said.partition(" ")[2].removeprefix("the ")
        return Scene(text, HOURS[said], rng.choice((" ", " ", ", ")) + said)
    where, text, color = place(rng, held_out)
    if rng.random() < 0.5 or where.startswith("at ") or _could_be_a_thing(text):
        return Scene(text, color, rng.choice((" ", " ", " ", ", ", " standing ")) + where + text)
    one = rng.choice((with_article(text), "the " + text, with_article(text)))
    forms = (
        ", {t}",
        ", {t} background",
        ", the background is {s}",
        " with {s} in the background",
        ". It is {w}",
        ". Setting: {t}",
        ", set {w}",
        ". the scene is {s}",
        ", location: {t}",
        " somewhere {w}",
        ", everything {w}",
        ". Background: {t}",
        ", all of it {w}",
        ". This is {w}",
    )
    return Scene(text, color, pick(rng, forms, held_out).format(s=one, t=text, w=where + text))


def _could_be_a_thing(text: str) -> bool:
    """Whether "with … in the background" would speak of a thing that is far away: a church, not a street."""
    nouns = {noun.word for kind in ("building", "vehicle", "nature", "furniture") for noun in everyday(False)[kind]}
    return any(word in nouns for word in text.split())


_BEFORE = (
    "in {s}, {w}", "{s} with {w}", "{t}, {w}", "{t}: {w}", "{s}. {w}", "{s}, and in it {w}", "inside {s} {w}", "scene: {t}. {w}",
    "{s} where there is {w}", "{s}, {w}", "{s}, {w}", "{s}, {w}", "{s}: {w}", "{s}; {w}", "{s} - {w}", "{s}... {w}", "we are in {s}: {w}",
    "the scene is {s}. {w}", "{s}. There is {w}", "{s}. In it, {w}", "{s} showing {w}", "{t} with {w}", "the setting is {s}, {w}",
    "imagine {s}. {w}", "the {t}, {w}", "the {t}. {w}",
)  # fmt: skip


def before(rng: random.Random, found: Scene, wish: str, held_out: bool) -> str:
    """The scene in front of the wish instead of behind it, in apposition as often as not."""
    if found.said.strip(" ,") in HOURS:
        return f"{found.said.strip(' ,')}, {wish}"
    form = pick(rng, _BEFORE, held_out)
    return form.format(s=with_article(found.text), t=found.text, w=wish)


def style(rng: random.Random) -> tuple[str, str, bool]:
    """A style in the plan's words, in a message's, and whether those go in front."""
    words = []
    if rng.random() < 0.7:
        words.append(rng.choice(STYLES))
    if rng.random() < 0.4 or not words:
        words.append(rng.choice(MOODS))
    if rng.random() < 0.25:
        words += rng.sample(QUALITIES, rng.choice((1, 1, 2, 3)))
    text = ", ".join(words)
    if len(words) == 1 and words[0] in STYLES and rng.random() < 0.6:
        one = with_article(text)
        if rng.random() < 0.5:
            return (
                text,
                rng.choice((f"{one} of ", f"{text} of ", f"{text}: ", f"make {one} of ", f"{text} style, ")),
                True,
            )
        return (
            text,
            rng.choice(
                (
                    f" as {one}",
                    f" in the style of {one}",
                    f", {text} style",
                    f", make it {one}",
                    f", style: {text}",
                    f" in {text} style",
                )
            ),
            False,
        )
    if len(words) == 1 and rng.random() < 0.4:
        return text, rng.choice((f", the mood is {text}", f", {text} mood", f" with {text}", f". {text} please")), False
    return text, rng.choice((f", {text}", f", {text}", f". {text}", f" -- {text}")), False


def absent(rng: random.Random, held_out: bool, taken: set[str]) -> tuple[tuple[str, ...], str]:
    """What must not be seen: for the plan, and as a message says it behind its things."""
    known = [name for name in ABSENT if not taken & set(name.split()) and name.removesuffix("s") not in taken]
    known = [name for name in known if is_held_out(name, 6) == held_out] or known
    names = tuple(rng.sample(known, rng.choice((1, 1, 1, 2))))
    listed = " or ".join(names)
    forms = (
        " without {x}",
        ", without any {x}",
        ", no {x}",
        " but no {x}",
        " with no {x}",
        ", but without {x}",
        ". No {x} please",
        ", there should be no {x}",
        " and no {x}",
        ", don't show {x}",
        ", leave out the {x}",
        ". I don't want any {x}",
        ", avoid {x}",
        ", not a single one of {x}",
        ", free of {x}",
        " without {x} anywhere",
        " (no {x})",
        ", excluding {x}",
        ", minus the {x}",
    )
    return names, pick(rng, forms, held_out).format(x=listed)
