"""A grammar as JSON data, for a pipe. A text stands for itself, so a list of words is little more than the words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Ref, Repeat, Sequence


def grammar_to_json(grammar: Grammar) -> dict[str, Any]:
    """The rules by name, as JSON data; `grammar_from_json` reads an equal grammar from it."""
    return {name: _write(node) for name, node in grammar.rules.items()}


def grammar_from_json(data: object) -> Grammar:
    """What `grammar_to_json` made. Raises ValueError when it is none."""
    rules = data if isinstance(data, Mapping) else {}  # none, which no grammar has
    try:
        return Grammar({str(name): _read(node) for name, node in rules.items()})
    except RecursionError as error:
        raise ValueError("the grammar is nested too deeply") from error


def _write(node: Node) -> Any:
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Chars):
        return {"chars": list(node.ranges)}
    if isinstance(node, Sequence):
        return {"all": list(map(_write, node.parts))}
    if isinstance(node, Choice):
        return {"one": list(map(_write, node.options))}
    if isinstance(node, Ref):
        return {"rule": node.name}
    return {"repeat": _write(node.part), "least": node.least, "most": node.most}


def _read(data: object) -> Node:
    if isinstance(data, str):
        return Literal(data)
    kind = next(iter(data), None) if isinstance(data, Mapping) else None
    value = data[kind] if isinstance(data, Mapping) and kind is not None else None
    if kind == "repeat" and isinstance(data, Mapping):
        least, most = data.get("least"), data.get("most")
        if type(least) is int and type(most) is int and 0 <= least <= most:
            return Repeat(_read(value), least, most)
    elif kind == "rule" and isinstance(value, str):
        return Ref(value)
    elif isinstance(value, list):
        if kind == "chars" and all(isinstance(pair, str) and len(pair) == 2 for pair in value):
            return Chars(tuple(value))
        if kind in {"all", "one"}:
            parts = tuple(map(_read, value))
            return Sequence(parts) if kind == "all" else Choice(parts)
    raise ValueError(f"{_short(data)} is no part of a grammar")


def _short(data: object) -> str:
    return repr(data)[:80]
