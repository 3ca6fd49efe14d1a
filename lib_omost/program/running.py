"""Follows the statements of a program, its loops, functions and classes, and collects the calls that they make."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.program.arguments import bound_arguments
from lib_omost.program.builtin import CHANGING, NotKnownError, called
from lib_omost.program.expressions import Expressions
from lib_omost.program.following import FOLLOWERS, LoopEndError, ReturnError
from lib_omost.program.kinds import (
    DEEPEST_CALL,
    Budget,
    Builtin,
    CanvasValue,
    Class,
    Function,
    Instance,
    RefusedError,
    Unknown,
    Values,
    written,
)
from lib_omost.program.known import iterated, truth_of

OURS = re.compile(
    r"(?i:set|add|create|define|insert|place|put|draw|make|describe)_?\w{0,20}(?i:global|local|region)\w{0,30}"
)
_PASSED_OVER = (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert)


@dataclass(frozen=True)
class Made:
    """A call as code: `parts` are its arguments in order, each with the line that it stands on.

    `arguments` are the expressions and values of one that stands in no function of the reply's own.
    """

    line: int
    head: str
    parts: tuple[tuple[int, str], ...]
    arguments: tuple[tuple[ast.expr, Any], ...] | None = None


class Program:
    """The names of a program and the calls that it has made so far."""

    def __init__(self) -> None:
        self.budget = Budget()
        self.top: Values = {}
        self.made: list[Made] = []
        self.called: set[str] = set()  # functions and classes of its own that were called
        self.stack: list[str] = []
        self.line = 0  # of what is running among the statements that stand in no function

    def run(self, statements: Sequence[ast.stmt]) -> None:
        """Follow statements. Raises RefusedError, and leaves no call made, where one cannot be followed."""
        before = len(self.made)
        try:
            self.follow(statements, (self.top,))
        except RefusedError:
            del self.made[before:]
            raise
        except (RecursionError, MemoryError, LoopEndError, ReturnError):
            del self.made[before:]
            raise RefusedError("it is nested too deeply") from None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            del self.made[before:]
            raise RefusedError("its values do not fit each other") from None
        finally:
            self.stack.clear()

    def reader(self, values: tuple[Values, ...]) -> Expressions:
        return Expressions(self.budget, values, self.call)

    def follow(self, statements: Sequence[ast.stmt], values: tuple[Values, ...]) -> None:
        for statement in statements:
            self.budget.step()
            if not self.stack:
                self.line = statement.lineno
            follower = FOLLOWERS.get(type(statement))
            if follower is not None:
                follower(self, statement, values)
            elif not isinstance(statement, _PASSED_OVER) and self.budget.has_call(statement):
                raise RefusedError(f"{type(statement).__name__.lower()} is not followed")

    def call(self, node: ast.Call, function: Any, arguments: list[Any], names: dict[str, Any]) -> Any:
        """What a call returns; one of a canvas is kept as code."""
        if not self.stack:
            self.line = node.lineno
        if isinstance(function, Function):
            before = len(self.made)
            value = self.call_own(function, arguments, names)
            is_ours = len(self.made) == before and OURS.fullmatch(function.name) is not None
            return self.keep(node, function.name, arguments, names) if is_ours else value
        if isinstance(function, Class):
            return self.make(function, arguments, names)
        if isinstance(function, Builtin):
            return self.call_known(node, function, arguments, names)
        if isinstance(function, Unknown) and isinstance(node.func, ast.Name) and OURS.search(function.source):
            raise RefusedError(f"{function.source[:60]} is not followed")
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if OURS.fullmatch(name):
            return self.keep(node, name, arguments, names)
        return self.begin(node, arguments, names) if name == "Canvas" else Unknown(node)

    def call_known(self, node: ast.Call, function: Builtin, arguments: list[Any], names: dict[str, Any]) -> Any:
        name, owner = function.name, function.owner
        if name == "Canvas" and owner is None:
            return self.begin(node, arguments, names)
        if isinstance(owner, CanvasValue) or (owner is None and OURS.fullmatch(name)):
            return self.keep(node, name, arguments, names)
        if isinstance(owner, Builtin) and isinstance(owner.owner, CanvasValue) and name == "append" and arguments:
            value = arguments[0].values if isinstance(arguments[0], Instance) else arguments[0]
            fields = {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}
            return self.keep(node, "add_local_description", [] if fields else arguments, fields)
        if name in ("map", "filter") and len(arguments) == 2 and isinstance(arguments[0], Function):
            found = [(item, self.call_own(arguments[0], [item], {})) for item in iterated(arguments[1])]
            return [value for _, value in found] if name == "map" else [item for item, keep in found if truth_of(keep)]
        try:
            self.budget.weigh(owner, *arguments, *names.values())
            return called(name, owner, arguments, names)
        except NotKnownError:
            if isinstance(owner, CHANGING):
                raise RefusedError(f"{name[:60]} cannot be followed") from None
            is_object = owner is None and name[:1].isupper() and not arguments and names
            return dict(names) if is_object else Unknown(node)

    def begin(self, node: ast.Call, arguments: list[Any], names: dict[str, Any]) -> CanvasValue:
        self.add(node, "canvas = Canvas(", arguments, names)
        return CanvasValue()

    def keep(self, node: ast.Call, name: str, arguments: list[Any], names: dict[str, Any]) -> CanvasValue:
        self.add(node, f"canvas.{name}(", arguments, names)
        return CanvasValue()

    def add(self, node: ast.Call, head: str, arguments: list[Any], names: dict[str, Any]) -> None:
        self.budget.calls -= 1
        if self.budget.calls < 0:
            raise RefusedError("it makes too many calls")
        is_direct = not self.stack and len(node.args) == len(arguments)
        places = {keyword.arg: keyword.value for keyword in node.keywords} if is_direct else {}
        nodes = [*(node.args if is_direct else [None] * len(arguments)), *(places.get(name) for name in names)]
        values = [*arguments, *names.values()]
        self.budget.weigh(*values)
        if not all(map(str.isidentifier, names)):
            raise RefusedError("an argument of it has no name")
        parts: list[tuple[int, str]] = []
        for label, value, place in zip(
            [""] * len(arguments) + [f"{name}=" for name in names], values, nodes, strict=True
        ):
            if not isinstance(value, CanvasValue):
                code = label + written(value)
                self.budget.chars -= len(code)
                parts.append((self.line if place is None else place.lineno, code))
        if self.budget.chars < 0:
            raise RefusedError("it makes too long texts")
        pairs = tuple((place, value) for place, value in zip(nodes, values, strict=True) if place is not None)
        self.made.append(
            Made(self.line, head, tuple(parts), pairs if is_direct and len(pairs) == len(values) else None)
        )

    def call_own(self, function: Function, arguments: list[Any], names: dict[str, Any]) -> Any:
        if function.name in self.stack and function.name != "lambda":
            raise RefusedError(f"{function.name} calls itself")
        if len(self.stack) >= DEEPEST_CALL:
            raise RefusedError("functions call each other too deeply")
        own = bound_arguments(function, arguments, names)
        self.called.add(function.name)
        self.stack.append(function.name)
        try:
            if isinstance(function.body, ast.expr):
                return self.reader((*function.values, own)).read(function.body)
            self.follow(function.body, (*function.values, own))
        except ReturnError as returned:
            return returned.value
        finally:
            self.stack.pop()
        return None

    def make(self, kind: Class, arguments: list[Any], names: dict[str, Any]) -> Any:
        """A new object of a class of the reply's own."""
        self.called.add(kind.name)
        made = Instance(kind)
        start = kind.values.get("__init__")
        if isinstance(start, Function):
            self.call_own(replace(start, name=kind.name, owner=made), arguments, names)
            return made
        if len(arguments) > len(kind.fields) or set(names) - set(kind.fields):
            made.values.update(names)
            return made
        defaults = {name: kind.values[name] for name in kind.fields if name in kind.values}
        made.values.update(defaults | dict(zip(kind.fields, arguments, strict=False)) | names)
        return made
