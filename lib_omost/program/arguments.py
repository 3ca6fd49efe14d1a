"""What the parameters of a reply's own function stand for in a call."""

from __future__ import annotations

from typing import Any

from lib_omost.program.kinds import Function, RefusedError, Unknown, Values


def bound_arguments(function: Function, arguments: list[Any], names: dict[str, Any]) -> Values:
    """What the parameters of a function stand for in a call. Raises RefusedError where they do not fit."""
    parameters = function.arguments
    listed = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    if function.owner is not None and listed:
        arguments = [function.owner, *arguments]
    own: Values = dict(zip(listed[len(listed) - len(function.defaults) :], function.defaults, strict=False))
    only = [parameter.arg for parameter in parameters.kwonlyargs]
    own |= dict(function.keyword_defaults)
    own |= dict(zip(listed, arguments, strict=False))
    left = arguments[len(listed) :]
    if parameters.vararg is not None:
        own[parameters.vararg.arg] = tuple(left)
    elif left:
        raise RefusedError(f"{function.name[:60]} takes {len(listed)} arguments and is given {len(arguments)}")
    others = {name: value for name, value in names.items() if name not in listed and name not in only}
    own |= {name: value for name, value in names.items() if name not in others}
    if parameters.kwarg is not None:
        own[parameters.kwarg.arg] = others
    elif others:
        raise RefusedError(f"{function.name[:60]} takes no argument {next(iter(others))[:60]}")
    missing = [name for name in (*listed, *only) if name not in own]
    return own | {name: Unknown(name) for name in missing}
