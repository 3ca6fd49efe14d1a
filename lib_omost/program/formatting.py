"""Texts put together: `format`, `%` and f-strings, without attributes, conversions or widths that could do harm."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lib_omost.program.kinds import LONGEST_TEXT, PLAIN, Distinct

_SPEC = re.compile(r"[ <>^=]?[+-]?0?\d{0,2},?(?:\.\d{1,2})?[bdeEfFgGosxX%]?")
_PERCENT = re.compile(r"%(?:\((\w{1,40})\))?([-+ 0#]{0,3}\d{0,2}(?:\.\d{1,2})?[srdifFgGexX%])?")


class NotFormattedError(ValueError):
    """A template, or a value for it, that is not read."""


def formatted(value: Any, spec: str = "", conversion: int = -1) -> str:
    """`format(value, spec)` of a plain value. Raises NotFormattedError."""
    if isinstance(value, (list, tuple)) and not spec and not isinstance(value, Distinct):
        if not all(isinstance(item, PLAIN) for item in value):
            raise NotFormattedError
        joined([str(item) for item in value])
        return ascii(value) if conversion == ord("a") else str(value)
    if not isinstance(value, PLAIN):
        raise NotFormattedError
    if not _SPEC.fullmatch(spec):
        raise NotFormattedError
    if conversion > 0:
        value = ascii(value) if conversion == ord("a") else repr(value) if conversion == ord("r") else str(value)
    try:
        return format(value, spec)
    except (ValueError, TypeError, OverflowError) as error:
        raise NotFormattedError from error


def joined(parts: Sequence[str]) -> str:
    """Texts as one. Raises NotFormattedError where that is too long."""
    if sum(map(len, parts)) > LONGEST_TEXT:
        raise NotFormattedError
    return "".join(parts)


def filled(template: str, arguments: Sequence[Any], names: Mapping[str, Any]) -> str:
    """`template.format(*arguments, **names)`. Raises NotFormattedError."""
    parts: list[str] = []
    number = size = 0
    try:
        for text, name, spec, conversion in string.Formatter().parse(template):
            parts.append(text)
            if name is None:
                continue
            place = name or str(number)
            number += name == ""
            parts.append(formatted(_looked_up(place, arguments, names), spec or "", ord(conversion or "\0")))
            size += len(parts[-1])
            if size > LONGEST_TEXT:
                raise NotFormattedError
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise NotFormattedError from error
    return joined(parts)


def _looked_up(name: str, arguments: Sequence[Any], names: Mapping[str, Any]) -> Any:
    """What `0`, `name` or `name[key]` stands for; attributes are not read."""
    first, *keys = re.split(r"[\[\]]+", name.rstrip("]"))
    value = arguments[int(first)] if first.isdigit() else names[first]
    for key in keys:
        value = value[int(key)] if isinstance(value, (list, tuple)) else value[key]
    return value


def percented(template: str, values: Any) -> str:
    """`template % values`. Raises NotFormattedError."""
    waiting = list(values) if isinstance(values, tuple) else [values]
    taken = size = 0

    def value_of(match: re.Match[str]) -> str:
        nonlocal taken, size
        name, spec = match[1], match[2]
        if spec is None:
            raise NotFormattedError
        if spec == "%":
            return "%"
        if name is not None:
            value = values[name]
        else:
            value, taken = waiting[taken], taken + 1
        if not isinstance(value, PLAIN):
            raise NotFormattedError
        text = str(("%" + spec) % (value,))
        size += len(text)
        if size > LONGEST_TEXT:
            raise NotFormattedError
        return text

    try:
        text = _PERCENT.sub(value_of, template)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise NotFormattedError from error
    if taken < len(waiting) and not isinstance(values, dict):
        raise NotFormattedError
    return text


def _affix(method: str) -> Callable[..., Any]:
    def call(text: str, *arguments: Any) -> Any:
        return getattr(text, method)(*arguments)

    return call


# Methods of a text whose result is no longer than the text and what they are given.
TEXT_METHODS: dict[str, Callable[..., Any]] = {
    name: _affix(name)
    for name in ("upper", "lower", "title", "capitalize", "swapcase", "casefold", "strip", "lstrip", "rstrip", "split",
                 "rsplit", "splitlines", "partition", "rpartition", "removeprefix", "removesuffix", "startswith",
                 "endswith", "isdigit", "isalpha", "isupper", "islower", "count", "find", "index")
}  # fmt: skip
