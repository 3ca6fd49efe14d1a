"""Each WebUI's versions: pinned exactly, and in them everything that its process imports can be imported.

`make test-environments` runs this with each of them; `make test` with the project's own versions.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import environments
import pytest
from webui_process import HOSTS

from tests.test_imports import house, imported

IN_THE_WEBUI = ("lib_omost.ui", "lib_omost.hosts.webui")
HAS_GRADIO = importlib.util.find_spec("gradio") is not None
# The two modules of a WebUI that the extension imports at a module's head, empty.
FAKES = """
import sys, types
for name, has in (("modules", {}), ("modules.scripts", {"Script": object, "scripts_data": []}),
                  ("modules.script_callbacks", {})):
    module = sys.modules[name] = types.ModuleType(name)
    vars(module).update(has)
    if "." in name:
        setattr(sys.modules["modules"], name.partition(".")[2], module)
"""
BUILD = """
import gradio
from lib_omost.ui.accordion import Accordion
for is_img2img in (False, True):
    with gradio.Blocks() as page:
        accordion = Accordion()
        widgets = accordion.build(lambda name: f"{is_img2img}_{name}", is_img2img=is_img2img)
    found = {part.get("props", {}).get("elem_id") for part in page.get_config_file()["components"]}
    assert f"{is_img2img}_canvas" in found, found
    assert len(widgets) == len(accordion.infotext_fields())
"""


def own_modules() -> list[str]:
    """The extension's modules in the WebUI's process, with all that they import of this package, at any place."""
    sources = house()
    waiting, seen = [name for name in sources if name.startswith(IN_THE_WEBUI)], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imported(sources[name], set(sources))
    return sorted(seen)


def ended_well(code: str) -> None:
    """In an interpreter that has loaded nothing of the tests."""
    done = subprocess.run([sys.executable, "-c", FAKES + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_host_has_its_versions() -> None:
    assert {file.stem for file in environments.PINS.glob("*.txt")} == {name.lower() for name in HOSTS}


@pytest.mark.parametrize("pins", sorted(environments.PINS.glob("*.txt")), ids=lambda pins: pins.stem)
def test_each_version_is_one(pins: Path) -> None:
    assert environments.wanted_python(pins) in {"3.10", "3.11", "3.12", "3.13"}
    lines = [line for call in environments.pinned(pins) for line in call]
    assert [line for line in lines if line.count("==") != 1] == []
    named = {line.partition("==")[0].lower() for line in lines}
    assert {"torch", "numpy", "gradio", "fastapi", "pydantic", "transformers", "pillow", "httpx"} <= named


def test_a_first_line_without_a_python_is_told(tmp_path: Path) -> None:
    pins = tmp_path / "a.txt"
    pins.write_text("torch==2.1.2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.txt"):
        environments.wanted_python(pins)


def test_a_python_is_found_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environments.interpreter("3.99") is None
    monkeypatch.setenv("OMOST_PYTHON3_99", sys.executable)
    assert environments.interpreter("3.99") == sys.executable


def test_what_is_not_installed_is_told_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "interpreter", lambda _: None)
    assert environments.run(environments.PINS / "neo.txt") == "not run: there is no Python 3.13"


def test_what_the_webuis_process_imports_can_be_imported() -> None:
    names = own_modules()
    assert "lib_omost.ui.extension" in names
    if not HAS_GRADIO:
        names = [name for name in names if name not in {"lib_omost.ui.accordion", "lib_omost.ui.header"}]
    ended_well(f"import importlib\nfor name in {names!r}: importlib.import_module(name)")


@pytest.mark.skipif(not HAS_GRADIO, reason="gradio is not installed")
def test_gradio_itself_makes_the_widgets() -> None:
    ended_well(BUILD)


@pytest.mark.skipif("OMOST_ENVIRONMENT" not in os.environ, reason="make test-environments runs it")
def test_the_versions_are_those_of_the_host() -> None:
    pins = environments.PINS / f"{os.environ['OMOST_ENVIRONMENT']}.txt"
    assert ".".join(map(str, sys.version_info[:2])) == environments.wanted_python(pins)
    for line in (line for call in environments.pinned(pins) for line in call):
        name, _, wanted = line.partition("==")
        assert version(name).partition("+")[0] == wanted, name
