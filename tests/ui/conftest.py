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
        self.arguments, self.keywords, self.clicks, self.left = arguments, keywords, [], []
        self.value = keywords.get("value")

    def click(self, function: Any, **wiring: Any) -> None:
        self.clicks.append((function, wiring))

    def blur(self, function: Any, **wiring: Any) -> None:
        self.left.append((function, wiring))

    submit = blur

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

    names = ("Accordion", "Checkbox", "Slider", "Dropdown", "Textbox", "HTML", "State")
    kinds = {name: type(name, (Widget,), {}) for name in names}
    told: list[str] = []
    fake = SimpleNamespace(
        **kinds, Button=Button, buttons=made, Image=Image, Error=Error, update=dict, Info=told.append, told=told
    )
    monkeypatch.setitem(sys.modules, "gradio", fake)
    ours = ("lib_omost.ui.accordion", "lib_omost.ui.header")
    for name in ours:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield fake
    for name in ours:
        sys.modules.pop(name, None)


class OptionInfo:
    """An option of the host's settings."""

    def __init__(
        self,
        default: Any = None,
        label: str = "",
        component: Any = None,
        component_args: Any = None,
        onchange: Any = None,
        section: Any = None,
        restrict_api: bool = False,
    ) -> None:
        self.default, self.label, self.component, self.component_args = default, label, component, component_args
        self.section, self.restrict_api, self.do_not_save = section, restrict_api, False
        self.comment_after = ""

    def info(self, text: str) -> OptionInfo:
        self.comment_after = f"({text})"  # as both hosts show it, and so as their localization finds it
        return self

    needs_reload_ui = lambda self: self  # noqa: E731


class OptionHTML(OptionInfo):
    """Words among the settings, and no setting."""

    def __init__(self, text: str) -> None:
        super().__init__(text.strip())
        self.do_not_save = True


class Options:
    """The host's settings: what is saved is in `data`, and that is what its API tells."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.data_labels: dict[str, OptionInfo] = {}

    def add_option(self, key: str, info: OptionInfo) -> None:
        self.data_labels[key] = info
        if not info.do_not_save:
            self.data[key] = info.default

    def __getattr__(self, name: str) -> Any:
        if name in self.data:
            return self.data[name]
        if name in self.data_labels:
            return self.data_labels[name].default
        raise AttributeError(name)


class InputAccordion(Widget):
    """The host's: a checkbox that has an accordion."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.value, self.accordion = arguments[0], Widget(**keywords)


@pytest.fixture
def input_accordion(monkeypatch: pytest.MonkeyPatch) -> type[InputAccordion]:
    """A host that has it."""
    components = SimpleNamespace(InputAccordion=InputAccordion)
    monkeypatch.setitem(sys.modules, "modules", SimpleNamespace(ui_components=components))
    monkeypatch.setitem(sys.modules, "modules.ui_components", components)
    return InputAccordion


@pytest.fixture
def host(gradio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """`modules.shared`, as far as settings go."""
    shared = SimpleNamespace(
        opts=Options(), OptionInfo=OptionInfo, OptionHTML=OptionHTML, cmd_opts=SimpleNamespace(freeze_settings=False)
    )
    monkeypatch.setitem(sys.modules, "modules", SimpleNamespace(shared=shared))
    monkeypatch.setitem(sys.modules, "modules.shared", shared)
    return SimpleNamespace(shared=shared)
