"""The widgets of one tab, made from the table of fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from lib_omost.errors import OmostError
from lib_omost.settings.fields import FIELDS, TITLE, Field
from lib_omost.settings.model import Settings
from lib_omost.ui.draft_button import DraftTarget, draft_picture
from lib_omost.ui.mount import mount_html

ElementId = Callable[[str], str]
ENABLED = FIELDS[0]


class Accordion:
    """Builds the widgets of a tab, and wires the draft's button once the page's own widgets are there."""

    def __init__(self) -> None:
        self._widgets: dict[str, Any] = {}
        self._target = DraftTarget()
        self._button: Any = None

    def build(self, elem_id: ElementId, *, is_img2img: bool, defaults: Mapping[str, Any] | None = None) -> list[Any]:
        """One widget a field, in the order of the table, below the place of the chat and the editor.

        In img2img there is a button too that puts the draft in as init image. `defaults` by field name are what
        widgets begin with in place of the table's.
        """
        with gr.Accordion(TITLE, open=False, elem_id=elem_id("accordion")):
            gr.HTML(mount_html("img2img" if is_img2img else "txt2img"), elem_id=elem_id("app"))
            self._widgets = {field.name: _widget(field, elem_id, defaults or {}) for field in FIELDS}
            if is_img2img:
                self._button = gr.Button("Put the draft in as the init image", elem_id=elem_id("draft_to_img2img"))
                self._button.do_not_save_to_config = True
                self._connect()
        return list(self._widgets.values())

    def notice(self, component: Any, elem_id: str | None) -> None:
        """A widget of the host's page was made."""
        if self._target.notice(component, elem_id):
            self._connect()

    def infotext_fields(self) -> list[tuple[Any, Any]]:
        """(widget, key) of every field; a picture that was made without the extension switches it off."""
        keys: list[Any] = [_enabled_in, *(field.infotext for field in FIELDS[1:])]
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


def _widget(field: Field, elem_id: ElementId, defaults: Mapping[str, Any]) -> Any:
    shared: dict[str, Any] = {
        "label": field.label,
        "value": defaults.get(field.name, getattr(Settings(), field.name)),
        "elem_id": elem_id(field.name),
    }
    if field.help and field.choices:
        shared["info"] = field.help
    if isinstance(field.default, bool):
        widget = gr.Checkbox(**shared)
    elif field.bounds:
        widget = gr.Slider(minimum=field.bounds[0], maximum=field.bounds[1], step=0.01, **shared)
    elif field.choices:
        widget = gr.Dropdown(choices=list(field.choices), **shared)
    else:
        widget = gr.Textbox(lines=field.lines, max_lines=field.lines, placeholder=field.help, **shared)
    widget.do_not_save_to_config = True
    return widget
