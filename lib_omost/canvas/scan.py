"""Finds the calls of the Canvas language in a text of any kind, and which of them make one canvas."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from lib_omost.canvas.calls import Call, read_call
from lib_omost.canvas.limits import MAX_CALLS_TRIED, MAX_CANVASES_TRIED
from lib_omost.canvas.vocabulary import GLOBAL_METHOD, LOCAL_METHOD

PREFIX_CHARS = 300  # of a line before a call: enough to see a comment or `def`
PEEK_CHARS = 600  # of a call's arguments: enough to see which of the two methods is meant

_ANCHOR = re.compile(r"(?<!\w)([A-Za-z]\w{1,60})[ \t]?[(（]")
_TURN = r"^[ \t]{{0,8}}(?:\#{{2,6}}|\*\*)?[ \t]?(?:{roles})(?:\*\*|:){{0,2}}[ \t]{{0,8}}$"
_FENCE = r"^[ \t]{0,8}(?:```|~~~)"
_BOUNDARY = re.compile(f"{_FENCE}|{_TURN.format(roles='user|human|assistant|system')}", re.IGNORECASE | re.MULTILINE)
_ANSWER = re.compile(_TURN.format(roles="assistant"), re.IGNORECASE | re.MULTILINE)

# What may stand before `Canvas(` on its line: an assignment, a prompt, a fence, another statement, or nothing.
_STATEMENT = re.compile(r"(?:\A|[=;>`]|```\w{0,10}|~~~\w{0,10})\s*(?:new\s+)?(?:\w{1,40}\.)?\Z")
_ASSIGNED = re.compile(r"(\w{1,60})\s*(?::\s*\w+\s*)?=\s*(?:new\s+)?(?:\w{1,40}\.)?\Z")
_DEFINED = re.compile(r"\b(?:def|class|function)\s+\Z")
_OWNER = re.compile(r"(\w{1,60})(?:\(\))?[ \t]{0,3}\.[ \t]{0,3}\Z")
# `Code` in prose, or a sentence that goes on into a call: words before it that no statement has.
_BACKTICK = re.compile(r"(?<!`)`(?:\w{1,60}\s?\.\s?)?\Z")
_SENTENCE = re.compile(r"[^\W\d_]{2,}[\s,]+(?:[^\W_]+[\s,]+){0,60}(?:\w{1,60}(?:\(\))?\s?\.\s?)?\Z")
_LINE_OF_CODE = re.compile(r"[ \t*•-]{0,8}`")
_TO_BACKTICK = re.compile(r"[^`\n]{0,4000}`[ \t]*(?:\n|\Z)")
_STATEMENT_BEFORE = re.compile(r"[=:;)\]}]\s*(?:\w{1,60}(?:\(\))?\s?\.\s?)?\Z")
_KEYWORDS = re.compile(r"\b(?:await|return|const|let|var|new|yield|and|or|if|else|lambda\s*:?)\s+")
_CHAINED = re.compile(r"[^()\n]{0,200}[)）][ \t]*\.")

_VERBS = ("set", "add", "create", "define", "update", "insert", "put", "place", "append", "make", "draw", "describe",
          "change", "edit", "new", "write", "with")  # fmt: skip
_ABOUT_WHOLE = ("set", "describe", "define", "update", "change", "edit")
_LOCAL_ARGUMENT = re.compile(
    r"[(,\s{'\"](?:location|area|bbox|box|rect|offset|position|place|size|distance\w*)['\"]?\s*[=＝:：]", re.IGNORECASE
)
_NEXT_STATEMENT = re.compile(r"[)）]\s*(?:[\n;.]|\Z)|\n\s*\w{1,60}\s?\.\s?\w{1,60}\(")
_DESCRIPTION = re.compile(r"\s*[\[{*]{0,3}\s*(?:['\"‘“]|\w*description\w*['\"]?\s*[=＝:：])", re.IGNORECASE)
# Another call within what was read as a text: the text was never closed, or an escape hid its end.
_SWALLOWED = re.compile(rf"(?:\n|\\n|[)）;])[ \t]*\w{{1,60}}\.(?i:{GLOBAL_METHOD}|{LOCAL_METHOD})[ \t]?[(（]")


@dataclass
class Draft:
    """The calls that make one canvas. `place` is where it begins in the text, `end` where its last call ends."""

    place: int
    end: int
    begins_anew: bool = False  # with `Canvas()`
    global_calls: list[Call] = field(default_factory=list)
    local_calls: list[Call] = field(default_factory=list)
    unknown_calls: list[tuple[int, str]] = field(default_factory=list)
    block_end: int | None = None  # where the code block ends that holds its global description
    skipped: int = 0  # calls beyond MAX_CALLS_TRIED

    @property
    def is_empty(self) -> bool:
        return not (self.global_calls or self.local_calls)

    @property
    def calls(self) -> int:
        return len(self.global_calls) + len(self.local_calls) + self.skipped


@dataclass
class Found:
    """The last canvases of a text, in order, and how many calls stand outside any of them.

    `outside` counts calls in comments and prose, and those of canvases before the last ones.
    """

    drafts: list[Draft]
    outside: int


def find_drafts(text: str) -> Found:
    """The last canvases of a text, in order; empty ones are kept only at the very end.

    A canvas begins with `Canvas()`, or with a global description in another code block than the one before. Calls
    without either continue the canvas before them, as they would if the blocks were run one after the other. What the
    canvas is called does not matter. Comments and definitions are passed over, and so is what an explaining sentence
    quotes, unless a reply has nothing else.
    """
    found = _Scan(text, asides=False).run()
    if found.outside and all(draft.is_empty for draft in found.drafts):
        quoted = _Scan(text, asides=True).run()
        if any(not draft.is_empty for draft in quoted.drafts):
            return quoted
    return found


class _Scan:
    """One walk through the text. With `asides`, what stands in prose counts as well."""

    def __init__(self, text: str, *, asides: bool) -> None:
        self.text = text
        self.asides = asides
        self.drafts: deque[Draft] = deque()
        self.outside = 0
        self.block_end = -1
        self.fresh = False  # `Canvas().` before this call
        self.names = {"canvas"}  # what canvases are called
        self.owners: dict[str, Draft] = {}  # by the names that they were given last

    def run(self) -> Found:
        place = 0
        while anchor := _ANCHOR.search(self.text, place):
            line_start = max(self.text.rfind("\n", place, anchor.start()) + 1, place, anchor.start() - PREFIX_CHARS)
            before = self.text[line_start : anchor.start()]
            place = self.take(anchor, before)
        last = self.drafts[-1] if self.drafts else None
        return Found([draft for draft in self.drafts if draft is last or not draft.is_empty], self.outside)

    def take(self, anchor: re.Match[str], before: str) -> int:
        """Take in one name with a bracket behind it; where to look on."""
        name, start, place = anchor[1], anchor.start(), anchor.end()
        owner = _OWNER.search(before)
        is_constructor = name.lower() == "canvas"
        method = None if is_constructor else self.method(name, owner, place)
        if not is_constructor and method is None:
            self.note_unknown(name, owner, start, before)
            return place
        if _DEFINED.search(before):
            return place
        if "#" in before or (not self.asides and not is_constructor and self.is_aside(before, place)):
            self.outside += method is not None
            return place
        if is_constructor:
            self.begin_with_constructor(start, place, before)
            return place
        assert method is not None
        return self.take_call(method, name, start, place)

    def method(self, name: str, owner: re.Match[str] | None, place: int) -> str | None:
        """Which of the two methods a name means; None for another function."""
        if name in (GLOBAL_METHOD, LOCAL_METHOD):
            return name
        plain = name.replace("_", "").lower()
        verb = next((verb for verb in _VERBS if plain.startswith(verb)), "")
        if verb and "global" in plain:
            return GLOBAL_METHOD
        if verb and ("local" in plain or "region" in plain):
            return LOCAL_METHOD
        if verb and owner is not None and (owner[1] in self.names or "canvas" in owner[1].lower()):
            return self.method_by_arguments(verb, place)
        return None

    def method_by_arguments(self, verb: str, place: int) -> str | None:
        """Which method a plain `canvas.add(` or `canvas.set(` means."""
        arguments = _NEXT_STATEMENT.split(self.text[place - 1 : place + PEEK_CHARS], maxsplit=1)[0]
        if _LOCAL_ARGUMENT.search(arguments):
            return LOCAL_METHOD
        return GLOBAL_METHOD if verb in _ABOUT_WHOLE and _DESCRIPTION.match(arguments, 1) else None

    def is_aside(self, before: str, place: int) -> bool:
        """Does a sentence lead up to the call, or does it stand in backticks that are not a line of their own?"""
        if _BACKTICK.search(before):
            return not (_LINE_OF_CODE.match(before) and _TO_BACKTICK.match(self.text, place))
        words = _KEYWORDS.sub("", before)
        return _SENTENCE.search(words) is not None and not _STATEMENT_BEFORE.search(words)

    def note_unknown(self, name: str, owner: re.Match[str] | None, start: int, before: str) -> None:
        is_setter = name.lower().startswith(("set", "add")) and len(name) > 2
        is_ours = owner is not None and (len(name) > 5 or owner[1] in self.names)
        if not (is_setter and is_ours) or "#" in before or self.is_aside(before, start):
            return
        if self.drafts and len(self.drafts[-1].unknown_calls) < MAX_CALLS_TRIED:
            self.drafts[-1].unknown_calls.append((start, name))

    def begin_with_constructor(self, start: int, place: int, before: str) -> None:
        assigned = _ASSIGNED.search(before)
        if not _STATEMENT.search(before) or not (assigned or self.text[start] == "C"):
            return
        if assigned:
            self.names.add(assigned[1])
        self.fresh = _CHAINED.match(self.text, place) is not None
        if not self.fresh:
            owners = self.owners
            beside = assigned is not None and owners.keys() - {assigned[1]}
            self.begin(start, anew=True, beside=bool(beside))
            if assigned:
                self.owners = {**owners, assigned[1]: self.drafts[-1]}

    def take_call(self, method: str, name: str, start: int, place: int) -> int:
        if self.block_end < place:
            boundary = _BOUNDARY.search(self.text, place)
            self.block_end = boundary.start() if boundary else len(self.text)
        is_global = method == GLOBAL_METHOD
        own = self.owner_of(start)
        blocks = (None, self.block_end)
        if not self.drafts or (own is None and is_global and (self.fresh or self.drafts[-1].block_end not in blocks)):
            self.begin(start, anew=self.fresh)
        self.fresh = False
        draft = own or self.drafts[-1]
        calls = draft.global_calls if is_global else draft.local_calls
        if len(calls) == MAX_CALLS_TRIED:
            draft.skipped += 1
            return place
        call = self.read(method, start, place)
        if name != method:
            call.repairs.insert(0, (start, f"read {name} as {method}"))
        calls.append(call)
        draft.end = max(place, call.end)
        if is_global:
            draft.block_end = self.block_end
        return draft.end

    def read(self, method: str, start: int, place: int) -> Call:
        call = read_call(self.text, method, start, place, self.block_end)
        swallowed = _SWALLOWED.search(self.text, place, call.end)
        if swallowed is None:
            return call
        call = read_call(self.text, method, start, place, swallowed.start() + 1)
        call.repairs.append((swallowed.start(), "ended a call where the next one begins"))
        return call

    def owner_of(self, start: int) -> Draft | None:
        """The canvas that a call names, where that is not the last one."""
        if len(self.owners) < 2 or self.fresh:
            return None
        owner = _OWNER.search(self.text, max(0, start - PREFIX_CHARS), start)
        draft = self.owners.get(owner[1]) if owner is not None else None
        return draft if any(draft is known for known in self.drafts) else None

    def begin(self, place: int, *, anew: bool, beside: bool = False) -> None:
        """A canvas begins; `beside` others that have names of their own, and may be empty yet."""
        self.owners = {}
        if self.drafts and self.drafts[-1].is_empty and not beside:
            self.drafts.pop()
        self.drafts.append(Draft(place, place, anew))
        if len(self.drafts) > MAX_CANVASES_TRIED:
            self.outside += self.drafts.popleft().calls


def last_answer(text: str, after: int) -> int | None:
    """Where the last reply begins that a chat has behind `after`, if it has one."""
    place = None
    for match in _ANSWER.finditer(text, after):
        place = match.start()
    return place
