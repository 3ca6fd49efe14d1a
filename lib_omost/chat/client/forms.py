"""The Canvas in the forms that servers can be held to, as callables: the client knows no grammar itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib_omost.canvas import Canvas
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.gbnf import canvas_gbnf
from lib_omost.chat.grammar.json_schema import canvas_from_schema_reply, canvas_schema


def canvas_forms() -> CanvasForms:
    """The forms of `chat/grammar/`."""
    return CanvasForms(canvas_gbnf, canvas_schema, canvas_from_schema_reply)


@dataclass(frozen=True)
class CanvasForms:
    """`gbnf` writes the grammar of llama.cpp and vLLM, `schema` the JSON schema, `read_json` a canvas held to it.

    `read_json` raises CanvasError for what is none.
    """

    gbnf: Callable[[Bounds], str]
    schema: Callable[[Bounds], dict[str, Any]]
    read_json: Callable[[str], Canvas]
