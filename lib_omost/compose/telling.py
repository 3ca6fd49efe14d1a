"""Edits in words for people: one short sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from lib_omost.canvas.model import Canvas
from lib_omost.compose.edit import (
    ALL,
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
from lib_omost.compose.plan import Relation
from lib_omost.compose.vocabulary import share_of
from lib_omost.compose.words import color_in_words, plain

_DEPTHS = {"near": "near", "far": "far away", "nearer": "nearer", "farther": "farther away"}


def told(canvas: Canvas, edits: Sequence[Edit]) -> list[str]:
    """A sentence an edit; `canvas` is the one before them, whose things they name."""
    return [_said(canvas, edit) for edit in edits]


def _said(canvas: Canvas, edit: Edit) -> str:
    if isinstance(edit, (Add, SetScene, SetStyle, Forbid)):
        return _said_of_whole(edit)
    names = _names(canvas, edit.targets)
    if isinstance(edit, Remove):
        return f"Removed: {names}."
    if isinstance(edit, Swap):
        return f"Changed places: {names}."
    return f"{names[0].upper()}{names[1:]}: {_change(canvas, edit)}."


def _said_of_whole(edit: Add | SetScene | SetStyle | Forbid) -> str:
    if isinstance(edit, Add):
        count = f"{edit.entry.count} × " if edit.entry.count > 1 else ""
        return f"Added: {count}{edit.entry.thing}."
    if isinstance(edit, Forbid):
        return f"Kept out: {', '.join(edit.absent)}."
    return f"The scene: {edit.scene}." if isinstance(edit, SetScene) else f"The style: {edit.style}."


def _change(canvas: Canvas, edit: Recolor | Move | Nudge | Resize | SetDepth | Replace | Describe) -> str:
    if isinstance(edit, Recolor):
        return color_in_words(edit.color)
    if isinstance(edit, Move):
        return f"moved {_where(canvas, edit)}"
    if isinstance(edit, Nudge):
        return f"moved {'slightly ' if edit.slightly else ''}{edit.direction}"
    if isinstance(edit, Resize):
        return _size(edit.size)
    if isinstance(edit, SetDepth):
        return _DEPTHS[edit.depth]
    return f"now {edit.thing}" if isinstance(edit, Describe) else f"replaced by {edit.thing}"


def _size(size: str) -> str:
    share = share_of(size)
    if share is None:
        return size
    sides = zip(share, ("width", "height"), strict=True)
    return " and ".join(f"{percent} % of the {side}" for percent, side in sides if percent)


def _where(canvas: Canvas, edit: Move) -> str:
    if edit.relation is None:
        return f"to the {', '.join(filter(None, (edit.place, edit.shift)))}"
    relation: Relation = edit.relation
    return f"{relation.kind} {' and '.join(_name(canvas, target) for target in relation.targets)}"


def _names(canvas: Canvas, targets: Targets) -> str:
    return "everything" if targets.names == (ALL,) else " and ".join(_name(canvas, name) for name in targets.names)


def _name(canvas: Canvas, name: str) -> str:
    """A number as the words of what it means."""
    if not (name.isdecimal() and 0 < int(name) <= len(canvas.regions)):
        return name
    region = canvas.regions[int(name) - 1]
    return plain(region.description) or plain(region.tags) or f"region {name}"
