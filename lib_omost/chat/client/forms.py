"""The Canvas in the forms that servers can be held to, as callables: the client knows no grammar itself."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib_omost.canvas import Canvas
from lib_omost.chat.bounds import Bounds


def canvas_forms() -> CanvasForms | None:
    """The forms of `chat.gbnf` and `chat.json_schema`; None in a build without them: then replies are repaired."""
    if not all(importlib.util.find_spec(f"lib_omost.chat.{name}") for name in ("gbnf", "json_schema")):
        return None
    gbnf = importlib.import_module("lib_omost.chat.gbnf")
    json_schema = importlib.import_module("lib_omost.chat.json_schema")
    return CanvasForms(gbnf.canvas_gbnf, json_schema.canvas_schema, json_schema.canvas_from_schema_reply)


@dataclass(frozen=True)
class CanvasForms:
    """`gbnf` writes the grammar of llama.cpp and vLLM, `schema` the JSON schema, `read_json` a canvas held to it.

    `read_json` raises CanvasError for what is none.
    """

    gbnf: Callable[[Bounds], str]
    schema: Callable[[Bounds], dict[str, Any]]
    read_json: Callable[[str], Canvas]
