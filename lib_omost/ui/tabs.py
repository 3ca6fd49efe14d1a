"""What one tab hands to the other: its prompts, its settings, the canvas and all that the accordion says."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from lib_omost.canvas import read_canvas, write_canvas
from lib_omost.canvas.window import as_place, seen_through, window_around
from lib_omost.errors import OmostError
from lib_omost.settings.fields import FIELDS
from lib_omost.ui.draft_button import DraftTarget, draft_picture

REDRAWN = 0.75  # of the noise schedule, to begin with: another thing can come, in the old one's light and colours
AROUND = 0.95  # likewise, around the old one
PARTS = tuple(field.name for field in FIELDS if field.only_img2img)
STAYING = ("variants", *PARTS)  # the further canvases are of a tab's own chat
TABS = ("txt2img", "img2img")
LAST = "img2img_gallery"  # of the page's own widgets: when it is made, all that is handed over is there
CARRIED = (  # the hosts' names of their widgets, behind that of the tab; a host has most of them
    *("prompt", "neg_prompt", "styles", "sampling", "scheduler", "steps", "width", "height", "batch_count"),
    *("batch_size", "cfg_scale", "distilled_cfg_scale", "seed", "subseed", "subseed_show", "subseed_strength"),
    *("seed_resize_from_w", "seed_resize_from_h"),
)


class Tabs:
    """Both tabs of one page as the host makes them, and the hidden buttons by which the page hands things over.

    The two are made one after the other, each with a script of its own, so this is what these have in common.
    """

    def __init__(self) -> None:
        self._widgets: dict[str, Any] = {}
        self._own: dict[str, dict[str, Any]] = {}
        self._parts: list[Any] = []
        self._order: Any = None
        self._buttons: dict[str, Any] = {}
        self._target = DraftTarget()

    def add(self, tab: str, widgets: Mapping[str, Any]) -> None:
        """The accordion's widgets of a tab, by field."""
        self._own[tab] = {name: widget for name, widget in widgets.items() if name not in STAYING}
        if tab == TABS[1]:
            self._parts = [widgets[name] for name in PARTS]

    def add_buttons(self, buttons: Mapping[str, Any], target: DraftTarget, order: Any) -> None:
        """Those of `handing_buttons`, where the draft goes, and the box that holds what is to be redrawn."""
        self._buttons, self._target, self._order = dict(buttons), target, order

    def notice(self, component: Any, elem_id: str | None) -> None:
        """A widget of the host's page was made."""
        tab, _, name = (elem_id or "").partition("_")
        if tab in TABS and name in CARRIED:
            self._widgets[str(elem_id)] = component
        if elem_id == LAST:
            self._connect()

    def _connect(self) -> None:
        if self._own.keys() != set(TABS):
            return
        txt2img, img2img = TABS
        self._wire("to_txt2img", _handed, *self._pairs(img2img, txt2img))
        inputs, outputs = self._pairs(txt2img, img2img)
        self._wire("from_txt2img", _handed_whole, inputs, [*self._parts, *outputs])
        if self._target.is_complete:
            target, own, order = self._target, self._own[txt2img], self._order
            picture = [target.image, target.denoise, *self._parts]
            sides = [self._widgets[f"{txt2img}_{side}"] for side in ("width", "height")]
            drafted = [own["canvas"], own["denoise"], *sides, *inputs]
            self._wire("draft_from_txt2img", _handed_with_draft, drafted, [*picture, *outputs])
            names = [*self._own[txt2img], *self._names_of(txt2img, img2img)]
            hand = partial(_handed_to_redraw, names)
            self._wire("redraw_from_txt2img", hand, [order, *inputs], [order, *picture, *outputs])
            here = {name: self._own[img2img][name] for name in ("enabled", "canvas")}
            here |= {name: self._widgets[f"{img2img}_{name}"] for name in ("width", "height")}
            hand = partial(_handed_to_redraw, list(here))
            self._wire("redraw_in_img2img", hand, [order, *here.values()], [order, *picture, *here.values()])

    def _wire(self, name: str, function: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        button = self._buttons.pop(name, None)  # wired once
        if button is not None:
            button.click(function, inputs=list(inputs), outputs=list(outputs), show_progress=False)

    def _pairs(self, source: str, goal: str) -> tuple[list[Any], list[Any]]:
        """The widgets to read and, in the same order, those to fill; the switch comes first."""
        names = self._names_of(source, goal)
        one, other = (
            [*self._own[tab].values(), *(self._widgets[f"{tab}_{name}"] for name in names)] for tab in (source, goal)
        )
        return one, other

    def _names_of(self, source: str, goal: str) -> list[str]:
        """Of the hosts' widgets that both tabs have."""
        return [name for name in CARRIED if {f"{source}_{name}", f"{goal}_{name}"} <= self._widgets.keys()]


def handing_buttons() -> dict[str, str]:
    """name → what it does: the buttons that the page presses, and nobody sees."""
    return {
        "from_txt2img": "Take all from txt2img",
        "to_txt2img": "Send all to txt2img",
        "draft_from_txt2img": "Take all from txt2img, with the draft",
        "redraw_from_txt2img": "Take all from txt2img, to redraw a region of its picture",
        "redraw_in_img2img": "Redraw a region of this tab's picture",
    }


def _handed(_is_on: bool, *values: Any) -> list[Any]:
    """As they are, and switched on."""
    return [True, *values]


def _handed_whole(*values: Any) -> list[Any]:
    """And all of the picture is drawn."""
    return ["", "", *_handed(*values)]


def _handed_with_draft(canvas: str, denoise: float, width: float, height: float, *values: Any) -> list[Any]:
    import gradio as gr

    try:
        return [draft_picture(canvas, int(width), int(height)), denoise, *_handed_whole(*values)]
    except OmostError as error:
        raise gr.Error(error.told) from error


def _handed_to_redraw(names: Sequence[str], order: str, *values: Any) -> list[Any]:
    """A part of a finished picture is drawn; without a picture it is one of the init image that is there.

    names: of the values. order: JSON with the region's number, or the place of the picture on a larger canvas, and the
    picture's file in base64.
    """
    import gradio as gr

    from lib_omost.hosts.parts import opened, size_around

    asked = json.loads(order)
    given = dict(zip(names, values, strict=True)) | {"enabled": True}
    region = str(asked.get("region", ""))
    if not asked.get("picture"):
        return ["", gr.update(), gr.update(), region, gr.update(), *given.values()]
    try:
        picture = opened(base64.b64decode(asked["picture"]))
        if "place" not in asked:
            return ["", picture, REDRAWN, region, "", *given.values()]
        place = as_place(asked["place"])
        canvas = read_canvas(given["canvas"]).require_canvas()
        width, height = size_around(picture, place)
    except OmostError as error:
        raise gr.Error(error.told) from error
    given |= {"canvas": write_canvas(seen_through(canvas, window_around(place))), "width": width, "height": height}
    return ["", picture, AROUND, region, ", ".join(map(str, place)), *given.values()]
