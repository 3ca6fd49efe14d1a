"""The one table of fields: widgets, script arguments, infotext, paste fields, API schema, X/Y/Z axes come from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lib_omost.canvas import ParsedReply, read_canvas
from lib_omost.errors import BadInputError
from lib_omost.methods.names import METHOD_NAMES, SCORE
from lib_omost.prompts import PromptMixing, TagStyle

TITLE = "Omost"
BOTH_PASSES, FIRST_PASS = "both passes", "first pass only"


@dataclass(frozen=True)
class Field:
    """One setting: its name in code and API, its label on screen, its key in the infotext, what it may be.

    `axis` offers it to X/Y/Z plots.
    """

    name: str
    label: str
    infotext: str
    default: bool | str | float
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None
    lines: int = 1
    help: str = ""
    axis: bool = False


FIELDS = (
    Field("enabled", "Enable", f"{TITLE} enabled", False, help="Compose the picture by the canvas below."),
    Field(
        "canvas",
        "Canvas (code or JSON)",
        f"{TITLE} canvas",
        "",
        lines=12,
        help="The reply of an Omost model, its code alone, or the canvas as JSON.",
        axis=True,
    ),
    Field(
        "method",
        "Method",
        f"{TITLE} method",
        SCORE,
        METHOD_NAMES,
        help="How regions steer the picture: Omost's own way, one softmax a region, or not at all (one joined prompt).",
        axis=True,
    ),
    Field(
        "style",
        "Tag style",
        f"{TITLE} tag style",
        TagStyle.PLAIN.value,
        tuple(style.value for style in TagStyle),
        help="How the sub-prompts are worded, for checkpoints that were trained on tags.",
        axis=True,
    ),
    Field(
        "mixing",
        "The prompt box joins",
        f"{TITLE} prompt joins",
        PromptMixing.EVERY_REGION.value,
        tuple(mixing.value for mixing in PromptMixing),
        help="Which regions share the words of the prompt box.",
        axis=True,
    ),
    Field(
        "draft",
        "Start from the draft (txt2img)",
        f"{TITLE} draft",
        False,
        help="The colours of the regions seed the first pass.",
    ),
    Field(
        "denoise",
        "Denoise of the draft",
        f"{TITLE} draft denoise",
        0.95,
        bounds=(0.9, 0.99),
        help="How much of the draft is replaced: 0.9 keeps more of its colours than 0.99.",
        axis=True,
    ),
    Field(
        "hires",
        "Regions in hires. fix",
        f"{TITLE} hires",
        BOTH_PASSES,
        (BOTH_PASSES, FIRST_PASS),
        help="Whether the second pass is steered too.",
        axis=True,
    ),
)


@dataclass(frozen=True)
class Settings:
    """What the user set for one job. Raises BadInputError, naming the field, when a value does not fit it."""

    enabled: bool = False
    canvas: str = ""
    method: str = SCORE
    style: str = TagStyle.PLAIN.value
    mixing: str = PromptMixing.EVERY_REGION.value
    draft: bool = False
    denoise: float = 0.95
    hires: str = BOTH_PASSES

    def __post_init__(self) -> None:
        for field in FIELDS:
            value = getattr(self, field.name)
            kinds = (int, float) if isinstance(field.default, float) else (type(field.default),)
            if type(value) not in kinds:
                raise BadInputError(
                    f"{TITLE}: {field.name} must be a {type(field.default).__name__}, not {type(value).__name__}"
                )
            if field.choices and value not in field.choices:
                raise BadInputError(f"{TITLE}: {field.name} must be one of {', '.join(field.choices)}, not {value!r}")
            if field.bounds and not field.bounds[0] <= float(value) <= field.bounds[1]:
                least, most = field.bounds
                raise BadInputError(f"{TITLE}: {field.name} must be {least} to {most}, not {value}")

    def read_canvas(self) -> ParsedReply:
        """The canvas, from code or JSON, with what was put right. Raises CanvasError with its line if there is none."""
        parsed = read_canvas(self.canvas)
        parsed.require_canvas()
        return parsed

    def infotext(self) -> dict[str, Any]:
        """What restores these settings from a picture; nothing when the extension is off."""
        return {field.infotext: getattr(self, field.name) for field in FIELDS} if self.enabled else {}


def read_arguments(arguments: Sequence[Any], overrides: Mapping[str, Any] | None = None) -> Settings:
    """Settings from a script's arguments: one value a field in order, or one dict by field name; what lacks is default.

    A dict without "enabled" means it. `overrides` by field name come on top: those of an X/Y/Z plot.
    Raises BadInputError for unknown names, too many values, or values that do not fit.
    """
    first = arguments[0] if arguments else None
    if isinstance(first, Mapping):
        given = {"enabled": True, **first}
    elif len(arguments) > len(FIELDS):
        raise BadInputError(f"{TITLE} takes at most {len(FIELDS)} arguments, not {len(arguments)}")
    else:
        given = {
            field.name: field.default if value is None else value
            for field, value in zip(FIELDS, arguments, strict=False)
        }
    given |= overrides or {}
    known = [field.name for field in fields(Settings)]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise BadInputError(f"{TITLE} knows no {unknown[0]!r}", hint=f"its fields are {', '.join(known)}")
    return Settings(**given)


def schema() -> dict[str, Any]:
    """The fields as a JSON schema: what the dict in `alwayson_scripts` may hold."""
    properties: dict[str, dict[str, Any]] = {}
    defaults = asdict(Settings()) | {"enabled": True}
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
