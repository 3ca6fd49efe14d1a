"""A key made unreadable in what a server says, also where it comes escaped, percent-encoded or in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lib_omost.errors import whole_characters

HIDDEN = "•••"
SECRET_FROM = 12  # characters; what is shorter stands for no key (`none`, `ollama`) and may be a word of a reply
_CODES = (  # how a character may be written: in JSON and Python, in addresses (also twice over), in HTML
    re.compile(r"\\{1,8}(?:u00|x)([0-9a-f]{2})", re.IGNORECASE),
    re.compile(r"\\{1,8}(.)", re.DOTALL),
    re.compile(r"%(?:25){0,4}([0-9a-f]{2})", re.IGNORECASE),
    re.compile(r"&(?:amp;){0,4}#x0{0,6}([0-9a-f]{2});", re.IGNORECASE),
    re.compile(r"&(?:amp;){0,4}#0{0,6}([0-9]{2,3});", re.IGNORECASE),
)
_LONGEST_CODE = 40
_BASES = (16, 0, 16, 16, 10)
_MORE = -2  # the text ends where the key may still go on


def without_key(text: str, key: str) -> str:
    """`text` with every form of the key hidden."""
    if not key:
        return text
    return _hide(text, key, is_whole=True)[0]


def holds_secret(text: str, key: str) -> bool:
    """Whether a key that is one stands in a text, in any form."""
    return len(key) >= SECRET_FROM and without_key(text, key) != text


class Masked:
    """Hides the key in a text that comes in pieces: what may be the beginning of it is kept back until it is known.

    Halves of surrogate pairs that two pieces share are joined, single ones become U+FFFD.
    """

    def __init__(self, key: str) -> None:
        self._key = key if len(key) >= SECRET_FROM else ""
        self._rest = ""

    def feed(self, piece: str) -> str:
        """The text that is known now."""
        text = self._rest + piece
        half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        whole = whole_characters(text[: len(text) - len(half)])
        known, rest = _hide(whole, self._key, is_whole=False) if self._key else (whole, "")
        self._rest = rest + half
        return known

    def end(self) -> str:
        """What was kept back, when no more comes."""
        rest, self._rest = self._rest, ""
        return without_key(whole_characters(rest), self._key)


def _hide(text: str, key: str, *, is_whole: bool) -> tuple[str, str]:
    """The text with keys hidden, and the rest in which one may have begun; no rest when the text `is_whole`."""
    starts = re.compile(f"[{re.escape(key[0])}\\\\%&]")
    parts: list[str] = []
    done = place = 0
    while (start := starts.search(text, place)) is not None:
        end = _end_of(text, start.start(), key, is_whole=is_whole)
        if end == _MORE:
            return "".join((*parts, text[done : start.start()])), text[start.start() :]
        if end < 0:
            place = start.end()
        else:
            parts += text[done : start.start()], HIDDEN
            done = place = end
    return "".join((*parts, text[done:])), ""


def _end_of(text: str, place: int, key: str, *, is_whole: bool) -> int:
    """Where the key ends that begins at `place`; -1 when none does, _MORE when that cannot be told yet."""
    places = {place}
    for char in key:
        if not is_whole and any(_is_open(text, one) for one in places):
            return _MORE
        places = {end for one in places for end in _ends_of(text, one, char)}
        if not places:
            return -1
    return max(places)


def _is_open(text: str, place: int) -> bool:
    """Whether what comes next may still say how the character at `place` is to be read."""
    return place == len(text) or (text[place] in "\\%&" and len(text) - place < _LONGEST_CODE)


def _ends_of(text: str, place: int, char: str) -> Iterator[int]:
    """Where one character ends, in each way that it may be written."""
    if text[place : place + 1] == char:
        yield place + 1
    if text[place : place + 1] in ("\\", "%", "&"):
        for code, base in zip(_CODES, _BASES, strict=True):
            match = code.match(text, place)
            if match and (chr(int(match[1], base)) if base else match[1]) == char:
                yield match.end()
