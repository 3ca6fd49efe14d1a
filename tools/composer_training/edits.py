"""Messages that change a canvas, and the edits they mean."""

from __future__ import annotations

import random

from composer_training.canvases import Page, page
from composer_training.compositions import composition
from composer_training.edit_changes import CHANGES
from composer_training.edit_combined import corrected_change, same_target
from composer_training.edit_phrases import FORMS, OPPOSITES
from composer_training.edit_targets import form_of, target_of
from composer_training.lexicon import COLORS
from composer_training.surface import written
from composer_training.things import Things, color_name
from lib_omost.compose.edit import Edit, Nudge, Recolor, Resize, SetDepth, SetScene, SetStyle, Targets
from lib_omost.compose.edit_text import write_edits
from lib_omost.compose.plan_text import write_plan
from lib_omost.compose.prompt import NEW, edit_prompt

_OPENERS = (
    "",
    "",
    "",
    "",
    "",
    "",
    "now ",
    "ok, now ",
    "hmm, ",
    "then ",
    "and now ",
    "great, but ",
    "nice! ",
    "well, ",
    "also ",
    "please ",
)
_ASKING = (
    "can you ",
    "could you ",
    "I'd like you to ",
    "you should ",
    "let's ",
    "would you ",
    "please ",
    "could you please ",
)
# What an asking opener can stand before.
_VERBS = frozenset(
    [
        "make",
        "color",
        "paint",
        "turn",
        "change",
        "recolor",
        "give",
        "set",
        "dye",
        "switch",
        "try",
        "use",
        "repaint",
        "move",
        "put",
        "place",
        "shift",
        "bring",
        "take",
        "position",
        "drag",
        "relocate",
        "send",
        "get",
        "push",
        "nudge",
        "pull",
        "slide",
        "swap",
        "exchange",
        "interchange",
        "flip",
        "reverse",
        "trade",
        "enlarge",
        "increase",
        "scale",
        "grow",
        "blow",
        "shrink",
        "reduce",
        "decrease",
        "stretch",
        "heighten",
        "widen",
        "broaden",
        "slim",
        "remove",
        "delete",
        "erase",
        "drop",
        "leave",
        "kick",
        "lose",
        "throw",
        "cut",
        "clear",
        "wipe",
        "do",
        "strike",
        "add",
        "draw",
        "insert",
        "include",
        "replace",
        "substitute",
        "transform",
        "show",
        "render",
        "redo",
        "keep",
        "avoid",
        "have",
    ]
)
_REST = (
    ", nothing else", ", everything else stays as it is", " and leave the rest alone", ", but keep all the rest", "; all else remains as it is", " and do not change anything else", ", the others stay as they are",
    ". The rest is fine", " only, the rest is fine", " without changing the others", ", leaving everything else untouched",
)  # fmt: skip
_ENDS = ("", "", "", "", ".", ".", "!", " please", ", please", " instead", ", thanks", " now", " for me")


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
    combined = rng.random()
    change = None
    if combined < 0.07:
        change, category = same_target(rng, found, held_out), "edit: same"
    elif combined < 0.12:
        change, category = corrected_change(rng, found, held_out), "edit: corrected"
    if change is not None:
        phrase, edits = change
    else:
        category = f"edit: {name}"
    if rng.random() < 0.18:
        _, second, more = _change(rng, found, things, held_out)
        if not _clash(edits, more):
            phrase += rng.choice((" and ", ", and ", ", then ", ". ", "; ", " and also ", ", ")) + second
            edits += more
            category = "edit: several"
            _, third, last = _change(rng, found, things, held_out)
            if rng.random() < 0.25 and not _clash(edits, last):
                phrase += rng.choice((" and ", ", and ", ", then ", ". ", "; ", ". Finally, ")) + third
                edits += last
    if rng.random() < 0.08 and category not in ("edit: only", "edit: nothing"):
        phrase += rng.choice(_REST)
    before: list[str] = []
    if rng.random() < 0.2:  # an older message that has nothing to do with it
        before = [_change(rng, found, Things(rng, held_out), held_out)[1]]
    return edit_prompt(found.canvas, written(rng, _asked(rng, phrase)), before), write_edits(edits), category


def _change(rng: random.Random, found: Page, things: Things, held_out: bool) -> tuple[str, str, list[Edit]]:
    while True:
        name = rng.choices(list(CHANGES), [weight for weight, _ in CHANGES.values()])[0]
        change = CHANGES[name][1](rng, found, things, held_out)
        if change is not None:
            return name, *change


def _asked(rng: random.Random, phrase: str) -> str:
    asking = phrase.split(maxsplit=1)[0] in _VERBS and rng.random() < 0.25
    return rng.choice(_ASKING if asking else _OPENERS) + phrase + rng.choice(_ENDS)


def _clash(edits: list[Edit], more: list[Edit]) -> bool:
    """Whether two changes concern the same things."""
    named = {name for edit in edits if hasattr(edit, "targets") for name in edit.targets.names}
    others = {name for edit in more if hasattr(edit, "targets") for name in edit.targets.names}
    whole = {type(edit) for edit in edits} & {type(edit) for edit in more} & {SetScene, SetStyle}
    return bool(named & others or "all" in named | others or whole)


def _again(rng: random.Random, found: Page, held_out: bool) -> tuple[str, str, str]:
    """A message that leans on the one before it: "it", "the other one", "undo that", "a bit more"."""
    target = target_of(rng, found, several=False)
    while target is None or target[0] == "it":
        found = page(rng, Things(rng, held_out), held_out)
        target = target_of(rng, found, several=False)
    number = target[1].names[0]
    kind, first, reverse = rng.choice(OPPOSITES)
    earlier = form_of(rng, kind, held_out, t=target[0], h=first, g=first)
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
        message = form_of(
            rng,
            "recolor",
            held_out,
            t=rng.choice(("the other one", "the other", "the second thing" if number == "1" else "the other thing")),
            c=hue,
        )
        edits = [Recolor(Targets(tuple(others)), color_name(hue))]
    else:
        hue = rng.choice(COLORS)
        message = form_of(rng, "recolor", held_out, t="it", c=hue)
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
