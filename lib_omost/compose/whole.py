"""Edits of the whole picture: its scene, and the style that all of it shares."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.canvas.model import Canvas
from lib_omost.compose.edit import SetScene, SetStyle
from lib_omost.compose.to_canvas import COLORLESS, sentence
from lib_omost.compose.words import color_of


def style_of(canvas: Canvas) -> str:
    """The style that all regions share; nothing when they differ or there is none."""
    styles = {region.style for region in canvas.regions}
    return styles.pop() if len(styles) == 1 else ""


def set_scene(canvas: Canvas, edit: SetScene, style: str) -> Canvas:
    """Another scene; the style, that of the canvas, stays, the regions are untouched."""
    return replace(
        canvas,
        description=sentence(edit.scene),
        detailed_descriptions=(),
        tags=_tags(edit.scene, style),
        color_name=edit.color or color_of(edit.scene) or COLORLESS,
    )


def set_style(canvas: Canvas, edit: SetStyle, old: str) -> Canvas:
    """Another style in the whole and in every region; the `old` one leaves the tags."""
    tags = canvas.tags
    if old and (tags == old or tags.endswith(", " + old)):
        tags = tags[: len(tags) - len(old)].removesuffix(", ")
    regions = tuple(replace(region, style=edit.style) for region in canvas.regions)
    return replace(canvas, tags=_tags(tags, edit.style), regions=regions)


def _tags(*parts: str) -> str:
    return ", ".join(filter(None, parts))
