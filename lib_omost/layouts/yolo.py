"""YOLO's label files: a row a thing, `class x y width height`, its centre and size in shares of the picture.

A row of more numbers is an outline, `class x1 y1 x2 y2 …`, or a box with how sure a detector is of it. What the classes
are called is said elsewhere: here in lines below the rows, `names: [cat, dog]` or `0: cat` as in YOLO's data.yaml, or
one name a line; else they are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas import ParsedReply, Region
from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.report import Reports
from lib_omost.layouts.parts import as_many_as_fit, rect_of_shares, region_at, shaped
from lib_omost.layouts.segments import segmented

MOST_NUMBERS = 2001  # of a row
BEYOND = 0.02  # of the picture's side that a box may leave it by
_N = r"(?:\d{1,3}(?:\.\d{0,17})?|\.\d{1,17})(?:e-\d{1,3})?"
_ROW = re.compile(rf"\d{{1,5}}(?:[ \t]+{_N}){{4,{MOST_NUMBERS}}}")
_NAMES = re.compile(r"names\s*[:=]\s*[\[{]?(.{0,4000}?)[\]}]?", re.IGNORECASE)
_HEAD = re.compile(r"names\s*[:=]|nc\s*[:=]|[-*]?[ \t]*\d{1,5}[ \t]*[:=]|-[ \t]", re.IGNORECASE)
_NAME = re.compile(r"[-*]?[ \t]*(?:(\d{1,5})[ \t]*[:=][ \t]*)?(.{0,200})")
_QUOTES = "'\"` "

Row = tuple[int, list[float]]


def is_yolo(text: str) -> bool:
    """Whether a text begins with rows that are boxes or outlines within the picture, and no rows of forge-couple."""
    rows, below = _parted(text)
    if not rows or not all(_is_row(numbers) for _, numbers in rows):
        return False
    is_couple = all(_is_couple(number, numbers) for number, numbers in rows)
    return not is_couple or any(_NAMES.fullmatch(line) for line in below)


def read_yolo(text: str) -> ParsedReply:
    """Each row as a region, described by the name of its class."""
    rows, below = _parted(text)
    reports = Reports()
    names = _names_in(below)
    if unnamed := sorted({number for number, _ in rows} - names.keys()):
        told = ", ".join(map(str, unnamed[:20]))
        reports.correct(1, f"what class {told} is called does not stand here; it was numbered")
    found = as_many_as_fit(rows, reports)
    regions = [
        region for number, (kind, row) in enumerate(found, 1) if (region := _region(kind, row, names, number, reports))
    ]
    return whole_reply(None, regions, reports)


def _region(kind: int, row: Sequence[float], names: dict[int, str], number: int, reports: Reports) -> Region | None:
    words = names.get(kind, f"class {kind}")
    is_box = len(row) <= 5
    if is_box:
        x, y, width, height = row[:4]
        edges = (y - height / 2, y + height / 2, x - width / 2, x + width / 2)
    else:
        xs, ys = row[::2], row[1::2]
        edges = (min(ys), max(ys), min(xs), max(xs))
    rect = rect_of_shares(*edges)
    if rect is None:
        reports.problem(number, f"the box of {words[:60]!r} is empty or too thin, and was left out")
        return None
    cells = None if is_box else segmented([list(row)], (1.0, 1.0))
    return region_at(rect, words) if cells is None else shaped(region_at(rect, words), cells)


def _parted(text: str) -> tuple[list[Row], list[str]]:
    """The rows of a text, and what else it says of them; none where it begins with other words than names."""
    rows: list[Row] = []
    others: list[str] = []
    for line in text.strip().lstrip("\ufeff").split("\n"):
        plain = line.strip()
        if _ROW.fullmatch(plain):
            kind, *numbers = plain.split()
            rows.append((int(kind), [float(number) for number in numbers]))
        elif plain and not plain.startswith(("#", "```")):
            if not rows and not _HEAD.match(plain):
                return [], []
            others.append(plain)
    return rows, others


def _is_row(numbers: Sequence[float]) -> bool:
    """Whether numbers are a box or an outline within the picture."""
    if len(numbers) > 5:
        return len(numbers) % 2 == 0 and max(numbers) <= 1 + BEYOND
    x, y, width, height, *sure = numbers
    is_within = all(
        size > 0 and middle - size / 2 >= -BEYOND and middle + size / 2 <= 1 + BEYOND
        for middle, size in ((x, width), (y, height))
    )
    return is_within and all(0 <= share <= 1 for share in sure)


def _is_couple(number: int, numbers: Sequence[float]) -> bool:
    """Whether a row may be one of forge-couple: x1, x2, y1, y2, weight."""
    return len(numbers) == 4 and number < numbers[0] <= 1 and numbers[1] < numbers[2] <= 1


def _names_in(lines: Sequence[str]) -> dict[int, str]:
    """What the classes are called, by number."""
    names: dict[int, str] = {}
    parts: list[str] = []
    for line in lines:
        if line.lower().startswith("nc"):
            continue  # how many there are
        header = _NAMES.fullmatch(line)
        parts += header[1].split(",") if header else [line]
    for part in parts:
        match = _NAME.fullmatch(part.strip())
        words = match[2].strip(_QUOTES) if match else ""
        if match and words:
            number = int(match[1]) if match[1] else next(free for free in range(len(names) + 1) if free not in names)
            names.setdefault(number, words)
    return names
