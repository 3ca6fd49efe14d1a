"""Where the statements of code begin and end in a text of any kind, and their syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lib_omost.canvas.strings import known_escapes
from lib_omost.canvas.tokens import Token, tokens

MOST_FAILED = 100  # statements that are tried and are none
LONGEST = 30_000  # characters of a statement
NO_FILE = "a reply/"  # of what cannot be parsed Python looks for the line in the file of that name: here in none
LONGEST_CHAIN = 120  # tokens between commas or line ends: what may be nested in each other
DEEPEST = 24  # brackets in brackets

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|(?:\d[\d_]{0,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?")
_BOUNDARY = re.compile(
    r"[ \t]{0,8}(?:```|~~~)|(?:\#{2,6}|\*\*)?[ \t]?(?:user|human|assistant|system)(?:\*\*|:){0,2}[ \t]*$", re.I
)
_COMPOUND = re.compile(r"(?:async\s+)?(?:def|class|for|while|with|if|try)\b")
_GOES_ON = re.compile(r"(?:elif|else|except|finally)\b")
_START = re.compile(
    rf"{_COMPOUND.pattern}|@\w|\[|[A-Za-z_][\w.]{{0,120}}(?:\[[^\]\n]{{0,60}}\])?"
    r"(?:[ \t]{0,4}:[ \t]?[\w\[\], .|]{1,60})?(?:[ \t]{0,4}[-+*/%|]?=(?!=)|[ \t]?\()"
    r"|(?:\w{1,40}[ \t]?,[ \t]?){1,8}\w{1,40}[ \t]?="
)
_PIECE = re.compile(
    r"""\'{3}(?:\\.|[^\\])*?\'{3}|\"{3}(?:\\.|[^\\])*?\"{3}|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
    r"""|\#[^\n]*|\.?\d[\w.]*|\w+|\n|\S""",
    re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """One statement that stands in no other: its lines, from `first` up to `last`, and its trees, () for no Python."""

    first: int
    last: int
    trees: tuple[ast.stmt, ...]


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text, in order; prose is passed over. Takes time in proportion to the length."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    ends = _block_ends(lines)
    left, failed, number = len(text) + LONGEST, 0, 0
    base = 0
    while number < len(lines):
        line = lines[number]
        stripped = line.lstrip(" \t")
        if not stripped or not _START.match(stripped):
            number += 1
            continue
        base = len(line) - len(stripped)
        last = _last_line(text, starts, lines, number, ends[number])
        size = starts[last + 1] - starts[number]
        trees = _trees(text, starts, number, last, base) if size <= LONGEST else ()
        yield Statement(number, last, trees)
        if trees:
            number = last + 1
            continue
        number += 1
        failed, left = failed + 1, left - size
        if failed > MOST_FAILED or left < 0:
            return


def _block_ends(lines: list[str]) -> list[int]:
    """For each line the number of the line at which its block ends."""
    ends = [len(lines)] * len(lines)
    end = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if _BOUNDARY.match(lines[number]):
            end = number
        ends[number] = max(end, number + 1)
    return ends


def _last_line(text: str, starts: list[int], lines: list[str], first: int, end: int) -> int:
    """The last line of the statement that begins at `first`."""
    line = lines[first]
    base = len(line) - len(line.lstrip(" \t"))
    last = _logical_end(text, starts, first, end)
    if not (_COMPOUND.match(line.lstrip(" \t")) or line.lstrip(" \t").startswith("@")):
        return last
    was_decorator = line.lstrip(" \t").startswith("@")
    following = last + 1
    while following < end:
        line = lines[following]
        stripped = line.lstrip(" \t")
        if not stripped:
            following += 1
            continue
        belongs = len(line) - len(stripped) > base or stripped[0] == "#" or _GOES_ON.match(stripped) or was_decorator
        if not belongs:
            break
        was_decorator = stripped.startswith("@") and len(line) - len(stripped) == base
        if stripped[0] == "#" and len(line) - len(stripped) <= base:
            following += 1
            continue
        last = _logical_end(text, starts, following, end)
        following = last + 1
    return last


