"""A canvas in few tokens: what a model must know of it to change it, where the whole of it does not fit."""

from __future__ import annotations

from lib_omost.canvas import Canvas, Region, parse_reply
from lib_omost.canvas.vocabulary import GLOBAL_METHOD, LOCAL_METHOD


def has_canvas(reply: str) -> bool:
    """Whether a reply holds a canvas, or a change of one."""
    return parse_reply(reply).canvas is not None


def compact_reply(reply: str) -> str | None:
    """The reply's canvas with a call a line: where each thing is, what it is, its colour. None when there is none.

    Details, tags, mood and style are left out. What is left is a reply that `parse_reply` reads, about a third as long.
    """
    canvas = parse_reply(reply).canvas
    return None if canvas is None else _compact(canvas)


def _compact(canvas: Canvas) -> str:
    whole = f"canvas.{GLOBAL_METHOD}(description={canvas.description!r}, HTML_web_color_name={canvas.color_name!r})"
    lines = ["canvas = Canvas()", whole, *map(_line, canvas.regions)]
    return "```python\n" + "\n".join(lines) + "\n```"


def _line(region: Region) -> str:
    fields = {
        "location": region.location,
        "offset": region.offset,
        "area": region.area,
        "distance_to_viewer": float(region.distance_to_viewer),
        "description": region.description,
        "HTML_web_color_name": region.color_name,
    }
    return f"canvas.{LOCAL_METHOD}({', '.join(f'{name}={value!r}' for name, value in fields.items())})"
