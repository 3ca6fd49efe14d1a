"""Rectangles of the grid: the words nearest to one, one beside another, one cut into tiles."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lib_omost.canvas.model import Rect, Region
from lib_omost.canvas.place import nearest_words, rect_of
from lib_omost.canvas.vocabulary import AREAS, GRID, LOCATIONS

CLOSE = 8  # cells, over all four edges: no more, and the words alone say where a rectangle is
LEAST = 12  # cells: the shortest side that a picture can show something in
ROOM = 8  # cells between two centres that are to be told apart
RADIUS = 31  # cells, of a ring of things
OVERLAP = 6  # cells by which what stands on a thing reaches into it


@dataclass(frozen=True)
class Spot:
    """Where a region lies: the canvas's words, and the rectangle where they are not close to it."""

    location: str
    offset: str
    area: str
    free_rect: Rect | None = None


def spot(rect: Rect) -> Spot:
    """The words nearest to a rectangle, and the rectangle itself unless they are as good."""
    words = nearest_words(rect)
    off = sum(abs(one - two) for one, two in zip(rect, rect_of(*words), strict=True))
    return Spot(*words, free_rect=None if off <= CLOSE else rect)


def place_of(rect: Rect) -> str:
    """The location whose centre is nearest to that of a rectangle."""
    x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
    return min(LOCATIONS, key=lambda name: (LOCATIONS[name][0] - x) ** 2 + (LOCATIONS[name][1] - y) ** 2)


def area_of(rect: Rect) -> str:
    """The area whose width and height are nearest to those of a rectangle."""
    width, height = rect.right - rect.left, rect.bottom - rect.top
    return min(AREAS, key=lambda name: abs(AREAS[name][0] - width) + abs(AREAS[name][1] - height))


def around(x: int, y: int, width: int, height: int) -> Rect:
    """A rectangle of this size about a centre, clipped to the grid; the centre is moved until LEAST cells are inside.

    That is how a location, an offset and an area make a rectangle.
    """
    top, bottom = _side(y, height)
    left, right = _side(x, width)
    return Rect(top, bottom, left, right)


def within(rect: Rect) -> Rect:
    """The rectangle, moved into the grid and no larger than it."""
    height, width = min(GRID, rect.bottom - rect.top), min(GRID, rect.right - rect.left)
    top, left = max(0, min(GRID - height, rect.top)), max(0, min(GRID - width, rect.left))
    return Rect(top, top + height, left, left + width)


def beside(kind: str, target: Rect, width: int, height: int) -> Rect:
    """A rectangle of this size or smaller that stands to `target` as a relation of one target says."""
    middle_x, middle_y = (target.left + target.right) // 2, (target.top + target.bottom) // 2
    across = within(Rect(middle_y - height // 2, middle_y + (height + 1) // 2, 0, 1))
    down = within(Rect(0, 1, middle_x - width // 2, middle_x + (width + 1) // 2))
    if kind == "beside":
        kind = "left of" if target.left > GRID - target.right else "right of"
    if kind in ("left of", "right of"):
        side = _before if kind == "left of" else _after
        left, right = side(target.left, target.right, width)
        return Rect(across.top, across.bottom, left, right)
    if kind in ("above", "on", "below"):
        reach = OVERLAP if kind == "on" and target.bottom - target.top > 2 * LEAST else 0
        side = _after if kind == "below" else _before
        top, bottom = side(target.top + reach, target.bottom, height)
        return Rect(top, bottom, down.left, down.right)
    if kind == "in":
        width, height = (min(width, _part(target.right - target.left)), min(height, _part(target.bottom - target.top)))
        return within(around(middle_x, middle_y, max(width, 1), max(height, 1)))
    if kind == "around":
        top, left = (max(0, edge - 20) for edge in (target.top, target.left))
        bottom, right = (min(GRID, edge + 20) for edge in (target.bottom, target.right))
        return Rect(top, bottom, left, right)
    shift = 10 if kind == "in front of" else -10
    return within(Rect(across.top + shift, across.bottom + shift, down.left, down.right))


def between(first: Rect, second: Rect, width: int, height: int) -> Rect:
    """A rectangle of this size in the middle between the centres of two others."""
    x = (first.left + first.right + second.left + second.right) // 4
    y = (first.top + first.bottom + second.top + second.bottom) // 4
    return within(Rect(y - height // 2, y + (height + 1) // 2, x - width // 2, x + (width + 1) // 2))


def tiles(rect: Rect, count: int, shape: str = "") -> list[Rect]:
    """The rectangle in `count` tiles, as square as can be; in a row if `shape` is wide, in a column if it is tall."""
    height, width = rect.bottom - rect.top, rect.right - rect.left
    columns = {"wide": count, "tall": 1}.get(shape) or min(
        range(1, count + 1), key=lambda n: _oblong(width / n, height / -(-count // n)) + 1.2 * (-count % n)
    )
    rows = -(-count // columns)
    found = []
    for number in range(count):
        row, column = divmod(number, columns)
        found.append(
            Rect(
                rect.top + row * height // rows,
                rect.top + (row + 1) * height // rows,
                rect.left + column * width // columns,
                rect.left + (column + 1) * width // columns,
            )
        )
    return found


def ring(count: int) -> list[Rect]:
    """`count` rectangles about the middle of the grid, evenly, from the top on; two stand left and right of it."""
    chord = 2 * RADIUS * math.sin(math.pi / count)
    side = max(LEAST, min(GRID - 2 * RADIUS, int(chord)))
    start = math.pi if count == 2 else -math.pi / 2
    angles = [start + math.tau * number / count for number in range(count)]
    middle = GRID // 2
    return [
        around(round(middle + RADIUS * math.cos(angle)), round(middle + RADIUS * math.sin(angle)), side, side)
        for angle in angles
    ]


def at(region: Region, rect: Rect) -> dict[str, object]:
    """What changes in a region that goes to a rectangle: free where it was free, or where no words are close to it."""
    found = spot(rect)
    free = rect if region.free_rect is not None else found.free_rect
    return {"location": found.location, "offset": found.offset, "area": found.area, "free_rect": free}


def _part(length: int) -> int:
    return max(1, length * 6 // 10)


def _oblong(width: float, height: float) -> float:
    return max(width, height) / max(1.0, min(width, height))


def _side(centre: int, length: int) -> tuple[int, int]:
    low, high = centre - length // 2, centre + length // 2
    if high <= low:
        high = low + 1
    least = min(LEAST, high - low)
    shift = max(0, least - high) - max(0, low - (GRID - least))
    return max(0, low + shift), min(GRID, high + shift)


def _before(low: int, high: int, length: int) -> tuple[int, int]:
    """An interval before another one: next to it where there is room, else as short as keeps the centres apart."""
    if low >= length:
        return low - length, low
    return 0, max(low, min(length, low + high - 2 * ROOM), LEAST)


def _after(low: int, high: int, length: int) -> tuple[int, int]:
    start, end = _before(GRID - high, GRID - low, length)
    return GRID - end, GRID - start
