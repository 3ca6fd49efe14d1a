"""The always-on script. It keeps nothing between hooks: every hook reads its arguments anew."""

from __future__ import annotations

from typing import Any

import gradio as gr
from modules import scripts

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.conditioning import Wording
from lib_omost.hosts.webui.refusal import refuse
from lib_omost.hosts.webui.sampling import Drawing, arm
from lib_omost.prompts import PromptMixing, TagStyle
from lib_omost.ui.settings import FIELDS, TITLE, Field, read_arguments


class OmostScript(scripts.Script):
    """Regions from a canvas in txt2img and img2img."""

    def title(self) -> str:
        """The name that the API knows it by."""
        return TITLE

    def show(self, _is_img2img: bool) -> Any:
        """In both tabs, always."""
        return scripts.AlwaysVisible

    def ui(self, _is_img2img: bool) -> list[Any]:
        """One widget a field, in the order of the table."""
        with gr.Accordion(TITLE, open=False, elem_id=self.elem_id("accordion")):
            widgets = [self._widget(field) for field in FIELDS]
        self.infotext_fields = [(widget, field.infotext) for widget, field in zip(widgets, FIELDS, strict=True)]
        self.paste_field_names = [field.infotext for field in FIELDS]
        return widgets

    def _widget(self, field: Field) -> Any:
        shared = {"label": field.label, "value": field.default, "elem_id": self.elem_id(field.name)}
        if isinstance(field.default, bool):
            widget = gr.Checkbox(**shared)
        elif field.bounds:
            widget = gr.Slider(minimum=field.bounds[0], maximum=field.bounds[1], step=0.01, **shared)
        elif field.choices:
            widget = gr.Dropdown(choices=list(field.choices), **shared)
        else:
            widget = gr.Textbox(lines=field.lines, **shared)
        widget.do_not_save_to_config = True
        return widget

    def process(self, p: Any, *arguments: Any) -> None:
        """Before anything is made: a canvas that cannot be used ends the job here."""
        try:
            settings = read_arguments(arguments)
            if settings.enabled:
                settings.read_canvas()
                p.extra_generation_params.update(settings.infotext())
        except OmostError as error:
            refuse(p, error)

    def process_before_every_sampling(self, p: Any, *arguments: Any, **_tensors: Any) -> None:
        """Before each pass of the sampler: the canvas is handed to it."""
        settings = read_arguments(arguments)
        if settings.enabled:
            wording = Wording(settings.method, TagStyle(settings.style), p.prompts[0], PromptMixing(settings.mixing))
            arm(p, Drawing(settings.read_canvas(), wording, settings.denoise if settings.draft else None))
