"""The Canvas language: its vocabulary, the canvas as data, reading replies, writing code, the draft picture.

Knows the standard library and NumPy only.
"""

from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.depth import depth_map
from lib_omost.canvas.draft import draft_grid, draft_image
from lib_omost.canvas.json_form import canvas_from_json, canvas_to_json, canvas_to_line
from lib_omost.canvas.loras import Lora
from lib_omost.canvas.mask import Mask
from lib_omost.canvas.model import RGB, WHOLE_GRID, Canvas, Rect, Region
from lib_omost.canvas.parse import parse_canvas, parse_reply
from lib_omost.canvas.read import read_canvas
from lib_omost.canvas.reference import Reference
from lib_omost.canvas.report import Correction, ParsedReply, Problem
from lib_omost.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS
from lib_omost.canvas.write import in_words, write_canvas, write_regions

__all__ = [
    "AREAS",
    "COLORS",
    "GRID",
    "LOCATIONS",
    "OFFSETS",
    "RGB",
    "WHOLE_GRID",
    "Canvas",
    "Correction",
    "Lora",
    "Mask",
    "ParsedReply",
    "Problem",
    "Rect",
    "Reference",
    "Region",
    "canvas_from_json",
    "canvas_to_json",
    "canvas_to_line",
    "depth_map",
    "draft_grid",
    "draft_image",
    "in_words",
    "parse_canvas",
    "parse_reply",
    "read_canvas",
    "write_canvas",
    "write_regions",
]
