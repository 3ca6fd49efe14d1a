"""The kinds of values that code can come to here, and the counts that bound what it may do."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

MOST_STEPS = 30_000
MOST_CHARS = 1_000_000  # of all texts that are made
MOST_CALLS_MADE = 256
LONGEST_TEXT = 20_000
LONGEST_LIST = 1_000
LARGEST = 10**12
DEEPEST_CALL = 8
DEEPEST_NODE = 40
MOST_DEPTH = 8  # lists in lists of an argument that is written out

Values = dict[str, Any]


class RefusedError(Exception):
    """A statement that cannot be followed: what stands in the way."""


class Unknown:
    """A value that is not known: the source that it comes from."""

    def __init__(self, source: str) -> None:
        self.source = source


class CanvasValue:
    """What `Canvas()` makes: calls of its methods are what a program is read for."""


@dataclass(frozen=True)
class Function:
    """A function or a lambda of the reply's own; `values` are the names that it was defined among."""

    name: str
    arguments: ast.arguments
    body: list[ast.stmt] | ast.expr
    values: tuple[Values, ...]
    defaults: tuple[Any, ...] = ()
    keyword_defaults: tuple[Any, ...] = ()
    owner: Any = None  # of a method: the object, which is its first argument
    is_static: bool = False  # a function of a class that is given no object


@dataclass(frozen=True)
class Class:
    """A class of the reply's own; `fields` are those of a dataclass, with their defaults."""

    name: str
    values: Values
    fields: tuple[str, ...] = ()


@dataclass
class Instance:
    """An object of such a class."""

    made_by: Class
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Builtin:
    """A function or method that is known by its name; `owner` is what it is a method of."""

    name: str
    owner: Any = None


PLAIN = (str, int, float, bool, type(None))


class Budget:
    """What may still be done. Raises RefusedError when it is spent."""

    def __init__(self) -> None:
        self.steps, self.chars, self.calls = MOST_STEPS, MOST_CHARS, MOST_CALLS_MADE

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise RefusedError("it takes too many steps")

    def text(self, size: int) -> None:
        self.chars -= size
        if size > LONGEST_TEXT or self.chars < 0:
            raise RefusedError("it makes too long texts")

    def made(self, value: Any) -> Any:
        """The value, when it is of a size that may be."""
        if isinstance(value, str):
            self.text(len(value))
        elif isinstance(value, (list, tuple, dict)):
            if len(value) > LONGEST_LIST:
                raise RefusedError("it makes too long lists")
            self.chars -= len(value)
        elif isinstance(value, (int, float)) and abs(value) > LARGEST:
            raise RefusedError("it makes too large numbers")
        return value


def is_known(value: Any, depth: int = 0) -> bool:
    """Whether all of a value is known."""
    if isinstance(value, (list, tuple)):
        return depth < MOST_DEPTH and all(is_known(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return depth < MOST_DEPTH and all(is_known(item, depth + 1) for item in value.values())
    return not isinstance(value, Unknown)


def written(value: Any, depth: int = 0) -> str:
    """A value as the source of an argument; an unknown one as the source that it comes from."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Instance):
        value = value.values
    source = value.source if isinstance(value, Unknown) else "()()"  # is read as a function call, and refused
    if depth <= MOST_DEPTH and isinstance(value, (list, tuple)):
        source = "[" + ", ".join(written(item, depth + 1) for item in value) + "]"
    elif depth <= MOST_DEPTH and isinstance(value, dict):
        source = "{" + ", ".join(f"{key!r}: {written(item, depth + 1)}" for key, item in value.items()) + "}"
    return source
