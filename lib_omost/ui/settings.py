"""The one table of fields. Widgets, script arguments, infotext and API all come from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from lib_omost.canvas import Canvas, canvas_from_json, parse_canvas
from lib_omost.errors import BadInputError, CanvasError
from lib_omost.prompts import PromptMixing, TagStyle

TITLE = "Omost"


@dataclass(frozen=True)
class Field:
    """One setting: its name in code and API, its label on screen, its key in the infotext, what it may be."""

    name: str
    label: str
    infotext: str
    default: bool | str | float
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None
    lines: int = 1


FIELDS = (
    Field("enabled", "Enable", f"{TITLE} enabled", False),
    Field("canvas", "Canvas (code or JSON)", f"{TITLE} canvas", "", lines=12),
    Field("method", "Method", f"{TITLE} method", "score", ("score", "decomposition", "plain")),
    Field("style", "Tag style", f"{TITLE} tag style", "plain", tuple(style.value for style in TagStyle)),
    Field(
        "mixing",
        "The prompt box joins",
        f"{TITLE} prompt joins",
        PromptMixing.EVERY_REGION.value,
        tuple(mixing.value for mixing in PromptMixing),
    ),
    Field("draft", "Start from the draft (txt2img)", f"{TITLE} draft", False),
    Field("denoise", "Denoise of the draft", f"{TITLE} draft denoise", 0.95, bounds=(0.9, 0.99)),
)


@dataclass(frozen=True)
class Settings:
    """What the user set for one job. Raises BadInputError, naming the field, when a value does not fit it."""

    enabled: bool = False
    canvas: str = ""
    method: str = "score"
    style: str = TagStyle.PLAIN.value
    mixing: str = PromptMixing.EVERY_REGION.value
    draft: bool = False
    denoise: float = 0.95

    def __post_init__(self) -> None:
        for field in FIELDS:
            value = getattr(self, field.name)
            if type(value) is not type(field.default):
                wanted = type(field.default).__name__
                raise BadInputError(f"{TITLE}: {field.name} must be a {wanted}, not {type(value).__name__}")
            if field.choices and value not in field.choices:
                raise BadInputError(f"{TITLE}: {field.name} must be one of {', '.join(field.choices)}, not {value!r}")
            if field.bounds and not field.bounds[0] <= float(value) <= field.bounds[1]:
                least, most = field.bounds
                raise BadInputError(f"{TITLE}: {field.name} must be {least} to {most}, not {value}")

    def read_canvas(self) -> Canvas:
        """The canvas, from code or JSON. Raises CanvasError with its line."""
        if not self.canvas.lstrip().startswith("{"):
            return parse_canvas(self.canvas)
        try:
            return canvas_from_json(json.loads(self.canvas))
        except json.JSONDecodeError as error:
            raise CanvasError(error.msg, line=error.lineno, expected="JSON") from error

    def infotext(self) -> dict[str, Any]:
        """What restores these settings from a picture; nothing when the extension is off."""
        return {field.infotext: getattr(self, field.name) for field in FIELDS} if self.enabled else {}


def read_arguments(arguments: Sequence[Any]) -> Settings:
    """Settings from a script's arguments: one value a field in order, or one dict by field name; what lacks is default.

    Raises BadInputError for unknown names, too many values, or values that do not fit.
    """
    first = arguments[0] if arguments else None
    if isinstance(first, Mapping):
        return _from_mapping(first)
    if len(arguments) > len(FIELDS):
        raise BadInputError(f"{TITLE} takes at most {len(FIELDS)} arguments, not {len(arguments)}")
    given: dict[str, Any] = {
        field.name: field.default if value is None else value for field, value in zip(FIELDS, arguments, strict=False)
    }
    return Settings(**given)


def _from_mapping(values: Mapping[str, Any]) -> Settings:
    known = {field.name for field in fields(Settings)}
    unknown = sorted(map(str, values.keys() - known))
    if unknown:
        raise BadInputError(f"{TITLE} knows no {unknown[0]!r}", hint=f"its fields are {', '.join(sorted(known))}")
    return Settings(**{"enabled": True, **values})
