"""How far a region is from the viewer: a number, or words for one."""

from __future__ import annotations

import math
import re
import unicodedata

from lib_omost.canvas.report import Reports
from lib_omost.canvas.values import Node, named
from lib_omost.canvas.words import distance_of

DEFAULT_DISTANCE = 5.0  # the middle of what the Omost models write, which is 1 to 10
NEAREST = 0.1  # read for a distance of nought or less
FARTHEST = 1000.0  # read for one beyond every number


def read_distance(node: Node | None, line: int, reports: Reports) -> float:
    """A positive, finite distance.

    Nought or less is read as NEAREST, an infinite one as FARTHEST, and what is missing or not a number as
    DEFAULT_DISTANCE, each with a correction.
    """
    field = "distance_to_viewer"
    if node is None:
        reports.correct(line, f"{field} is missing and was taken as {DEFAULT_DISTANCE}")
        return DEFAULT_DISTANCE
    value = node.value
    if isinstance(value, str):
        number = _number_in(value)
        if math.isnan(number):
            reports.correct(node.line, f"{field} {value[:40]!r} is no distance and was taken as {DEFAULT_DISTANCE}")
            return DEFAULT_DISTANCE
        reports.correct(node.line, f"read {field} {value[:40]!r} as {number:g}")
        value = number
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        reports.correct(node.line, f"{field} is {named(value)} and was taken as {DEFAULT_DISTANCE}")
        return DEFAULT_DISTANCE
    if 0 < value < math.inf:
        return float(value)
    distance = NEAREST if value <= 0 else FARTHEST
    reports.correct(node.line, f"{field} {value} is not a positive, finite number and was taken as {distance}")
    return distance


def _number_in(text: str) -> float:
    """The number that a text holds, in digits or in words; NaN when it holds none."""
    named = {"inf": math.inf, "infinity": math.inf, "-inf": -math.inf}.get(text.strip().lower())
    if named is not None:
        return named
    text = unicodedata.normalize("NFKC", re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " ", text[:80]))  # "1½" → "1 1⁄2"
    if match := re.match(r"\s*(?:(\d{1,4})\s+)?(\d{1,4})\s?[/⁄]\s?([1-9]\d{0,3})(?![\d/])", text):
        return float(match[1] or 0) + float(match[2]) / float(match[3])
    match = re.search(r"[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,4})?", _decimal_point(text[:80]))
    if match:
        return float(match[0])
    words = distance_of(text)
    return math.nan if words is None else words


def _decimal_point(text: str) -> str:
    """'3,5' → '3.5', and '1,000' or '1_000' → '1000'."""
    text = re.sub(r"(?<=\d)_(?=\d)", "", text)
    text = re.sub(r"(?<![\d,])(\d{1,3})((?:[, ]\d{3})+)(?![\d,])", lambda match: re.sub("[, ]", "", match[0]), text)
    return re.sub(r"(?<=\d),(?=\d)", ".", text)
