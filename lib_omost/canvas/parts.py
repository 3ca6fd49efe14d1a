"""A part of a canvas that a reply describes without code: its fields by name, as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lib_omost.canvas.described import LOCAL_NAMES
from lib_omost.canvas.fields import known_field
from lib_omost.canvas.rects import BOXES, SIDES

PLACES = {"location", "offset", "area", "distance_to_viewer", "free_rect", *BOXES, *SIDES}
_THINGS = ("object", "element", "subject", "thing", "item", "region", "part", "layer")
_QUOTES = "\"'`“”‘’"


@dataclass
class Part:
    """One thing that is described: its fields by name, as they are written, from `line` on, under `title`."""

    line: int
    title: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def has_place(self) -> bool:
        return bool(PLACES & self.fields.keys())


def named(key: str) -> str | None:
    """The field that a heading of an outline, a column or a tag means; None for other words."""
    plain = re.sub(r"[^\w]+", "_", key.strip()).strip("_")
    if plain.lower().rstrip("0123456789_") in _THINGS:
        return "name"
    return known_field(plain, LOCAL_NAMES)


def unquoted(text: str) -> str:
    """A value without what marks it: quotes around it, a comma behind it, Markdown's stars."""
    text = text.strip().rstrip(",").strip()
    text = re.sub(r"^(\*\*|__|\*|_|`)(.+)\1$", r"\2", text)
    if len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1]
    return text.strip()
