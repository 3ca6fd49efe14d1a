"""Would the original Omost take a reply? Its rules, as its readme and system prompt publish them, without its `exec`.

The original takes the first ```python block, runs it against a `Canvas` whose methods assert their arguments, and wants
a variable `canvas` to come of it. Here the block is read through `ast`: only what such a program may consist of passes,
so what passes here would run there.
"""

from __future__ import annotations

import ast
import re

from lib_omost.canvas.vocabulary import (
    AREAS,
    GLOBAL_FIELDS,
    GLOBAL_METHOD,
    LOCAL_FIELDS,
    LOCAL_METHOD,
    LOCATIONS,
    OFFSETS,
)

_BLOCK = re.compile(r"```python\n(.*?)\n```", re.DOTALL)
_NAMES = {"location": LOCATIONS, "offset": OFFSETS, "area": AREAS}


def refusal(reply: str) -> str | None:
    """Why the original would refuse the reply; None when it would take it."""
    block = _BLOCK.search(reply)
    if block is None:
        return "Response does not contain codes!"
    try:
        statements = ast.parse(block[1]).body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"the code is not Python: {error}"
    if not statements or ast.unparse(statements[0]) != "canvas = Canvas()":
        return "the code does not begin with canvas = Canvas()"
    reasons = (_call_refusal(statement) for statement in statements[1:])
    return next((reason for reason in reasons if reason is not None), None)


def _call_refusal(statement: ast.stmt) -> str | None:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or call.args:
        return f"line {statement.lineno} is no call with named arguments"
    fields = {f"canvas.{GLOBAL_METHOD}": GLOBAL_FIELDS, f"canvas.{LOCAL_METHOD}": LOCAL_FIELDS}.get(
        ast.unparse(call.func)
    )
    names = [keyword.arg for keyword in call.keywords]
    if fields is None or len(names) != len(fields) or set(names) != set(fields):
        return f"line {statement.lineno} calls {ast.unparse(call.func)} with {names}"
    for keyword in call.keywords:
        assert keyword.arg is not None  # no ** among the names
        try:
            value = ast.literal_eval(keyword.value)
        except ValueError:
            return f"{keyword.arg} is no literal"
        if not _fits(keyword.arg, value):
            return f"{keyword.arg} is {value!r}"
    return None


def _fits(field: str, value: object) -> bool:
    if field == "distance_to_viewer":
        return isinstance(value, (int, float)) and value > 0
    if field == "detailed_descriptions":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) and value in _NAMES.get(field, (value,))
