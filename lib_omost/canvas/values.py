"""The value of an argument, through `ast`. Nothing is executed: whatever is not a literal is refused."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from typing import Union

from lib_omost.canvas.calls import Argument
from lib_omost.canvas.limits import MAX_OPERATORS
from lib_omost.canvas.tokens import Token

_NUMBER = re.compile(r"\.\d+(?:[eE][+-]?\d{1,4})?|\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,4})?")


class Lines:
    """Turns places in a text into 1-based lines."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def __call__(self, place: int) -> int:
        return bisect_right(self._starts, place)


class Word(str):
    """A name where a literal belongs: a word whose quotes were forgotten, or a variable."""


class Joined(str):
    """Texts that were added with +."""


class Refused:
    """A value that is not read. `what` says what it is."""

    def __init__(self, what: str) -> None:
        self.what = what


class Node:
    """A value and the line it stands on. Lists, tuples and sets are lists of nodes."""

    def __init__(self, value: Value, line: int) -> None:
        self.value = value
        self.line = line


Value = Union[str, Word, Joined, int, float, bool, None, Refused, "list[Node]"]

_KINDS: dict[type[ast.AST], str] = {
    ast.Call: "a function call",
    ast.JoinedStr: "an f-string with values in it",
    ast.Dict: "a dictionary",
}


def read_value(text: str, argument: Argument, lines: Lines) -> Node | None:
    """The value of an argument; None when nothing is written there."""
    parts = argument.tokens
    if not parts:
        return None
    line = lines(parts[0].start)
    if _is_unquoted(parts):
        words = text[parts[0].start : parts[-1].end]
        return Node(Word(" ".join(words.split())), line)
    if sum(part.kind == "operator" for part in parts) > MAX_OPERATORS:
        return Node(Refused("an expression"), line)
    if any(part.kind == "number" and not _NUMBER.fullmatch(part.source) for part in parts):
        return Node(Refused("a number that cannot be read"), line)
    try:
        body = ast.parse(_source(parts, lines), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return Node(Refused("something that is not Python"), line)
    return _node(body, line - 1)


def _is_unquoted(parts: list[Token]) -> bool:
    """Words without quotes: a name, or more than one word in a row, or a number with its unit."""
    if any(part.kind not in ("name", "number", "operator") for part in parts):
        return False
    if any(part.kind == "operator" and part.source not in "-'" for part in parts):
        return False
    if len(parts) == 1:
        only = parts[0]
        if only.kind == "number":  # "5m"
            return not _NUMBER.fullmatch(only.source) and only.source[-1].isalpha()
        return only.kind == "name" and only.source not in ("True", "False", "None")
    return sum(part.kind == "name" for part in parts) > 0 and parts[0].kind != "operator"


def _source(parts: list[Token], lines: Lines) -> str:
    """The tokens as one expression in brackets, with line ends where they were."""
    line = lines(parts[0].start)
    pieces = ["("]
    for part in parts:
        pieces.append("\n" * (lines(part.start) - line) or " ")
        pieces.append(part.source)
        line = max(line, lines(part.start) + part.source.count("\n"))
    return "".join(pieces) + "\n)"


def _node(body: ast.expr, above: int) -> Node:
    return Node(_value(body, above), body.lineno + above)


def _value(body: ast.expr, above: int) -> Value:
    if isinstance(body, ast.Constant):
        value = body.value
        return value if value is None or isinstance(value, (str, int, float)) else Refused("not a text")
    if isinstance(body, (ast.List, ast.Tuple, ast.Set)):
        return [_node(item, above) for item in body.elts]
    if isinstance(body, ast.Name):
        return Word(body.id)
    if isinstance(body, ast.BinOp) and (texts := _added(body)) is not None:
        return Joined("".join(texts))
    if isinstance(body, ast.UnaryOp) and isinstance(body.operand, ast.Constant):
        number = body.operand.value
        if isinstance(number, (int, float)) and isinstance(body.op, (ast.UAdd, ast.USub)):
            return -number if isinstance(body.op, ast.USub) else number
    return Refused(_KINDS.get(type(body), "an expression"))


def _added(body: ast.expr) -> list[str] | None:
    """The texts of `'a' + 'b' + …` in order; None for anything else. MAX_OPERATORS bounds their number."""
    if isinstance(body, ast.Constant):
        return [body.value] if isinstance(body.value, str) else None
    if not isinstance(body, ast.BinOp) or not isinstance(body.op, ast.Add):
        return None
    left, right = _added(body.left), _added(body.right)
    return None if left is None or right is None else left + right
