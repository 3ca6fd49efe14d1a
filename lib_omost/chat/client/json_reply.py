"""A canvas that comes as JSON, wherever in a reply it stands, turned into code; region by region where it can be."""

from __future__ import annotations

import re

from lib_omost.canvas import read_canvas, write_canvas, write_regions
from lib_omost.chat.grammar.canvas_grammar import OPENING
from lib_omost.chat.grammar.json_schema import canvas_from_schema_reply, close_json, regions_from_schema_reply
from lib_omost.errors import CanvasError

_THINKS, _THOUGHT = "<think", "</think>"
_BEGINS = re.compile(
    r"(?:^|(?<=</think>))[ \t]*(?:(?:```|~~~)[ \t]*(?:json\w*)?[ \t]*\n\s*)?[{\[]", re.MULTILINE | re.IGNORECASE
)
_MAY_BEGIN = re.compile(  # at the end of what has come: a line, or a fence, of which no more is there
    r"(?:^|(?<=</think>))[ \t]*(?:(?:`{1,3}|~{1,3})[ \t]*[a-z]{0,6}[ \t]*(?:\n\s*)?)?\Z", re.MULTILINE | re.IGNORECASE
)
_CODE = re.compile(r"\bCanvas\(|\bcanvas\.")
_LOOK_BACK = 16  # characters; what of the code is looked for may have come in two pieces


class JsonReply:
    """Takes the pieces of a reply and gives pieces of text in which the JSON of a canvas has become code.

    `as_schema` says that the server was asked for the JSON of `canvas_schema`: its regions are given as they are
    complete. With `goes_on` it was asked for the further regions alone (`regions_schema`), whose code goes on from a
    reply that was cut off behind a call. All else comes through as it is; so does what the model thinks before it
    replies, with the drafts in it.
    """

    def __init__(self, *, as_schema: bool, goes_on: bool = False) -> None:
        self._as_schema = as_schema
        self._goes_on = goes_on
        self._text = ""
        self._given = 0  # characters of it that came through
        self._start: int | None = None  # where JSON begins
        self._is_code = False
        self._code = ""  # what was given in place of the JSON
        self._closed: str | None = None

    def feed(self, piece: str) -> str:
        """The text that `piece` completes."""
        self._text += piece
        through = self._through() if self._start is None else ""
        return through + (self._write() if self._start is not None and "}" in piece else "")

    def end(self, *, is_cut: bool = False) -> str:
        """What is left when the reply ends: code or its fence, or what was kept back and holds no canvas.

        The fence of a reply that `is_cut` stays open: it may be gone on with.
        """
        held = self._text[self._given :]
        self._given = len(self._text)
        if self._start is None:
            return held
        rest, fence = self._write(), "" if is_cut else "```"
        if self._code:
            return rest + fence
        thought, mark, reply = held.rpartition(_THOUGHT)
        if self._goes_on:
            return held
        try:
            canvas = read_canvas(reply).require_canvas()
        except CanvasError:
            return held
        return thought + mark + "\n" * bool(mark) + OPENING + write_canvas(canvas) + fence

    def _through(self) -> str:
        """What is certainly no JSON of a canvas, or stands before it."""
        text, start = self._text, self._given
        answer = self._answer_at()
        if answer is None:
            end = len(text)
        else:
            start = max(start, answer)
            self._is_code = self._is_code or _CODE.search(text, max(answer, start - _LOOK_BACK)) is not None
            begins = None if self._is_code else _BEGINS.search(text, start)
            maybe = None if self._is_code else _MAY_BEGIN.search(text, start)
            found = begins or maybe
            end = found.start() if found else len(text)
            self._start = begins.end() - 1 if begins else None
        given, self._given = self._given, max(self._given, end)
        return text[given : self._given]

    def _answer_at(self) -> int | None:
        """Where the answer behind the model's thinking begins, None while it thinks."""
        begun = self._text.lstrip().lower()
        if not begun.startswith(_THINKS):
            return 0
        place = self._text.lower().find(_THOUGHT)
        return None if place < 0 else place + len(_THOUGHT)

    def _write(self) -> str:
        if not self._as_schema:
            return ""
        closed = close_json(self._text[self._start :])
        if closed is None or closed == self._closed:
            return ""
        self._closed = closed
        try:
            code = self._code_of(closed)
        except CanvasError:
            return ""
        if not code.startswith(self._code):
            return ""
        new, self._code = code[len(self._code) :], code
        return new

    def _code_of(self, closed: str) -> str:
        if self._goes_on:
            return "\n" + write_regions(regions_from_schema_reply(closed))
        return OPENING + write_canvas(canvas_from_schema_reply(closed))
