"""What the composer reads: the message and, for an edit, the canvas as it stands, in few words."""

from __future__ import annotations

from collections.abc import Sequence

from lib_omost.canvas.model import Canvas, Region
from lib_omost.compose.geometry import area_of, place_of
from lib_omost.compose.vocabulary import DEPTHS, PLACES, SIZES
from lib_omost.compose.words import plain

LONGEST_MESSAGE = 1_500  # characters
LONGEST_BEFORE = 120
LONGEST_LINE = 48  # characters of a description in the list
_PLACE = {name: short for short, name in PLACES.items()}
_SIZE = {name: short for short, name in SIZES.items()}


def compose_prompt(message: str) -> str:
    """The prompt behind which a model writes a plan (`plan_text`)."""
    return f"picture: {_line(message, LONGEST_MESSAGE)}\nplan:\n"


def edit_prompt(canvas: Canvas, message: str, before: Sequence[str] = ()) -> str:
    """The prompt behind which a model writes edits (`edit_text`), or NEW and a plan for another picture.

    `before` are the user's messages before this one; the last of them is shown, for "it" and "undo that".
    """
    lines = [f"scene: {_shortened(canvas.description)}; {canvas.color_name}"]
    lines += [f"{number} {_region(region)}" for number, region in enumerate(canvas.regions, 1)]
    if before:
        lines.append(f"before: {_line(before[-1], LONGEST_BEFORE)}")
    lines.append(f"change: {_line(message, LONGEST_MESSAGE)}")
    return "\n".join(lines) + "\nedit:\n"


def shown(canvas: Canvas, before: Sequence[str] = ()) -> str:
    """The words in which `edit_prompt` shows a canvas and what was said before."""
    return " ".join(
        (canvas.description, *(region.description or region.tags for region in canvas.regions), *before[-1:])
    )


NEW = "new\n"  # what a reply to `edit_prompt` begins with when it is the plan of another picture


def _region(region: Region) -> str:
    words = _shortened(region.description) or _shortened(region.tags) or "something"
    rect = region.rect
    distance = region.distance_to_viewer
    depth = "near" if distance <= DEPTHS["near"] else "far" if distance >= DEPTHS["far"] else ""
    parts = (words, _PLACE[place_of(rect)], _SIZE[area_of(rect)], depth, region.color_name)
    return "; ".join(filter(None, parts))


def _shortened(text: str) -> str:
    """The beginning of a description, cut between words."""
    words = plain(text)
    return words if len(words) <= LONGEST_LINE else words[:LONGEST_LINE].rpartition(" ")[0] or words[:LONGEST_LINE]


def _line(text: str, most: int) -> str:
    return " ".join(text.split())[:most]
