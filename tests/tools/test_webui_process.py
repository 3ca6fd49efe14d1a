"""A stand-in WebUI is started as a real one is: with its kind's options, its extensions linked, its settings kept."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
from webui_process import HOSTS, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a link to a folder takes a right there")

STAND_IN = """
import argparse, http.server, json, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
port = parser.parse_known_args()[0].port
pathlib.Path("config.json").write_text(json.dumps(sys.argv[1:]))
pathlib.Path("ui-config.json").write_text("{}")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"txt2img": ["omost"]} if self.path.endswith("scripts") else json.load(open("config.json")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

server = http.server.HTTPServer(("127.0.0.1", port), Handler)
print("Startup time: 0.1s", flush=True)
server.serve_forever()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where every kind of WebUI is "installed", with the settings that its installer wrote."""
    place = tmp_path / "webui"
    (place / "extensions").mkdir(parents=True)
    (place / "launch.py").write_text(STAND_IN, encoding="utf-8")
    (place / "config.json").write_text('{"VERSION_UID": "PY313"}', encoding="utf-8")
    for name in HOSTS:
        monkeypatch.setenv(f"OMOST_{name.upper()}_DIR", str(place))
        monkeypatch.setenv(f"OMOST_{name.upper()}_PYTHON", sys.executable)
        monkeypatch.delenv(f"OMOST_{name.upper()}_ARGS", raising=False)
    return place


@pytest.mark.parametrize("name", HOSTS)
def test_each_kind_is_started_with_options_that_it_knows(folder: Path, tmp_path: Path, name: str) -> None:
    with started(name, tmp_path / "log.txt", {"omost": tmp_path}) as running:
        options = set(running.get("options"))
    on_a_cpu = {"A1111": {"--use-cpu", "--no-half"}, "Neo": {"--cpu"}}.get(name, {"--always-cpu", "--all-in-fp32"})
    every = {option for kind in HOSTS.values() for option in kind.on_a_cpu.split()} - {"--skip-torch-cuda-test", "all"}
    assert options & every == on_a_cpu
    assert ("--no-download-sd-model" in options) is (name != "Neo")  # Neo ends at an option that it does not know
    assert {"--api", "--skip-prepare-environment", "--skip-torch-cuda-test"} <= options


def test_an_owners_options_take_the_place_of_those_for_a_cpu(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOST_FORGE_ARGS", "--always-gpu --theme 'a b'")
    with started("Forge", tmp_path / "log.txt", {}) as running:
        options = running.get("options")
    assert "--always-cpu" not in options
    assert options[options.index("--always-gpu") :][:3] == ["--always-gpu", "--theme", "a b"]


def test_nothing_of_a_run_stays_in_the_webuis_folder(folder: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    with started("Neo", tmp_path / "log.txt", {"omost": tmp_path}):
        assert (folder / "extensions" / "omost").resolve() == tmp_path
        assert json.loads((folder / "config.json").read_text()) != json.loads(before["config.json"])
    assert {path.name: path.read_text() for path in folder.iterdir() if path.is_file()} == before
    assert list((folder / "extensions").iterdir()) == []


def run_until_ended(folder: Path) -> None:
    with started("Neo", folder / "log.txt", {"omost": folder}) as running:
        (folder / "pid").write_text(str(running.pid))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)


def test_sigterm_ends_the_webui_and_keeps_its_folder(folder: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        run_until_ended(tmp_path)
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
    assert {path.name: path.read_text() for path in folder.iterdir() if path.is_file()} == before
    assert list((folder / "extensions").iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is handler


def test_what_does_not_start_is_told_with_its_last_words(folder: Path, tmp_path: Path) -> None:
    (folder / "launch.py").write_text("raise SystemExit('no such option')", encoding="utf-8")
    with pytest.raises(RuntimeError, match="no such option"), started("Neo", tmp_path / "log.txt", {}):
        pass


def test_a_kind_that_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OMOST_NEO_DIR", raising=False)
    with pytest.raises(LookupError, match="OMOST_NEO_DIR"), started("Neo", tmp_path / "log.txt", {}):
        pass
