"""A canvas, and the WebUI's modules as far as the widgets need them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, write_canvas

CANVAS = Canvas(
    "A white background.",
    color_name="white",
    regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", color_name="red"),),
)


@pytest.fixture
def code() -> str:
    return write_canvas(CANVAS)


class Widget:
    """A component of Gradio: its arguments, and what is wired to its click."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.arguments, self.keywords, self.clicks = arguments, keywords, []
        self.value = keywords.get("value")

    def click(self, function: Any, **wiring: Any) -> None:
        self.clicks.append((function, wiring))

    def __enter__(self) -> Widget:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Image(Widget):
    """gr.Image, which the draft's button knows by its name."""


class Error(Exception):
    """gr.Error."""


@pytest.fixture
def gradio(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Gradio with the components that the extension makes."""
    made: list[Widget] = []

    class Button(Widget):
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, **keywords)
            made.append(self)

    kinds = {
        name: type(name, (Widget,), {}) for name in ("Accordion", "Checkbox", "Slider", "Dropdown", "Textbox", "HTML")
    }
    fake = SimpleNamespace(**kinds, Button=Button, buttons=made, Image=Image, Error=Error)
    monkeypatch.setitem(sys.modules, "gradio", fake)
    monkeypatch.delitem(sys.modules, "lib_omost.ui.accordion", raising=False)
    yield fake
    sys.modules.pop("lib_omost.ui.accordion", None)
