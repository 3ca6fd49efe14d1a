"""What a picture says of how it was made: this page's own JSON, or a WebUI's infotext with the extension's keys."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from lib_omost.errors import BadInputError
from lib_omost.settings.fields import FIELDS, Field
from lib_omost.settings.model import read_arguments

KEY = "parameters"  # the text chunk of a PNG in which WebUIs keep theirs, too
_PAIR = re.compile(r'\s*([\w ./()-]{1,60}?):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_OURS = {field.infotext: field for field in FIELDS}


def order_in(png: bytes) -> dict[str, Any]:
    """The order of a picture that this page drew, or that a WebUI drew with the extension.

    Raises BadInputError when it holds none.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(png)) as image:
            told = str(image.info.get(KEY, ""))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadInputError("this is no picture that can be read", hint="choose a PNG file") from error
    try:
        data = json.loads(told)
    except (ValueError, RecursionError):
        return order_of_infotext(told)
    if not isinstance(data, dict) or not {"prompt", "omost"} <= data.keys():
        raise BadInputError("this picture's infotext is another program's", hint="choose one that this one drew")
    return data


def order_of_infotext(told: str) -> dict[str, Any]:
    """The order that a WebUI's infotext gives: prompts, size, steps, CFG, seed, and the extension's fields.

    Raises BadInputError when the text has none of the extension's keys, or a value that does not fit.
    """
    head, _, last = told.strip().rpartition("\n")
    values = {key.strip(): _unquoted(value.strip()) for key, value in _PAIR.findall(last)}
    ours = {_OURS[key].name: _typed(_OURS[key], value) for key, value in values.items() if key in _OURS}
    if "canvas" not in ours:
        raise BadInputError(
            "this picture holds no canvas", hint="choose one that this program drew, or the extension in a WebUI"
        )
    read_arguments([ours])  # refused here, with the field's name, rather than when it is drawn
    prompt, _, negative = head.partition("\nNegative prompt:")
    if head.startswith("Negative prompt:"):
        prompt, negative = "", head.removeprefix("Negative prompt:")
    order: dict[str, Any] = {"prompt": prompt.strip(), "negative": negative.strip(), "omost": ours}
    if size := _SIZE.fullmatch(values.get("Size", "")):
        order |= {"width": int(size[1]), "height": int(size[2])}
    for name, key, kind in (("steps", "Steps", int), ("cfg", "CFG scale", float), ("seed", "Seed", int)):
        try:
            order[name] = kind(values[key])
        except (KeyError, ValueError):
            continue  # the panel keeps what it has
    return order


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value


def _typed(field: Field, value: str) -> bool | str | float:
    if isinstance(field.default, bool):
        return value == "True"
    try:
        return float(value) if isinstance(field.default, float) else value
    except ValueError as error:
        raise BadInputError(f"{field.infotext} is {value[:40]!r}", hint="it is a number in every picture") from error
