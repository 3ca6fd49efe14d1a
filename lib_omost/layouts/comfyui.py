"""ComfyUI_omost's JSON (huchenlei/ComfyUI_omost): what its node "Omost Load Canvas Conditioning" takes.

A list of regions, the whole picture first and then far to near, each with its rectangle on the same grid, its colour,
and its sub-prompts as a path. It is read by `canvas.read_canvas`.
"""

from __future__ import annotations

import json

from lib_omost.canvas import Canvas
from lib_omost.layouts.parts import WrittenLayout, lost_extras
from lib_omost.prompts import region_paths
from lib_omost.prompts.json_form import path_to_json


def write_comfyui(canvas: Canvas) -> WrittenLayout:
    """The regions' paths; how near each is stands beside them, where its nodes pass over it."""
    notes = []
    manners = [text for region in canvas.regions for text in (region.atmosphere, region.style, region.quality_meta)]
    if any((canvas.tags, *(region.tags for region in canvas.regions), *manners)):
        notes.append("Tags, atmosphere, style and quality became sub-prompts.")
    if canvas.absent:
        notes.append(f"What must be absent has no place there: {', '.join(canvas.absent)}.")
    notes += lost_extras(canvas)
    data = [path_to_json(path) for path in region_paths(canvas)]
    return WrittenLayout(json.dumps(data, ensure_ascii=False, indent=2) + "\n", tuple(notes))
