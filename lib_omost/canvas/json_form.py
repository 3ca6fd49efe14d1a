"""A canvas as JSON data and back, without loss. Strict: this file is written by programs, so nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lib_omost.canvas.model import Canvas, Rect, Region
from lib_omost.canvas.remarks import REMARK_FIELDS, remarks_from_json, remarks_to_json
from lib_omost.errors import CanvasError

HINT = "Write the file with this program, or parse the reply that it came from again."

EMPTY: dict[str, Any] = {"detailed_descriptions": [], "tags": "", "atmosphere": "", "style": "", "quality_meta": ""}


def canvas_to_json(canvas: Canvas) -> dict[str, Any]:
    """The fields of `Canvas` under their own names; `regions` is a list of the fields of each `Region`."""
    absent = {"absent": list(canvas.absent)} if canvas.absent else {}
    return _to_json(canvas) | absent | {"regions": [_to_json(region) for region in canvas.regions]}


def canvas_to_line(canvas: Canvas) -> str:
    """The same on one line, without the texts that are empty: what stands below a picture. `filled` is the way back."""
    data = canvas_to_json(canvas)
    parts = [{key: value for key, value in part.items() if value != EMPTY.get(key)} for part in data["regions"]]
    whole = {key: value for key, value in data.items() if value != EMPTY.get(key)}
    return json.dumps(whole | {"regions": parts}, ensure_ascii=False, separators=(", ", ": "))


def filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """With the empty texts that `canvas_to_line` leaves out."""
    names = {field.name for field in fields(Canvas)}
    regions = data.get("regions")
    whole = {key: value for key, value in EMPTY.items() if key in names} | dict(data)
    if isinstance(regions, list):
        whole["regions"] = [EMPTY | part if isinstance(part, dict) else part for part in regions]
    return whole


def canvas_from_json(data: object) -> Canvas:
    """The canvas that `canvas_to_json` gave; `free_rect`, `absent` and remarks may be missing.

    Raises CanvasError, naming the field, when one is missing or unfit.
    """
    values = _values(data, Canvas, "the canvas")
    regions = values["regions"]
    if not isinstance(regions, list):
        raise CanvasError("regions is not a list", expected="a list of regions", hint=HINT)
    values["regions"] = tuple(
        _build(Region, _values(region, Region, f"regions[{number}]"), f"regions[{number}].")
        for number, region in enumerate(regions)
    )
    canvas: Canvas = _build(Canvas, values, "")
    return canvas


def _to_json(part: Canvas | Region) -> dict[str, Any]:
    names = [field.name for field in fields(part) if field.name not in {"regions", "absent", *REMARK_FIELDS}]
    values = {name: getattr(part, name) for name in names}
    if isinstance(part, Region):
        values |= remarks_to_json(part)
        if part.free_rect is not None:
            values["free_rect"] = list(part.free_rect)
    return values | {"detailed_descriptions": list(part.detailed_descriptions)}


def _values(data: object, kind: type[Canvas] | type[Region], where: str) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    if not isinstance(data, dict):
        raise CanvasError(f"{where} is not an object", expected=f"an object with {', '.join(sorted(names))}", hint=HINT)
    for wrong, what in (
        (names - data.keys() - {"free_rect", "absent", *REMARK_FIELDS}, "is missing"),
        (data.keys() - names, "is not known"),
    ):
        if wrong:
            raise CanvasError(f"{sorted(map(str, wrong))[0][:60]} of {where} {what}", expected="", hint=HINT)
    values = dict(data)
    if isinstance(values["detailed_descriptions"], list):
        values["detailed_descriptions"] = tuple(values["detailed_descriptions"])
    if isinstance(values.get("absent"), list):
        values["absent"] = tuple(values["absent"])
    if isinstance(rect := values.get("free_rect"), list) and len(rect) == 4:
        values["free_rect"] = Rect(*rect)
    try:
        return values | remarks_from_json(values)
    except (TypeError, ValueError) as error:
        raise CanvasError(f"{error} in {where}", hint=HINT) from error


def _build(kind: type[Any], values: dict[str, Any], where: str) -> Any:
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise CanvasError(f"{where}{error}", hint=HINT) from error
