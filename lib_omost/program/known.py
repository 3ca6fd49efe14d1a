"""What is known of a value: whether it holds, what a loop walks through, what stands behind its dot."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from lib_omost.program.kinds import (
    Builtin,
    CanvasValue,
    Class,
    Function,
    Instance,
    RefusedError,
    Unknown,
    Values,
    source_of,
)


def values_of(owner: Any) -> Values:
    """What stands behind a dot: of an object and its class, of a class, or, as in JavaScript, of a dictionary."""
    if isinstance(owner, Instance):
        return owner.made_by.values | owner.values
    return owner.values if isinstance(owner, Class) else owner if isinstance(owner, dict) else {}


def bound(value: Any, owner: Any) -> Any:
    """A function of a class as a method of its object."""
    is_method = isinstance(value, Function) and value.owner is None and not value.is_static and value.name != "lambda"
    if not isinstance(owner, Instance) or not is_method:
        return value
    return replace(value, owner=owner)


def truth_of(value: Any) -> bool | None:
    """Whether a condition holds; None where that is not known."""
    if isinstance(value, (Unknown, Builtin)):
        return None
    return bool(value) if not isinstance(value, (CanvasValue, Function, Class, Instance)) else True


def iterated(value: Any, node: ast.AST | None = None) -> list[Any]:
    """What a loop walks through. Raises RefusedError where that is not known."""
    if isinstance(value, (list, tuple, str, dict)):
        return list(value)
    source = value.source if isinstance(value, Unknown) else source_of(node)[:60] if node is not None else "it"
    raise RefusedError(f"{source[:60]} stands for no list that is known")
