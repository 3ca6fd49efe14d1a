"""LabelMe's JSON (wkentaro/labelme): an object with `shapes`, each a label and its points in pixels of the picture."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from lib_omost.canvas import ParsedReply, Region
from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.report import Reports
from lib_omost.errors import CanvasError, whole_characters
from lib_omost.layouts.parts import as_many_as_fit, rect_of_shares, region_at, shaped
from lib_omost.layouts.segments import segmented

Points = list[tuple[float, float]]
CORNERS = 32  # of a circle as a polygon
_OUTLINES = ("polygon", "circle", "rotation", "quadrilateral")
_MOST_SIDE = 1e6


def labelme_of(text: str) -> Mapping[str, Any] | None:
    """The data of a text that is LabelMe's JSON; None for any other text."""
    if '"shapes"' not in text or '"points"' not in text:
        return None
    try:
        data = json.loads(text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
    shapes = data.get("shapes") if isinstance(data, dict) else None
    is_ours = isinstance(shapes, list) and all(isinstance(one, dict) and "points" in one for one in shapes)
    return data if is_ours else None


def read_labelme(data: Mapping[str, Any]) -> ParsedReply:
    """Its shapes as regions: rectangles, and what has an outline as a mask; points and lines are left out.

    Raises CanvasError when the file has no shapes.
    """
    if not data["shapes"]:
        raise CanvasError("this LabelMe file has no shapes", line=1, expected="shapes with a label and points")
    reports = Reports()
    size = _size(data, reports)
    regions = [
        region
        for number, shape in enumerate(as_many_as_fit(data["shapes"], reports))
        if (region := _region(shape, number, size, reports)) is not None
    ]
    return whole_reply(None, regions, reports)


def _size(data: Mapping[str, Any], reports: Reports) -> tuple[float, float]:
    """The picture's width and height; without them the shapes fill it."""
    width, height = (_side(data.get(name)) for name in ("imageWidth", "imageHeight"))
    if width and height:
        return width, height
    points = [point for shape in data["shapes"] for point in _points(shape)]
    reports.correct(1, "the picture's size is not known; it was taken to end where the shapes do")
    return max((x for x, _ in points), default=1.0) or 1.0, max((y for _, y in points), default=1.0) or 1.0


def _side(value: object) -> float:
    """A side in pixels; 0 where that is none."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= _MOST_SIDE
    return float(value) if is_number else 0.0  # type: ignore[arg-type]  # it is a number


def _region(shape: Mapping[str, Any], number: int, size: tuple[float, float], reports: Reports) -> Region | None:
    label = whole_characters(str(shape.get("label") or "").strip())
    kind = str(shape.get("shape_type") or "polygon")[:40]
    points = _points(shape)
    if kind == "circle" and len(points) == 2:
        points = _circle(points)
    named = repr(label[:60]) if label else f"shape {number + 1}"
    if kind not in ("rectangle", "mask", *_OUTLINES) or len(points) < 2:
        reports.problem(1, f"{named} is a {kind} of {len(points)} points and was left out", "a rectangle or a polygon")
        return None
    xs, ys = [x / size[0] for x, _ in points], [y / size[1] for _, y in points]
    rect = rect_of_shares(min(ys), max(ys), min(xs), max(xs))
    if rect is None:
        reports.problem(1, f"{named} is empty, too thin or outside the picture, and was left out")
        return None
    if not label:
        reports.correct(1, f"{named} has no label and so no words")
    region = region_at(rect, label)
    if kind == "mask":
        reports.correct(1, f"{named} is a mask of pixels; its box was taken")
    cells = segmented([[axis for point in points for axis in point]], size) if kind in _OUTLINES else None
    return region if cells is None else shaped(region, cells)


def _points(shape: Mapping[str, Any]) -> Points:
    """The points that can be read."""
    found = shape.get("points")
    pairs = found if isinstance(found, list) else []
    return [(float(pair[0]), float(pair[1])) for pair in pairs if _is_point(pair)]


def _is_point(pair: object) -> bool:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        return False
    numbers = [axis for axis in pair if isinstance(axis, (int, float)) and not isinstance(axis, bool)]
    return len(numbers) == 2 and all(abs(axis) <= _MOST_SIDE for axis in numbers)


def _circle(points: Points) -> Points:
    """A circle by its centre and a point on it."""
    (x, y), edge = points
    radius = math.dist((x, y), edge)
    turns = (2 * math.pi * corner / CORNERS for corner in range(CORNERS))
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]
