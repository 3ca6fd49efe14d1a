"""A plan as text, and back.

    scene: stormy sea at night; navy
    style: oil painting, gloomy
    no: people
     red lighthouse; on rock; tall; red
     rock; bottom left
     3 x sailing boat; right; far; white

The scene comes first; `style` and `no` are there when there is something to say. Then one line a thing: its count if it
is not one, its words, and behind them, each at most once and in this order, place, relation, size, depth and colour.

The line of a thing begins with a space: with it a word is the very token that the message has, and a small model copies
more faithfully than it spells. It is read without one, too.
"""

from __future__ import annotations

import re

from lib_omost.canvas.colors import COLORS
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.vocabulary import CORNERS, DEPTHS, PLACES, RELATIONS, SHIFTS, SIZES
from lib_omost.errors import CanvasError

_COUNT = re.compile(r"([1-9]) x (.+)")
_RELATION = re.compile(f"({'|'.join(sorted(RELATIONS, key=len, reverse=True))}) (.+)")


def write_plan(plan: Plan) -> str:
    """The plan as lines, each with a newline at its end; `read_plan` reads an equal plan from it."""
    lines = [_joined("scene: " + plan.scene, plan.scene_color)]
    if plan.style:
        lines.append("style: " + plan.style)
    if plan.absent:
        lines.append("no: " + ", ".join(plan.absent))
    lines += (" " + write_entry(entry) for entry in plan.entries)
    return "".join(line + "\n" for line in lines)


def read_plan(text: str) -> Plan:
    """The plan in a text that is nothing else. Raises CanvasError with the line that cannot be read."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("scene: "):
        raise CanvasError("a plan begins with its scene", hint="scene: …")
    try:
        scene, color = read_scene(lines.pop(0).removeprefix("scene: "))
        style = lines.pop(0).removeprefix("style: ") if lines and lines[0].startswith("style: ") else ""
        absent = lines.pop(0).removeprefix("no: ").split(", ") if lines and lines[0].startswith("no: ") else []
        entries = tuple(read_entry(line.removeprefix(" ")) for line in lines)
        return Plan(scene, color, style, tuple(absent), entries)
    except ValueError as error:
        raise CanvasError(f"the plan cannot be read: {error}", hint="ask again") from error


def write_entry(entry: Entry) -> str:
    """One line of a plan, without its newline."""
    thing = f"{entry.count} x {entry.thing}" if entry.count > 1 else entry.thing
    place = ", ".join(filter(None, (entry.place, entry.shift)))
    return _joined(thing, place, write_relation(entry.relation), entry.size, entry.depth, entry.color)


def read_entry(line: str) -> Entry:
    """The thing of one line. Raises ValueError."""
    thing, *rest = line.split("; ")
    fields: dict[str, str | Relation] = {}
    for text in rest:
        before = list(fields)
        for name, value in _field(text):
            if name in fields or (before and _ORDER.index(name) < _ORDER.index(before[-1])):
                raise ValueError(f"{text!r} is out of order in {line!r}")
            fields[name] = value
    counted = _COUNT.fullmatch(thing)
    count, thing = (int(counted[1]), counted[2]) if counted else (1, thing)
    return Entry(thing, count, **fields)  # type: ignore[arg-type]


def write_relation(relation: Relation | None) -> str:
    """'left of barrel', 'between box and ball'; nothing for None."""
    return f"{relation.kind} {' and '.join(relation.targets)}" if relation else ""


def read_relation(text: str) -> Relation:
    """The relation in a text such as 'left of barrel'. Raises ValueError."""
    match = _RELATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a relation")
    several = match[1] == "between"
    return Relation(match[1], tuple(match[2].split(" and ", 1)) if several else (match[2],))


def read_scene(text: str) -> tuple[str, str | None]:
    """A scene and its colour, if it says one."""
    scene, _, color = text.partition("; ")
    return scene, color or None


def read_place(text: str) -> tuple[str, str | None]:
    """'center, slightly lower' → ('center', 'slightly lower'); the shift is None where there is none."""
    place, _, shift = text.partition(", ")
    return place, shift or None


_ORDER = ("place", "shift", "relation", "size", "depth", "color")


def _field(text: str) -> list[tuple[str, str | Relation]]:
    place, shift = read_place(text)
    if place in PLACES or place == CORNERS:
        return [("place", place), *([("shift", shift)] if shift else [])]
    for name, known in (("size", SIZES), ("depth", DEPTHS), ("color", COLORS)):
        if text in known:
            return [(name, text)]
    return [("relation", read_relation(text))]


def _joined(*parts: str | None) -> str:
    return "; ".join(part for part in parts if part)


assert set(SHIFTS).isdisjoint(PLACES)
