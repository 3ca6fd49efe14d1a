"""JSON as people and models write it: with a comma too many, comments, Python's literals, in a fence or after prose."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from lib_omost.canvas.strings import known_escapes

MOST_VALUES = 16  # JSON values that are tried in one text
MOST_TRIED = 64  # brackets at which one may begin
MOST_LITERAL = 100_000  # characters of Python literals; the parser's memory is many times that

_FENCE = r"^[ \t]{0,8}(?:```|~~~)"
_FENCED = re.compile(
    rf"{_FENCE}[ \t]*(?:json\w*|javascript|js|python|py)?[ \t]*\n(.*?)(?:{_FENCE}|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])|//[^\n]*|/\*.*?\*/', re.DOTALL)
_CONSTANT = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\b(true|false|null)\b""")
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}


class NoJsonError(ValueError):
    """The text is no JSON. `line` is where reading stopped."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def read_json(text: str) -> Any:
    """The JSON value of a whole text, also one with trailing commas, comments or Python's literals.

    Raises NoJsonError, with the line, when it is none, nested too deeply, or holds a number too long to read.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        first = NoJsonError(error.msg, error.lineno)
    except RecursionError:
        raise NoJsonError("the JSON is nested too deeply") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise NoJsonError("the JSON holds a number that is too long") from error
    for attempt in (_strict, _literal):
        try:
            return attempt(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
    raise first


def json_values(text: str) -> list[Any]:
    """The objects and lists that a text holds: the whole of it, those in fences, or those that stand in prose."""
    return set_off_values(text) or values_in_prose(text)


def set_off_values(text: str) -> list[Any]:
    """The value that a whole text is, or the objects and lists that are its fences."""
    stripped = text.strip()
    if stripped[:1] in ("{", "[", '"'):
        try:
            return [read_json(stripped)]
        except NoJsonError:
            pass
    fenced = [match[1] for match in _FENCED.finditer(text)]
    return [value for part in fenced[-MOST_VALUES:] if (value := _or_none(part)) is not None]


def _or_none(text: str) -> Any:
    if text.strip()[:1] not in ("{", "["):
        return None
    try:
        return read_json(text.strip())
    except NoJsonError:
        return None


def values_in_prose(text: str) -> list[Any]:
    """The JSON objects and lists that begin at the first brackets of a text, one behind the other."""
    values: list[Any] = []
    decoder = json.JSONDecoder()
    place = 0
    for _ in range(MOST_TRIED):
        start = re.compile(r"[{\[]").search(text, place)
        if start is None or len(values) == MOST_VALUES:
            break
        try:
            value, place = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            place = start.end()
            continue
        if value:
            values.append(value)
    return values


def _strict(text: str) -> Any:
    return json.loads(_TRAILING_COMMA.sub(lambda match: match[1] or "", text))


def _literal(text: str) -> Any:
    if len(text) > MOST_LITERAL:
        raise ValueError("too long")
    plain = _CONSTANT.sub(lambda match: match[1] or _CONSTANTS[match[2]], text.strip())
    return ast.literal_eval(known_escapes(plain))
