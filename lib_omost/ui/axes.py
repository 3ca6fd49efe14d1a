"""X/Y/Z plot axes: one for each field of the table that offers itself, and one over the presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from lib_omost.canvas import Canvas, canvas_to_line, read_canvas
from lib_omost.errors import OmostError
from lib_omost.settings.fields import FIELDS, TITLE, Field
from lib_omost.settings.model import Settings

OVERRIDES = "omost_overrides"  # on the plot's copy of the job, which ends with it
LABEL_CHARS = 40
SECOND_PASS = "hires"  # the field that img2img has no use for; that of the draft's denoise is read with a place


def idle_axes(p: Any, settings: Settings) -> tuple[str, ...]:
    """Notes on the axes of a plot that change nothing in the job `p`."""
    overrides = overrides_of(p)
    labels = {field.name: field.label for field in FIELDS if field.axis and field.name in overrides}
    if not settings.enabled:
        return tuple(f"The axis {label} of the plot changes nothing: Omost is off." for label in labels.values())
    if "denoise" in labels and getattr(p, "init_images", None) and not settings.place.strip():
        return (f"The axis {labels['denoise']} of the plot changes nothing in img2img, which starts from a picture.",)
    return ()


def overrides_of(p: Any) -> Mapping[str, Any]:
    """The fields that an X/Y/Z plot set for the job `p`."""
    overrides: Mapping[str, Any] = getattr(p, OVERRIDES, {})
    return overrides


class KeptCanvases(Protocol):
    """Those that the user keeps under a name: `lib_omost.page.presets.Presets`."""

    def names(self) -> list[str]:
        """All names."""
        ...

    def get(self, name: str) -> Canvas:
        """The canvas of that name. Raises OmostError."""
        ...


def add_axes(xyz_grid: Any, presets: Callable[[], KeptCanvases]) -> None:
    """Offer the axes to the host's X/Y/Z script, once however often the page is made."""
    known = {option.label for option in xyz_grid.axis_options}
    axes = [*(_axis(xyz_grid, field) for field in FIELDS if field.axis), _preset_axis(xyz_grid, presets)]
    xyz_grid.axis_options.extend(option for option in axes if option.label not in known)


def _preset_axis(xyz_grid: Any, presets: Callable[[], KeptCanvases]) -> Any:
    def apply(p: Any, name: str, _names: Any) -> None:
        line = canvas_to_line(presets().get(name))
        setattr(p, OVERRIDES, {**overrides_of(p), "enabled": True, "canvas": line, "variants": ""})

    def caption(_p: Any, _option: Any, name: str) -> str:
        return f"Preset: {name}"

    return xyz_grid.AxisOption(f"[{TITLE}] Preset", str, apply, format_value=caption, choices=lambda: presets().names())


def _axis(xyz_grid: Any, field: Field) -> Any:
    choices: dict[str, Callable[[], list[str]]] = {}
    if field.choices:
        choices["choices"] = lambda: list(field.offered)
    label = f"[{TITLE}] {field.label}"
    kind = type(field.default)
    option = getattr(xyz_grid, "AxisOptionTxt2Img", None) if field.name == SECOND_PASS else None
    return (option or xyz_grid.AxisOption)(
        label, kind, partial(_set, field), format_value=partial(_caption, field), **choices
    )


def _set(field: Field, p: Any, value: Any, _values: Any) -> None:
    overrides = {**overrides_of(p), field.name: value}
    if field.name == "denoise":
        overrides["draft"] = True  # without the draft its denoise means nothing
    if field.name == "canvas":
        overrides |= {"enabled": True, "variants": ""}  # a cell shows one canvas, whatever the accordion says
    setattr(p, OVERRIDES, overrides)


def _caption(field: Field, _p: Any, _option: Any, value: Any) -> str:
    """What stands beside a row or column of the plot."""
    if field.name == "canvas":
        try:
            value = read_canvas(value).require_canvas().description
        except OmostError:
            value = value.strip()
    text = " ".join(str(value).split())
    return f"{field.label}: {text if len(text) <= LABEL_CHARS else text[: LABEL_CHARS - 1] + '…'}"
