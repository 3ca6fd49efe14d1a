"""The kinds of values that code can come to here, and the counts that bound what it may do."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

MOST_STEPS = 30_000
MOST_CHARS = 1_000_000  # of all texts that are made
MOST_CALLS_MADE = 256
LONGEST_TEXT = 20_000
LONGEST_LIST = 1_000
LARGEST = 10**12
HEAVIEST = 10_000  # values in values of what is compared, written out or given to a function
DEEPEST = 16  # values in values
DEEPEST_CALL = 12
DEEPEST_NODE = 40
MOST_DEPTH = 8  # lists in lists of an argument that is written out
LONGEST_SOURCE = 2_000  # characters of what is not known
NO_SOURCE = "()()"  # is read as a function call, and refused

Values = dict[str, Any]


class RefusedError(Exception):
    """A statement that cannot be followed: what stands in the way."""


class Unknown:
    """A value that is not known: the source that it comes from."""

    def __init__(self, node: ast.AST | str) -> None:
        self._node = node

    @property
    def source(self) -> str:
        if isinstance(self._node, ast.AST):
            self._node = source_of(self._node)
        return self._node


class Distinct(list[Any]):
    """A set: in order, as what a reply makes must not depend on chance."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__(dict.fromkeys(values))


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
    keyword_defaults: tuple[tuple[str, Any], ...] = ()
    owner: Any = None  # of a method: the object, which is its first argument
    is_static: bool = False  # a function of a class that is given no object


@dataclass(frozen=True)
class Class:
    """A class of the reply's own; `fields` are those of a dataclass, with their defaults."""

    name: str
    values: Values
    fields: tuple[str, ...] = ()


@dataclass(eq=False)
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

    def step(self, count: int = 1) -> None:
        self.steps -= count
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
            self.chars -= 4 * len(value)
            if len(value) > LONGEST_LIST or self.chars < 0:
                raise RefusedError("it makes too long lists")
        elif isinstance(value, (int, float)) and abs(value) > LARGEST:
            raise RefusedError("it makes too large numbers")
        return value

    def has_call(self, node: ast.AST) -> bool:
        """Whether there is a call in what is not followed; looking for it is paid for."""
        nodes = list(ast.walk(node))
        self.step(len(nodes) // 20)
        return any(isinstance(inner, ast.Call) for inner in nodes)

    def weigh(self, *values: Any) -> bool:
        """Pay for looking at all of some values; whether each is plain, or a list, tuple or dictionary of such."""
        waiting = [(value, 0) for value in values]
        weight, is_plain = 0, True
        while waiting:
            value, depth = waiting.pop()
            weight += 1 + (len(value) // 50 if isinstance(value, str) else 0)
            is_container = isinstance(value, (list, tuple, dict))
            is_plain = is_plain and (is_container or isinstance(value, PLAIN)) and not isinstance(value, Distinct)
            if isinstance(value, Instance):
                value, is_container = value.values, True
            if not is_container:
                continue
            weight += len(value)
            if weight > HEAVIEST or depth > DEEPEST:
                raise RefusedError("it makes too large lists")
            waiting += [(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value)]
        self.step(weight // 20)
        return is_plain


def is_key(value: Any) -> bool:
    """Whether a value may be a key of a dictionary: one that is plain, or a tuple of such."""
    return isinstance(value, PLAIN) or (isinstance(value, tuple) and all(isinstance(item, PLAIN) for item in value))


def source_of(node: ast.AST) -> str:
    """A node as code of one line; NO_SOURCE for one that is too long."""
    nodes = list(islice(ast.walk(node), LONGEST_SOURCE // 10))
    sizes = [len(part.value) for part in nodes if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if len(nodes) == LONGEST_SOURCE // 10 or sum(sizes) > LONGEST_SOURCE:
        return NO_SOURCE
    try:
        return ast.unparse(node).replace("\n", "\\n")  # a line ends in a text only
    except (RecursionError, ValueError):
        return NO_SOURCE


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
    source = value.source if isinstance(value, Unknown) else NO_SOURCE
    if depth <= MOST_DEPTH and isinstance(value, (list, tuple)):
        source = "[" + ", ".join(written(item, depth + 1) for item in value) + "]"
    elif depth <= MOST_DEPTH and isinstance(value, dict):
        source = "{" + ", ".join(f"{key!r}: {written(item, depth + 1)}" for key, item in value.items()) + "}"
    return source
