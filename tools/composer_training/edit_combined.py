"""Several changes of one thing in a message, and changes that are corrected while they are said."""

from __future__ import annotations

import random
from collections.abc import Callable

from composer_training.canvases import Page
from composer_training.corrections import NO, closed
from composer_training.edit_phrases import PLACE_GOALS
from composer_training.edit_targets import form_of, target_of
from composer_training.lexicon import COLORS
from composer_training.phrases import pick
from composer_training.things import color_name
from lib_omost.compose.edit import Edit, Move, Nudge, Recolor, Remove, Resize, SetDepth, Targets

Change = tuple[str, list[Edit]]
_SIZES = ("larger", "smaller", "taller", "wider", "narrower", "shorter")
_JOINTS = (" and ", " and ", ", and ", ", then ", ". Then ", ". Also ", "; ", ", ", " and also ", ". And ")
_AFTER_IT = ("should", "must", "needs", "is", "goes", "belongs", "would")


def same_target(rng: random.Random, found: Page, held_out: bool) -> Change | None:
    """Two or three changes of one thing, which is "it" from the second on: "make the fox bigger and move it to the left"."""
    target = target_of(rng, found, several=False)
    if target is None:
        return None
    phrases, edits = [], []
    named = target[0]
    for change in rng.sample((_color, _size, _place, _depth), rng.choice((2, 2, 2, 3))):
        said, edit = change(rng, named, target[1], held_out)
        while named == "it" and said.startswith("it ") and said.split()[1] not in _AFTER_IT:
            said, edit = change(rng, named, target[1], held_out)
        phrases.append(said)
        edits.append(edit)
        named = "it"
    text = phrases[0]
    for phrase in phrases[1:]:
        text += rng.choice(_JOINTS) + phrase
    return text, edits


def _color(rng: random.Random, said: str, targets: Targets, held_out: bool) -> tuple[str, Edit]:
    hue = rng.choice(COLORS)
    return form_of(rng, "recolor", held_out, t=said, c=hue), Recolor(targets, color_name(hue))


def _size(rng: random.Random, said: str, targets: Targets, held_out: bool) -> tuple[str, Edit]:
    size = rng.choice((*_SIZES, "larger", "smaller"))
    return form_of(rng, size, held_out, t=said), Resize(targets, size)


def _place(rng: random.Random, said: str, targets: Targets, held_out: bool) -> tuple[str, Edit]:
    place = rng.choice(list(PLACE_GOALS))
    return form_of(rng, "move", held_out, t=said, g=pick(rng, PLACE_GOALS[place], held_out)), Move(targets, place)


def _depth(rng: random.Random, said: str, targets: Targets, held_out: bool) -> tuple[str, Edit]:
    depth = rng.choice(("near", "far", "nearer", "farther"))
    return form_of(rng, depth, held_out, t=said), SetDepth(targets, depth)


def corrected_change(rng: random.Random, found: Page, held_out: bool) -> Change | None:
    """ "Make the fox green, no, blue": only the last counts."""
    target, other = target_of(rng, found, several=False), target_of(rng, found, several=False)
    if target is None or other is None:
        return None
    makers: list[Callable[[], Change]] = [
        lambda: _recolored(rng, target[0], target[1], held_out),
        lambda: _moved(rng, target[0], target[1], held_out),
        lambda: _nudged(rng, target[0], target[1], held_out),
        lambda: _resized(rng, target[0], target[1], held_out),
    ]
    if other[1] != target[1]:
        makers += [lambda: _another(rng, target[0], other[0], other[1], held_out)] * 2
    return rng.choice(makers)()


def _recolored(rng: random.Random, said: str, targets: Targets, held_out: bool) -> Change:
    wrong, right = rng.sample(sorted(set(COLORS)), 2)
    no = rng.choice(NO)
    form = form_of(rng, "recolor", held_out, t=said, c="{c}")
    if not form.endswith("{c}"):
        form = "make " + said + " {c}"
    return form.format(c=f"{wrong}{no}{right}{closed(no)}"), [Recolor(targets, color_name(right))]


def _moved(rng: random.Random, said: str, targets: Targets, held_out: bool) -> Change:
    wrong, right = rng.sample(list(PLACE_GOALS), 2)
    no = rng.choice(NO)
    goals = [pick(rng, PLACE_GOALS[place], held_out) for place in (wrong, right)]
    return form_of(rng, "move", held_out, t=said, g=f"{goals[0]}{no}{goals[1]}{closed(no)}"), [Move(targets, right)]


def _nudged(rng: random.Random, said: str, targets: Targets, held_out: bool) -> Change:
    words = {"left": "to the left", "right": "to the right", "up": "up", "down": "down"}
    wrong, right = rng.sample(list(words), 2)
    no, bit = rng.choice(NO), rng.choice(("a bit ", "slightly ", "a little "))
    how = f"{bit}{words[wrong]}{no}{words[right]}{closed(no)}"
    return form_of(rng, "nudge", held_out, t=said, h=how), [Nudge(targets, right, slightly=True)]


def _resized(rng: random.Random, said: str, targets: Targets, held_out: bool) -> Change:
    words = {"larger": "bigger", "smaller": "smaller", "taller": "taller", "wider": "wider", "narrower": "narrower"}
    wrong, right = rng.sample(list(words), 2)
    no = rng.choice(NO)
    return f"make {said} {words[wrong]}{no}{words[right]}{closed(no)}", [Resize(targets, right)]


def _another(rng: random.Random, wrong: str, right: str, targets: Targets, held_out: bool) -> Change:
    """The wrong thing was named first."""
    no = rng.choice(NO)
    named = f"{wrong}{no}{right}{closed(no)}"
    if rng.random() < 0.4:
        return rng.choice(("remove {t}", "delete {t}", "take away {t}", "erase {t}")).format(t=named), [Remove(targets)]
    hue, size = rng.choice(COLORS), rng.choice(("bigger", "smaller"))
    if rng.random() < 0.5:
        end = rng.choice((f"{no}{right}{closed(no)}", f"{no}I mean {right}{closed(no)}"))
        return f"make {wrong} {hue}{end}", [Recolor(targets, color_name(hue))]
    return f"make {wrong} {size}{no}{right}{closed(no)}", [Resize(targets, {"bigger": "larger"}.get(size, size))]
