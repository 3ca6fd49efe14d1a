"""From the values of a call, or of an object, to the whole and the regions of a canvas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib_omost.canvas.color_words import nearest_color
from lib_omost.canvas.distance import read_distance
from lib_omost.canvas.fields import read_items, read_name, read_text
from lib_omost.canvas.limits import MAX_CANVAS_CHARS, MAX_REGIONS
from lib_omost.canvas.model import Canvas, Rect, Region, text_size
from lib_omost.canvas.nearest import nearest_area, nearest_location, nearest_offset
from lib_omost.canvas.place import nearest_words
from lib_omost.canvas.rects import read_center, read_place
from lib_omost.canvas.report import ParsedReply, Reports
from lib_omost.canvas.tagged import free_tags_taken_out
from lib_omost.canvas.values import Node

DEFAULT_LOCATION, DEFAULT_AREA, DEFAULT_COLOR = "in the center", "a medium-sized square area", "gray"
WANTED = "an object with description and regions, as this program writes it"
ITS_FIELDS = "location, area and description"
TEXTS = ("tags", "atmosphere", "style", "quality_meta")


def build_whole(values: Mapping[str, Node], line: int, reports: Reports, *, is_cut: bool = False) -> Canvas | None:
    """The canvas without its regions; None, and a problem, when it has no description."""
    description = read_text(values.get("description"), "description", reports)
    details = read_items(values.get("detailed_descriptions"), "detailed_descriptions", reports)
    tags = read_text(values.get("tags"), "tags", reports)
    color = read_name(values.get("HTML_web_color_name"), "HTML_web_color_name", nearest_color, reports)
    if description is None:
        reports.problem(line, f"the global description {_unusable(is_cut)} its description", "description='…'")
        return None
    fields = {"detailed_descriptions": details, "tags": tags, "HTML_web_color_name": color}
    _report_defaults(line, fields, reports, is_cut=is_cut)
    if len(description) + len(tags or "") + sum(map(len, details or ())) > MAX_CANVAS_CHARS:
        reports.problem(line, "the global description is too long", f"at most {MAX_CANVAS_CHARS} characters")
        return None
    return Canvas(description, details or (), tags or "", color or DEFAULT_COLOR)


def build_region(values: Mapping[str, Node], line: int, reports: Reports, *, is_cut: bool = False) -> Region | None:
    """The region; None, and a problem, when it has no description, or was cut off before its place."""
    rect = read_place(values, reports)
    location, offset, area = _place(values, rect, reports)
    description = read_text(values.get("description"), "description", reports)
    needed = {"location": location, "area": area} if is_cut else {}
    missing = " and ".join(name for name, value in {**needed, "description": description}.items() if value is None)
    if missing or description is None:
        reports.problem(line, f"this region {_unusable(is_cut)} its {missing}", ITS_FIELDS)
        return None
    details = read_items(values.get("detailed_descriptions"), "detailed_descriptions", reports)
    texts = {name: read_text(values.get(name), name, reports) for name in TEXTS}
    color = read_name(values.get("HTML_web_color_name"), "HTML_web_color_name", nearest_color, reports)
    fields: dict[str, object] = {"location": location, "offset": offset, "area": area, "detailed_descriptions": details}
    _report_defaults(line, {**fields, **texts, "HTML_web_color_name": color}, reports, is_cut=is_cut)
    region = Region(
        location=location or DEFAULT_LOCATION,
        offset=offset or "no offset",
        area=area or DEFAULT_AREA,
        distance_to_viewer=read_distance(values.get("distance_to_viewer"), line, reports),
        description=description,
        detailed_descriptions=details or (),
        tags=texts["tags"] or "",
        atmosphere=texts["atmosphere"] or "",
        style=texts["style"] or "",
        quality_meta=texts["quality_meta"] or "",
        color_name=color or DEFAULT_COLOR,
        free_rect=rect,
    )
    region, notes = free_tags_taken_out(region)
    for note in notes:
        reports.correct(line, note)
    return region


def _place(
    values: Mapping[str, Node], rect: Rect | None, reports: Reports
) -> tuple[str | None, str | None, str | None]:
    """Location, offset and area as they are written; those of a rectangle without words are the nearest."""
    location = read_center(values.get("location"), reports)
    location = location or read_name(values.get("location"), "location", nearest_location, reports)
    offset = read_name(values.get("offset"), "offset", nearest_offset, reports)
    area = read_name(values.get("area"), "area", nearest_area, reports)
    if rect is None or (location is not None and area is not None):
        return location, offset, area
    return nearest_words(rect)


def without_global(regions: list[Region]) -> Canvas:
    """A canvas of regions alone: their descriptions are the details of the whole, as far as they fit."""
    canvas = Canvas("", regions=tuple(regions))
    details = tuple(region.description for region in canvas.far_to_near())
    if text_size(canvas) + sum(map(text_size, regions)) + sum(map(len, details)) > MAX_CANVAS_CHARS:
        return canvas
    return Canvas("", details, regions=canvas.regions)


def whole_reply(
    whole: Canvas | None, regions: list[Region], reports: Reports, absent: tuple[str, ...] = ()
) -> ParsedReply:
    """The canvas of a whole and its regions, as many as it holds; without a whole their descriptions stand for it."""
    kept = regions[:MAX_REGIONS]
    size = text_size(whole) if whole is not None else 0
    while kept and size + sum(map(text_size, kept)) > MAX_CANVAS_CHARS:
        kept.pop()
    if len(kept) < len(regions):
        what = f"a canvas holds {MAX_REGIONS} regions and {MAX_CANVAS_CHARS} characters"
        reports.problem(1, f"{what}; {len(regions) - len(kept)} regions were left out")
    canvas: Canvas | None = None
    if whole is not None and size <= MAX_CANVAS_CHARS:
        canvas = replace(whole, regions=tuple(kept))
    elif kept:
        reports.correct(1, "there is no global description; the regions' descriptions stand for it")
        canvas = replace(without_global(kept), absent=absent)
    elif not reports.problems:
        reports.problem(1, "nothing is described here", WANTED)
    return ParsedReply(canvas, tuple(reports.corrections), tuple(reports.all_problems()))


def _unusable(is_cut: bool) -> str:
    return "was cut off before" if is_cut else "cannot be used without"


def _report_defaults(line: int, fields: Mapping[str, object], reports: Reports, *, is_cut: bool) -> None:
    missing = ", ".join(name for name, value in fields.items() if value is None)
    if is_cut:
        what = f"the call was cut off; what was complete is kept{f', without {missing}' if missing else ''}"
        reports.correct(line, what)
    elif missing:
        reports.correct(line, f"took the default for {missing}")
