"""forge-couple (Haoming02/sd-forge-couple): a line of prompt a region, rows of x1, x2, y1, y2, weight for the lines.

Read from an infotext; from its file of presets, which has no words; from rows, as numbers or JSON, above their lines;
or from lines below `direction: horizontal` (or vertical), and if need be `background: first line` (or last line), as
its mode Basic has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lib_omost.canvas import GRID, WHOLE_GRID, Canvas, ParsedReply, Rect, Region
from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.model import MAX_WEIGHT
from lib_omost.canvas.report import Reports
from lib_omost.errors import CanvasError
from lib_omost.layouts.infotext import Infotext, read_infotext, write_infotext
from lib_omost.layouts.parts import (
    WrittenLayout,
    absent_of,
    lost_in,
    one_line,
    rect_of_shares,
    regions_at,
    whole_of,
    words_of,
)

WHOLE_WEIGHT = 0.3  # of the line of the whole picture, beside regions' 1.0
_N = r"(\d{1,3}(?:\.\d{0,17})?|\.\d{1,17})(?:e-\d{1,3})?"
_ROW = re.compile(rf"\[?\s*{_N}\s*[,;:\s]\s*{_N}\s*[,;:\s]\s*{_N}\s*[,;:\s]\s*{_N}\s*[,;:\s]\s*{_N}\s*\]?,?")
_HEADER = re.compile(r"\s*(direction|background)\s*[:=]\s*(.{1,40}?)\s*", re.IGNORECASE)
_FIELD = "forge_couple_"


@dataclass(frozen=True)
class Couples:
    """Prompts, and where each is: shares of the picture, top, bottom, left, right. A weight a prompt."""

    lines: Sequence[str]
    places: Sequence[tuple[float, float, float, float]]
    weights: Sequence[float]
    negative: str = ""


def is_forge_couple(text: str) -> bool:
    """Whether a text is for forge-couple: by its fields in an infotext, by rows above lines, or by a direction."""
    if f"{_FIELD}mode" in read_infotext(text).fields:
        return True
    first = next((line for line in text.splitlines() if line.strip()), "")
    header = _HEADER.fullmatch(first)
    if _presets_in(text) is not None:
        return True
    return bool(header and header[1].lower() == "direction") or _rows_in(text) is not None


def read_forge_couple(text: str) -> ParsedReply:
    """Each line as a region; a first one of the whole picture is the description of the whole.

    Raises CanvasError for masks, which do not stand in the text, and for rows that are no rectangles.
    """
    reports = Reports()
    infotext = read_infotext(text)
    if f"{_FIELD}mode" in infotext.fields:
        couples = _of_infotext(infotext, reports)
    elif (presets := _presets_in(text)) is not None:
        couples = _of_presets(*presets, reports)
    elif (rows := _rows_in(text)) is not None:
        lines = [line for line in rows[1].split("\n") if line.strip()]
        couples = _of_rows(rows[0], lines or [""] * len(rows[0]))
    else:
        couples = _of_header(text)
    return _read(couples, reports)


def _read(couples: Couples, reports: Reports) -> ParsedReply:
    lines, places = list(couples.lines), couples.places
    if len(lines) != len(places):
        what = f"there are {len(lines)} lines for {len(places)} regions"
        reports.problem(1, f"{what}; what has no partner is left out or has no words", "a line for each region")
        lines = (lines + [""] * len(places))[: len(places)]
    found: list[tuple[Rect, str]] = []
    weights: list[float] = []
    whole: str | None = None
    for number, (line, place, weight) in enumerate(zip(lines, places, couples.weights, strict=True), 1):
        rect = rect_of_shares(*place)
        if rect is None:
            reports.problem(1, f"row {number} is no rectangle of the grid and was left out", "x1 < x2 and y1 < y2")
        elif rect == WHOLE_GRID and whole is None:
            whole = one_line(line)
        else:
            found.append((rect, one_line(line)))
            weights.append(max(0.0, min(MAX_WEIGHT, weight)))
            if weights[-1] != weight:
                reports.correct(
                    1, f"the weight {weight:g} of row {number} became {weights[-1]:g}, the nearest there is"
                )
    absent = absent_of(couples.negative, reports)
    head = whole_of([whole] if whole else [], absent, reports)
    regions = regions_at(found, reports)  # the first ones, where not all fit
    weighed = [replace(region, weight=weight) for region, weight in zip(regions, weights, strict=False)]
    return whole_reply(head, weighed, reports, absent=absent)


def _of_infotext(infotext: Infotext, reports: Reports) -> Couples:
    fields = {key.removeprefix(_FIELD): value for key, value in infotext.fields.items()}
    separator = fields.get("separator", "").replace("\\n", "\n").replace("\\t", " ")
    prompt = _with_common(infotext.prompt, fields, reports)
    lines = [line.strip() for line in prompt.split(separator if separator.strip() else "\n")]
    mode = fields["mode"]
    if mode == "Mask":
        raise CanvasError(
            "forge-couple's masks do not stand in this text",
            hint="load a picture in which each region is an area of one colour",
        )
    if mode == "Basic":
        return _tiles(lines, fields.get("direction", ""), fields.get("background", ""), infotext.negative)
    try:
        rows = json.loads(fields.get("mapping", ""))
    except (ValueError, RecursionError):
        rows = None
    if not _are_rows(rows):
        raise CanvasError("forge_couple_mapping is no list of rows", expected="[[x1, x2, y1, y2, weight], …]")
    return _of_rows(rows, lines, infotext.negative)


def _with_common(prompt: str, fields: dict[str, str], reports: Reports) -> str:
    """The prompt with what is said once, `{key: words}`, in every place that names its key."""
    marks = fields.get("common_parser", "")
    if marks not in ("{ }", "< >"):
        return prompt
    opened, closed = map(re.escape, marks.split())
    inner = f"[^{opened}{closed}]"
    definition = re.compile(f"{opened}([^{opened}{closed}:]+):({inner}+){closed}")
    said = {key.strip(): words.strip() for key, words in definition.findall(prompt)}
    if not said:
        return prompt
    reports.correct(1, f"common prompts were put in: {', '.join(said)}")
    keeps = fields.get("def_in_prompt", "True") != "False"
    prompt = definition.sub(lambda match: match[2].strip() if keeps else "", prompt)
    return re.sub(f"{opened}({inner}+){closed}", lambda match: said.get(match[1].strip(), match[0]), prompt)


def _of_header(text: str) -> Couples:
    values: dict[str, str] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if match := _HEADER.fullmatch(line):
            values[match[1].lower()] = match[2]
        elif line.strip():
            lines.append(line.strip())
    return _tiles(lines, values.get("direction", ""), values.get("background", ""))


def _tiles(lines: Sequence[str], direction: str, background: str, negative: str = "") -> Couples:
    """Equal parts from left to right, or from top to bottom, and a line of the whole where one is the background."""
    whole = {"first line": 0, "last line": len(lines) - 1}.get(background.lower())
    count = len(lines) - (whole is not None)
    edges = [number / max(1, count) for number in range(count + 1)]
    is_vertical = direction.lower() == "vertical"
    places = [(start, end, 0.0, 1.0) if is_vertical else (0.0, 1.0, start, end) for start, end in pairwise(edges)]
    if whole is not None:
        lines = [lines[whole], *lines[:whole], *lines[whole + 1 :]]
        places = [(0.0, 1.0, 0.0, 1.0), *places]
    return Couples(lines, places, [1.0] * len(places), negative)


def _of_rows(rows: Sequence[Sequence[float]], lines: Sequence[str], negative: str = "") -> Couples:
    places = [(y1, y2, x1, x2) for x1, x2, y1, y2, _ in rows]
    return Couples(lines, places, [row[4] for row in rows], negative)


def _presets_in(text: str) -> tuple[dict[str, list[list[float]]], str] | None:
    """The rows by name that its file of presets keeps, and the lines below them; None for any other text."""
    text = text.strip().lstrip("\ufeff")
    if not text.startswith("{"):
        return None
    try:
        data, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    rows = {str(name): each.get("data", each) if isinstance(each, dict) else each for name, each in data.items()}
    return (rows, text[end:].strip()) if rows and all(map(_are_rows, rows.values())) else None


def _of_presets(presets: dict[str, list[list[float]]], below: str, reports: Reports) -> Couples:
    """The last preset, which was saved last; a preset has no words but those of lines below it."""
    *others, name = presets
    if others:
        told = ", ".join(others)[:200]
        reports.problem(1, f"the preset {name[:60]!r} was read, and not {told}", "a file of one preset")
    lines = [line for line in below.split("\n") if line.strip()]
    return _of_rows(presets[name], lines or [""] * len(presets[name]))


def _rows_in(text: str) -> tuple[list[list[float]], str] | None:
    """The rows that a text begins with, and the lines below them; None where it begins otherwise."""
    text = text.strip()
    if text.startswith("["):
        try:
            rows, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            rows, end = None, 0
        if _are_rows(rows):
            return rows, text[end:].strip()
    found: list[list[float]] = []
    lines = text.split("\n")
    while lines and (match := _ROW.fullmatch(lines[0].strip())):
        found.append([float(number) for number in match.groups()])
        lines.pop(0)
    return (found, "\n".join(lines).strip()) if found else None


def _are_rows(rows: object) -> bool:
    """Whether this is forge-couple's mapping: at least one row of five numbers."""
    if not isinstance(rows, list) or not rows:
        return False
    return all(isinstance(row, list) and len(row) == 5 and all(map(_is_number, row)) for row in rows)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6


def write_forge_couple(canvas: Canvas) -> WrittenLayout:
    """An infotext in its mode Advanced: a row of the whole picture first, then one for each region."""
    parts: list[tuple[Canvas | Region, Rect, float]] = [(canvas, WHOLE_GRID, WHOLE_WEIGHT)]
    parts += [(region, region.rect, region.weight) for region in canvas.regions]
    rows = [
        [rect.left / GRID, rect.right / GRID, rect.top / GRID, rect.bottom / GRID, weight] for _, rect, weight in parts
    ]
    fields = {
        "forge_couple": "True",
        f"{_FIELD}mode": "Advanced",
        f"{_FIELD}separator": "\\n",
        f"{_FIELD}mapping": json.dumps(rows),
    }
    lines = [words_of(part) or "," for part, _, _ in parts]
    infotext = Infotext("\n".join(lines), ", ".join(canvas.absent), fields)
    unweighed = replace(canvas, regions=tuple(replace(region, weight=1.0) for region in canvas.regions))
    return WrittenLayout(write_infotext(infotext), tuple(lost_in(unweighed)))
