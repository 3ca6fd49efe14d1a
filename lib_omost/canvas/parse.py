"""Reads the canvas out of a language model's reply. Nothing is executed.

The road: unwrap (what was it copied in) → scan (where are the calls) → calls (their arguments) → tokens and strings
(forgiving) → values (`ast`) → fields (known names, numbers, texts) → Canvas. Each step repairs what it can and says so.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lib_omost.canvas.build import build_region, build_whole, without_global
from lib_omost.canvas.calls import Call, read_call
from lib_omost.canvas.fields import bind
from lib_omost.canvas.limits import MAX_ABSENT, MAX_CALLS_TRIED, MAX_CANVAS_CHARS, MAX_REGIONS, MAX_TEXT_CHARS
from lib_omost.canvas.loras import MAX_LORAS
from lib_omost.canvas.made_by import made_by
from lib_omost.canvas.model import Canvas, Region, is_absent, text_size
from lib_omost.canvas.rects import BOXES, SIDES
from lib_omost.canvas.remarks import read_remarks
from lib_omost.canvas.report import ParsedReply, Problem, Reports
from lib_omost.canvas.scan import Draft, find_drafts, last_answer
from lib_omost.canvas.source import Source, find_variables
from lib_omost.canvas.unfold import ONE_CALL
from lib_omost.canvas.unwrap import Unwrapped, unwrapped
from lib_omost.canvas.values import Node
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, PEOPLES_LOCAL_FIELDS
from lib_omost.canvas.without_code import read_parts_of
from lib_omost.canvas.write import ABSENT

_ABSENT_LINE = re.compile(rf"^[ \t]{{0,8}}{ABSENT}(.{{1,3000}})$", re.MULTILINE)
A_CANVAS = "canvas = Canvas() and canvas.set_global_description(…)"
STILL_THINKS, AN_ANSWER = "the reply ends while the model still thinks", "an answer behind its thinking"
LOCAL_ARGUMENTS = (*PEOPLES_LOCAL_FIELDS, *BOXES, *SIDES)


def parse_canvas(text: str) -> Canvas:
    """The canvas of a reply. Raises CanvasError, with the line and what was expected, when there is none."""
    return parse_reply(text).require_canvas()


def parse_reply(text: str, before: Canvas | None = None) -> ParsedReply:
    """Read a reply, a chat with several, or bare code; the last canvas that can be used counts. Never raises.

    A region needs its description; everything else has a default (the center, a medium-sized square, no offset, a
    distance of 5, gray, empty texts). Of a call that was cut off the complete values are kept:
    the value in which the cut lies is dropped, of a list the complete items stay, of tags the complete tags; it is no
    region before its place and its description are complete. A canvas without a usable global description gets an
    empty one, with the regions' descriptions as its details, so that the whole picture still knows what is in it.

    A reply that goes on with the canvas before it, without a `Canvas()` of its own, changes that one: a new global
    description alone keeps its regions, regions alone join it. `before` is that canvas when it is not in the text.
    """
    if len(text) > MAX_TEXT_CHARS:
        problem = Problem(
            1, f"the text has {len(text)} characters", f"at most {MAX_TEXT_CHARS}, such as the last reply"
        )
        return ParsedReply(None, problems=(problem,))
    reply = unwrapped(text)
    found = find_drafts(reply.text)
    source = Source(reply.text, reply.lines, find_variables(reply.text))
    outside = found.outside + reply.calls_in_thinking
    failed: list[Problem] = []
    fragments = 0
    for number in range(len(found.drafts) - 1, -1, -1):
        draft = found.drafts[number]
        reports = Reports()
        canvas = _read_draft(source, draft, reports)
        if (
            canvas is not None
            and _is_fragment(reply.text, draft, canvas)
            and _any_regions(source, found.drafts[:number])
        ):
            line = reply.lines(draft.place)
            failed.insert(0, Problem(line, "the last canvas was cut off before its first region and was left out"))
            fragments += 1
            continue
        if canvas is None:
            failed = reports.all_problems() + failed
            continue
        canvas = replace(canvas, absent=_absent(reply.text[draft.place : draft.end]))
        canvas = _joined(source, canvas, found.drafts[: number + 1], before, reports)
        _report_place(reply, draft, found.drafts[-1 - fragments], reports)
        for line, what in reply.corrections:
            reports.correct(line, what)
        for line, what in reply.problems:
            reports.problem(line, what, ONE_CALL)
        outside += sum(earlier.calls for earlier in found.drafts[:number])
        return ParsedReply(canvas, tuple(reports.corrections), tuple(reports.all_problems() + failed), outside)
    if not found.drafts and (described := read_parts_of(reply.text)) is not None:
        return replace(described, outside=outside)
    failed += [Problem(line, what, ONE_CALL) for line, what in reply.problems]
    return ParsedReply(None, problems=tuple(failed or [_nothing(text, reply)]), outside=outside)


def _absent(code: str) -> tuple[str, ...]:
    """What a comment among the code says must not be seen; the last one counts."""
    found = _ABSENT_LINE.findall(code)
    things = (" ".join(thing.split()) for thing in (found[-1].split(",") if found else ()))
    return tuple(dict.fromkeys(filter(is_absent, things)))[:MAX_ABSENT]


def _nothing(text: str, reply: Unwrapped) -> Problem:
    if reply.still_thinking:
        return Problem(1, STILL_THINKS, AN_ANSWER)
    if reply.calls_in_thinking:
        return Problem(1, "there is no canvas but in the model's thinking", A_CANVAS)
    return Problem(1, "there is no canvas in this text" if text.strip() else "the reply is empty", A_CANVAS)


def _report_place(reply: Unwrapped, draft: Draft, last: Draft, reports: Reports) -> None:
    """Say so when the canvas is not the last thing that the text holds."""
    line = reply.lines(draft.place)
    if draft is not last:
        reports.problem(reply.lines(last.place), f"the last canvas cannot be used; the one of line {line} is")
    elif (answer := last_answer(reply.text, draft.end)) is not None:
        what = f"the last reply holds no canvas; the one of line {line} is used"
        reports.problem(reply.lines(answer), what, A_CANVAS)
    if reply.still_thinking and reply.calls_in_thinking:
        reports.problem(1, STILL_THINKS, AN_ANSWER)


def _is_fragment(text: str, draft: Draft, canvas: Canvas) -> bool:
    """Was the reply cut off before its first region? Then its block never ends, nor does a call of it, perhaps."""
    if canvas.regions or draft.local_calls or not draft.begins_anew:
        return False
    never_closed = text.count("```") % 2 == 1 and "```" not in text[draft.end :]
    return draft.global_calls[-1].ending == "cut" or never_closed


def _any_regions(source: Source, drafts: list[Draft]) -> bool:
    return any((canvas := _read_draft(source, draft, Reports())) is not None and canvas.regions for draft in drafts)


def _joined(source: Source, canvas: Canvas, drafts: list[Draft], before: Canvas | None, reports: Reports) -> Canvas:
    """The canvas of the last of `drafts`, which may only change the one before it."""
    *earlier, draft = drafts
    if draft.begins_anew or (draft.global_calls and draft.local_calls):
        return canvas
    for number in range(len(earlier) - 1, -1, -1):
        former = _read_draft(source, earlier[number], Reports())
        if former is not None:
            before = _joined(source, former, earlier[: number + 1], before, Reports())
            break
    if before is None:
        return canvas
    line = source.lines(draft.place)
    if draft.local_calls:
        reports.correct(line, "the regions join the canvas before them")
        before = replace(before, absent=canvas.absent or before.absent)
        return _with_regions(before, [*before.regions, *canvas.regions], line, reports)
    if before.regions:
        reports.correct(line, f"only the whole is described anew; the {len(before.regions)} regions before it stay")
    canvas = replace(canvas, absent=canvas.absent or before.absent)
    return _with_regions(canvas, [*before.regions], line, reports)


def _with_regions(canvas: Canvas, regions: list[Region], line: int, reports: Reports) -> Canvas:
    """The canvas with as many of the regions as it holds."""
    kept = regions[:MAX_REGIONS]
    while kept and text_size(canvas) + sum(map(text_size, kept)) > MAX_CANVAS_CHARS:
        kept.pop()
    if len(kept) < len(regions):
        reports.problem(line, f"{len(regions) - len(kept)} regions are more than a canvas holds and were left out")
    return replace(canvas, regions=tuple(kept))


def _read_draft(source: Source, draft: Draft, reports: Reports) -> Canvas | None:
    whole = _read_global_calls(source, draft, reports)
    regions = _read_regions(source, draft, text_size(whole) if whole else 0, reports)
    for place, name in draft.unknown_calls:
        reports.problem(source.lines(place), f"{name} is not known and was left out", "add_local_description")
    if draft.skipped:
        line = source.lines(draft.end)
        reports.problem(line, f"{draft.skipped} calls beyond the first {MAX_CALLS_TRIED} were left out")
    if whole is not None:
        return replace(whole, regions=tuple(regions))
    line = source.lines(draft.place)
    if regions:
        reports.correct(line, "there is no global description; the regions' descriptions stand for it")
        return without_global(regions)
    if draft.is_empty:
        reports.problem(line, "nothing is added to this canvas", "canvas.set_global_description(…)")
    return None


def _read_regions(source: Source, draft: Draft, size: int, reports: Reports) -> list[Region]:
    regions: list[Region] = []
    for number, call in enumerate(draft.local_calls):
        region = _read_region(source, call, reports)
        if region is None:
            continue
        size += text_size(region)
        if len(regions) == MAX_REGIONS or size > MAX_CANVAS_CHARS:
            what = f"a canvas holds {MAX_REGIONS} regions and {MAX_CANVAS_CHARS} characters"
            left = len(draft.local_calls) - number
            named = "this region was" if left == 1 else f"this region and the {left - 1} calls behind it were"
            reports.problem(source.lines(call.place), f"{what}; {named} left out")
            break
        regions.append(region)
    return regions


def _read_global_calls(source: Source, draft: Draft, reports: Reports) -> Canvas | None:
    for call in reversed(draft.global_calls):
        canvas = _read_global(source, call, reports)
        if canvas is not None:
            used = source.lines(call.place)
            for other in draft.global_calls[: draft.global_calls.index(call)]:
                line = source.lines(other.place)
                reports.correct(line, f"the global description is set again; the one of line {used} counts")
            return canvas
    return None


def _read_global(source: Source, call: Call, reports: Reports) -> Canvas | None:
    values = _values(source, call, GLOBAL_FIELDS, reports)
    if values is None:
        return None
    line = source.lines(call.place)
    return build_whole(values, line, reports, is_cut=call.ending == "cut")


def _read_region(source: Source, call: Call, reports: Reports) -> Region | None:
    own = Reports()
    values = _values(source, call, LOCAL_ARGUMENTS, own)
    region = None
    if values is not None:
        region = build_region(values, source.lines(call.place), own, is_cut=call.ending == "cut")
    if region is not None and call.ending == "closed":
        region = _with_remarks(source, call, region, own)
    if own.problems and (maker := made_by(source.text, call.place, call.end)):
        line = source.lines(call.place)
        what = f"this region is made by {maker}, which is not run, for nothing here is executed"
        reports.problem(line, what if region is None else f"{what}; it stands once", "one call for each region")
        return region
    reports.add(own)
    return region


def _with_remarks(source: Source, call: Call, region: Region, reports: Reports) -> Region:
    fields, lost = read_remarks(source.text, call.end)
    for part in lost:
        reports.problem(
            source.lines(call.end), f"left out {part}", "<lora:name:weight>, words, a number, or a mask's code"
        )
    loras = (*region.loras, *fields.pop("loras", ()))[:MAX_LORAS]
    return replace(region, loras=loras, **fields)


def _values(source: Source, call: Call, names: tuple[str, ...], reports: Reports) -> dict[str, Node] | None:
    line = source.lines(call.place)
    if call.ending == "too large":
        reports.problem(line, "this call is too large or its brackets too deep", "a call as in the system prompt")
        return None
    first = {what: place for place, what in reversed(call.repairs)}
    for what, place in reversed(first.items()):
        reports.correct(source.lines(place), what)
    return bind(source, _with_object(source, call, reports), names, reports)


def _with_object(source: Source, call: Call, reports: Reports) -> Call:
    """The call with the contents of a variable in place of `**variable`."""
    arguments = []
    for argument in call.arguments:
        parts = [token.source for token in argument.tokens]
        alone = source.variables.get(parts[0]) if len(call.arguments) == len(parts) == 1 and not argument.name else None
        if alone is not None and alone.place is not None:
            parts = ["*", "*", *parts]
        if parts[:2] != ["*", "*"] or len(parts) != 3:
            arguments.append(argument)
            continue
        variable = source.variables.get(parts[2])
        if variable is None or variable.place is None:
            line = source.lines(argument.place)
            reports.problem(
                line, f"**{parts[2]} stands for nothing that is written out here", "the arguments themselves"
            )
            continue
        reports.correct(source.lines(argument.place), f"put in what the variable {parts[2]} stands for")
        end = min(len(source.text), call.place) if variable.place < call.place else len(source.text)
        arguments += read_call(source.text, call.method, variable.place, variable.place, end, inside="{").arguments
    return replace(call, arguments=arguments)
