"""A canvas that comes as JSON, turned into code while it comes: region by region."""

from __future__ import annotations

from collections.abc import Callable

from lib_omost.canvas import Canvas, write_canvas
from lib_omost.chat.grammar.canvas_grammar import OPENING
from lib_omost.chat.grammar.json_schema import close_json
from lib_omost.errors import CanvasError


class JsonReply:
    """Takes the pieces of a reply and gives pieces of code. `read` is given JSON and raises CanvasError for none.

    A reply that does not begin as JSON comes through as it is: its server did not hold the model to the schema.
    """

    def __init__(self, read: Callable[[str], Canvas]) -> None:
        self._read = read
        self._text = ""
        self._code = ""
        self._closed: str | None = None

    def feed(self, piece: str) -> str:
        """The code that `piece` completes."""
        self._text += piece
        start = self._text.lstrip()
        if not start:
            return ""
        if not start.startswith("{"):
            return self._give(self._text)
        return self._write() if "}" in piece else ""

    def end(self) -> str:
        """What is left when the reply ends: the fence, or the reply itself when it holds no canvas."""
        if not self._text.lstrip().startswith("{"):
            return ""
        rest = self._write()
        return rest + "```" if self._code else self._text

    def _write(self) -> str:
        closed = close_json(self._text.lstrip())
        if closed is None or closed == self._closed:
            return ""
        self._closed = closed
        try:
            code = OPENING + write_canvas(self._read(closed))
        except CanvasError:
            return ""
        return self._give(code) if code.startswith(self._code) else ""

    def _give(self, whole: str) -> str:
        new, self._code = whole[len(self._code) :], whole
        return new
