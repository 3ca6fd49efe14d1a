"""A picture compared with its canvas: what a model is asked, which regions are amiss, what to say next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lib_omost.canvas import Canvas, Region
from lib_omost.canvas.lenient_json import json_values
from lib_omost.compose.words import color_in_words
from lib_omost.errors import BadInputError, ServerError

_LONGEST = 200  # characters of what is said of a region
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Amiss:
    """A region, by number from 1: what is seen in its place, and a change of the canvas that may mend it, or ""."""

    number: int
    seen: str
    change: str


def check_question(canvas: Canvas) -> str:
    """What is asked of a picture that was drawn from a canvas. Raises BadInputError when that has no regions."""
    if not canvas.regions:
        raise BadInputError("the canvas has no regions that could be looked for", hint="add some first")
    lines = [f"{number}. {_shown(region)}" for number, region in enumerate(canvas.regions, 1)]
    return (
        "This picture was to show the following, each thing in its place:\n"
        + "\n".join(lines)
        + "\nCompare. Reply with a JSON list of the things that are missing, of another colour, or clearly in another"
        ' place, and nothing else; [] when all is as it should be. One object a thing: {"number": 1, "seen": "what is'
        ' there instead, in a few words", "change": "an order to the designer that may mend it, such as: make the ball'
        ' larger"}'
    )


def read_check(answer: str, canvas: Canvas) -> tuple[Amiss, ...]:
    """What the answer to `check_question` says; each region at most once. Raises ServerError when it says nothing."""
    values = json_values(_THOUGHT.sub("", answer))
    if not values:
        said = " ".join(answer.split())[:120]
        raise ServerError(f"the model's answer cannot be read: {said!r}", hint="check the picture again")
    found: dict[int, Amiss] = {}
    for item in _items(values):
        number = item.get("number", item.get("region"))
        if isinstance(number, str) and number.strip().isdecimal():
            number = int(number)
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= len(canvas.regions):
            region = canvas.regions[number - 1]
            name = (region.description or region.tags).strip().rstrip(".")
            name = name[:1].lower() + name[1:]
            change = _text(item.get("change")) or f"make it plainer: {name}"
            found.setdefault(number, Amiss(number, _text(item.get("seen")), change))
    return tuple(found.values())


def next_message(amiss: tuple[Amiss, ...]) -> str:
    """The message that asks for all changes; "" when there are none."""
    changes = dict.fromkeys(each.change.rstrip(".;, ") for each in amiss)
    return "; ".join(filter(None, changes))


def _shown(region: Region) -> str:
    words = " ".join((region.description or region.tags).split())[:_LONGEST]
    return f"{words} ({color_in_words(region.color_name)}, {region.location}, {region.area})"


def _items(values: list[object]) -> list[Mapping[str, object]]:
    """The objects of the answer, in the list that it is or that it holds."""
    flat: list[object] = []
    for value in values:
        lists = [each for each in value.values() if isinstance(each, list)] if isinstance(value, Mapping) else []
        flat += lists[0] if lists else value if isinstance(value, list) else [value]
    return [item for item in flat if isinstance(item, Mapping)]


def _text(value: object) -> str:
    return " ".join(value.split())[:_LONGEST] if isinstance(value, str) else ""
