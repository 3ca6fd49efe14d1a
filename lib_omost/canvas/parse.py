"""Reads the canvas out of a language model's reply. Nothing is executed.

The road: scan (where are the calls) → calls (their arguments) → tokens and strings (forgiving) → values (`ast`) →
fields (known names, numbers, texts) → Canvas. Each step repairs what it can and says so.
"""

from __future__ import annotations

from lib_omost.canvas.calls import Call
from lib_omost.canvas.fields import bind, read_distance, read_items, read_name, read_rect, read_text
from lib_omost.canvas.limits import MAX_CALLS_TRIED, MAX_CANVAS_CHARS, MAX_REGIONS, MAX_TEXT_CHARS
from lib_omost.canvas.model import Canvas, Region, text_size
from lib_omost.canvas.nearest import nearest_area, nearest_color, nearest_location, nearest_offset
from lib_omost.canvas.report import ParsedReply, Problem, Reports
from lib_omost.canvas.scan import Draft, find_drafts, last_answer
from lib_omost.canvas.values import Lines, Node
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, PEOPLES_LOCAL_FIELDS

A_CANVAS = "canvas = Canvas() and canvas.set_global_description(…)"
ITS_FIELDS = "location, area and description"


def parse_canvas(text: str) -> Canvas:
    """The canvas of a reply. Raises CanvasError, with the line and what was expected, when there is none."""
    return parse_reply(text).require_canvas()


def parse_reply(text: str) -> ParsedReply:
    """Read a reply, a chat with several, or bare code; the last canvas that can be used counts. Never raises.

    A region needs its location, area and description; everything else has a default (no offset, a distance of
    `fields.DEFAULT_DISTANCE`, gray, empty texts). Of a call that was cut off the complete values are kept: the value
    in which the cut lies is dropped, of a list the complete items stay, of tags the complete tags. A canvas without
    a usable global description gets an empty one, with the regions' descriptions as its details, so that the whole
    picture still knows what is in it.
    """
    if len(text) > MAX_TEXT_CHARS:
        problem = Problem(
            1, f"the text has {len(text)} characters", f"at most {MAX_TEXT_CHARS}, such as the last reply"
        )
        return ParsedReply(None, problems=(problem,))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    readable = _readable(text)
    lines = Lines(text)
    drafts = find_drafts(readable)
    failed: list[Problem] = []
    for draft in reversed(drafts):
        reports = Reports()
        canvas = _read_draft(readable, draft, lines, reports)
        if canvas is None:
            failed = reports.problems + failed
            continue
        line = lines(draft.place)
        if draft is not drafts[-1]:
            reports.problem(lines(drafts[-1].place), f"the last canvas cannot be used; the one of line {line} is")
        elif (answer := last_answer(readable, draft.end)) is not None:
            reports.problem(lines(answer), f"the last reply holds no canvas; the one of line {line} is used", A_CANVAS)
        if readable != text:
            reports.correct(1, "replaced characters that cannot be read")
        return ParsedReply(canvas, tuple(reports.corrections), tuple(reports.problems + failed))
    if not failed:
        failed = [Problem(1, "there is no canvas in this text" if text.strip() else "the reply is empty", A_CANVAS)]
    return ParsedReply(None, problems=tuple(failed))


