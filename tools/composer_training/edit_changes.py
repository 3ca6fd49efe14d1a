"""Single changes of a canvas: what a message says and the edits it means."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from composer_training.canvases import Page
from composer_training.edit_describe import describe
from composer_training.edit_groups import group_of, others_than
from composer_training.edit_phrases import PLACE_GOALS, THEIR_COLORS
from composer_training.edit_targets import form_of, named_at, target_of
from composer_training.lexicon import COLORS, TIMES, WEATHER
from composer_training.phrases import joint, pick, place_words
from composer_training.scenes import absent, scene, style
from composer_training.things import NUMBERS, Thing, Things, color_name, entry_of, plural
from lib_omost.compose.edit import (
    Add,
    Edit,
    Forbid,
    Move,
    Nudge,
    Recolor,
    Remove,
    Replace,
    Resize,
    SetDepth,
    SetScene,
    SetStyle,
    Swap,
    Targets,
)
from lib_omost.compose.plan import Entry, Relation
from lib_omost.compose.vocabulary import CORNERS, PLACES
from lib_omost.compose.words import plain

_RELATIONS = ("left of", "right of", "above", "below", "on", "in front of", "behind", "beside", "in")

Change = tuple[str, list[Edit]]  # an imperative phrase, and the edits it means


def _some(rng: random.Random, found: Page) -> tuple[str, Targets, Thing] | None:
    """One thing, or several that are named together."""
    return group_of(rng, found) if rng.random() < 0.25 else target_of(rng, found)


def _recolor(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _some(rng, found)
    if target is None:
        return None
    hue = rng.choice(COLORS)
    return form_of(rng, "recolor", held_out, t=target[0], c=hue), [Recolor(target[1], color_name(hue))]


def _move(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target, other = target_of(rng, found, several=False), target_of(rng, found, several=False)
    if target is None:
        return None
    place = rng.choice((*PLACES, "left", "right", "top", "bottom", "center"))
    goal = _goal(rng, place, held_out)
    said, edits = form_of(rng, "move", held_out, t=target[0], g=goal), [Move(target[1], place)]
    if other is not None and other[1] != target[1] and rng.random() < 0.12:  # "move a there and b there"
        second = rng.choice([spot for spot in PLACES if spot != place])
        return f"{said} and {other[0]} {_goal(rng, second, held_out)}", [*edits, Move(other[1], second)]
    return said, [*edits]


def _goal(rng: random.Random, place: str, held_out: bool) -> str:
    """Where something is moved to, in words."""
    if place in PLACE_GOALS and rng.random() < 0.6:
        return pick(rng, PLACE_GOALS[place], held_out)
    return place_words(rng, place, held_out)


def _among(rng: random.Random, found: Page, but: tuple[str, ...] = ()) -> tuple[str, Relation] | None:
    """Between two things of the canvas, in words and as a relation; `but` are numbers that are not among them."""
    one, other = target_of(rng, found, several=False), target_of(rng, found, several=False)
    if one is None or other is None or {*one[1].names, *other[1].names} & {*but} or one[1] == other[1]:
        return None
    said = rng.choice(("between {a} and {b}", "in between {a} and {b}", "in the middle between {a} and {b}"))
    return said.format(a=one[0], b=other[0]), Relation("between", (*one[1].names, *other[1].names))


def _move_by(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target, other = target_of(rng, found, several=False), target_of(rng, found, several=False)
    if target is None or other is None or target[1] == other[1]:
        return None
    between = _among(rng, found, target[1].names) if len(found.things) > 2 and rng.random() < 0.3 else None
    if between is not None:
        return form_of(rng, "move", held_out, t=target[0], g=between[0]), [Move(target[1], relation=between[1])]
    kind = rng.choice(_RELATIONS)
    goal = f"{joint(rng, kind, held_out)} {other[0]}"
    return form_of(rng, "move", held_out, t=target[0], g=goal), [
        Move(target[1], relation=Relation(kind, other[1].names))
    ]


def _nudge(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _some(rng, found)
    if target is None:
        return None
    direction = rng.choice(("left", "right", "up", "down"))
    words = {
        "left": ("to the left", "left", "leftwards"),
        "right": ("to the right", "right", "rightwards"),
        "up": ("up", "higher", "upwards"),
        "down": ("down", "lower", "downwards"),
    }[direction]
    slightly = rng.random() < 0.5
    how = (
        rng.choice(("a bit ", "slightly ", "a little ", "a tad ", "just a bit ", "a touch "))
        if slightly
        else rng.choice(("further ", "more ", "a lot ", "farther ", "much further "))
    )
    return form_of(rng, "nudge", held_out, t=target[0], h=how + rng.choice(words)), [
        Nudge(target[1], direction, slightly)
    ]


def _swap(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    if len(found.things) == 2 and rng.random() < 0.2 and found.things[0] != found.things[1]:
        return rng.choice(
            (
                "swap them",
                "swap the two",
                "exchange them",
                "switch them around",
                "let them change places",
                "change their places",
            )
        ), [Swap(Targets(("1", "2")))]
    target, other = target_of(rng, found, several=False), target_of(rng, found, several=False)
    if target is None or other is None or target[1] == other[1]:
        return None
    return form_of(rng, "swap", held_out, t=target[0], o=other[0]), [
        Swap(Targets(tuple(sorted((*target[1].names, *other[1].names), key=int))))
    ]


def _resize(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _some(rng, found)
    if target is None:
        return None
    name = rng.choice(
        ("larger", "larger", "smaller", "smaller", "taller", "wider", "narrower", "shorter", "large", "small")
    )
    return form_of(rng, name, held_out, t=target[0]), [Resize(target[1], name)]


def _depth(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _some(rng, found)
    if target is None:
        return None
    name = rng.choice(("near", "far", "nearer", "farther"))
    return form_of(rng, name, held_out, t=target[0]), [SetDepth(target[1], name)]


def _remove(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _some(rng, found)
    if target is None:
        return None
    return form_of(rng, "remove", held_out, t=target[0]), [Remove(target[1])]


def _add(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    new = things.one(rich=0.4, counted=0.25)
    kind = rng.random()
    if kind < 0.4:
        place = rng.choice((*PLACES, "left", "right", "top", "bottom", *([CORNERS] if new.count == 4 else [])))
        goal = place_words(rng, place, held_out) if place != CORNERS else "in the corners"
        return form_of(rng, "add at", held_out, n=new.said, g=goal), [Add(entry_of(new, place=place))]
    between = _among(rng, found) if len(found.things) > 1 and kind < 0.5 else None
    if between is not None:
        return form_of(rng, "add at", held_out, n=new.said, g=between[0]), [Add(entry_of(new, relation=between[1]))]
    if kind < 0.85:
        other = target_of(rng, found, several=False)
        if other is None:
            return None
        relation = rng.choice(_RELATIONS)
        goal = f"{joint(rng, relation, held_out)} {other[0]}"
        return form_of(rng, "add at", held_out, n=new.said, g=goal), [
            Add(entry_of(new, relation=Relation(relation, other[1].names)))
        ]
    return form_of(rng, "add", held_out, n=new.said), [Add(entry_of(new))]


def _more(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    """One or some more of what is there."""
    thing = replace(rng.choice(found.things), count=1, size=None)
    if thing.lead != "a" or thing.noun.endswith("s"):
        return None
    place = rng.choice(list(PLACES)) if rng.random() < 0.4 else None
    goal = place_words(rng, place, held_out) if place else ""
    said = thing.text if rng.random() < 0.3 else thing.noun
    count = rng.choice((1, 1, 1, 2, 3))
    if count > 1:
        name, number = plural(said, thing.noun), NUMBERS[count]
        phrase = form_of(rng, "several more", held_out, n=number, m=name, g=goal)
    else:
        phrase = form_of(rng, "more", held_out, m=said, g=goal)
    if place and goal not in phrase:
        place = None
    return phrase.strip(), [Add(Entry(said, count, place=place, color=thing.color))]


def _swap_colors(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    """Two things of different colours take each other's."""
    count = len(found.things)
    if count < 2:
        return None
    one, other = sorted(rng.sample(range(count), 2))
    hues = [found.canvas.regions[number].color_name for number in (one, other)]
    if hues[0] == hues[1]:
        return None
    edits: list[Edit] = [
        Recolor(Targets((str(number + 1),)), hue) for number, hue in zip((one, other), reversed(hues), strict=True)
    ]
    if count == 2 and rng.random() < 0.5:
        return pick(rng, THEIR_COLORS, held_out), edits
    named = [named_at(rng, found, number) for number in (one, other)]
    if None in named or "it" in named:
        return None
    first, second = rng.sample([name for name in named if name], 2)
    return form_of(rng, "swap colors", held_out, t=first, o=second), edits


