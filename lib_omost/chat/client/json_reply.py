"""A canvas that comes as JSON, turned into code while it comes: region by region."""

from __future__ import annotations

from collections.abc import Callable

from lib_omost.canvas import Canvas, write_canvas
from lib_omost.chat.grammar.plan import OPENING
from lib_omost.errors import CanvasError

_CLOSING = {"{": "}", "[": "]"}


def close_json(text: str) -> str | None:
    """JSON that was cut off, as far as its last complete list item, with the brackets closed; None before the first.

    Whole JSON comes back as it is, without what follows it.
    """
    open_brackets: list[str] = []
    inside = escaped = False
    best: str | None = None
    for place, char in enumerate(text):
        if escaped:
            escaped = False
        elif inside:
            escaped, inside = char == "\\", char != '"'
        elif char == '"':
            inside = True
        elif char in _CLOSING:
            open_brackets.append(char)
        elif char in "}]":
            if not open_brackets or _CLOSING[open_brackets.pop()] != char:
                return best
            if not open_brackets:
                return text[: place + 1]
            if char == "}" and open_brackets == ["{", "["]:  # an object in a list of the outermost object
                best = text[: place + 1] + "".join(_CLOSING[each] for each in reversed(open_brackets))
    return best


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
