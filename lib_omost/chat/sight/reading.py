"""A picture read as a canvas: what a model is asked, and what its answer means, in whatever JSON it comes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from lib_omost.canvas import GRID, Canvas, Rect, Region, read_canvas
from lib_omost.canvas.color_words import nearest_color
from lib_omost.canvas.distance import DEFAULT_DISTANCE
from lib_omost.canvas.lenient_json import json_values
from lib_omost.compose.geometry import spot
from lib_omost.errors import CanvasError, ServerError

SCALE = 1000  # of the numbers that are asked for, along each side
MOST_READ = 16  # regions
_LONGEST = 300  # characters of a description
_BOXES = ("box", "bbox", "bbox_2d", "bounding_box")  # [left, top, right, bottom]
_BOXES_BY_ROWS = ("box_2d",)  # [top, left, bottom, right], as Gemini was taught
_WORDS = ("description", "label", "name", "object")
_COLORS = ("color", "colour", "color_name", "HTML_web_color_name")
_DEPTHS = ("distance", "distance_to_viewer", "depth")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)

READ = (
    "Look at this picture and write its composition as one JSON object, and nothing else:\n"
    '{"description": "the whole picture in one sentence", "color": "HTML colour name of the background", "regions":'
    ' [{"description": "what it is, in one short sentence", "box": [left, top, right, bottom], "distance": 5, "color":'
    ' "HTML colour name"}]}\n'
    f"The numbers of a box go from 0 to {SCALE} across the picture's width and down its height. distance is 1 for what"
    " is nearest to the viewer and 10 for what is farthest away. Name the things that one would miss, at most 12, not"
    " their parts; write in English."
)


def read_sight(answer: str, size: tuple[int, int]) -> Canvas:
    """The canvas in the answer to READ about a picture of this size, width and height in pixels.

    Raises ServerError when the answer holds none.
    """
    answer = _THOUGHT.sub("", answer)
    values = json_values(answer)
    whole = next((value for value in values if isinstance(value, Mapping)), {})
    regions = tuple(_regions(values, size))[:MOST_READ]
    if regions:
        words = _first(whole, _WORDS) if not _box_of(whole) else ""
        return Canvas(words, color_name=_color(whole), regions=tuple(regions))
    try:
        return read_canvas(answer).require_canvas()  # the canvas's own code, or its JSON
    except CanvasError as error:
        said = " ".join(answer.split())[:120]
        raise ServerError(
            f"the model's answer has no boxes: {said!r}", hint="read it again, or choose a model that finds things"
        ) from error


def _regions(values: list[object], size: tuple[int, int]) -> Iterator[Region]:
    """Every object with a box, wherever it stands."""
    waiting = list(values)
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, Mapping):
            region = _region(value, size)
            if region is not None:
                yield region
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value[: 4 * MOST_READ]


def _region(item: Mapping[str, object], size: tuple[int, int]) -> Region | None:
    numbers, words = _box_of(item), _first(item, _WORDS)
    rect = _rect(numbers, size) if numbers else None
    if rect is None or not words:
        return None
    found = spot(rect)
    return Region(
        found.location, found.offset, found.area, _distance(item), words, color_name=_color(item), free_rect=rect
    )


def _box_of(item: Mapping[str, object]) -> list[float]:
    """Left, top, right and bottom as they were written; nothing when there is no box."""
    for name in (*_BOXES, *_BOXES_BY_ROWS):
        value = item.get(name)
        if isinstance(value, list) and len(value) == 4 and all(map(_is_number, value)):
            numbers = [float(number) for number in value]
            return [numbers[place] for place in (1, 0, 3, 2)] if name in _BOXES_BY_ROWS else numbers
    return []


def _rect(box: list[float], size: tuple[int, int]) -> Rect | None:
    """A box in shares, thousandths, or pixels of the picture, as its largest number says."""
    largest = max(box)
    across, down = (1.0, 1.0) if largest <= 1 else (SCALE, SCALE) if largest <= SCALE else size
    left, right = sorted((box[0] / across, box[2] / across))
    top, bottom = sorted((box[1] / down, box[3] / down))
    edges = [math.floor(top * GRID), math.ceil(bottom * GRID), math.floor(left * GRID), math.ceil(right * GRID)]
    top_cell, bottom_cell, left_cell, right_cell = (max(0, min(GRID, edge)) for edge in edges)
    if top_cell >= bottom_cell or left_cell >= right_cell:
        return None
    return Rect(top_cell, bottom_cell, left_cell, right_cell)


def _first(item: Mapping[str, object], names: tuple[str, ...]) -> str:
    texts = (value for name in names if isinstance(value := item.get(name), str) and value.strip())
    return " ".join(next(texts, "").split())[:_LONGEST]


def _color(item: Mapping[str, object]) -> str:
    return nearest_color(_first(item, _COLORS)) or "gray"


def _distance(item: Mapping[str, object]) -> float:
    numbers = (float(str(item[name])) for name in _DEPTHS if _is_number(item.get(name)))
    return min(100.0, max(0.5, next(numbers, DEFAULT_DISTANCE)))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 10**6
