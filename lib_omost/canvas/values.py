"""The value of an argument, through `ast`. Nothing is executed: whatever is not a literal is refused."""

from __future__ import annotations

import ast
import math
import re
from typing import Union

from lib_omost.canvas.calls import Argument
from lib_omost.canvas.limits import MAX_OPERATORS
from lib_omost.canvas.lines import Lines
from lib_omost.canvas.tokens import Token

_DIGITS = r"\d(?:_?\d){0,29}"
_NUMBER = re.compile(rf"\.\d+(?:[eE][+-]?\d{{1,4}})?|{_DIGITS}(?:\.(?:{_DIGITS})?)?(?:[eE][+-]?\d{{1,4}})?")
_HEX_COLOR = re.compile(r"0[xX][0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?")
_COLOR_FUNCTION = re.compile(
    r"(?:\w{1,20}\s?\.\s?)?(?:(?:rgb|hsl|hsv|hsb)a?|hwb|(?:ok)?(?:lab|lch)|(?:device-)?cmyk|color-mix|Q?Color|array)\s?\(",
    re.IGNORECASE,
)

_MARKS = ("-", "'", ".", "!", "?", "&", "…")


class Word(str):
    """A name where a literal belongs: a word whose quotes were forgotten, or a variable."""


class Joined(str):
    """Texts that were added with +."""


class Repaired(str):
    """A text whose quotes did not fit."""


class Refused:
    """A value that is not read. `what` says what it is."""

    def __init__(self, what: str) -> None:
        self.what = what


class Named(Refused):
    """An object: a dictionary whose values have names. Only some arguments can be one."""

    def __init__(self, items: dict[str, Node]) -> None:
        super().__init__("a dictionary")
        self.items = items


class Template(Refused):
    """A text with variables in it: `parts` are texts, and as Word the names of variables."""

    def __init__(self, what: str, parts: list[str]) -> None:
        super().__init__(what)
        self.parts = parts
        self.names = [part for part in parts if isinstance(part, Word)]


class Attribute(Word):
    """The last name of `Colors.LIGHT_BLUE`, with blanks."""


class Node:
    """A value and the line it stands on. Lists, tuples and sets are lists of nodes."""

    def __init__(self, value: Value, line: int) -> None:
        self.value = value
        self.line = line


Value = Union[str, Word, Joined, Repaired, int, float, bool, None, Refused, "list[Node]"]

