"""The negative prompt with what a canvas says must be absent, and with a region's own negative words."""

from __future__ import annotations

from lib_omost.canvas import Canvas


def negative_with(canvas: Canvas, negative: str) -> str:
    """The negative prompt with the canvas's absent things behind it, those that it does not have already."""
    known = {part.strip().lower() for part in negative.split(",")}
    more = [thing for thing in canvas.absent if thing.lower() not in known]
    return ", ".join([*([negative.rstrip().rstrip(",")] if negative.strip() else []), *more]) if more else negative


def negative_of_region(negative: str, own: str) -> str:
    """The negative prompt with a region's own words behind it."""
    everywhere = negative.rstrip().rstrip(",")
    return ", ".join(part for part in (everywhere, own) if part.strip())
