"""A grammar in GBNF, the syntax of llama.cpp, which vLLM reads too."""

from __future__ import annotations

from lib_omost.grammar.rules import Chars, Choice, Grammar, Literal, Node, Ref, Sequence

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def gbnf(grammar: Grammar) -> str:
    """The grammar in GBNF. Its names there are in small letters with dashes, and `start` is `root`."""
    return "".join(f"{_name(name)} ::= {_expression(node)}\n" for name, node in grammar.rules.items())


def _name(name: str) -> str:
    return "root" if name == "start" else name.lower().replace("_", "-")


def _expression(node: Node) -> str:
    if isinstance(node, Literal):
        return f'"{node.text.translate(_ESCAPES)}"'
    if isinstance(node, Chars):
        return f"[{''.join(map(_range, node.ranges))}]"
    if isinstance(node, Sequence):
        return " ".join(map(_expression, node.parts)) or '""'
    if isinstance(node, Choice):
        return f"({' | '.join(map(_expression, node.options))})"
    if isinstance(node, Ref):
        return _name(node.name)
    part = _expression(node.part)
    return f"{part if isinstance(node.part, (Chars, Ref)) else f'({part})'}{{{node.least},{node.most}}}"


def _range(pair: str) -> str:
    # \x is the one escape for - and ^ that llama.cpp knows
    first, last = (f"\\x{ord(char):02X}" if char in r"\]^-[" else char for char in (pair[0], pair[1]))
    return first if first == last else f"{first}-{last}"
