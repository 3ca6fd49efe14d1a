"""What each kind of statement does: assignments, conditions, loops, and definitions of functions and classes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lib_omost.program.expressions import assign
from lib_omost.program.kinds import Class, Function, RefusedError, Values, source_of
from lib_omost.program.known import iterated, truth_of

if TYPE_CHECKING:
    from lib_omost.program.running import Program

KINDS = (ast.FunctionDef, ast.AsyncFunctionDef)


class ReturnError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class LoopEndError(Exception):
    """`break`, or with `goes_on` `continue`."""

    def __init__(self, *, goes_on: bool) -> None:
        super().__init__()
        self.goes_on = goes_on


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
    if isinstance(statement.op, ast.Add) and isinstance(owner := reader.read(statement.target), list):
        added = iterated(reader.read(statement.value), statement.value)
        program.budget.made([*owner, *added])
        owner += added  # in place: other names of the list see it
        return
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
            raise RefusedError(f"{source_of(statement.test)[:60]} is not known")
        if not truth:
            program.follow(statement.orelse, values)
            return
        if not _turn(program, statement.body, values):
            return


def _turn(program: Program, body: list[ast.stmt], values: tuple[Values, ...]) -> bool:
    """One turn of a loop; whether there may be another."""
    try:
        program.follow(body, values)
    except LoopEndError as end:
        return end.goes_on
    return True


def _condition(program: Program, statement: ast.If, values: tuple[Values, ...]) -> None:
    truth = truth_of(program.reader(values).read(statement.test))
    if truth is None:
        raise RefusedError(f"{source_of(statement.test)[:60]} is not known")
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
    keyword_defaults = reader.keyword_defaults(statement.args)
    defaults = tuple(map(reader.read, statement.args.defaults))
    is_static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in statement.decorator_list)
    made = Function(statement.name, statement.args, statement.body, values, defaults, keyword_defaults)
    values[-1][statement.name] = replace(made, is_static=is_static)


def _define_class(program: Program, statement: ast.ClassDef, values: tuple[Values, ...]) -> None:
    if statement.name == "Canvas":
        return  # the one that there is
    own: Values = {}
    for base in map(program.reader(values).read, statement.bases):
        own.update(base.values if isinstance(base, Class) else {})
    for node in statement.body:
        if isinstance(node, KINDS):
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
    raise ReturnError(None if statement.value is None else program.reader(values).read(statement.value))


def _end_loop(_program: Program, statement: ast.Break | ast.Continue, _values: tuple[Values, ...]) -> None:
    raise LoopEndError(goes_on=isinstance(statement, ast.Continue))


def _evaluate(program: Program, statement: ast.Expr, values: tuple[Values, ...]) -> None:
    program.reader(values).read(statement.value)


def _refuse(_program: Program, statement: ast.stmt, _values: tuple[Values, ...]) -> None:
    raise RefusedError(f"{type(statement).__name__.lower()} is not followed")


FOLLOWERS: dict[type[ast.stmt], Callable[[Program, Any, tuple[Values, ...]], None]] = {
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
    **dict.fromkeys((ast.Raise, ast.Delete, ast.Global, ast.Nonlocal), _refuse),
}
