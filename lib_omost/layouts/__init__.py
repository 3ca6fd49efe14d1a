"""Layouts of other programs: what they keep of a canvas, read and written. One file a format.

Read are prompts and settings of Regional Prompter and forge-couple (as an infotext, or as their readmes write them),
COCO's boxes, LabelMe's shapes, YOLO's rows, and pictures with coloured areas; ComfyUI_omost's JSON is read wherever a
canvas is. What a format says that a canvas cannot hold is a correction or a problem of the `ParsedReply`; what a canvas
says that a format cannot hold is a note of the `WrittenLayout`. Knows `canvas` and `prompts` alone.
"""

from lib_omost.layouts.areas import read_areas, read_legend
from lib_omost.layouts.read import Loaded, read_layout, read_picture
from lib_omost.layouts.write import FORMATS, WrittenLayout, write_layout

__all__ = [
    "FORMATS",
    "Loaded",
    "WrittenLayout",
    "read_areas",
    "read_layout",
    "read_legend",
    "read_picture",
    "write_layout",
]
