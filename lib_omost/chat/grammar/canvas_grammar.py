"""The Canvas language as a grammar, made from the fields of `shape`.

A reply held to it is one fenced block in the layout that the Omost models write; every name in it is a known one and
every text a closed literal. So whatever the model chooses, a reply that ends is a canvas. Layout and field names leave
no choice: they cost the model no forward pass.
"""

from __future__ import annotations

from lib_omost.canvas.vocabulary import GLOBAL_METHOD, LOCAL_METHOD
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.letters import ANY_WORD
from lib_omost.chat.grammar.shape import (
    FARTHEST,
    NEAREST,
    Distance,
    Items,
    Kind,
    Name,
    Text,
    global_fields,
    local_fields,
    quoted,
)
from lib_omost.grammar.rules import (
    Chars,
    Choice,
    Grammar,
    Literal,
    Node,
    Ref,
    Repeat,
    Sequence,
    literals,
    sequence,
    up_to,
)

OPENING = "```python\n"
_INITIALIZE = "# Initialize the canvas\ncanvas = Canvas()\n\n# Set a global description for the canvas\n"


def canvas_rules(bounds: Bounds) -> Grammar:
    """The grammar of a reply."""
    names = _Names()
    global_values = _values(global_fields(bounds), names)
    local_values = _values(local_fields(bounds), names)
    comment = names.add("COMMENT", _comment(bounds))
    region = _region(comment, local_values)
    body = Repeat(Ref("region"), *bounds.regions)
    whole = sequence(Literal(OPENING + _INITIALIZE), _call(GLOBAL_METHOD, global_values), body, Literal("```"))
    return Grammar({"start": whole, "region": region, **names.rules})


class _Names:
    """The rules of values, each written once under the name of the field that first has it."""

    def __init__(self) -> None:
        self.rules: dict[str, Node] = {}

    def add(self, field: str, node: Node) -> Ref:
        for name, known in self.rules.items():
            if known == node:
                return Ref(name)
        self.rules[field] = node
        return Ref(field)


def _values(fields: tuple[tuple[str, Kind], ...], names: _Names) -> dict[str, Node]:
    return {field: _value(field, kind, names) for field, kind in fields}


def _value(field: str, kind: Kind, names: _Names) -> Node:
    if isinstance(kind, Text):
        return names.add(field.upper(), quoted(kind))
    if isinstance(kind, Name):
        return names.add(field.upper(), literals(*map(repr, kind.names)))
    if isinstance(kind, Distance):
        return names.add(field.upper(), _distance())
    return names.add("items", _items(kind, names))


def _items(kind: Items, names: _Names) -> Node:
    if kind.most == 0:
        return Literal("[]")
    text = names.add("DESCRIPTION", quoted(kind.text))
    item = names.add("item", sequence(Literal("        "), text, Literal(",\n")))
    some = sequence(Literal("[\n"), Repeat(item, max(kind.least, 1), kind.most), Literal("    ]"))
    return some if kind.least else Choice((Literal("[]"), some))


def _distance() -> Node:
    assert (NEAREST, FARTHEST) == (1, 99)  # what these digits can write
    return sequence(Chars(("19",)), up_to(Chars(("09",)), 1), Literal("."), Chars(("09",)))


def _comment(bounds: Bounds) -> Node:
    words = Chars((*ANY_WORD.ranges, "  ", ",,", "--"))
    return sequence(ANY_WORD, up_to(words, bounds.sentence - 1))


def _region(comment: Node, values: dict[str, Node]) -> Sequence:
    return sequence(Literal("\n# Add "), comment, Literal(".\n"), _call(LOCAL_METHOD, values))


def _call(method: str, values: dict[str, Node]) -> Sequence:
    """`canvas.method(` and one field a line."""
    parts: list[Node] = [Literal(f"canvas.{method}(\n")]
    for name, value in values.items():
        parts += [Literal(f"    {name}="), value, Literal(",\n")]
    return sequence(*parts, Literal(")\n"))
