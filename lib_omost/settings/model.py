"""The settings of one job, checked against the table of fields, and how they are read from a script's arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from lib_omost.canvas import WHOLE_GRID, Canvas, ParsedReply, Rect, canvas_to_line, read_canvas
from lib_omost.canvas.window import as_place
from lib_omost.errors import BadInputError, CanvasError, whole_characters
from lib_omost.methods.names import UNNAMED
from lib_omost.prompts import PromptMixing, TagStyle
from lib_omost.settings.fields import BOTH_PASSES, FIELDS, LITERAL_WORDS, MOST_VARIANTS, PROMPT_SYNTAX, TITLE

_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
CANVAS = next(field for field in FIELDS if field.name == "canvas")


@dataclass(frozen=True)
class Settings:
    """What the user set for one job. Raises BadInputError, naming the field, when a value does not fit it."""

    enabled: bool = False
    canvas: str = ""
    method: str = UNNAMED
    style: str = TagStyle.PLAIN.value
    mixing: str = PromptMixing.EVERY_REGION.value
    draft: bool = False
    denoise: float = 0.95
    hires: str = BOTH_PASSES
    syntax: str = PROMPT_SYNTAX
    variants: str = ""
    redraw: str = ""
    place: str = ""
    detailer: bool = True
    depth: float = 0.0

    def __post_init__(self) -> None:
        for field in FIELDS:
            value = getattr(self, field.name)
            kinds = (int, float) if isinstance(field.default, float) else (type(field.default),)
            if type(value) not in kinds:
                raise BadInputError(
                    f"{TITLE}: {field.name} must be a {type(field.default).__name__}, not {type(value).__name__}"
                )
            if (
                field.choices
                and value not in field.choices
                and value != type(self).__dataclass_fields__[field.name].default
            ):
                raise BadInputError(
                    f"{TITLE}: {field.name} must be one of {', '.join(field.choices)}, not {value[:60]!r}"
                )
            if field.bounds and not field.bounds[0] <= value <= field.bounds[1]:
                least, most = field.bounds
                raise BadInputError(f"{TITLE}: {field.name} must be {least} to {most}, not {str(value)[:60]}")

    def read_canvas(self) -> ParsedReply:
        """The canvas, from code or JSON, with what was put right. Raises CanvasError with its line if there is none."""
        parsed = read_canvas(self.canvas)
        parsed.require_canvas()
        return parsed

    def read_variants(self) -> tuple[ParsedReply, ...]:
        """Of the further canvases. Raises CanvasError for one that cannot be used, BadInputError for too many.

        None where a part of a picture is drawn: that is of the first canvas alone.
        """
        if self.is_part:
            return ()
        lines = [line for line in self.variants.splitlines() if line.strip()]
        if len(lines) >= MOST_VARIANTS:
            raise BadInputError(
                f"{TITLE}: variants has {len(lines)} canvases beside the first; at most {MOST_VARIANTS - 1} fit"
            )
        found = []
        for number, line in enumerate(lines, 2):
            try:
                parsed = read_canvas(line)
                parsed.require_canvas()
            except CanvasError as error:
                raise CanvasError(f"canvas {number} of several: {error}", hint=error.hint) from error
            found.append(parsed)
        return tuple(found)

    @property
    def old_place(self) -> Rect | None:
        """Where the init image lies on the canvas, None for all of it. Raises BadInputError for what is no place."""
        rect = place_in(self.place) if self.place.strip() else WHOLE_GRID
        return None if rect == WHOLE_GRID else rect

    @property
    def is_part(self) -> bool:
        """Whether a part of a picture is drawn, and the rest stays."""
        return bool(self.redraw.strip() or self.place.strip())

    @property
    def is_literal(self) -> bool:
        """Whether no sign in a region's words means anything."""
        return self.syntax == LITERAL_WORDS

    def infotext(self, canvas: Canvas | None = None) -> dict[str, Any]:
        """What restores these settings from a picture; nothing when the extension is off.

        `canvas` is what was read of the text: it is told in full on one line, so that what stands below a picture can
        be read. Halves of surrogate pairs become what they are read as: no file takes them.
        """
        shown = [field for field in FIELDS if field.told or (field.seldom and isinstance(field.default, str))]
        values = {field.infotext: (field, getattr(self, field.name)) for field in shown if self.enabled}
        told = {key: value for key, (field, value) in values.items() if field.told or value.strip()}
        if told and canvas is not None:
            told[CANVAS.infotext] = canvas_to_line(canvas)
        return {key: whole_characters(value) if isinstance(value, str) else value for key, value in told.items()}


def place_in(text: str) -> Rect:
    """A place on the canvas as people write it. Raises BadInputError for what is none."""
    cells = [int(part) for part in _NUMBER.findall(text[:200])]
    if _NUMBER.sub("", text).strip(" ,;[]()\t"):
        cells = []
    try:
        return as_place(cells)
    except BadInputError as error:
        raise BadInputError(f"{TITLE}: {text[:40]!r} is no place on the canvas", hint=error.hint) from error


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
        given = {field.name: value for field, value in zip(FIELDS, arguments, strict=False) if value is not None}
    given |= overrides or {}
    known = [field.name for field in fields(Settings)]
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise BadInputError(f"{TITLE} knows no {unknown[0]!r}", hint=f"its fields are {', '.join(known)}")
    return Settings(**given)
