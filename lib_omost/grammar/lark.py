"""A grammar in llguidance's Lark syntax, which holds models that run on transformers."""

from __future__ import annotations

import json

from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Ref, Repeat, Sequence, references

_META = frozenset(r"\.+*?()|[]{}^$/#")


def lark(grammar: Grammar) -> str:
    """The grammar, as `llguidance.LLMatcher.grammar_from_lark` reads it; a terminal is a regex, or made of others."""
    rules = [
        f"{name}: {f'/{regex(node)}/' if name.isupper() and not references(node) else _rule(node)}"
        for name, node in grammar.rules.items()
    ]
    return "%llguidance {}\n" + "\n".join(rules) + "\n"


def literal(text: str) -> str:
    """A text as a literal of the grammar."""
    return json.dumps(text)


def regex(node: Node) -> str:
    """A node without references as a regular expression that Rust, Python and JavaScript read alike.

    Raises ValueError for a reference.
    """
    if isinstance(node, Literal):
        return "".join("\\" + char if char in _META else char for char in node.text)
    if isinstance(node, Chars):
        return f"[{''.join(map(_range, node.ranges))}]"
    if isinstance(node, Sequence):
        return "".join(map(regex, node.parts))
    if isinstance(node, Choice):
        return f"({'|'.join(map(regex, node.options))})"
    if isinstance(node, Repeat):
        part = regex(node.part)
        return f"{part if isinstance(node.part, Chars) else f'({part})'}{{{node.least},{node.most}}}"
    raise ValueError(f"a regular expression cannot refer to {node.name}")


def _range(pair: str) -> str:
    first, last = (f"\\{char}" if char in r"\]^-[" else char for char in pair)
    return first if first == last else f"{first}-{last}"


def _rule(node: Node) -> str:
    if isinstance(node, Literal):
        return literal(node.text)
    if isinstance(node, Ref):
        return node.name
    if isinstance(node, Chars):
        return f"/{regex(node)}/"
    if isinstance(node, Sequence):
        return " ".join(map(_rule, node.parts))
    if isinstance(node, Choice):
        return f"({' | '.join(map(_rule, node.options))})"
    return f"({_rule(node.part)}){{{node.least},{node.most}}}"
