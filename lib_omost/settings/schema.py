"""The fields as a JSON schema."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lib_omost.methods.names import SCORE
from lib_omost.settings.fields import FIELDS, TITLE
from lib_omost.settings.model import Settings


def schema() -> dict[str, Any]:
    """The fields as a JSON schema: what the dict in `alwayson_scripts` may hold."""
    properties: dict[str, dict[str, Any]] = {}
    defaults = asdict(Settings()) | {"enabled": True, "method": SCORE}  # or the model's own, where it cannot do that
    for field in FIELDS:
        kind = {bool: "boolean", str: "string", float: "number"}[type(field.default)]
        properties[field.name] = {"type": kind, "title": field.label, "default": defaults[field.name]}
        if field.help:
            properties[field.name]["description"] = field.help
        if field.choices:
            properties[field.name]["enum"] = list(field.choices)
        if field.bounds:
            properties[field.name] |= {"minimum": field.bounds[0], "maximum": field.bounds[1]}
    return {"title": TITLE, "type": "object", "properties": properties, "additionalProperties": False}
