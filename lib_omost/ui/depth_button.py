"""The depth map in a unit of ControlNet's page: which widgets a unit has, and what a press of our button fills in.

A1111's extension and all of the Forge family name them alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lib_omost.canvas import depth_map, read_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.checkpoint_file import checkpoint_file
from lib_omost.hosts.webui.capabilities.depth_nets import depth_net_for, without_control_net
from lib_omost.ui.draft_button import is_canvas_background, takes_pictures

TABS, SIZE, LAST = ("txt2img", "img2img"), ("width", "height"), "gallery"
_ID = re.compile(r"(?:txt2img|img2img)_controlnet_ControlNet(?:-(\d+))?_(\w+)")
IMAGE, ENABLED, MODULE = "input_image", "controlnet_enable_checkbox", "controlnet_preprocessor_dropdown"
MODEL, RESIZE, OWN_IMAGE = (
    "controlnet_model_dropdown",
    "controlnet_resize_mode_radio",
    "controlnet_same_img2img_checkbox",  # in img2img: whether a unit has a picture of its own
)
HEADER = "header"  # Forge's and Neo's: a second switch, which follows the first one's clicks alone
_NEEDED = (IMAGE, ENABLED, MODULE, MODEL, RESIZE)
_READ, _FILLED = (ENABLED, MODEL, OWN_IMAGE), (*_NEEDED, HEADER)


class ControlUnits:
    """The units' widgets of one tab, noticed as the host makes them."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, Any]] = {}
        self._header: Any = None
        self._canvas: int | None = None  # the unit whose Forge canvas is being made

    def notice(self, component: Any, elem_id: str | None) -> None:
        """A widget of the host's page was made."""
        if "cnet-unit-enabled-accordion" in (getattr(component, "elem_classes", None) or []):
            self._header = component
        elif self._canvas is not None and is_canvas_background(component):
            self._found[self._canvas][IMAGE] = component
            self._canvas = None
        elif (match := _ID.fullmatch(elem_id or "")) and match[2] in (*_NEEDED, OWN_IMAGE):
            self._add(int(match[1] or 0), match[2], component)

    def widgets(self) -> tuple[list[Any], list[Any]]:
        """Those to read and those to fill, unit by unit; the same of each."""
        units = self._complete()
        read = [units[number][name] for number in units for name in self._names(_READ)]
        return read, [units[number][name] for number in units for name in self._names(_FILLED)]

    def numbered(self, values: Sequence[Any]) -> dict[int, dict[str, Any]]:
        """The values of the widgets to read, by unit and name."""
        names = self._names(_READ)
        rows = (values[start : start + len(names)] for start in range(0, len(values), len(names)))
        return {number: dict(zip(names, row, strict=True)) for number, row in zip(self._complete(), rows, strict=True)}

    def updates(self, unit: int, filled: Mapping[str, Any], unchanged: Any) -> list[Any]:
        """One value for each widget to fill."""
        names = self._names(_FILLED)
        return [filled[name] if number == unit else unchanged for number in self._complete() for name in names]

    def no_module(self, unit: int) -> Any:
        """What its list of preprocessors begins with, which is none."""
        return getattr(self._found[unit][MODULE], "value", "None")

    def _add(self, unit: int, name: str, component: Any) -> None:
        own = self._found.setdefault(unit, {})
        if name == IMAGE and not takes_pictures(component):
            self._canvas = unit
        else:
            own.setdefault(name, component)
        if self._header is not None:
            own[HEADER], self._header = self._header, None

    def _complete(self) -> dict[int, dict[str, Any]]:
        return {number: own for number, own in sorted(self._found.items()) if own.keys() >= set(_NEEDED)}

    def _names(self, names: Sequence[str]) -> list[str]:
        """Those that all units have."""
        return [name for name in names if all(name in own for own in self._complete().values())]


def filling(units: ControlUnits, canvas: str, size: tuple[int, int], sent: int | None, values: Sequence[Any]) -> Any:
    """The number of the unit that the map goes to, and the values of its widgets.

    sent: the one that held the last map, which the next one takes the place of while that is on.
    Raises OmostError where there is none, or no net, or the unit would show no picture of its own.
    """
    known = units.numbered(values)
    if not known:
        raise without_control_net()
    free = [number for number, own in known.items() if not own[ENABLED]]
    unit = sent if sent in known and known[sent][ENABLED] else next(iter(free), None)
    if unit is None:
        hint = "switch one off, or raise their number in the settings of ControlNet"
        raise OmostError("all units of ControlNet are in use", hint=hint)
    if not known[unit].get(OWN_IMAGE, True):
        hint = "tick 'Upload independent control image' in it, and press once more"
        raise OmostError(f"ControlNet's unit {unit} shows no picture of its own in img2img", hint=hint)
    width, height = size
    picture = depth_map(read_canvas(canvas).require_canvas(), width, height)
    filled = {
        IMAGE: picture[..., None].repeat(3, 2),
        ENABLED: True,
        MODULE: units.no_module(unit),
        MODEL: depth_net_for(str(known[unit][MODEL] or ""), checkpoint_file({})),
        RESIZE: "Just Resize",
        HEADER: True,
    }
    return unit, filled


class DepthButton:
    """Our button of a tab. It is wired when that tab's last widgets are made: ControlNet's may come before our own."""

    def __init__(self) -> None:
        self._units = ControlUnits()
        self._sizes: dict[str, Any] = {}
        self._own: tuple[str, Any, Any, Any, Any] | None = None

    def build(self, tab: str, button: Any, widgets: Mapping[str, Any]) -> None:
        """widgets: of the accordion, by field."""
        import gradio as gr

        self._own = tab, button, widgets["canvas"], widgets["depth"], gr.State(None)

    def notice(self, component: Any, elem_id: str | None) -> None:
        """A widget of the host's page was made."""
        tab, _, name = (elem_id or "").partition("_")
        self._units.notice(component, elem_id)
        if tab in TABS and name in SIZE:
            self._sizes[name] = component
        if self._own is not None and elem_id == f"{self._own[0]}_{LAST}" and len(self._sizes) == len(SIZE):
            self._wire()

    def _wire(self) -> None:
        import gradio as gr

        assert self._own is not None
        _, button, canvas, depth, sent = self._own
        self._own = None  # wired once
        units = self._units

        def send(canvas: str, width: float, height: float, sent: int | None, *values: Any) -> list[Any]:
            try:
                unit, filled = filling(units, canvas, (int(width), int(height)), sent, values)
            except OmostError as error:
                raise gr.Error(error.told) from error
            gr.Info(f"ControlNet's unit {unit} holds the depth map, and is on.")
            return [unit, 0.0, *units.updates(unit, filled, gr.update())]

        read, fill = units.widgets()
        inputs = [canvas, *(self._sizes[name] for name in SIZE), sent, *read]
        button.click(send, inputs=inputs, outputs=[sent, depth, *fill], show_progress=False)
