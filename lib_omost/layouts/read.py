"""A layout from whatever holds one. What a file is, is told by its contents, never by its name."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass

from lib_omost.canvas import ParsedReply, read_canvas
from lib_omost.errors import CanvasError
from lib_omost.layouts.areas import FORMATS as PICTURES
from lib_omost.layouts.areas import Legend, read_areas
from lib_omost.layouts.coco import coco_of, read_coco
from lib_omost.layouts.forge_couple import is_forge_couple, read_forge_couple
from lib_omost.layouts.labelme import labelme_of, read_labelme
from lib_omost.layouts.regional_prompter import is_regional_prompter, read_regional_prompter
from lib_omost.layouts.yolo import is_yolo, read_yolo

MOST_INFOTEXT = 2**20  # characters of the text in a picture
_CALLS = re.compile(r"(?:set_global|add_local)_description|Canvas\s?\(|Omost canvas:")
_MAGIC = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a|II\*\0|MM\0\*"
    rb"|BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0",  # the sizes of its second header that there are
    re.DOTALL,
)


@dataclass(frozen=True)
class Loaded:
    """What a file held. `format` is how people call its form; `CANVAS` for a reply, code, or JSON of a canvas."""

    parsed: ParsedReply
    format: str


CANVAS, AREAS = "canvas", "coloured areas"


def read_layout(text: str) -> Loaded:
    """The layout of a text: a canvas in any form that `read_canvas` reads, or one of another program's.

    Raises CanvasError when it is recognised and holds no layout, or is JSON without a canvas.
    """
    if (coco := coco_of(text)) is not None:
        return Loaded(read_coco(coco), "COCO")
    if (labelme := labelme_of(text)) is not None:
        return Loaded(read_labelme(labelme), "LabelMe")
    if not _CALLS.search(text):
        if is_yolo(text):
            return Loaded(read_yolo(text), "YOLO")
        if is_forge_couple(text):
            return Loaded(read_forge_couple(text), "forge-couple")
        if is_regional_prompter(text):
            return Loaded(read_regional_prompter(text), "Regional Prompter")
    return Loaded(read_canvas(text), CANVAS)


def is_picture(data: bytes) -> bool:
    """Whether a file begins as pictures do."""
    return _MAGIC.match(data) is not None


def read_picture(data: bytes, legend: Legend | None = None) -> Loaded:
    """The layout that a picture's infotext holds, of this program or another; else its coloured areas.

    Raises BadInputError for what is no picture, CanvasError for one that holds neither.
    """
    told = "" if legend else _infotext_of(data)
    if told:
        try:
            loaded = read_layout(told)
            if loaded.parsed.canvas is not None:
                return loaded
        except CanvasError:
            pass  # a picture of another program
    return Loaded(read_areas(data, legend), AREAS)


def _infotext_of(data: bytes) -> str:
    """The text that WebUIs keep in a PNG, "" where there is none; no pixel is read."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=PICTURES) as image:
                told = image.info.get("parameters", "")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""  # reading the areas says what is wrong
    return told if isinstance(told, str) and len(told) <= MOST_INFOTEXT else ""
