"""A canvas as code: the same calls, in the same style, that the Omost models write."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lib_omost.canvas.model import Canvas, Region
from lib_omost.canvas.remarks import without_remarks, write_remarks
from lib_omost.canvas.turn_tokens import escape_turn_tokens
from lib_omost.canvas.vocabulary import GLOBAL_METHOD, LOCAL_METHOD

COMMENT_CHARS = 80
ABSENT = "# Absent: "  # a comment, which every reader of Omost's own format passes over
_RECT = re.compile(r"^    free_rect=\[\d+, \d+, \d+, \d+\],\n", re.MULTILINE)


def write_canvas(canvas: Canvas) -> str:
    """Canonical code, with a newline at its end; `parse_canvas` reads an equal canvas from it.

    A text is written as Python's `repr` writes it, so every text stays on one line; what reading would take for a token
    of a model's turn is escaped.
    """
    absent = f"{ABSENT}{', '.join(canvas.absent)}\n" if canvas.absent else ""
    begin = f"# Initialize the canvas\ncanvas = Canvas()\n{absent}\n"
    return begin + escape_turn_tokens(_global_call(canvas)) + write_regions(canvas.regions)


def write_regions(regions: Iterable[Region]) -> str:
    """The calls of these regions alone, as they stand behind what comes before them: an empty line before each."""
    return "".join("\n" + escape_turn_tokens(_local_call(region)) for region in regions)


def in_words(code: str) -> str:
    """A reply with code as a language model may read it: without what people add to Omost's own format."""
    return without_remarks(_RECT.sub("", code))


def _global_call(canvas: Canvas) -> str:
    fields = [
        ("description", repr(canvas.description)),
        ("detailed_descriptions", _items(canvas.detailed_descriptions)),
        ("tags", repr(canvas.tags)),
        ("HTML_web_color_name", repr(canvas.color_name)),
    ]
    return _call("Set a global description for the canvas", GLOBAL_METHOD, fields)


def _local_call(region: Region) -> str:
    fields = [
        ("location", repr(region.location)),
        ("offset", repr(region.offset)),
        ("area", repr(region.area)),
        ("distance_to_viewer", repr(float(region.distance_to_viewer))),
        ("description", repr(region.description)),
        ("detailed_descriptions", _items(region.detailed_descriptions)),
        ("tags", repr(region.tags)),
        ("atmosphere", repr(region.atmosphere)),
        ("style", repr(region.style)),
        ("quality_meta", repr(region.quality_meta)),
        ("HTML_web_color_name", repr(region.color_name)),
    ]
    if region.free_rect is not None:
        fields.append(("free_rect", repr(list(region.free_rect))))
    return _call(f"Add {_comment(region.description)}", LOCAL_METHOD, fields) + write_remarks(region)


def _call(comment: str, method: str, fields: list[tuple[str, str]]) -> str:
    arguments = "".join(f"    {name}={value},\n" for name, value in fields)
    return f"# {comment}\ncanvas.{method}(\n{arguments})\n"


def _items(items: tuple[str, ...]) -> str:
    if not items:
        return "[]"
    return "[\n" + "".join(f"        {item!r},\n" for item in items) + "    ]"


def _comment(description: str) -> str:
    """'A mighty dragon.' → 'a mighty dragon.': one short printable line."""
    text = " ".join("".join(char if char.isprintable() else " " for char in description).split())
    if not text:
        return "a region"
    if len(text) > COMMENT_CHARS:
        text = text[: COMMENT_CHARS - 1].rstrip() + "…"
    # an article begins most descriptions; a name or an acronym keeps its capital
    article = text.split()[0] in {"A", "An", "The"}
    return text[0].lower() + text[1:] if article else text