def _replace(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = target_of(rng, found, several=False)
    if target is None:
        return None
    new = things.one(rich=0.3, sized=0)
    return form_of(rng, "replace", held_out, t=target[0], n=new.said), [Replace(target[1], new.text, new.color)]


def _only(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    """One or two things stay, all others go."""
    rest = others_than(rng, found)
    if rest is None:
        return None
    return form_of(rng, "only", held_out, t=rest[0]), [Remove(rest[1])]


def _hour(rng: random.Random, found: Page, held_out: bool) -> Change:
    """The same scene at another hour or in other weather."""
    base = plain(found.canvas.description)
    last = next((time for time in TIMES if base.endswith(" " + time)), "")
    first = next((word for word in WEATHER if base.startswith(word + " ")), "")
    if rng.random() < 0.65:
        time = rng.choice(list(TIMES))
        bare = time.removeprefix("at ").removeprefix("in the ").removeprefix("in ").removeprefix("by ")
        said = (
            rng.choice((bare, time))
            if time.startswith(("at ", "in ", "by ")) and not bare.startswith("heavy")
            else time
        )
        text = f"{base.removesuffix(last).strip()} {time}"
        return form_of(rng, "hour", held_out, s=said), [SetScene(text, TIMES[time])]
    weather = rng.choice([word for word in WEATHER if word != first])
    text = f"{weather} {base.removeprefix(first).strip()}"
    color = WEATHER[weather] or found.canvas.color_name
    return form_of(rng, "weather", held_out, s=weather), [SetScene(text, TIMES[last] if last else color)]


def _scene(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    if "background" not in found.canvas.description and rng.random() < 0.3:
        return _hour(rng, found, held_out)
    new = scene(rng, held_out)
    if new.text.endswith("background"):
        hue = new.text.removesuffix("background").strip()
        return form_of(rng, "background", held_out, c=hue), [SetScene(new.text, new.color)]
    one = ("an " if new.text[0] in "aeiou" else "a ") + new.text
    return form_of(rng, "scene", held_out, s=rng.choice((one, "the " + new.text, new.text))), [
        SetScene(new.text, new.color)
    ]


def _style(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    text = style(rng)[0]
    return form_of(rng, "style", held_out, s=text), [SetStyle(text)]


def _forbid(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    """Something that is not there must not come: it is forbidden; what is there is removed too."""
    names, _ = absent(rng, held_out, {word for thing in found.things for word in thing.noun.split()})
    return form_of(rng, "forbid", held_out, x=" or ".join(names)), [Forbid(names)]


CHANGES: dict[str, tuple[float, Callable[[random.Random, Page, Things, bool], Change | None]]] = {
    "recolor": (15, _recolor),
    "move": (13, _move),
    "move by": (9, _move_by),
    "nudge": (6, _nudge),
    "swap": (9, _swap),
    "resize": (9, _resize),
    "depth": (5, _depth),
    "remove": (11, _remove),
    "add": (15, _add),
    "more": (5, _more),
    "swap colors": (4, _swap_colors),
    "replace": (9, _replace),
    "describe": (13, describe),
    "only": (9, _only),
    "scene": (7, _scene),
    "style": (4, _style),
    "forbid": (3, _forbid),
}
