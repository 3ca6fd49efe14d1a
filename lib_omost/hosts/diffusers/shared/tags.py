"""Tags in a canvas's texts that are no words, where no WebUI reads them."""

from __future__ import annotations

from lib_omost.canvas import Canvas
from lib_omost.canvas.styles import without_styles
from lib_omost.canvas.tagged import canvas_tags_taken_out


def all_tags_taken_out(canvas: Canvas, *, is_literal: bool) -> tuple[Canvas, tuple[str, ...]]:
    """LoRA are their regions', and names of styles are left out, but where they are plain words; and what was done."""
    canvas, styles = (canvas, ()) if is_literal else without_styles(canvas)
    canvas, loras = canvas_tags_taken_out(canvas, is_literal=is_literal)
    return canvas, (*styles, *loras)
