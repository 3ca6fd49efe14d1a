"""Rectangles that are written as four numbers: this program's own, and the boxes of others."""

from __future__ import annotations

import math

from lib_omost.canvas.model import Rect
from lib_omost.canvas.report import Reports
from lib_omost.canvas.values import Node
from lib_omost.canvas.vocabulary import GRID

BOX = "bbox"


def read_box(node: Node | None, reports: Reports) -> Rect | None:
    """A rectangle as [x, y, width, height], the way most programs say it: in cells of the grid, or in shares of it.

    One that leaves the grid so, and does not as [left, top, right, bottom], is read as that.
    """
    numbers = _four_numbers(node)
    if node is None or node.value is None:
        return None
    if numbers is None:
        reports.problem(node.line, f"{BOX} is no list of four numbers", "[x, y, width, height] in cells")
        return None
    if all(0 <= number <= 1 for number in numbers) and any(number % 1 for number in numbers):
        numbers = [number * GRID for number in numbers]
    x, y, width, height = numbers
    what = "[x, y, width, height]"
    right, bottom = x + width, y + height
    if (right > GRID or bottom > GRID) and x < width <= GRID and y < height <= GRID:
        what, right, bottom = "[left, top, right, bottom]", width, height
    left, top, right, bottom = (round(max(0, min(GRID, edge))) for edge in (x, y, right, bottom))
    if top >= bottom or left >= right:
        reports.problem(node.line, f"{BOX} is empty or lies outside the grid", f"cells of 0 to {GRID}")
        return None
    reports.correct(node.line, f"read {BOX} as {what} of the {GRID} × {GRID} grid")
    return Rect(top, bottom, left, right)


def _four_numbers(node: Node | None) -> list[float] | None:
    cells = [item.value for item in node.value] if node is not None and isinstance(node.value, list) else []
    numbers = [float(cell) for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    return numbers if len(cells) == len(numbers) == 4 and all(map(math.isfinite, numbers)) else None


def read_rect(node: Node | None, reports: Reports) -> Rect | None:
    """A free rectangle; one that leaves the grid is clipped, one that cannot be read leaves the place to the words."""
    if node is None or node.value is None:
        return None
    field = "free_rect"
    numbers = _four_numbers(node)
    if numbers is None:
        reports.problem(node.line, f"{field} is no list of four numbers", "[top, bottom, left, right] in cells")
        return None
    rect = Rect(*(round(max(0, min(GRID, number))) for number in numbers))
    if rect.top >= rect.bottom or rect.left >= rect.right:
        reports.problem(node.line, f"{field} is empty", "[top, bottom, left, right] with top < bottom, left < right")
        return None
    if tuple(rect) != tuple(numbers):
        reports.correct(node.line, f"{field} was clipped and rounded to {list(rect)}")
    return rect
