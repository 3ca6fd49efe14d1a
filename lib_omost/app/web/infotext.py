"""What a picture says of how it was made: this page's own JSON, or a WebUI's infotext with the extension's keys.

A picture may come from anyone: what is read of it is bounded, and a value that the panel could not hold is left out.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import warnings
import zlib
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from lib_omost.errors import BadInputError, whole_characters
from lib_omost.layouts.infotext import read_infotext
from lib_omost.settings.fields import FIELDS, Field
from lib_omost.settings.model import read_arguments

KEY = "parameters"  # the text chunk of a PNG in which WebUIs keep theirs, too
MOST_CHARS = 2**20  # of an infotext, which holds a canvas
BOUNDS = MappingProxyType(  # of what the panel asks for
    {"width": (64, 2048), "height": (64, 2048), "steps": (1, 150), "cfg": (1, 30), "seed": (-1, 2**63 - 1)}
)
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)
_OLDER: dict[str, Any] = {field.name: field.before for field in FIELDS if field.before is not None}
_OURS = {field.infotext: field for field in FIELDS}


def order_in(png: bytes) -> dict[str, Any]:
    """The order of a picture that this page drew, or that a WebUI drew with the extension.

    Raises BadInputError when it holds none.
    """
    told = _told_by(png)
    if len(told) > MOST_CHARS:
        raise BadInputError(
            f"this picture's infotext has {len(told)} characters; at most {MOST_CHARS} are read",
            hint="choose a picture of this program or of a WebUI",
        )
    try:
        data = json.loads(told)
    except (ValueError, RecursionError):
        return order_of_infotext(told)
    if not isinstance(data, dict) or not {"prompt", "omost"} <= data.keys():
        raise BadInputError("this picture's infotext is another program's", hint="choose one that this one drew")
    return _order_of_json(data)


def order_of_infotext(told: str) -> dict[str, Any]:
    """The order that a WebUI's infotext gives: prompts, size, steps, CFG, seed, and the extension's fields.

    Raises BadInputError when the text has none of the extension's keys, or a value that does not fit.
    """
    infotext = read_infotext(told, least=1)
    values = infotext.fields
    ours = {_OURS[key].name: _typed(_OURS[key], value) for key, value in values.items() if key in _OURS}
    if "canvas" not in ours:
        raise BadInputError(
            "this picture holds no canvas", hint="choose one that this program drew, or the extension in a WebUI"
        )
    ours = _OLDER | ours
    read_arguments([ours])  # refused here, with the field's name, rather than when it is drawn
    order: dict[str, Any] = {
        "prompt": whole_characters(infotext.prompt),
        "negative": whole_characters(infotext.negative),
        "omost": ours,
    }
    if size := _SIZE.fullmatch(values.get("Size", "")):
        order |= _within({"width": int(size[1]), "height": int(size[2])})
    kinds: tuple[tuple[str, str, Callable[[str], float]], ...] = (
        ("steps", "Steps", int),
        ("cfg", "CFG scale", float),
        ("seed", "Seed", int),
    )
    for name, key, kind in kinds:
        try:
            order |= _within({name: kind(values[key])})
        except (KeyError, ValueError):
            continue  # the panel keeps what it has
    return order


def _told_by(png: bytes) -> str:
    """The infotext of a PNG, of which no pixel is read, so that its size does not matter. Raises BadInputError."""
    from PIL import Image, UnidentifiedImageError

    broken = (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, zlib.error, OverflowError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(png), formats=("PNG",)) as image:  # no other reader sees what is sent here
                return str(image.info.get(KEY, ""))
    except Image.DecompressionBombError as error:
        raise BadInputError("this picture is too large to be read", hint="choose a smaller PNG file") from error
    except (*broken, MemoryError) as error:
        if "too large" in str(error).lower():
            raise BadInputError(
                "this picture's texts are too large to be read", hint="choose a picture of this program or of a WebUI"
            ) from error
        raise BadInputError("this is no picture that can be read", hint="choose a PNG file") from error


def _order_of_json(data: dict[str, Any]) -> dict[str, Any]:
    """This page's own order, of which every value is checked. Raises BadInputError for settings that do not fit."""
    omost = data["omost"]
    if not isinstance(omost, dict):
        raise BadInputError("this picture's infotext is another program's", hint="choose one that this one drew")
    if "canvas" in omost:
        omost = _OLDER | omost
    read_arguments([omost])
    texts = {name: data[name] for name in ("prompt", "negative", "checkpoint") if isinstance(data.get(name), str)}
    return {
        **{name: whole_characters(text) for name, text in texts.items()},
        **_within({name: data[name] for name in BOUNDS if name in data}),
        "omost": omost,
    }


def _within(values: dict[str, Any]) -> dict[str, Any]:
    """Those that are numbers which the panel can hold."""
    kept = {}
    for name, value in values.items():
        least, most = BOUNDS[name]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and math.isfinite(min(value, most + 1)) and least <= value <= most:
            kept[name] = value
    return kept


def _typed(field: Field, value: str) -> bool | str | float:
    if isinstance(field.default, bool):
        return value == "True"
    try:
        return float(value) if isinstance(field.default, float) else value
    except ValueError as error:
        raise BadInputError(f"{field.infotext} is {value[:40]!r}", hint="it is a number in every picture") from error
