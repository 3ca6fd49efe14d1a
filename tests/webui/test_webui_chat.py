"""The chat's life in a WebUI: nothing until it is used, its memory given back before a picture, its end on a reload."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.errors import OmostError
from lib_omost.ui.chat import Chat

ROOT = Path(__file__).parents[2]


class Service:
    """What the WebUI calls of a chat service."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before_picture(self) -> None:
        self.calls.append("before_picture")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    for name in ("lib_omost.ui.extension", "lib_omost.ui.script"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr("lib_omost.ui.chat.service_in_webui", lambda _file: made)
    return made


def load_script() -> type:
    """What the host does with the extension's file; every script class that it finds there."""
    sys.modules.pop("lib_omost.ui.extension", None)
    found = runpy.run_path(str(ROOT / "scripts" / "omost.py"))
    (script,) = (value for value in found.values() if isinstance(value, type))
    return script


def test_the_service_is_made_once_when_it_is_first_asked_for() -> None:
    made: list[Service] = []

    def make() -> Any:
        made.append(Service())
        return made[-1]

    chat = Chat(make)
    chat.before_picture()
    assert made == []
    assert chat.service() is chat.service() is made[0]
    chat.before_picture()
    chat.close()
    chat.before_picture()
    chat.close()
    assert made[0].calls == ["before_picture", "close"]
    with pytest.raises(OmostError, match="reloaded"):
        chat.service()


def test_a_job_gives_the_memory_back_whether_or_not_it_uses_the_canvas(modules: Any, service: Service) -> None:
    script = load_script()()
    script.before_process(SimpleNamespace(), False)
    assert service.calls == []  # there is no service yet
    chat_of(modules)()
    script.before_process(SimpleNamespace(), False)
    load_script()  # "Reload UI" loads the extension anew
    assert service.calls == ["before_picture"]


def test_unloading_the_script_ends_the_chat(modules: Any, service: Service) -> None:
    load_script()
    chat_of(modules)()
    (unloaded,) = modules.callbacks["on_script_unloaded"]
    unloaded()
    assert service.calls == ["close"]


def chat_of(modules: Any) -> Callable[[], Any]:
    """What the host's application gets from the extension's last load: asked, it makes the service."""
    (*_, app_started) = modules.callbacks["on_app_started"]
    with pytest.MonkeyPatch.context() as patch:
        given: list[Any] = []
        patch.setattr("lib_omost.ui.routes.add_routes", lambda _app, chats, *_others: given.append(chats))
        patch.setattr("lib_omost.ui.guarded_fields.show_guarded", lambda _file: None)
        app_started(None, None)
    service: Callable[[], Any] = given[0]
    return service


def test_settings_and_axes_are_there_before_the_page_is_made(modules: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forge Classic asks for settings behind the page, in which its X/Y/Z script has listed its axes."""
    monkeypatch.delitem(sys.modules, "lib_omost.ui.extension", raising=False)
    settings: list[Any] = []
    monkeypatch.setattr("lib_omost.ui.options.add_options", settings.append)
    grid = SimpleNamespace(axis_options=[], AxisOption=lambda label, *_, **__: SimpleNamespace(label=label))
    plot = type("XYZ", (), {"__module__": "xyz_grid.py"})
    sys.modules["modules.scripts"].scripts_data.append(SimpleNamespace(script_class=plot, module=grid))
    load_script()
    (before_ui,) = modules.callbacks["on_before_ui"]
    before_ui()
    assert len(settings) == 1
    assert "[Omost] Method" in [option.label for option in grid.axis_options]


UNUSED = """
import sys, types
sys.modules["modules"] = types.ModuleType("modules")
callbacks = ("on_before_ui", "on_app_started", "on_script_unloaded")
facts = {"scripts": {"Script": object}, "script_callbacks": dict.fromkeys(callbacks, lambda _: None)}
for name, values in facts.items():
    module = types.ModuleType(f"modules.{name}")
    module.__dict__.update(values)
    sys.modules[module.__name__] = module
    setattr(sys.modules["modules"], name, module)
sys.path.insert(0, sys.argv[1])
from lib_omost.ui.extension import register
kind = register()
kind().before_process(None)
loaded = [name for name in sys.modules if name.startswith("lib_omost.chat") or name in ("torch", "httpx", "gradio")]
assert not loaded, loaded
assert kind().adapters() is kind().adapters()
assert kind().tabs() is kind().tabs()
"""


def test_a_chat_that_is_not_used_loads_nothing_and_tabs_share_what_is_large() -> None:
    subprocess.run([sys.executable, "-c", UNUSED, str(ROOT)], check=True)
