"""Messages that change a canvas, and the edits they mean."""

from __future__ import annotations

import random
from collections.abc import Callable

from composer_training.canvases import Page, page
from composer_training.compositions import composition, entry_of
from composer_training.edit_phrases import FORMS, OPPOSITES, PLACE_GOALS
from composer_training.lexicon import ACTIONS, ADJECTIVES, COLORS, CREATURE_ADJECTIVES, CREATURES
from composer_training.phrases import joint, pick, place_words
from composer_training.scenes import absent, scene, style
from composer_training.surface import written
from composer_training.things import Thing, Things, color_name
from lib_omost.compose.edit import (
    Add,
    Describe,
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
from lib_omost.compose.edit_text import write_edits
from lib_omost.compose.plan import Relation
from lib_omost.compose.plan_text import write_plan
from lib_omost.compose.prompt import NEW, edit_prompt
from lib_omost.compose.vocabulary import CORNERS, PLACES

_RELATIONS = ("left of", "right of", "above", "below", "on", "in front of", "behind", "beside", "in")
_POLITE = (
    "",
    "",
    "",
    "",
    "",
    "please ",
    "can you ",
    "could you ",
    "now ",
    "ok, now ",
    "hmm, ",
    "I'd like you to ",
    "you should ",
    "then ",
    "and now ",
    "great, but ",
    "nice! ",
    "well, ",
    "let's ",
    "also ",
    "would you ",
)
_ENDS = ("", "", "", "", ".", ".", "!", " please", ", please", " instead", ", thanks", " now", " for me")

Change = tuple[str, list[Edit]]  # an imperative phrase, and the edits it means


def edited(rng: random.Random, held_out: bool) -> tuple[str, str, str]:
    """A prompt, the reply, and the category."""
    things = Things(rng, held_out)
    found = page(rng, things, held_out)
    kind = rng.random()
    if kind < 0.03:
        message, plan, _ = composition(rng, held_out)
        opener = rng.choice(
            (
                "new picture: ",
                "start over: ",
                "forget that, ",
                "something else: ",
                "a new one: ",
                "now a different picture: ",
                "next picture: ",
                "scrap this and draw ",
                "completely new: ",
            )
        )
        return edit_prompt(found.canvas, written(rng, opener + message)), NEW + write_plan(plan), "edit: new"
    if kind < 0.055:
        return edit_prompt(found.canvas, written(rng, rng.choice(FORMS["nothing"]))), write_edits(()), "edit: nothing"
    if kind < 0.12:
        return _again(rng, found, held_out)
    name, phrase, edits = _change(rng, found, things, held_out)
    category = f"edit: {name}"
    if rng.random() < 0.16:
        _, second, more = _change(rng, found, things, held_out)
        if not _clash(edits, more):
            phrase += rng.choice((" and ", ", and ", ", then ", ". ", "; ", " and also ", ", ")) + second
            edits += more
            category = "edit: several"
    before: list[str] = []
    if rng.random() < 0.2:  # an older message that has nothing to do with it
        before = [_change(rng, found, Things(rng, held_out), held_out)[1]]
    return edit_prompt(found.canvas, written(rng, _asked(rng, phrase)), before), write_edits(edits), category


def _change(rng: random.Random, found: Page, things: Things, held_out: bool) -> tuple[str, str, list[Edit]]:
    while True:
        name = rng.choices(list(_CHANGES), [weight for weight, _ in _CHANGES.values()])[0]
        change = _CHANGES[name][1](rng, found, things, held_out)
        if change is not None:
            return name, *change


def _asked(rng: random.Random, phrase: str) -> str:
    return rng.choice(_POLITE) + phrase + rng.choice(_ENDS)


def _clash(edits: list[Edit], more: list[Edit]) -> bool:
    """Whether two changes concern the same things."""
    named = {name for edit in edits if hasattr(edit, "targets") for name in edit.targets.names}
    others = {name for edit in more if hasattr(edit, "targets") for name in edit.targets.names}
    whole = {type(edit) for edit in edits} & {type(edit) for edit in more} & {SetScene, SetStyle}
    return bool(named & others or "all" in named | others or whole)


def _target(rng: random.Random, found: Page, *, several: bool = True) -> tuple[str, Targets, Thing] | None:
    """Something of the canvas: how a message names it, its numbers, and what it is."""
    number = rng.randrange(len(found.things))
    thing = found.things[number]
    same = found.numbers(thing.noun)
    if len(same) > 1:
        if not several or rng.random() < 0.25:
            return None
        many = Thing(thing.noun, thing.text, thing.kind, thing.color, None, len(same))
        bare = many.known.removeprefix("the ")
        said = rng.choice(
            (many.known, f"all {many.known}", f"all {bare}", f"both {bare}" if len(same) == 2 else many.known)
        )
        return said, Targets(tuple(str(one + 1) for one in same)), thing
    if several and len(found.things) > 1 and rng.random() < 0.05:
        return rng.choice(("everything", "all of them", "all things", "every object")), Targets(("all",)), thing
    return _named(rng, found, number), Targets((str(number + 1),)), thing


def _named(rng: random.Random, found: Page, number: int) -> str:
    """One thing by its noun, by all its words, by its place, its colour, its number or as "it"."""
    thing, place = found.things[number], found.place(number)
    ways = [(60.0, "the " + thing.noun), (21.0, "the " + thing.text), (2.0, f"number {number + 1}")]
    ways += [(1.0, said) for said in (f"that {thing.noun}", f"my {thing.noun}", thing.noun, f"this {thing.noun}")]
    if len(found.things) == 1:
        ways.append((45.0, "it"))
    if [found.place(other) for other in range(len(found.things))].count(place) == 1:
        ways += [
            (2.0, said.format(p=place))
            for said in ("the {p} one", "the thing on the {p}", "the one at the {p}", "what is on the {p}")
        ]
    if thing.color and thing.color in thing.text and [other.color for other in found.things].count(thing.color) == 1:
        ways.append((8.0, f"the {thing.color} one"))
    return rng.choices([said for _, said in ways], [weight for weight, _ in ways])[0]


def _form(rng: random.Random, name: str, held_out: bool, **words: str) -> str:
    return pick(rng, FORMS[name], held_out).format(**words)


def _recolor(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found)
    if target is None:
        return None
    hue = rng.choice(COLORS)
    return _form(rng, "recolor", held_out, t=target[0], c=hue), [Recolor(target[1], color_name(hue))]


def _move(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found, several=False)
    if target is None:
        return None
    place = rng.choice((*PLACES, "left", "right", "top", "bottom", "center"))
    goal = (
        pick(rng, PLACE_GOALS[place], held_out)
        if place in PLACE_GOALS and rng.random() < 0.6
        else place_words(rng, place, held_out)
    )
    return _form(rng, "move", held_out, t=target[0], g=goal), [Move(target[1], place)]


def _move_by(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target, other = _target(rng, found, several=False), _target(rng, found, several=False)
    if target is None or other is None or target[1] == other[1]:
        return None
    kind = rng.choice(_RELATIONS)
    goal = f"{joint(rng, kind, held_out)} {other[0]}"
    return _form(rng, "move", held_out, t=target[0], g=goal), [Move(target[1], relation=Relation(kind, other[1].names))]


def _nudge(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found)
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
    return _form(rng, "nudge", held_out, t=target[0], h=how + rng.choice(words)), [
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
    target, other = _target(rng, found, several=False), _target(rng, found, several=False)
    if target is None or other is None or target[1] == other[1]:
        return None
    return _form(rng, "swap", held_out, t=target[0], o=other[0]), [Swap(Targets((*target[1].names, *other[1].names)))]


def _resize(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found)
    if target is None:
        return None
    name = rng.choice(
        ("larger", "larger", "smaller", "smaller", "taller", "wider", "narrower", "shorter", "large", "small")
    )
    return _form(rng, name, held_out, t=target[0]), [Resize(target[1], name)]


def _depth(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found)
    if target is None:
        return None
    name = rng.choice(("near", "far", "nearer", "farther"))
    return _form(rng, name, held_out, t=target[0]), [SetDepth(target[1], name)]


def _remove(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found)
    if target is None:
        return None
    return _form(rng, "remove", held_out, t=target[0]), [Remove(target[1])]


def _add(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    new = things.one(rich=0.4, counted=0.12)
    kind = rng.random()
    if kind < 0.4:
        place = rng.choice((*PLACES, "left", "right", "top", "bottom", *([CORNERS] if new.count == 4 else [])))
        goal = place_words(rng, place, held_out) if place != CORNERS else "in the corners"
        return _form(rng, "add at", held_out, n=new.said, g=goal), [Add(entry_of(new, place=place))]
    if kind < 0.85:
        other = _target(rng, found, several=False)
        if other is None:
            return None
        relation = rng.choice(_RELATIONS)
        goal = f"{joint(rng, relation, held_out)} {other[0]}"
        return _form(rng, "add at", held_out, n=new.said, g=goal), [
            Add(entry_of(new, relation=Relation(relation, other[1].names)))
        ]
    return _form(rng, "add", held_out, n=new.said), [Add(entry_of(new))]


def _replace(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found, several=False)
    if target is None:
        return None
    new = things.one(rich=0.3, sized=0)
    return _form(rng, "replace", held_out, t=target[0], n=new.said), [Replace(target[1], new.text, new.color)]


def _describe(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    target = _target(rng, found, several=False)
    if target is None:
        return None
    thing = target[2]
    if rng.random() < 0.5:
        word = rng.choice(CREATURE_ADJECTIVES if thing.kind in CREATURES else ADJECTIVES)
        if word in thing.text:
            return None
        return _form(rng, "describe", held_out, t=target[0], d=word), [Describe(target[1], f"{word} {thing.text}")]
    action = rng.choice([action for action in ACTIONS if action.split()[0].endswith("ing")])
    if thing.kind not in CREATURES or " ".join(thing.text.split()[-1:]) != thing.noun.split()[-1]:
        return None
    return _form(rng, "act", held_out, t=target[0], d=action), [Describe(target[1], f"{thing.text} {action}")]


def _scene(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    new = scene(rng, held_out)
    if new.text.endswith("background"):
        hue = new.text.removesuffix("background").strip()
        return _form(rng, "background", held_out, c=hue), [SetScene(new.text, new.color)]
    one = ("an " if new.text[0] in "aeiou" else "a ") + new.text
    return _form(rng, "scene", held_out, s=rng.choice((one, "the " + new.text, new.text))), [
        SetScene(new.text, new.color)
    ]


def _style(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    text = style(rng)[0]
    return _form(rng, "style", held_out, s=text), [SetStyle(text)]


def _forbid(rng: random.Random, found: Page, things: Things, held_out: bool) -> Change | None:
    """Something that is not there must not come: it is forbidden; what is there is removed too."""
    names, _ = absent(rng, held_out, {word for thing in found.things for word in thing.noun.split()})
    return _form(rng, "forbid", held_out, x=" or ".join(names)), [Forbid(names)]


def _again(rng: random.Random, found: Page, held_out: bool) -> tuple[str, str, str]:
    """A message that leans on the one before it: "it", "the other one", "undo that", "a bit more"."""
    target = _target(rng, found, several=False)
    while target is None or target[0] == "it":
        found = page(rng, Things(rng, held_out), held_out)
        target = _target(rng, found, several=False)
    number = target[1].names[0]
    kind, first, reverse = rng.choice(OPPOSITES)
    earlier = pick(rng, FORMS[kind], held_out).format(t=target[0], h=first, g=first)
    others = [str(other + 1) for other in range(len(found.things)) if str(other + 1) != number]
    way = rng.random()
    if way < 0.4:
        message = rng.choice(
            (
                "undo that",
                "undo",
                "no, take that back",
                "revert that",
                "back to how it was",
                "that was wrong, undo it",
                "go back",
                "undo the last change",
                "not like that, undo it",
            )
        )
        edits = [_made(kind, target[1], reverse)]
    elif way < 0.55:
        message = rng.choice(
            ("more", "a bit more", "even more", "again", "do it again", "and again", "once more", "still more please")
        )
        edits = [_made(kind, target[1], first)]
    elif way < 0.75 and len(others) == 1:
        hue = rng.choice(COLORS)
        message = _form(
            rng,
            "recolor",
            held_out,
            t=rng.choice(("the other one", "the other", "the second thing" if number == "1" else "the other thing")),
            c=hue,
        )
        edits = [Recolor(Targets(tuple(others)), color_name(hue))]
    else:
        hue = rng.choice(COLORS)
        message = _form(rng, "recolor", held_out, t="it", c=hue)
        edits = [Recolor(target[1], color_name(hue))]
    return (
        edit_prompt(found.canvas, written(rng, _asked(rng, message)), [earlier]),
        write_edits(edits),
        "edit: reference",
    )


def _made(kind: str, targets: Targets, value: str) -> Edit:
    if kind == "nudge":
        return Nudge(targets, {"higher": "up", "lower": "down"}.get(value, value.removeprefix("to the ")))
    return (
        Resize(targets, value)
        if value in ("larger", "smaller", "taller", "shorter", "wider", "narrower")
        else SetDepth(targets, value)
    )


_CHANGES: dict[str, tuple[float, Callable[[random.Random, Page, Things, bool], Change | None]]] = {
    "recolor": (15, _recolor),
    "move": (13, _move),
    "move by": (9, _move_by),
    "nudge": (6, _nudge),
    "swap": (7, _swap),
    "resize": (9, _resize),
    "depth": (5, _depth),
    "remove": (9, _remove),
    "add": (15, _add),
    "replace": (9, _replace),
    "describe": (6, _describe),
    "scene": (7, _scene),
    "style": (4, _style),
    "forbid": (3, _forbid),
}
