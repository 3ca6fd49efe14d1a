"""JSON that is none: cut off, without commas or quotes, with comments, other quotes, or line ends and quotes in texts.

It is read as the arguments of a call are, by the same tokens. What is complete is kept.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lib_omost.canvas.limits import MAX_DEPTH
from lib_omost.canvas.tokens import Token, tokens
from lib_omost.canvas.vocabulary import GLOBAL_FIELDS, PEOPLES_LOCAL_FIELDS

MOST_TOKENS = 8000
MOST_TOKENS_AGAIN = 2000  # where an object before was none
MOST_TRIED = 16  # brackets at which an object may begin
_OTHERS = ("bbox", "prefixes", "global_description", "local_descriptions", "regions", "objects")
_KNOWN = {name.replace("_", "").lower() for name in (*GLOBAL_FIELDS, *PEOPLES_LOCAL_FIELDS, *_OTHERS)}
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}
_NUMBER = re.compile(r"\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,3})?|\.\d{1,30}")


@dataclass(frozen=True)
class Mended:
    """The data, the place in the text where it first was no JSON, and whether its end is missing."""

    value: Any
    place: int
    is_cut: bool


class _EndOfTextError(Exception):
    """The text ends within a value, of which nothing is complete."""


def mended_json(text: str) -> Mended | None:
    """The first object or list in `text` that has a canvas's fields and is no JSON; None where there is none."""
    place, left = 0, MOST_TOKENS
    for _ in range(MOST_TRIED):
        start = re.compile(r"[{\[]\s*[\[{\"'“‘\w]").search(text, place)
        if start is None:
            return None
        try:
            _, place = json.JSONDecoder().raw_decode(text, start.start())
            continue
        except json.JSONDecodeError as error:
            wrong = error.pos
        except (ValueError, RecursionError):
            return None
        reader = _Reader(text, start.start(), left)
        left = MOST_TOKENS_AGAIN
        value = reader.read()
        if _fields_in(value) >= 2:
            return Mended(value, wrong, reader.is_cut)
        place = start.end()
    return None


def mended_list(text: str) -> Any:
    """The list or object that a text is, however near to JSON; None where nothing of it can be read."""
    return _Reader(text, 0).read()


def _fields_in(value: object, depth: int = 0) -> int:
    """How many names of a canvas's fields stand in data."""
    if depth > MAX_DEPTH:
        return 0
    if isinstance(value, Mapping):
        own = sum(re.sub("[^a-z]", "", str(key).lower()) in _KNOWN for key in value)
        return own + sum(_fields_in(inner, depth + 1) for inner in value.values())
    return sum(_fields_in(item, depth + 1) for item in value) if isinstance(value, list) else 0


class _Reader:
    """One walk through the tokens, with the next of them at hand."""

    def __init__(self, text: str, start: int, left: int = MOST_TOKENS) -> None:
        fence = re.compile(r"\n[ \t]{0,8}(?:```|~~~)").search(text, start)
        self.tokens: Iterator[Token] = tokens(text, start, fence.start() if fence else len(text))
        self.left = left
        self.is_cut = False
        self.next: Token | None = None
        self.advance()

    def advance(self) -> Token | None:
        """The token behind; None at the end, or at a text that has none."""
        self.left -= 1
        token = next(self.tokens, None) if self.left > 0 else None
        self.next = token if token is not None and token.closed else None
        return self.next

    def read(self) -> Any:
        """The value that begins here; None for none."""
        try:
            return self.value(0)
        except _EndOfTextError:
            return None

    def value(self, depth: int) -> Any:
        token = self.next
        if token is None or depth > 2 * MAX_DEPTH:
            raise _EndOfTextError
        following = self.advance()
        if token.kind == "open":
            return self.pairs(depth + 1) if token.source == "{" else self.items(depth + 1)
        if token.source == "-" and following is not None and following.kind == "number":
            return -number if isinstance(number := self.value(depth + 1), (int, float)) else number
        words = [_plain(token)]
        while token.kind == "name" and self.next is not None and self.next.kind in ("name", "number"):
            words.append(_plain(self.next))
            self.advance()
        return words[0] if len(words) == 1 else " ".join(map(str, words))

    def pairs(self, depth: int) -> dict[str, Any]:
        """Names and values, to the bracket that closes them."""
        found: dict[str, Any] = {}
        while (token := self.next) is not None:
            following = self.advance()
            if token.kind == "close":
                return found
            is_named = token.kind == "keyword"
            if token.kind in ("string", "name", "number") and following is not None and following.source in (":", "="):
                is_named = True
                self.advance()
            if is_named:
                try:
                    found[token.content or token.source] = self.value(depth)
                except _EndOfTextError:
                    break
        self.is_cut = True
        return found

    def items(self, depth: int) -> list[Any]:
        """Values, to the bracket that closes them."""
        found: list[Any] = []
        while (token := self.next) is not None:
            if token.kind == "close":
                self.advance()
                return found
            if token.kind == "comma":
                self.advance()
                continue
            try:
                found.append(self.value(depth))
            except _EndOfTextError:
                break
        self.is_cut = True
        return found


def _plain(token: Token) -> Any:
    if token.kind == "string":
        try:
            return str(ast.literal_eval(token.source)).replace("\\/", "/")
        except (ValueError, SyntaxError):
            return token.content
    if token.kind == "number" and _NUMBER.fullmatch(token.source):
        return float(token.source) if re.search("[.eE]", token.source) else int(token.source)
    return _CONSTANTS.get(token.source.lower(), token.source)
