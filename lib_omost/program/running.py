"""Follows the statements of a program, its loops, functions and classes, and collects the calls that they make."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.program.builtin import NotKnownError, called
from lib_omost.program.expressions import Expressions, assign, iterated, truth_of, unknown
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

OURS = re.compile(
    r"(?i:set|add|create|define|insert|place|put|draw|make|describe)_?\w{0,20}(?i:global|local|region)\w{0,30}"
)
_KINDS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Made:
    """A call as code: `parts` are its arguments in order, each with the line that it stands on.

    `arguments` are the expressions and values of one that stands in no function of the reply's own.
    """

    line: int
    head: str
    parts: tuple[tuple[int, str], ...]
    arguments: tuple[tuple[ast.expr, Any], ...] | None = None


class _ReturnError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _LoopEndError(Exception):
    """`break`, or with `goes_on` `continue`."""

    def __init__(self, *, goes_on: bool) -> None:
        super().__init__()
        self.goes_on = goes_on


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
        except (RecursionError, _LoopEndError, _ReturnError):
            del self.made[before:]
            raise RefusedError("it is nested too deeply") from None
        finally:
            self.stack.clear()

    def reader(self, values: tuple[Values, ...]) -> Expressions:
        return Expressions(self.budget, values, self.call)

    def follow(self, statements: Sequence[ast.stmt], values: tuple[Values, ...]) -> None:
        for statement in statements:
            self.budget.step()
            if not self.stack:
                self.line = statement.lineno
            follower = _FOLLOWERS.get(type(statement))
            if follower is not None:
                follower(self, statement, values)

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
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if OURS.fullmatch(name):
            return self.keep(node, name, arguments, names)
        return self.begin(node, arguments, names) if name == "Canvas" else unknown(node)

    def call_known(self, node: ast.Call, function: Builtin, arguments: list[Any], names: dict[str, Any]) -> Any:
        name, owner = function.name, function.owner
        if name == "Canvas" and owner is None:
            return self.begin(node, arguments, names)
        if isinstance(owner, CanvasValue) or (owner is None and OURS.fullmatch(name)):
            return self.keep(node, name, arguments, names)
        if name in ("map", "filter") and len(arguments) == 2 and isinstance(arguments[0], Function):
            found = [(item, self.call_own(arguments[0], [item], {})) for item in iterated(arguments[1])]
            return [value for _, value in found] if name == "map" else [item for item, keep in found if truth_of(keep)]
        try:
            return called(name, owner, arguments, names)
        except NotKnownError:
            is_object = owner is None and name[:1].isupper() and not arguments and names
            return dict(names) if is_object else unknown(node)

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
        except _ReturnError as returned:
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


def bound_arguments(function: Function, arguments: list[Any], names: dict[str, Any]) -> Values:
    """What the parameters of a function stand for in a call. Raises RefusedError where they do not fit."""
    parameters = function.arguments
    listed = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    if function.owner is not None and listed:
        arguments = [function.owner, *arguments]
    own: Values = dict(zip(listed[len(listed) - len(function.defaults) :], function.defaults, strict=False))
    only = [parameter.arg for parameter in parameters.kwonlyargs]
    own |= {name: value for name, value in zip(only, function.keyword_defaults, strict=False) if value is not None}
    own |= dict(zip(listed, arguments, strict=False))
    left = arguments[len(listed) :]
    if parameters.vararg is not None:
        own[parameters.vararg.arg] = tuple(left)
    elif left:
        raise RefusedError(f"{function.name} takes {len(listed)} arguments and is given {len(arguments)}")
    others = {name: value for name, value in names.items() if name not in listed and name not in only}
    own |= {name: value for name, value in names.items() if name not in others}
    if parameters.kwarg is not None:
        own[parameters.kwarg.arg] = others
    elif others:
        raise RefusedError(f"{function.name} takes no argument {next(iter(others))}")
    missing = [name for name in (*listed, *only) if name not in own]
    return own | {name: Unknown(name) for name in missing}


def _assign(program: Program, statement: Any, values: tuple[Values, ...]) -> None:
    reader = program.reader(values)
    value = None if statement.value is None else reader.plain(statement.value)
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        if isinstance(value, Function) and value.name == "lambda" and isinstance(target, ast.Name):
            value = replace(value, name=target.id)
        assign(target, value, values[-1], reader)


def _change(program: Program, statement: ast.AugAssign, values: tuple[Values, ...]) -> None:
    reader = program.reader(values)
    changed = ast.copy_location(ast.BinOp(statement.target, statement.op, statement.value), statement)
    assign(statement.target, reader.read(changed), values[-1], reader)


def _loop(program: Program, statement: ast.For, values: tuple[Values, ...]) -> None:
    reader = program.reader(values)
    for item in iterated(reader.read(statement.iter), statement.iter):
        assign(statement.target, item, values[-1], reader)
        if not _turn(program, statement.body, values):
            return
    program.follow(statement.orelse, values)


def _while(program: Program, statement: ast.While, values: tuple[Values, ...]) -> None:
    reader = program.reader(values)
    while True:
        truth = truth_of(reader.read(statement.test))
        if truth is None:
            raise RefusedError(f"{ast.unparse(statement.test)[:60]} is not known")
        if not truth or not _turn(program, statement.body, values):
            return


def _turn(program: Program, body: list[ast.stmt], values: tuple[Values, ...]) -> bool:
    """One turn of a loop; whether there may be another."""
    try:
        program.follow(body, values)
    except _LoopEndError as end:
        return end.goes_on
    return True


def _condition(program: Program, statement: ast.If, values: tuple[Values, ...]) -> None:
    truth = truth_of(program.reader(values).read(statement.test))
    if truth is None:
        raise RefusedError(f"{ast.unparse(statement.test)[:60]} is not known")
    program.follow(statement.body if truth else statement.orelse, values)


def _body(program: Program, statement: Any, values: tuple[Values, ...]) -> None:
    """`with` and `try`: what stands in them, as nothing goes wrong."""
    for item in getattr(statement, "items", ()):
        value = program.reader(values).read(item.context_expr)
        if item.optional_vars is not None:
            assign(item.optional_vars, value, values[-1], program.reader(values))
    program.follow([*statement.body, *getattr(statement, "orelse", ()), *getattr(statement, "finalbody", ())], values)


def _define(program: Program, statement: Any, values: tuple[Values, ...]) -> None:
    reader = program.reader(values)
    keyword_defaults = tuple(None if node is None else reader.read(node) for node in statement.args.kw_defaults)
    defaults = tuple(map(reader.read, statement.args.defaults))
    values[-1][statement.name] = Function(
        statement.name, statement.args, statement.body, values, defaults, keyword_defaults
    )


def _define_class(program: Program, statement: ast.ClassDef, values: tuple[Values, ...]) -> None:
    if statement.name == "Canvas":
        return  # the one that there is
    own: Values = {}
    for node in statement.body:
        if isinstance(node, _KINDS):
            _define(program, node, (*values, own))
            made = own[node.name]
            own[node.name] = replace(made, values=values)
        else:
            program.follow([node], (*values, own))
    fields = [
        node.target.id
        for node in statement.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    values[-1][statement.name] = Class(statement.name, own, tuple(fields))


def _return(program: Program, statement: ast.Return, values: tuple[Values, ...]) -> None:
    raise _ReturnError(None if statement.value is None else program.reader(values).read(statement.value))


def _end_loop(_program: Program, statement: ast.Break | ast.Continue, _values: tuple[Values, ...]) -> None:
    raise _LoopEndError(goes_on=isinstance(statement, ast.Continue))


def _evaluate(program: Program, statement: ast.Expr, values: tuple[Values, ...]) -> None:
    program.reader(values).read(statement.value)


_FOLLOWERS: dict[type[ast.stmt], Callable[[Program, Any, tuple[Values, ...]], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _assign,
    ast.AugAssign: _change,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.While: _while,
    ast.If: _condition,
    ast.With: _body,
    ast.AsyncWith: _body,
    ast.Try: _body,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class,
    ast.Return: _return,
    ast.Break: _end_loop,
    ast.Continue: _end_loop,
    ast.Expr: _evaluate,
}
