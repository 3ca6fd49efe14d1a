"""A canvas for Regional Prompter: an infotext, which a WebUI takes from its prompt box."""

from __future__ import annotations

import re

from lib_omost.canvas import WHOLE_GRID, Canvas, Region
from lib_omost.layouts.infotext import Infotext, write_infotext
from lib_omost.layouts.matrix import Splitting, ratios_of
from lib_omost.layouts.matrix_fit import Matrix, fitted
from lib_omost.layouts.parts import WrittenLayout, lost_in, without_keywords, words_of
from lib_omost.layouts.regional_prompter import COMMON

# It looks for these wherever they stand, within words too.
_KEYWORDS = re.compile(r"ADD(?:COL|ROW|BASE|COMM|P)|BREAK|AND")


def write_regional_prompter(canvas: Canvas) -> WrittenLayout:
    """The whole's texts as common prompt, each region's as the prompt of its cell."""
    notes: list[str] = []
    matrix = fitted([region.rect for region in canvas.regions] or [WHOLE_GRID])

    def words(part: Canvas | Region) -> str:
        return without_keywords(words_of(part), _KEYWORDS, notes)

    def cell(number: int | None) -> str:
        return words(canvas.regions[number]) if number is not None and canvas.regions else ""

    splitting = matrix.splitting
    prompt = f" {splitting.outer}\n".join(
        f" {splitting.inner}\n".join(cell(each.number) for each in line) for line in matrix.lines
    )
    common = words(canvas)
    infotext = Infotext(
        f"{common} {COMMON}\n{prompt}" if common else prompt, ", ".join(canvas.absent), _fields(matrix, bool(common))
    )
    notes += _moved(canvas, matrix) if canvas.regions else []
    return WrittenLayout(write_infotext(infotext), (*dict.fromkeys(notes), *lost_in(canvas)))


def _fields(matrix: Matrix, has_common: bool) -> dict[str, str]:
    splitting: Splitting = matrix.splitting
    return {
        "RP Active": "True",
        "RP Divide mode": "Matrix",
        "RP Matrix submode": "Columns" if splitting.rows_first else "Rows",
        "RP Calc Mode": "Attention",
        "RP Ratios": ratios_of(splitting, [[each.rect for each in line] for line in matrix.lines]),
        "RP Use Base": "False",
        "RP Use Common": str(has_common),
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
