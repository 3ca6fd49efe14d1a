"""ComfyUI_omost's conditioning as a canvas (huchenlei/ComfyUI_omost): what a node of it shows as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.color_words import nearest_color, nearest_rgb
from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.limits import MAX_ITEMS
from lib_omost.canvas.model import WHOLE_GRID, Canvas, Rect, Region
from lib_omost.canvas.place import nearest_words
from lib_omost.canvas.report import ParsedReply, Reports
from lib_omost.canvas.vocabulary import GRID


def read_conditioning(data: object) -> ParsedReply | None:
    """A list of regions, each with its rectangle [top, bottom, left, right], path and sub-prompts, far to near."""
    items = next(filter(_is_conditioning, data.values() if isinstance(data, Mapping) else [data]), None)
    if not isinstance(items, list):
        return None
    reports = Reports()
    whole: Canvas | None = None
    regions: list[Region] = []
    for number, item in enumerate(items):
        where = f"regions[{number}]"
        if not isinstance(item, Mapping) or not isinstance(item.get("prefixes"), (list, tuple, str)):
            reports.problem(1, f"{where} has no prefixes and was left out", "rect, prefixes, suffixes and color")
            continue
        prefixes = _texts(item["prefixes"]) or ("",)
        rect = _rect(item.get("rect"))
        details = _texts(item.get("suffixes"))[:MAX_ITEMS]
        color = _color(item.get("color"), where, reports)
        is_whole = item["distance_to_viewer"] is None if "distance_to_viewer" in item else len(prefixes) == 1
        if whole is None and not regions and (is_whole or rect == WHOLE_GRID):
            whole = Canvas(prefixes[-1], details, color_name=color)
            continue
        if rect is None:
            reports.correct(1, f"{where} has no rectangle that can be read; it takes the whole picture")
        location, offset, area = nearest_words(rect or WHOLE_GRID)
        far = _distance(item.get("distance_to_viewer"), float(max(1, len(items) - number)))
        description = prefixes[-1]
        if whole is not None and prefixes == (whole.description,):  # it has no description of its own
            description, details = details[0] if details else "", details[1:]
        regions.append(
            Region(location, offset, area, far, description, details, color_name=color, free_rect=rect or WHOLE_GRID)
        )
    return whole_reply(whole, regions, reports)


def _is_conditioning(data: object) -> bool:
    return isinstance(data, list) and any(isinstance(item, Mapping) and "prefixes" in item for item in data)


def _distance(value: object, otherwise: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= sys.float_info.max:
        return float(value)
    return otherwise


def _texts(value: object) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    return tuple(text for text in texts if isinstance(text, str) and text)


def _rect(value: object) -> Rect | None:
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        return None
    if not all(isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) < 10**6 for cell in value):
        return None
    cells = [round(max(0, min(GRID, cell))) for cell in value]
    rect = Rect(*sorted(cells[:2]), *sorted(cells[2:]))  # whichever edge stands first
    return rect if rect.top < rect.bottom and rect.left < rect.right else None


def _color(value: object, where: str, reports: Reports) -> str:
    """The nearest of the named colours; what is not exact is said."""
    named = nearest_color(value) if isinstance(value, str) else None
    if named is not None:
        return named
    numbers = [one for one in value if isinstance(one, (int, float))] if isinstance(value, (list, tuple)) else []
    if len(numbers) != 3 or not all(abs(one) < 10**6 for one in numbers):
        reports.correct(1, f"{where} has no colour that can be read; it takes gray")
        return "gray"
    name = nearest_rgb(numbers)
    if list(COLORS[name]) != numbers:
        reports.correct(1, f"{where}: read colour {numbers} as {name}, the nearest that has a name")
    return name
