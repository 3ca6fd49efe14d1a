"""A text to read a canvas from, and the plain values that it gives names to."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lib_omost.canvas.lines import Lines
from lib_omost.canvas.strings import known_escapes
from lib_omost.canvas.tokens import tokens

MOST_VARIABLES = 64
LONGEST_VALUE = 4000  # characters
MOST_IN_VAIN = 5 * LONGEST_VALUE  # characters that are looked through for the ends of values that have none

_ASSIGNMENT = re.compile(
    r"^[ \t]{0,8}(?:(?:const|let|var)[ \t]+)?([A-Za-z_]\w{0,60})[ \t]{0,4}(?::[ \t]?\w{1,20}[ \t]?)?"
    r"=(?!=)[ \t]{0,4}(?=(\S.{0,4000}))",
    re.MULTILINE,
)
_CHANGED = re.compile(r"^[ \t]{0,40}(\w{1,60})[ \t]?[-+*/|%]=|\bfor[ \t]+([\w, ()]{1,120}?)[ \t]+in\b", re.MULTILINE)
_OBJECT = re.compile(r"(?:(?:dict|[A-Z]\w{1,40})[ \t]?\(|\{)")


@dataclass(frozen=True)
class Variable:
    """What a name stands for: a plain value, or, for an object, where its contents begin in the text."""

    value: str | float | list[str] | None
    place: int | None = None


@dataclass(frozen=True)
class Source:
    """The text, the lines of its places, and the variables that are assigned just once."""

    text: str
    lines: Lines
    variables: Mapping[str, Variable]


def find_variables(text: str) -> dict[str, Variable]:
    """Names that are given a literal text, number, list of texts or object, once and at the beginning of a line.

    Nothing is executed, so a name that is assigned twice, or computed, is not known.
    """
    found: dict[str, Variable] = {}
    ambiguous = {name for match in _CHANGED.finditer(text) for name in re.findall(r"\w+", match[1] or match[2])}
    in_vain = 0
    for count, match in enumerate(_ASSIGNMENT.finditer(text)):
        if count >= 4 * MOST_VARIABLES:
            break
        name, rest = match[1], match[2].rstrip()
        variable: Variable | None
        if opened := _OBJECT.match(rest):
            variable = Variable(None, match.end() + opened.end())
        else:
            value = None if rest.endswith(",") else _literal(rest)
            if value is None and in_vain < MOST_IN_VAIN and rest[:1] in ("[", "(", '"', "'"):
                whole = _to_its_end(text, match.end())
                in_vain += 0 if whole else LONGEST_VALUE
                value = _literal(whole)
            variable = None if value is None else Variable(value)
        if variable is None or (name in found and found[name] != variable):
            ambiguous.add(name)
        elif len(found) < MOST_VARIABLES:
            found[name] = variable
    return {name: variable for name, variable in found.items() if name not in ambiguous}


def _to_its_end(text: str, start: int) -> str:
    """What begins at `start` with a bracket or three quotes, over its lines; "" for anything else."""
    if text[start : start + 3] in ('"""', "'''"):
        end = text.find(text[start : start + 3], start + 3, start + LONGEST_VALUE)
        return text[start : end + 3] if end > 0 else ""
    if text[start : start + 1] not in ("[", "("):
        return ""
    depth = 0
    for token in tokens(text, start, min(len(text), start + LONGEST_VALUE)):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            return text[start : token.end]
    return ""


def _literal(rest: str) -> str | float | list[str] | None:
    if len(rest) > LONGEST_VALUE or rest.count("[") > 1:
        return None
    try:
        value = ast.literal_eval(known_escapes(rest.rstrip(";").strip()))
    except (SyntaxError, ValueError, MemoryError, RecursionError, TypeError):
        return None
    if isinstance(value, list):
        return value if all(isinstance(item, str) for item in value) else None
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
