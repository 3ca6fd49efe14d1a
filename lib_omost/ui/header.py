"""The accordion whose header is the switch: the host's own kind of one, or a plain one with the switch inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

ElementId = Callable[[str], str]


@contextmanager
def switch_accordion(title: str, label: str, elem_id: ElementId, *, is_on: bool) -> Iterator[Any]:
    """The widget of on and off, labelled where it stands alone; what is made within the block is in its accordion.

    `InputAccordion` is of A1111 1.6 and all of Forge's family. It opens what is switched on; the page takes that back
    (`javascript/omost.mjs`), because a chat is opened to be looked at.
    """
    kind = _hosts_own()
    if kind is None:
        with gr.Accordion(title, open=False, elem_id=elem_id("accordion")):
            yield gr.Checkbox(value=is_on, label=label, elem_id=elem_id("enabled"))
    else:
        with kind(is_on, label=title, elem_id=elem_id("accordion")) as switch:
            switch.accordion.do_not_save_to_config = True
            yield switch


def _hosts_own() -> Any:
    """`InputAccordion`, None where the host has none."""
    try:
        from modules import ui_components
    except ImportError:
        return None
    return getattr(ui_components, "InputAccordion", None)
