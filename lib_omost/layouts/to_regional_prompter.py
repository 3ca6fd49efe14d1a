"""A canvas for Regional Prompter: an infotext, which a WebUI takes from its prompt box."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from lib_omost.canvas import WHOLE_GRID, Canvas
from lib_omost.layouts.infotext import Infotext, write_infotext
from lib_omost.layouts.matrix import Splitting, ratios_of
from lib_omost.layouts.matrix_fit import Matrix, fitted
from lib_omost.layouts.parts import WrittenLayout, lost_in, without_keywords, words_of
from lib_omost.layouts.regional_prompter import BASE, COMMON

BASE_RATIO = "0.2"  # of the base prompt in every cell, as in its readme

# It looks for these wherever they stand, within words too.
_KEYWORDS = re.compile(r"ADD(?:COL|ROW|BASE|COMM|P)|BREAK|AND")


def write_regional_prompter(canvas: Canvas) -> WrittenLayout:
    """The whole's description as common prompt, its details as base prompt, each region's texts as its cell's."""
    notes: list[str] = []
    matrix = fitted([region.rect for region in canvas.regions] or [WHOLE_GRID])

    def cell(number: int | None) -> str:
        prompt = words_of(canvas.regions[number]) if number is not None and canvas.regions else ""
        return without_keywords(prompt, _KEYWORDS, notes)

    splitting = matrix.splitting
    prompt = f" {splitting.outer}\n".join(
        f" {splitting.inner}\n".join(cell(each.number) for each in line) for line in matrix.lines
    )
    heads = {COMMON: Canvas(canvas.description), BASE: replace(canvas, description="")}
    wholes = {key: without_keywords(words_of(part), _KEYWORDS, notes) for key, part in heads.items()}
    prompt = "".join(f"{text} {key}\n" for key, text in wholes.items() if text) + prompt
    infotext = Infotext(prompt, ", ".join(canvas.absent), _fields(matrix, wholes))
    notes += _moved(canvas, matrix) if canvas.regions else []
    return WrittenLayout(write_infotext(infotext), (*dict.fromkeys(notes), *lost_in(canvas)))


def _fields(matrix: Matrix, wholes: Mapping[str, str]) -> dict[str, str]:
    splitting: Splitting = matrix.splitting
    return {
        "RP Active": "True",
        "RP Divide mode": "Matrix",
        "RP Matrix submode": "Columns" if splitting.rows_first else "Rows",
        "RP Calc Mode": "Attention",
        "RP Ratios": ratios_of(splitting, [[each.rect for each in line] for line in matrix.lines]),
        "RP Base Ratios": BASE_RATIO,
        "RP Use Base": str(bool(wholes[BASE])),
        "RP Use Common": str(bool(wholes[COMMON])),
        "RP Flip": "False",
    }


def _moved(canvas: Canvas, matrix: Matrix) -> list[str]:
    """A note for each region that lies elsewhere in the matrix."""
    cells = [each for line in matrix.lines for each in line]
    moved = [
        (canvas.regions[each.number], each.rect)
        for each in cells
        if each.number is not None and each.rect != canvas.regions[each.number].rect
    ]
    return [
        f"{region.description[:60]!r} went from {list(region.rect)} to {list(rect)}: a matrix has no gaps or overlaps."
        for region, rect in moved
    ]
