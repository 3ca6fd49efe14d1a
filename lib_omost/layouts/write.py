"""A canvas in the form of another program, by the form's name."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import MappingProxyType

from lib_omost.canvas import Canvas, canvas_to_json, write_canvas
from lib_omost.layouts.coco import SIDE, write_coco
from lib_omost.layouts.comfyui import write_comfyui
from lib_omost.layouts.forge_couple import write_forge_couple
from lib_omost.layouts.parts import WrittenLayout
from lib_omost.layouts.to_regional_prompter import write_regional_prompter

__all__ = ["FORMATS", "WrittenLayout", "write_layout"]

Write = Callable[[Canvas, int, int], WrittenLayout]


def _as_json(canvas: Canvas) -> WrittenLayout:
    return WrittenLayout(json.dumps(canvas_to_json(canvas), ensure_ascii=False, indent=2) + "\n")


FORMATS: MappingProxyType[str, Write] = MappingProxyType(
    {
        "code": lambda canvas, _width, _height: WrittenLayout(write_canvas(canvas)),
        "json": lambda canvas, _width, _height: _as_json(canvas),
        "comfyui": lambda canvas, _width, _height: write_comfyui(canvas),
        "forge-couple": lambda canvas, _width, _height: write_forge_couple(canvas),
        "regional-prompter": lambda canvas, _width, _height: write_regional_prompter(canvas),
        "coco": write_coco,
    }
)


def write_layout(canvas: Canvas, format: str, width: int = SIDE, height: int = SIDE) -> WrittenLayout:
    """The canvas in a form of `FORMATS`. `width` and `height` are pixels, for forms that count them.

    Raises KeyError for another form.
    """
    return FORMATS[format](canvas, width, height)
