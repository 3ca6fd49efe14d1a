"""The contact sheet of `bench picture`: every picture under its message, and what of it is wrong."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import PIL.Image
from PIL import ImageDraw, ImageFont

from lib_omost.bench.compose.pictures import Seen

_CELL = 128
_GAP = 10
_COLUMNS = 10
_LINES = 4  # of a message
_LETTERS = 24  # a line
_LEADING = 12
_HEADER = _LINES * _LEADING + 4
_INK, _WRONG = (30, 30, 30), (190, 30, 30)


def contact_sheet(seen: Sequence[Seen]) -> PIL.Image.Image:
    """Ten a row, in the order of the messages; under a wrong one stand the checks that failed."""
    rows = math.ceil(len(seen) / _COLUMNS)
    high = _HEADER + _CELL + _LEADING + _GAP
    sheet = PIL.Image.new("RGB", (_GAP + _COLUMNS * (_CELL + _GAP), _GAP + rows * high), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(10)
    for number, one in enumerate(seen):
        x, y = _GAP + number % _COLUMNS * (_CELL + _GAP), _GAP + number // _COLUMNS * high
        for line, text in enumerate(textwrap.wrap(one.answer.message.message, _LETTERS)[:_LINES]):
            pen.text((x, y + line * _LEADING), text, _INK, font)
        if one.picture is not None:
            picture = PIL.Image.fromarray(one.picture).resize((_CELL, _CELL), PIL.Image.Resampling.LANCZOS)
            sheet.paste(picture, (x, y + _HEADER))
        pen.rectangle((x, y + _HEADER, x + _CELL - 1, y + _HEADER + _CELL - 1), outline=(200, 200, 200))
        pen.text((x, y + _HEADER + _CELL), ", ".join(one.failed)[: _LETTERS + 2], _WRONG, font)
    return sheet