def _logical_end(text: str, starts: list[int], first: int, end: int) -> int:
    """The line on which what begins on the line `first` has all of its brackets closed."""
    limit = min(starts[end] - 1, starts[first] + LONGEST, len(text))
    line, depth, place = first, 0, starts[first]
    for token in tokens(text, starts[first], limit):
        gap = text.count("\n", place, token.start)
        if gap and depth <= 0 and not text[place : token.start].rstrip(" \t").endswith("\\\n"):
            return line
        line += gap + text.count("\n", token.start, token.end)
        place = token.end
        depth += (token.kind in ("open", "call")) - (token.kind == "close")
        if token.kind == "call" and not token.source.rstrip().endswith(("(", "（")):
            depth -= 1
    return line


def _trees(text: str, starts: list[int], first: int, last: int, base: int) -> tuple[ast.stmt, ...]:
    """The syntax trees of lines, whose line numbers are those of the text, counted from 0; () for what is no Python."""
    start, end = starts[first] + base, min(starts[last + 1] - 1, len(text))
    plain = text[start:end]
    if base:
        plain = re.sub(rf"^[ \t]{{{base}}}", "", plain, flags=re.MULTILINE)
    for attempt in (plain if _is_flat(plain) else None, _source(text, start, end, base)):
        try:
            trees = ast.parse(attempt, NO_FILE).body if attempt is not None else []
            for tree in trees:
                ast.increment_lineno(tree, first - 1)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        if trees:
            return tuple(trees)
    return ()


def _is_flat(source: str) -> bool:
    """Whether code may be given to Python's parser as it stands: not nested too deeply, and without odd escapes."""
    depth = chain = 0
    for match in _PIECE.finditer(source):
        piece = match[0]
        if piece[0].isdigit() and not _NUMBER.fullmatch(piece):
            return False
        depth += (piece in "([{") - (piece in ")]}")
        chain = 0 if piece == "," or (piece == "\n" and depth <= 0) else chain + 1
        if depth > DEEPEST or chain > LONGEST_CHAIN:
            return False
    return "\\" not in source or known_escapes(source) == source


def _source(text: str, start: int, end: int, base: int) -> str | None:
    """Code that Python reads: quotes and brackets put right, without comments. None where it is nested too deeply."""
    pieces: list[str] = []
    place, depth, chain = start, 0, 0
    for token in tokens(text, start, end):
        gap = text[place : token.start]
        if "\n" in gap:
            indent = len(gap) - gap.rfind("\n") - 1
            pieces.append(("\n" if depth <= 0 else " \n") * gap.count("\n") + " " * (max(0, indent - base)))
            chain = chain if depth > 0 else 0
        elif gap:
            pieces.append(" ")
        source = _written(text, token)
        if source is None:
            return None
        depth += (token.kind in ("open", "call")) - (token.kind == "close")
        chain = 0 if token.kind == "comma" else chain + 1
        if depth > DEEPEST or chain > LONGEST_CHAIN:
            return None
        pieces.append(source)
        missing = text.count("\n", token.start, token.end) - source.count("\n")
        if missing > 0 and depth > 0:
            pieces.append("\n" * missing)
        place = token.end
    return "".join(pieces)


def _written(text: str, token: Token) -> str | None:
    """One token as Python has it."""
    if token.kind == "string":
        raw = text[token.start : token.end]
        prefix = raw[: len(raw) - len(raw.lstrip("rRbBfFuU"))].lower()
        if not token.closed or "b" in prefix:
            return None
        if "f" in prefix and "{" in token.content:
            return raw if "r" in prefix or "\\" not in raw else known_escapes(raw)
        return token.source
    if token.kind == "number":
        return token.source if _NUMBER.fullmatch(token.source) else None
    if token.kind == "keyword":
        sign = text[token.start : token.end][len(token.source) :].strip()
        return f"{token.source}{' ' if sign == '==' else ''}{'==' if sign == '==' else '='}"
    return token.source
