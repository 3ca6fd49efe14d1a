"""The contact sheet of `bench regions`: what was asked, and what each method drew, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import PIL.Image
from PIL import ImageDraw, ImageFont

from lib_omost.bench.layouts import REGION_COUNTS
from lib_omost.bench.region_figures import Regions, by_count
from lib_omost.canvas import GRID, Rect
from lib_omost.mini.scenes import Image

_CELL = 128
_GAP = 8
_GUTTER = 28  # between the blocks of two, three and four boxes
_HEADER = 64
_FOOTER = 26
_ROWS = 4  # the first layouts of each count: not the best ones
_INK = (30, 30, 30)
_FAINT = (110, 110, 110)

COLORS_NOTE = (
    "Percent: boxes whose most frequent colour is the asked one, over all layouts. Dashed: the box is not right."
)
REAL_NOTE = (
    "Percent: regions whose thing is in its place and in its colour, over all layouts. Dashed: the region is not right."
)


class Asked(Protocol):
    """What a box is to show."""

    @property
    def rect(self) -> Rect:
        """On the grid."""
        ...


class Layout(Protocol):
    """A picture that was asked for."""

    @property
    def asked(self) -> Sequence[Asked]:
        """Box by box."""
        ...

    @property
    def picture(self) -> Image:
        """As it might look."""
        ...


class Outcome(Protocol):
    """The pictures of every row, in the order of `layouts`, and what is right in each."""

    @property
    def layouts(self) -> Sequence[Layout]:
        """What was asked for."""
        ...

    @property
    def pictures(self) -> Mapping[str, Sequence[Image]]:
        """By row."""
        ...

    @property
    def judged(self) -> Mapping[str, Sequence[Regions]]:
        """By row."""
        ...


_Corners = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the cell, inclusive


def contact_sheet(outcome: Outcome, note: str = COLORS_NOTE) -> PIL.Image.Image:
    """A block each for two, three and four boxes: a row a layout, the asked picture first, then each method's.

    Boxes are drawn over the pictures, solid where they are right, dashed where they are not; `note` says what that is.
    """
    chosen = {count: _first(outcome.layouts, count) for count in REGION_COUNTS}
    columns = ["asked", *outcome.pictures]
    block = len(columns) * (_CELL + _GAP) - _GAP
    rows = max(len(numbers) for numbers in chosen.values())
    width = 2 * _GAP + len(chosen) * block + (len(chosen) - 1) * _GUTTER
    sheet = PIL.Image.new("RGB", (width, _HEADER + rows * (_CELL + _GAP) + _FOOTER), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (count, numbers) in enumerate(chosen.items()):
        left = _GAP + place * (block + _GUTTER)
        pen.text((left, 8), f"{count} boxes", _INK, _font(18))
        for column, name in enumerate(columns):
            x = left + column * (_CELL + _GAP)
            title = _title(outcome, name, count)
            pen.text((x, _HEADER - 22), title, _INK, _fitting(title))
            for row, number in enumerate(numbers):
                sheet.paste(_cell(outcome, name, number), (x, _HEADER + row * (_CELL + _GAP)))
    pen.text((_GAP, sheet.height - _FOOTER + 4), note, _FAINT, _font(13))
    return sheet


def _first(layouts: Sequence[Layout], count: int) -> list[int]:
    return [number for number, layout in enumerate(layouts) if len(layout.asked) == count][:_ROWS]


def _title(outcome: Outcome, name: str, count: int) -> str:
    if name not in outcome.judged:
        return name
    value = by_count(outcome.judged[name])[count].value
    return name if math.isnan(value) else f"{name} {100 * value:.0f} %"


def _cell(outcome: Outcome, name: str, number: int) -> PIL.Image.Image:
    layout = outcome.layouts[number]
    if name in outcome.pictures:
        picture, right = outcome.pictures[name][number], outcome.judged[name][number].regions
    else:
        picture, right = layout.picture, (True,) * len(layout.asked)
    cell = PIL.Image.fromarray(picture).resize((_CELL, _CELL), PIL.Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(cell)
    for asked, solid in zip(layout.asked, right, strict=True):
        _draw_box(pen, _corners(asked), solid)
    pen.rectangle((0, 0, _CELL - 1, _CELL - 1), outline=(200, 200, 200))
    return cell


def _corners(asked: Asked) -> _Corners:
    top, bottom, left, right = (round(cells * (_CELL - 1) / GRID) for cells in asked.rect)
    return left, top, right, bottom


def _draw_box(pen: ImageDraw.ImageDraw, corners: _Corners, solid: bool) -> None:
    left, top, right, bottom = corners
    pen.rectangle((left, top, right, bottom), outline="white", width=3)
    inner = (left + 1, top + 1, right - 1, bottom - 1)
    if solid:
        pen.rectangle(inner, outline="black")
        return
    for start in range(0, max(right - left, bottom - top), 7):
        x, y = min(inner[2], inner[0] + start), min(inner[3], inner[1] + start)
        x_end, y_end = min(inner[2], x + 3), min(inner[3], y + 3)
        for level in (inner[1], inner[3]):
            pen.line((x, level, x_end, level), "black")
        for upright in (inner[0], inner[2]):
            pen.line((upright, y, upright, y_end), "black")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _fitting(title: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The largest of a few sizes in which a title is no wider than a cell."""
    return next((font for size in (13, 12, 11, 10, 9) if (font := _font(size)).getlength(title) <= _CELL), _font(8))
