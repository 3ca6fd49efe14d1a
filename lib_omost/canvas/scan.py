"""Finds the calls of the Canvas language in a text of any kind, and which of them make one canvas."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from lib_omost.canvas.calls import Call, read_call
from lib_omost.canvas.limits import MAX_CALLS_TRIED, MAX_CANVASES_TRIED
from lib_omost.canvas.vocabulary import GLOBAL_METHOD, LOCAL_METHOD

PREFIX_CHARS = 300  # of a line before a call: enough to see a comment or `def`

_ANCHOR = re.compile(r"(?<!\w)(Canvas|(?:set|add)_?\w{3,40})[ \t]*[(（]")
_TURN = r"^[ \t]{{0,8}}(?:\#{{2,6}}|\*\*)?[ \t]?(?:{roles})(?:\*\*|:){{0,2}}[ \t]{{0,8}}$"
_FENCE = r"^[ \t]{0,8}(?:```|~~~)"
_BOUNDARY = re.compile(f"{_FENCE}|{_TURN.format(roles='user|human|assistant|system')}", re.IGNORECASE | re.MULTILINE)
_ANSWER = re.compile(_TURN.format(roles="assistant"), re.IGNORECASE | re.MULTILINE)

# What may stand before `Canvas(` on its line: an assignment, a prompt, a fence, another statement, or nothing.
_STATEMENT = re.compile(r"(?:\A|[=;>]|```\w{0,10}|~~~\w{0,10})\s*(?:\w{1,40}\.)?\Z")
# A definition, or `code in prose`.
_ASIDE = re.compile(r"\b(?:def|class)\s+\Z|(?<!`)`(?:\w{1,60}\.)?\Z")
_CHAINED = re.compile(r"[^()\n]{0,200}[)）][ \t]*\.")


@dataclass
class Draft:
    """The calls that make one canvas. `place` is where it begins in the text, `end` where its last call ends."""

    place: int
    end: int
    global_calls: list[Call] = field(default_factory=list)
    local_calls: list[Call] = field(default_factory=list)
    unknown_calls: list[tuple[int, str]] = field(default_factory=list)
    block_end: int | None = None  # where the code block ends that holds its global description
    skipped: int = 0  # calls beyond MAX_CALLS_TRIED

    @property
    def is_empty(self) -> bool:
        return not (self.global_calls or self.local_calls)


def find_drafts(text: str) -> list[Draft]:
    """The last canvases of a text, in order; empty ones are kept only at the very end.

    A canvas begins with `Canvas()`, or with a global description in another code block than the one before. Calls
    without either continue the canvas before them, as they would if the blocks were run one after the other. What the
    canvas is called does not matter. Comments, definitions and `code in prose` are passed over.
    """
    drafts: deque[Draft] = deque(maxlen=MAX_CANVASES_TRIED)
    block_end = -1
    place = 0
    fresh = False  # `Canvas().` before this call
    while anchor := _ANCHOR.search(text, place):
        line_start = max(text.rfind("\n", place, anchor.start()) + 1, place, anchor.start() - PREFIX_CHARS)
        before = text[line_start : anchor.start()]
        start, place = anchor.start(), anchor.end()
        if "#" in before or _ASIDE.search(before):
            continue
        if anchor[1] == "Canvas":
            if _STATEMENT.search(before):
                fresh = _CHAINED.match(text, place) is not None
                if not fresh:
                    _begin(drafts, start)
            continue
        method = _method(anchor[1])
        if method is None:
            if before.endswith(".") and drafts and len(drafts[-1].unknown_calls) < MAX_CALLS_TRIED:
                drafts[-1].unknown_calls.append((start, anchor[1]))
            continue
        if block_end < place:
            boundary = _BOUNDARY.search(text, place)
            block_end = boundary.start() if boundary else len(text)
        is_global = method == GLOBAL_METHOD
        if not drafts or (is_global and (fresh or drafts[-1].block_end not in (None, block_end))):
            _begin(drafts, start)
        fresh = False
        draft = drafts[-1]
        calls = draft.global_calls if is_global else draft.local_calls
        if len(calls) == MAX_CALLS_TRIED:
            draft.skipped += 1
            continue
        call = read_call(text, method, start, place, block_end)
        if anchor[1] != method:
            call.repairs.insert(0, (start, f"read {anchor[1]} as {method}"))
        calls.append(call)
        draft.end = place = max(place, call.end)
        if is_global:
            draft.block_end = block_end
    return list(drafts)


def last_answer(text: str, after: int) -> int | None:
    """Where the last reply begins that a chat has behind `after`, if it has one."""
    place = None
    for match in _ANSWER.finditer(text, after):
        place = match.start()
    return place


def _begin(drafts: deque[Draft], place: int) -> None:
    if drafts and drafts[-1].is_empty:
        drafts.pop()
    drafts.append(Draft(place, place))


def _method(name: str) -> str | None:
    plain = name.replace("_", "").lower()
    if "global" in plain:
        return GLOBAL_METHOD
    return LOCAL_METHOD if "local" in plain or "region" in plain else None
