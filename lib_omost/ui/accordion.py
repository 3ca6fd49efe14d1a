"""The widgets of one tab, made from the table of fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from lib_omost.errors import OmostError
from lib_omost.settings.fields import FIELDS, TITLE, Field
from lib_omost.ui.depth_button import DepthButton
from lib_omost.ui.draft_button import DraftTarget, draft_picture
from lib_omost.ui.header import switch_accordion
from lib_omost.ui.mount import mount_html
from lib_omost.ui.tabs import Tabs, handing_buttons

ElementId = Callable[[str], str]
ENABLED = FIELDS[0]
HIDDEN = "omost-shown-elsewhere"


class Accordion:
    """Builds the widgets of a tab, and wires the draft's button once the page's own widgets are there."""

    def __init__(self, tabs: Tabs | None = None) -> None:
        self._tabs = tabs or Tabs()
        self._widgets: dict[str, Any] = {}
        self._target = DraftTarget()
        self._button: Any = None
        self._depth = DepthButton()
        self._is_img2img = False

    def build(self, elem_id: ElementId, *, is_img2img: bool, defaults: Mapping[str, Any] | None = None) -> list[Any]:
        """One widget a field, in the order of the table, below the place of the chat and the editor.

        What most pictures need no change of is in a fold, with a button that gives ControlNet the depth map, and in
        img2img one that puts the draft in as init image. `defaults` by field name are what widgets begin with in place
        of the table's.
        """
        given, self._is_img2img = defaults or {}, is_img2img
        tab = "img2img" if is_img2img else "txt2img"
        enabled, canvas, *folded = FIELDS
        with switch_accordion(TITLE, enabled.label, elem_id, is_on=given.get(enabled.name, False)) as switch:
            gr.HTML(mount_html(tab), elem_id=elem_id("app"))
            self._widgets = {enabled.name: _unsaved(switch), canvas.name: _widget(canvas, elem_id, given)}
            with gr.Accordion("How the canvas steers the picture", open=False, elem_id=elem_id("steering")):
                for field in folded:
                    classes = [HIDDEN] if field.is_idle(is_img2img=is_img2img) else None
                    self._widgets[field.name] = _widget(field, elem_id, given, classes)
                button = _button("Send the depth map to ControlNet", elem_id("depth_to_control_net"))
                self._depth.build(tab, button, self._widgets)
                if is_img2img:
                    self._button = _button("Put the draft in as the init image", elem_id("draft_to_img2img"))
            if is_img2img:
                hidden: dict[str, Any] = {"elem_id": elem_id("redraw_order"), "elem_classes": [HIDDEN]}
                order = _unsaved(gr.Textbox(label="What is to be redrawn", value="", lines=1, **hidden))
                self._tabs.add_buttons(_hidden_buttons(elem_id), self._target, order)
        self._tabs.add(tab, self._widgets)
        self._connect()
        return list(self._widgets.values())

    def notice(self, component: Any, elem_id: str | None) -> None:
        """A widget of the host's page was made."""
        if self._target.notice(component, elem_id):
            self._connect()
        self._tabs.notice(component, elem_id)
        self._depth.notice(component, elem_id)

    def infotext_fields(self) -> list[tuple[Any, Any]]:
        """(widget, key) of every field; a picture that was made without the extension switches it off."""
        keys: list[Any] = [_enabled_in, *(_key_of(field, is_img2img=self._is_img2img) for field in FIELDS[1:])]
        return list(zip(self._widgets.values(), keys, strict=True))

    def _connect(self) -> None:
        target = self._target
        if self._button is None or not target.is_complete:
            return

        def put(canvas: str, denoise: float, width: float, height: float) -> tuple[Any, Any]:
            try:
                return draft_picture(canvas, int(width), int(height)), denoise
            except OmostError as error:
                raise gr.Error(error.told) from error

        inputs = [self._widgets["canvas"], self._widgets["denoise"], target.width, target.height]
        self._button.click(put, inputs=inputs, outputs=[target.image, target.denoise], show_progress=False)
        self._button = None  # wired once


def _enabled_in(infotext: Mapping[str, str]) -> bool | None:
    """Whether the picture of an infotext was made with the extension; None for a prompt alone, which tells nothing."""
    if ENABLED.infotext in infotext:
        return infotext[ENABLED.infotext] == "True"
    return False if "Steps" in infotext else None


def _key_of(field: Field, *, is_img2img: bool) -> str | Callable[[Mapping[str, str]], str | float | None]:
    """Under which an infotext holds a field, or how it is read from one."""
    if field.is_idle(is_img2img=is_img2img):
        return _nothing_in
    if field.seldom and isinstance(field.default, float):
        return lambda infotext: _number_in(infotext, field)
    if field.seldom and isinstance(field.default, str):
        return lambda infotext: infotext.get(field.infotext, _nothing_in(infotext))
    if not field.told and not field.seldom:
        return _nothing_in
    if field.before is None:
        return field.infotext

    def told_or_older(infotext: Mapping[str, str]) -> str | None:
        return infotext.get(field.infotext, field.before if ENABLED.infotext in infotext else None)

    return told_or_older


def _nothing_in(infotext: Mapping[str, str]) -> str | None:
    """Empty for a picture: what drew others beside it is not restored. None for a prompt alone, which tells nothing."""
    return "" if "Steps" in infotext else None


def _number_in(infotext: Mapping[str, str], field: Field) -> float | None:
    """What is told first; the default for a picture without, None for a prompt alone."""
    told = infotext.get(field.infotext)
    if told is not None:
        return field.number_in(told)
    return float(field.default) if "Steps" in infotext else None


def _button(label: str, elem_id: str, **how: Any) -> Any:
    return _unsaved(gr.Button(label, elem_id=elem_id, **how))


def _hidden_buttons(elem_id: ElementId) -> dict[str, Any]:
    """Hidden by a class: Gradio 4 leaves out what is not visible."""
    return {name: _button(label, elem_id(name), elem_classes=[HIDDEN]) for name, label in handing_buttons().items()}


def _unsaved(widget: Any) -> Any:
    """The host's saved defaults of its page do not hold for it."""
    widget.do_not_save_to_config = True
    return widget


def _widget(field: Field, elem_id: ElementId, defaults: Mapping[str, Any], classes: list[str] | None = None) -> Any:
    shared: dict[str, Any] = {
        "label": field.label,
        "value": defaults.get(field.name, field.default),
        "elem_id": elem_id(field.name),
    }
    if classes:
        shared["elem_classes"] = classes
    if field.help and field.choices:
        shared["info"] = field.help
    if isinstance(field.default, bool):
        widget = gr.Checkbox(**shared)
    elif field.bounds:
        widget = gr.Slider(minimum=field.bounds[0], maximum=field.bounds[1], step=0.01, **shared)
    elif field.choices:
        widget = gr.Dropdown(choices=list(field.offered), **shared)
    else:
        widget = gr.Textbox(lines=field.lines, max_lines=field.lines, placeholder=field.help, **shared)
    return _unsaved(widget)