# Where one quoted item ends and the next begins.
_BETWEEN_ITEMS = re.compile(r"(?<=['\"’”])\s*[,，]\s*(?:\d{1,2}[.)]\s*|[-*•]\s*)?(?=['\"‘“])")
_BETWEEN_BARE_ITEMS = re.compile(r"(?<=[.!?])\s*[,，]\s*|[,，]\s*(?=[A-Z])|\n\s*[-*•]?\s*")
_NUMBERED = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s*(?=['\"‘“])")

_ANY_VALUES = 'f"{0}"'  # how strings.py gives an f-string with values
_VALUE_IN = re.compile(r"\{([A-Za-z_]\w{0,60})\}")

_KINDS: dict[type[ast.AST], str] = {
    ast.Call: "a function call",
    ast.JoinedStr: "an f-string with values in it",
}


# Calls around a literal that leave it what it is, and methods of a text that change no more than white space.
_PLAIN_CALLS = ("str", "list", "tuple", "set", "float", "int", "round", "dedent", "cleandoc", "Color", "Text")
_SAME = ("strip", "rstrip", "lstrip")
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.UnaryOp, ast.JoinedStr, ast.BinOp, ast.Call)


def read_value(text: str, argument: Argument, lines: Lines) -> Node | None:
    """The value of an argument; None when nothing is written there."""
    parts = argument.tokens
    if not parts:
        return None
    line = lines(parts[0].start)
    if parts[-1].kind == "string" and not parts[-1].content and len(parts) > 2:
        parts = parts[:-1]  # the closing quote of a text whose opening one is missing
    if _is_unquoted(parts) or _is_color(text, parts):
        words = text[parts[0].start : parts[-1].end]
        return Node(Word(" ".join(words.split())), line)
    return Node(_written_value(text, parts, lines), line)


def _written_value(text: str, parts: list[Token], lines: Lines) -> Value:
    """What tokens that are no bare words say."""
    if len(parts) == 1 and (template := _template(parts[0])) is not None:
        return template
    if (reason := _unreadable(parts)) is not None:
        return Refused(reason)
    line = lines(parts[0].start)
    body = _parsed(_source(parts, lines))
    if body is not None:
        return _value(body, line - 1)
    if parts[0].source == "[":
        return _items(text[parts[0].end : parts[-1].end], line)
    return Refused("something that is not Python")


def _template(part: Token) -> Template | None:
    """An f-string whose values are plain names; None for anything else."""
    if part.kind != "string" or part.source != _ANY_VALUES:
        return None
    pieces = _VALUE_IN.split(part.content)  # texts and names by turns
    if any("{" in text or "}" in text for text in pieces[::2]):
        return None
    parts = [Word(piece) if number % 2 else piece for number, piece in enumerate(pieces)]
    return Template("an f-string with values in it", parts)


def _unreadable(parts: list[Token]) -> str | None:
    if sum(part.kind == "operator" for part in parts) > MAX_OPERATORS:
        return "an expression"
    if any(part.kind == "number" and not _NUMBER.fullmatch(part.source) for part in parts):
        return "a number that cannot be read"
    return None


def _parsed(source: str) -> ast.expr | None:
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _items(inside: str, line: int) -> list[Node]:
    """The items of a list that is no Python, such as one with an apostrophe before a comma: parted at `', '`."""
    nodes: list[Node] = []
    inner = inside.strip().removesuffix("]").strip().rstrip(",，").rstrip()
    between = _BETWEEN_ITEMS if re.search("['\"‘“]", inner) else _BETWEEN_BARE_ITEMS
    for item in between.split(_NUMBERED.sub("", inner, count=1) if _NUMBERED.match(inner) else inner):
        number = line + inside.count("\n", 0, inside.find(item))
        content = item.strip().strip("'\"‘’“”")
        if content:
            nodes.append(Node(Repaired(content.replace("\\'", "'").replace('\\"', '"')), number))
    return nodes


def _is_color(text: str, parts: list[Token]) -> bool:
    """A colour without quotes: `0xff0000`, `rgb(255, 0, 0)`."""
    if len(parts) == 1:
        return parts[0].kind == "number" and _HEX_COLOR.fullmatch(parts[0].source) is not None
    is_call = parts[-1].source == ")" and all(part.kind != "string" for part in parts)
    return is_call and _COLOR_FUNCTION.match(text, parts[0].start, parts[-1].end) is not None


def _is_unquoted(parts: list[Token]) -> bool:
    """Words without quotes: a name, or more than one word in a row, or a number with its unit."""
    if len(parts) == 1:
        only = parts[0]
        if only.kind == "number":  # "5m"
            return not _NUMBER.fullmatch(only.source) and only.source[-1].isalpha()
        return only.kind == "name" and only.source not in ("True", "False", "None")
    if all(part.kind in ("name", "number") or part.source in ("-", "'") for part in parts):
        return sum(part.kind == "name" for part in parts) > 0 and parts[0].kind != "operator"
    is_prose = [part.kind for part in parts[:2]] == ["name", "name"] and parts[0].source not in ("not", "lambda")
    return is_prose and all(part.kind in ("name", "number") or part.source in _MARKS for part in parts)


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
        is_filled = any(isinstance(text, Word) for text in texts)
        return Template("an expression", texts) if is_filled else Joined("".join(texts))
    if isinstance(body, ast.UnaryOp) and isinstance(body.operand, ast.Constant):
        number = body.operand.value
        if isinstance(number, (int, float)) and isinstance(body.op, (ast.UAdd, ast.USub)):
            return -number if isinstance(body.op, ast.USub) else number
    return _other_value(body, above)


def _other_value(body: ast.expr, above: int) -> Value:
    """What is neither a literal nor a list: an object, or a call around a literal."""
    if isinstance(body, ast.Attribute):
        return Attribute(body.attr.replace("_", " "))
    if isinstance(body, ast.Dict):
        pairs = zip(body.keys, body.values, strict=True)
        return Named({str(key.value): _node(item, above) for key, item in pairs if isinstance(key, ast.Constant)})
    inner = _within_call(body) if isinstance(body, ast.Call) else None
    return Refused(_KINDS.get(type(body), "an expression")) if inner is None else _value(inner, above)


def _within_call(body: ast.Call) -> ast.expr | None:
    """The literal of a call that says no more than it does: `str('x')`, `'x'.strip()`, `', '.join(['x', 'y'])`.

    None for any other call, which would have to be run.
    """
    function, arguments = body.func, body.args
    named = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if body.keywords or len(arguments) > 1:
        return None
    owner = function.value if isinstance(function, ast.Attribute) else None
    if isinstance(owner, ast.Constant) and isinstance(owner.value, str):
        if named == "join" and arguments and (texts := _texts(arguments[0])) is not None:
            return ast.copy_location(ast.Constant(owner.value.join(texts)), body)
        if named == "split" and arguments and isinstance(arguments[0], ast.Constant) and arguments[0].value:
            texts = [text.strip() for text in owner.value.split(str(arguments[0].value))]
            items: list[ast.expr] = [ast.copy_location(ast.Constant(text), body) for text in texts]
            return ast.copy_location(ast.List(items, ast.Load()), body)
        return owner if named in _SAME and not arguments else None
    return arguments[0] if named in _PLAIN_CALLS and arguments and isinstance(arguments[0], _LITERALS) else None


def _texts(body: ast.expr) -> list[str] | None:
    """The texts of a list of nothing else."""
    items = body.elts if isinstance(body, (ast.List, ast.Tuple)) else [body]
    texts = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return texts if isinstance(body, (ast.List, ast.Tuple)) and len(texts) == len(items) else None


def _added(body: ast.expr) -> list[str] | None:
    """The texts and variables of `'a' + b + …` in order; None for anything else. MAX_OPERATORS bounds their number."""
    if isinstance(body, ast.Constant):
        return [body.value] if isinstance(body.value, str) else None
    if isinstance(body, ast.Name):
        return [Word(body.id)]
    if not isinstance(body, ast.BinOp) or not isinstance(body.op, ast.Add):
        return None
    left, right = _added(body.left), _added(body.right)
    return None if left is None or right is None else left + right


def named(value: object) -> str:
    """A value as a report names it."""
    if isinstance(value, Refused):
        return value.what
    if isinstance(value, float) and math.isnan(value):
        return "not a number"
    return "a list" if isinstance(value, list) else str(value)[:40]
