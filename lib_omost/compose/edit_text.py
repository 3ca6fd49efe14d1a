"""Edits as text, and back: one a line, what it does first.

    color 1: green                   shift 1: slightly left        describe 1: sleepy brown dog
    move 2: left of 1                size 1, 3: larger             add: 2 x lamp; above 2; yellow
    move 1: bottom left              depth 2: far                  scene: snowy forest; white
    swap 1, 2                        remove 2                      style: watercolor
    color all: white                 replace 1: horse; brown       no: people

A message that asks for no change has the one line "nothing".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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
from lib_omost.compose.plan_text import read_entry, read_place, read_relation, read_scene, write_entry, write_relation
from lib_omost.compose.vocabulary import PLACES
from lib_omost.errors import CanvasError

NOTHING = "nothing"
_LINE = re.compile("(?P<verb>[a-z]+)(?: (?P<targets>[^:]+))?(?:: (?P<rest>.+))?")


def write_edits(edits: Sequence[Edit]) -> str:
    """The edits as lines, each with a newline at its end; `read_edits` reads equal ones from it."""
    return "".join(_write(edit) + "\n" for edit in edits) or NOTHING + "\n"


def read_edits(text: str) -> tuple[Edit, ...]:
    """The edits in a text that is nothing else; none for "nothing". Raises CanvasError with the line at fault."""
    lines = text.splitlines()
    if not lines:
        raise CanvasError("the reply says nothing", hint="ask again")
    if lines == [NOTHING]:
        return ()
    edits = []
    for number, line in enumerate(lines, 1):
        try:
            edits.append(_read(line))
        except ValueError as error:
            raise CanvasError(f"{line!r} is no edit: {error}", line=number, hint="ask again") from error
    return tuple(edits)


def _write(edit: Edit) -> str:
    if isinstance(edit, Add):
        return "add: " + write_entry(edit.entry)
    if isinstance(edit, SetScene):
        return "scene: " + "; ".join(filter(None, (edit.scene, edit.color)))
    if isinstance(edit, SetStyle):
        return "style: " + edit.style
    if isinstance(edit, Forbid):
        return "no: " + ", ".join(edit.absent)
    targets = ", ".join(edit.targets.names)
    if isinstance(edit, (Swap, Remove)):
        return f"{'swap' if isinstance(edit, Swap) else 'remove'} {targets}"
    return f"{_verb(edit)} {targets}: {_value(edit)}"


def _verb(edit: Recolor | Move | Nudge | Resize | SetDepth | Replace | Describe) -> str:
    verbs = {Recolor: "color", Move: "move", Nudge: "shift", Resize: "size", SetDepth: "depth", Replace: "replace"}
    return verbs.get(type(edit), "describe")


def _value(edit: Recolor | Move | Nudge | Resize | SetDepth | Replace | Describe) -> str:
    if isinstance(edit, Move):
        return ", ".join(filter(None, (edit.place, edit.shift))) or write_relation(edit.relation)
    if isinstance(edit, Nudge):
        return f"slightly {edit.direction}" if edit.slightly else edit.direction
    for kind, name in ((Recolor, "color"), (Resize, "size"), (SetDepth, "depth")):
        if isinstance(edit, kind):
            return str(getattr(edit, name))
    assert isinstance(edit, (Replace, Describe))
    return "; ".join(filter(None, (edit.thing, edit.color if isinstance(edit, Replace) else None)))


def _read(line: str) -> Edit:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("it has no verb")
    verb, rest = match["verb"], match["rest"] or ""
    if verb in ("add", "scene", "style", "no"):
        return _read_whole(verb, rest)
    targets = Targets(tuple((match["targets"] or "").split(", ")))
    if verb == "swap":
        return Swap(targets)
    if verb == "remove":
        return Remove(targets)
    return _read_one(verb, targets, rest)


def _read_whole(verb: str, rest: str) -> Edit:
    if verb == "add":
        return Add(read_entry(rest))
    if verb == "scene":
        return SetScene(*read_scene(rest))
    return SetStyle(rest) if verb == "style" else Forbid(tuple(rest.split(", ")))


def _read_one(verb: str, targets: Targets, rest: str) -> Edit:
    if verb == "move":
        place, shift = read_place(rest)
        return Move(targets, place, shift) if place in PLACES else Move(targets, relation=read_relation(rest))
    if verb == "shift":
        return Nudge(targets, rest.removeprefix("slightly "), rest.startswith("slightly "))
    if verb == "replace":
        thing, _, color = rest.partition("; ")
        return Replace(targets, thing, color or None)
    simple: dict[str, Callable[[Targets, str], Edit]] = {
        "color": Recolor,
        "size": Resize,
        "depth": SetDepth,
        "describe": Describe,
    }
    if verb not in simple:
        raise ValueError(f"{verb!r} is not a verb")
    return simple[verb](targets, rest)
