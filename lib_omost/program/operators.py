"""What operators come to between two values. Those that could cost much, or are not Python's here, are not known."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from lib_omost.program.formatting import NotFormattedError, percented
from lib_omost.program.kinds import LONGEST_TEXT, PLAIN, Budget, Builtin, Distinct, Unknown, is_key


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and isinstance(one, PLAIN) and bool(one == other))


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
    ast.Is: _is_same,
    ast.IsNot: lambda one, other: not _is_same(one, other),
}


def worked_out(node: ast.BinOp, left: Any, right: Any) -> Any:
    """`left` and `right` under the operator of `node`, or an Unknown."""
    run = _OPERATORS.get(type(node.op))
    kinds = {type(left), type(right)}
    if isinstance(node.op, ast.Mod) and isinstance(left, str):
        try:
            return percented(left, right)
        except NotFormattedError:
            return Unknown(node)
    if isinstance(node.op, ast.BitOr) and kinds == {dict}:
        return left | right
    is_read = kinds <= {int, float, bool} or (isinstance(node.op, ast.Add) and kinds in ({str}, {list}, {tuple}))
    if isinstance(node.op, ast.Mult) and int in kinds and kinds & {str, list}:
        size = len(left if not isinstance(left, int) else right)
        is_read = size * (left if isinstance(left, int) else right) <= LONGEST_TEXT
    if run is None or not is_read:
        return Unknown(node)
    try:
        return run(left, right)
    except (ZeroDivisionError, OverflowError, TypeError):
        return Unknown(node)


def compared(budget: Budget, sign: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Whether `left` stands to `right` as `sign` says; None when that is not known."""
    if any(isinstance(value, (Unknown, Builtin)) for value in (left, right)):
        return None
    if not _is_comparable(budget, left, sign, right):
        return None
    try:
        return bool(_COMPARED[type(sign)](left, right))
    except TypeError:
        return None


def _is_comparable(budget: Budget, left: Any, sign: ast.cmpop, right: Any) -> bool:
    """Whether two values compare here as they do in Python, and soon."""
    is_within = isinstance(sign, (ast.In, ast.NotIn))
    if is_within and isinstance(right, dict):
        return is_key(left)
    is_plain = budget.weigh(left, *(right if is_within and isinstance(right, Distinct) else [right]))
    return is_plain or isinstance(sign, (ast.Is, ast.IsNot)) or left is None or right is None