def _readable(text: str) -> str:
    """NUL and halves of surrogate pairs, which Python's parser does not take, become U+FFFD one by one."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def _read_draft(text: str, draft: Draft, lines: Lines, reports: Reports) -> Canvas | None:
    whole = _read_global_calls(text, draft, lines, reports)
    regions: list[Region] = []
    size = text_size(whole) if whole else 0
    for call in draft.local_calls:
        if reports.is_full:
            break
        region = _read_region(text, call, lines, reports)
        if region is None:
            continue
        size += text_size(region)
        if len(regions) == MAX_REGIONS or size > MAX_CANVAS_CHARS:
            what = f"a canvas holds {MAX_REGIONS} regions and {MAX_CANVAS_CHARS} characters"
            reports.problem(lines(call.place), f"{what}; this region and what follows were left out")
            break
        regions.append(region)
    for place, name in draft.unknown_calls:
        reports.problem(lines(place), f"{name} is not known and was left out", "add_local_description")
    if draft.skipped:
        reports.problem(lines(draft.end), f"{draft.skipped} calls beyond the first {MAX_CALLS_TRIED} were left out")
    if whole is not None:
        return Canvas(whole.description, whole.detailed_descriptions, whole.tags, whole.color_name, tuple(regions))
    if regions:
        reports.correct(lines(draft.place), "there is no global description; the regions' descriptions stand for it")
        return _without_global(regions)
    if draft.is_empty:
        reports.problem(lines(draft.place), "nothing is added to this canvas", "canvas.set_global_description(…)")
    return None


def _without_global(regions: list[Region]) -> Canvas:
    canvas = Canvas("", regions=tuple(regions))
    details = tuple(region.description for region in canvas.far_to_near())
    if text_size(canvas) + sum(map(text_size, regions)) + sum(map(len, details)) > MAX_CANVAS_CHARS:
        return canvas
    return Canvas("", details, regions=canvas.regions)


def _read_global_calls(text: str, draft: Draft, lines: Lines, reports: Reports) -> Canvas | None:
    for call in reversed(draft.global_calls):
        canvas = _read_global(text, call, lines, reports)
        if canvas is not None:
            if len(draft.global_calls) > 1:
                line = lines(draft.global_calls[0].place)
                reports.correct(
                    line, f"the global description is set again; the one of line {lines(call.place)} counts"
                )
            return canvas
        if reports.is_full:
            break
    return None


def _read_global(text: str, call: Call, lines: Lines, reports: Reports) -> Canvas | None:
    line = lines(call.place)
    values = _values(text, call, GLOBAL_FIELDS, lines, reports)
    if values is None:
        return None
    description = read_text(values.get("description"), "description", reports)
    details = read_items(values.get("detailed_descriptions"), "detailed_descriptions", reports)
    tags = read_text(values.get("tags"), "tags", reports)
    color = read_name(values.get("HTML_web_color_name"), "HTML_web_color_name", nearest_color, reports)
    if description is None:
        reports.problem(line, f"the global description {_unusable(call)} its description", "description='…'")
        return None
    _report_defaults(
        line, call, {"detailed_descriptions": details, "tags": tags, "HTML_web_color_name": color}, reports
    )
    if len(description) + len(tags or "") + sum(map(len, details or ())) > MAX_CANVAS_CHARS:
        reports.problem(line, "the global description is too long", f"at most {MAX_CANVAS_CHARS} characters")
        return None
    return Canvas(description, details or (), tags or "", color or "gray")


def _read_region(text: str, call: Call, lines: Lines, reports: Reports) -> Region | None:
    line = lines(call.place)
    values = _values(text, call, PEOPLES_LOCAL_FIELDS, lines, reports)
    if values is None:
        return None
    location = read_name(values.get("location"), "location", nearest_location, reports)
    area = read_name(values.get("area"), "area", nearest_area, reports)
    description = read_text(values.get("description"), "description", reports)
    if location is None or area is None or description is None:
        needed = {"location": location, "area": area, "description": description}
        missing = " and ".join(name for name, value in needed.items() if value is None)
        reports.problem(line, f"this region {_unusable(call)} its {missing}", ITS_FIELDS)
        return None
    offset = read_name(values.get("offset"), "offset", nearest_offset, reports)
    details = read_items(values.get("detailed_descriptions"), "detailed_descriptions", reports)
    texts = {
        name: read_text(values.get(name), name, reports) for name in ("tags", "atmosphere", "style", "quality_meta")
    }
    color = read_name(values.get("HTML_web_color_name"), "HTML_web_color_name", nearest_color, reports)
    optional: dict[str, object] = {"offset": offset, "detailed_descriptions": details, **texts}
    _report_defaults(line, call, optional | {"HTML_web_color_name": color}, reports)
    return Region(
        location=location,
        offset=offset or "no offset",
        area=area,
        distance_to_viewer=read_distance(values.get("distance_to_viewer"), line, reports),
        description=description,
        detailed_descriptions=details or (),
        color_name=color or "gray",
        free_rect=read_rect(values.get("free_rect"), reports),
        **{name: value or "" for name, value in texts.items()},
    )


def _values(text: str, call: Call, names: tuple[str, ...], lines: Lines, reports: Reports) -> dict[str, Node] | None:
    line = lines(call.place)
    if call.ending == "too large":
        reports.problem(line, "this call is too large or its brackets too deep", "a call as in the system prompt")
        return None
    first = {what: place for place, what in reversed(call.repairs)}
    for what, place in reversed(first.items()):
        reports.correct(lines(place), what)
    return bind(text, call, names, lines, reports)


def _unusable(call: Call) -> str:
    return "was cut off before" if call.ending == "cut" else "cannot be used without"


def _report_defaults(line: int, call: Call, fields: dict[str, object], reports: Reports) -> None:
    missing = ", ".join(name for name, value in fields.items() if value is None)
    if call.ending == "cut":
        reports.correct(
            line, f"the call was cut off; what was complete is kept{f', without {missing}' if missing else ''}"
        )
    elif missing:
        reports.correct(line, f"took the default for {missing}")
