"""A grammar as data: a small tree of rules, from which the syntaxes of all constrained decoders are written.

Each syntax is one function over this tree (`lark`, `gbnf`), so no two of them can come to differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Literal:
    """Exactly this text."""

    text: str


@dataclass(frozen=True)
class Chars:
    """One character out of `ranges`, each its first and last character as one text: ("az", "--")."""

    ranges: tuple[str, ...]

    def __contains__(self, char: str) -> bool:
        return any(pair[0] <= char <= pair[1] for pair in self.ranges)


@dataclass(frozen=True)
class Sequence:
    """These parts, one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """One of these."""

    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """`least` to `most` of the part."""

    part: Node
    least: int
    most: int


@dataclass(frozen=True)
class Ref:
    """The rule of this name."""

    name: str


Node = Literal | Chars | Sequence | Choice | Repeat | Ref


@dataclass(frozen=True)
class Grammar:
    """Rules by name, `start` first. A name in capitals is a terminal, read as one: it refers to terminals alone.

    Raises ValueError when a rule refers to one that is not there, or a terminal to one that is none.
    """

    rules: Mapping[str, Node]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", MappingProxyType(dict(self.rules)))
        if next(iter(self.rules), None) != "start":
            raise ValueError("the first rule is not start")
        for name, node in self.rules.items():
            for ref in references(node):
                if ref not in self.rules or name.isupper() > ref.isupper():
                    raise ValueError(f"the rule {name} may not refer to {ref}")


def literals(*texts: str) -> Choice:
    """One of these texts."""
    return Choice(tuple(map(Literal, texts)))


def up_to(part: Node, most: int) -> Node:
    """None to `most` of the part."""
    return Repeat(part, 0, most) if most else Sequence(())


def sequence(*parts: Node) -> Sequence:
    """These parts in a row: sequences among them are opened, neighbouring literals joined into one."""
    flat: list[Node] = []
    for part in parts:
        for inner in part.parts if isinstance(part, Sequence) else (part,):
            last = flat[-1] if flat else None
            if isinstance(inner, Literal) and isinstance(last, Literal):
                flat[-1] = Literal(last.text + inner.text)
            else:
                flat.append(inner)
    return Sequence(tuple(flat))


def references(node: Node) -> tuple[str, ...]:
    """The names of the rules that a node refers to."""
    if isinstance(node, Ref):
        return (node.name,)
    if isinstance(node, Sequence):
        return tuple(name for part in node.parts for name in references(part))
    if isinstance(node, Choice):
        return tuple(name for option in node.options for name in references(option))
    return references(node.part) if isinstance(node, Repeat) else ()
