"""The form that a reply is held to, in the syntax of a server: a grammar where it takes one, else a JSON schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lib_omost.chat.client.kinds import Constraint
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.grammar.json_schema import canvas_schema, regions_schema
from lib_omost.grammar.gbnf import gbnf
from lib_omost.grammar.rest import rest_of
from lib_omost.grammar.rules import Grammar

NOT_HELD = "what follows is held to no form: the server's kind of form cannot say how this reply goes on"
_GBNF_FIELDS: dict[Constraint, Callable[[str], dict[str, Any]]] = {
    Constraint.GBNF: lambda gbnf: {"grammar": gbnf},
    Constraint.STRUCTURED_OUTPUTS: lambda gbnf: {"structured_outputs": {"grammar": gbnf}},
    Constraint.GUIDED_GRAMMAR: lambda gbnf: {"guided_grammar": gbnf},
}


@dataclass(frozen=True)
class Form:
    """What holds one reply: `fields` of the request, none of a reply that is free.

    `is_json` tells that the reply is JSON in place of code, `note` what the user should know of it. `is_canvas`: a
    reply without it may still be a canvas, for that can be repaired.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    is_json: bool = False
    is_canvas: bool = True
    note: str = ""


FREE = Form()


def form_of(constraint: Constraint, grammar: Grammar | None, bounds: Bounds | None, begun: str = "") -> Form:
    """What holds a reply, or what goes on from `begun`, to the grammar where a server offers this.

    A schema of JSON can say the canvas of `bounds` alone. `begun` that is not in the grammar is gone on with freely.
    """
    if grammar is None or constraint is Constraint.NONE:
        return FREE
    is_canvas = bounds is not None and grammar == canvas_rules(bounds)
    if constraint.takes_grammars:
        rest = rest_of(grammar, begun) if begun else grammar
        return FREE if rest is None else Form(_GBNF_FIELDS[constraint](gbnf(rest)), is_canvas=is_canvas)
    if bounds is None or not is_canvas:
        return FREE
    schema = regions_schema(bounds, begun) if begun else canvas_schema(bounds)
    return Form(note=NOT_HELD) if schema is None else Form(_schema_fields(constraint, schema), is_json=True)


def _schema_fields(constraint: Constraint, schema: dict[str, Any]) -> dict[str, Any]:
    if constraint is Constraint.JSON_VALUE:
        return {"response_format": {"type": "json_object", "value": schema}}
    named = {"name": "canvas", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}
