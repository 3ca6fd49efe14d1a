"""Rectangles that are written as four numbers: this program's own, and the boxes of others."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from lib_omost.canvas.model import Rect
from lib_omost.canvas.report import Reports
from lib_omost.canvas.values import Named, Node
from lib_omost.canvas.vocabulary import GRID, LOCATIONS

BOX, CORNERS, BOX_2D = "bbox", "xyxy", "box_2d"
_ORDERS = {
    BOX: "[x, y, width, height]",
    CORNERS: "[left, top, right, bottom]",
    BOX_2D: "[top, left, bottom, right] in thousandths",  # as Gemini was taught
}
# Names of edges and sides, as arguments or in an object; x1 is the left edge beside x2, the right one beside x0.
_SIDES = {
    "left": ("left", "x", "xmin", "x0", "x1"),
    "top": ("top", "y", "ymin", "y0", "y1"),
    "right": ("right", "xmax", "x2", "x1"),
    "bottom": ("bottom", "ymax", "y2", "y1"),
    "width": ("width", "w"),
    "height": ("height", "h"),
}
SIDES = tuple(dict.fromkeys(name for names in _SIDES.values() for name in names))
BOXES = (BOX, CORNERS, BOX_2D)
_NUMBER_IN_TEXT = re.compile(r"[-+]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s?%?")


def read_place(values: Mapping[str, Node], reports: Reports) -> Rect | None:
    """The rectangle of a region that is written as numbers, in whichever of the arguments; None where there is none."""
    rect = read_rect(values.get("free_rect"), reports)
    for name in BOXES:
        rect = rect or _read_box(values.get(name), name, reports)
    sides = {name: values[name] for name in SIDES if name in values}
    return rect or (_read_sides(sides, reports) if sides else None)


def read_center(node: Node | None, reports: Reports) -> str | None:
    """The location whose centre is nearest to x and y, in cells or shares; None for anything but two such numbers."""
    if node is None or not isinstance(node.value, list) or len(node.value) != 2:
        return None
    pair = [number for item in node.value if (number := _number_of(item.value)) is not None]
    if len(pair) != 2 or not all(0 <= number <= GRID for number in pair):
        return None
    center = _in_cells(pair)
    name = min(LOCATIONS, key=lambda name: math.dist(LOCATIONS[name], center))
    reports.correct(node.line, f"read location {pair} as {name!r}, the place with the nearest centre")
    return name


def _read_box(node: Node | None, name: str, reports: Reports) -> Rect | None:
    """A rectangle as [x, y, width, height], the way most programs say it: in cells of the grid, or in shares of it.

    One that leaves the grid so, and does not as [left, top, right, bottom], is read as that.
    """
    if node is None or node.value is None:
        return None
    if isinstance(node.value, Named):
        return _read_sides(node.value.items, reports)
    numbers, order = _numbers_of(node), _ORDERS[name]
    if numbers is None:
        reports.problem(node.line, f"{name} is no list of four numbers", f"{order} in cells")
        return None
    if name == BOX_2D:
        top, left, bottom, right = (number / 1000 * GRID for number in numbers)
        return _rect_of((left, top, right, bottom), name, order, node.line, reports)
    x, y, third, fourth = _in_cells(numbers)
    right, bottom = x + third, y + fourth
    if (
        name == CORNERS
        or _is_two_points(node)
        or ((right > GRID or bottom > GRID) and x < third <= GRID and y < fourth <= GRID)
    ):
        order, right, bottom = _ORDERS[CORNERS], third, fourth
    return _rect_of((x, y, right, bottom), name, order, node.line, reports)


def _read_sides(sides: Mapping[str, Node], reports: Reports) -> Rect | None:
    """A rectangle whose edges, or corner and size, are named."""
    numbers = {
        re.sub("[^a-z0-9]", "", name.lower()): number
        for name, node in sides.items()
        if (number := _number_of(node.value)) is not None
    }
    line = next(iter(sides.values())).line if sides else 1
    found: dict[str, float] = {}
    for side, names in _SIDES.items():
        taken = next((name for name in names if name in numbers), None)
        if taken is not None:
            found[side] = numbers.pop(taken)
    scaled = dict(zip(found, _in_cells(list(found.values())), strict=True))
    left, top = scaled.get("left"), scaled.get("top")
    right = scaled.get("right") if left is None or "width" not in scaled else left + scaled["width"]
    bottom = scaled.get("bottom") if top is None or "height" not in scaled else top + scaled["height"]
    if left is None or top is None or right is None or bottom is None:
        names_given = ", ".join(str(name)[:20] for name in list(sides)[:8])
        reports.problem(line, f"{names_given} make no rectangle", "x, y, width and height in cells")
        return None
    return _rect_of((left, top, right, bottom), ", ".join(found), "a rectangle", line, reports)


def _rect_of(
    edges: tuple[float, float, float, float], name: str, order: str, line: int, reports: Reports
) -> Rect | None:
    """The rectangle of left, top, right and bottom in cells, clipped; None, and a problem, when it is empty."""
    left, top, right, bottom = (round(max(0, min(GRID, edge))) for edge in edges)
    if top >= bottom or left >= right:
        reports.problem(line, f"{name} is empty or lies outside the grid", f"cells of 0 to {GRID}")
        return None
    reports.correct(line, f"read {name} as {order} of the {GRID} × {GRID} grid")
    return Rect(top, bottom, left, right)


def _in_cells(numbers: list[float]) -> list[float]:
    """Numbers in cells of the grid: all of 0…1, with a fraction among them, are shares of it."""
    is_share = all(0 <= number <= 1 for number in numbers) and any(number % 1 for number in numbers)
    return [number * GRID for number in numbers] if is_share else numbers


def _numbers_of(node: Node) -> list[float] | None:
    """Four numbers: in a list, in two pairs, or in a text."""
    value = node.value
    parts: list[object] = []
    if isinstance(value, str):
        parts = list(_NUMBER_IN_TEXT.findall(value[:200]))
    elif isinstance(value, list):
        for item in value:
            parts += [inner.value for inner in item.value] if isinstance(item.value, list) else [item.value]
    numbers = [number for part in parts if (number := _number_of(part)) is not None]
    return numbers if len(numbers) == len(parts) == 4 else None


def _is_two_points(node: Node) -> bool:
    return isinstance(node.value, list) and len(node.value) == 2


def _number_of(value: object) -> float | None:
    """A finite number; that of a text, with its percent sign as a share of the grid."""
    if isinstance(value, str) and (match := _NUMBER_IN_TEXT.fullmatch(value.strip().removesuffix("px").strip())):
        number = float(match[0].rstrip("% "))
        return number / 100 * GRID if match[0].endswith("%") else number
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]  # it is a number


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
