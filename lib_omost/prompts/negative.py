"""The negative prompt with what a canvas says must be absent."""

from __future__ import annotations

from lib_omost.canvas import Canvas


def negative_with(canvas: Canvas, negative: str) -> str:
    """The negative prompt with the canvas's absent things behind it, those that it does not have already."""
    known = {part.strip().lower() for part in negative.split(",")}
    more = [thing for thing in canvas.absent if thing.lower() not in known]
    return ", ".join([*([negative.rstrip().rstrip(",")] if negative.strip() else []), *more]) if more else negative
