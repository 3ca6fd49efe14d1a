"""Server-sent events: the lines of a stream, joined to events (WHATWG HTML, "Interpreting an event stream")."""

from __future__ import annotations

import codecs
import re

from lib_omost.chat.client.faults import TooLargeError

MOST_OF_A_LINE = 2**20  # characters; a chunk of a chat has some hundred
_LINE_END = re.compile(r"\r\n|\n|\r")


class SseReader:
    """Reads bytes as they come and returns the data of each event that is complete; the other fields do not count."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[str]:
        """The events that end within `chunk`. Raises ServerError when a line has no end."""
        self._rest += self._decoder.decode(chunk)
        if len(self._rest) > MOST_OF_A_LINE:
            raise TooLargeError(MOST_OF_A_LINE)
        events = []
        start = 0
        for end in _LINE_END.finditer(self._rest):
            if end.group() == "\r" and end.end() == len(self._rest):
                break  # its "\n" may still come
            events += self._line(self._rest[start : end.start()])
            start = end.end()
        self._rest = self._rest[start:]
        return events

    def end(self) -> list[str]:
        """The event that the end of the stream completes, if any: not every server writes the last empty line."""
        events = self._line(self._rest.rstrip("\r")) if self._rest else []
        self._rest = ""
        return [*events, *self._line("")]

    def _line(self, line: str) -> list[str]:
        if not line:
            data, self._data = self._data, []
            return ["\n".join(data)] if data else []
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        return []
