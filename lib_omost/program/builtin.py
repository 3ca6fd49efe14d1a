"""The functions and methods that are known by name: of Python's own, and none that reaches anything outside."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from lib_omost.program.formatting import TEXT_METHODS, NotFormattedError, filled, formatted
from lib_omost.program.kinds import LONGEST_LIST, LONGEST_TEXT, PLAIN, Distinct, is_key


class NotKnownError(ValueError):
    """A call whose result is not known."""


def _items(value: Any) -> list[Any]:
    """What one walks through in a `for`."""
    if isinstance(value, (list, tuple, str)):
        return list(value)
    if isinstance(value, dict):
        return list(value)
    raise NotKnownError


def _range(*numbers: Any) -> list[Any]:
    if not all(isinstance(number, int) for number in numbers):
        raise NotKnownError
    found = range(*numbers)
    if len(found) > LONGEST_LIST:
        raise NotKnownError
    return list(found)


def _sum(values: Any, start: Any = 0) -> Any:
    """The sum of numbers: that of lists would take its time."""
    numbers = [*_items(values), start]
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise NotKnownError
    return sum(numbers)


def _round(number: Any, digits: Any = None) -> Any:
    """A rounded number. Python takes for ever to round a whole one to a power of ten that is large."""
    if not isinstance(number, (int, float)) or not (digits is None or (isinstance(digits, int) and abs(digits) < 20)):
        raise NotKnownError
    return round(number, digits)


def _keys(values: Any) -> list[Any]:
    """What one walks through, when all of it may be keys: to hash anything else may never end."""
    items = _items(values)
    if not all(map(is_key, items)):
        raise NotKnownError
    return items


def _zip(*lists: Any, **_: Any) -> list[Any]:
    return [tuple(group) for group in zip(*map(_items, lists), strict=False)]


def _enumerate(values: Any, start: int = 0) -> list[Any]:
    return [(start + number, item) for number, item in enumerate(_items(values))]


def _text(value: Any = "") -> str:
    return formatted(value)


def _number(kind: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(value: Any = 0) -> Any:
        if not isinstance(value, (str, int, float)) or (isinstance(value, str) and len(value) > 40):
            raise NotKnownError
        return kind(value)

    return call


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of plain values and lists of them."""

    def call(*values: Any) -> Any:
        flat = [item for value in values for item in (value if isinstance(value, (list, tuple)) else [value])]
        if not all(isinstance(item, (*PLAIN, list, tuple)) for item in flat):
            raise NotKnownError
        return function(*values)

    return call


def _dict(*pairs: Any, **names: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for pair in pairs:
        if isinstance(pair, dict):
            found.update(pair)
            continue
        items = [tuple(_items(item)) for item in _items(pair)]
        _keys([item[0] for item in items])
        found.update(items)
    return found | names


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "range": _range,
    "zip": _zip,
    "enumerate": _enumerate,
    "str": _text,
    "int": _number(int),
    "float": _number(float),
    "bool": _plain(bool),
    "len": lambda value: len(_items(value)),
    "list": lambda value=(): _items(value),
    "tuple": lambda value=(): tuple(_items(value)),
    "set": lambda value=(): Distinct(_keys(value)),
    "dict": _dict,
    "sorted": lambda value: _plain(sorted)(_items(value)),
    "reversed": lambda value: _items(value)[::-1],
    "min": _plain(min),
    "max": _plain(max),
    "sum": _sum,
    "abs": _plain(abs),
    "round": _round,
    "dedent": lambda text: text.strip() if isinstance(text, str) else _items(None),
    "cleandoc": lambda text: text.strip() if isinstance(text, str) else _items(None),
    "cycle": lambda value: list(islice(cycle(_items(value)), LONGEST_LIST)),
    "floor": _plain(math.floor),
    "ceil": _plain(math.ceil),
    "print": lambda *_values, **_names: None,
}


def _join(text: str, values: Any) -> str:
    parts = _items(values)
    if not all(isinstance(part, str) for part in parts) or sum(map(len, parts)) > LONGEST_TEXT:
        raise NotKnownError
    if len(text) * len(parts) > LONGEST_TEXT:
        raise NotKnownError
    return text.join(parts)


def _replace(text: str, old: Any, new: Any) -> str:
    if not isinstance(old, str) or not isinstance(new, str):
        raise NotKnownError
    if text.count(old) * (len(new) - len(old)) + len(text) > LONGEST_TEXT:
        raise NotKnownError
    return text.replace(old, new)


def _extend(values: list[Any], items: Any) -> None:
    """At the end of a list. Raises NotKnownError where it gets too long."""
    added = _items(items)
    if len(values) + len(added) > LONGEST_LIST:
        raise NotKnownError
    values.extend(added)


def _append(values: list[Any], item: Any) -> None:
    _extend(values, [item])


def _insert(values: list[Any], place: Any, item: Any) -> None:
    _append(values, item)
    values.insert(place, values.pop())


def _sort(values: list[Any], *, reverse: Any = False) -> None:
    values[:] = sorted(_plain(list)(values), reverse=bool(reverse))


def _update(values: dict[Any, Any], *more: Any, **names: Any) -> None:
    found = _dict(*more, **names)
    if len(values) + len(found) > LONGEST_LIST:
        raise NotKnownError
    values.update(found)


def _set_default(values: dict[Any, Any], key: Any, default: Any = None) -> Any:
    if key not in _known_key(values, key):
        _update(values, {key: default})
    return values[key]


def _known_key(values: dict[Any, Any], key: Any) -> dict[Any, Any]:
    if not is_key(key):
        raise NotKnownError
    return values


def _add_once(values: list[Any], item: Any) -> None:
    if item not in _keys([*values, item])[:-1]:
        _append(values, item)


METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    str: {
        **TEXT_METHODS,
        "join": _join,
        "replace": _replace,
        "format": lambda text, *values, **names: filled(text, values, names),
        "format_map": lambda text, names: filled(text, (), names),
    },
    list: {
        "append": _append,
        "extend": _extend,
        "insert": _insert,
        "pop": lambda values, place=-1: values.pop(place),
        "remove": lambda values, item: values.remove(item),
        "index": lambda values, item: values.index(item),
        "count": lambda values, item: values.count(item),
        "clear": lambda values: values.clear(),
        "copy": list,
        "reverse": lambda values: values.reverse(),
        "sort": _sort,
    },
    dict: {
        "get": lambda values, key, default=None: _known_key(values, key).get(key, default),
        "items": lambda values: list(values.items()),
        "keys": list,
        "values": lambda values: list(values.values()),
        "copy": dict,
        "update": _update,
        "setdefault": _set_default,
        "pop": lambda values, key, *default: _known_key(values, key).pop(key, *default),
        "clear": lambda values: values.clear(),
    },
    tuple: {},
    Distinct: {"add": _add_once},
}
CHANGING = (list, dict, Distinct)  # a method that is not known may change these


def called(name: str, owner: Any, arguments: list[Any], names: dict[str, Any]) -> Any:
    """What a known function or method returns. Raises NotKnownError."""
    known = FUNCTIONS.get(name) if owner is None else METHODS.get(type(owner), {}).get(name)
    if known is None:
        raise NotKnownError
    try:
        return known(*arguments, **names) if owner is None else known(owner, *arguments, **names)
    except (
        NotFormattedError,
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        OverflowError,
        AttributeError,
        ZeroDivisionError,
    ) as error:
        raise NotKnownError from error
