"""The page's own files and data, and presets as files that stay in their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lib_omost.canvas import COLORS, LOCATIONS, canvas_to_json
from lib_omost.page.files import MODULES
from lib_omost.page.presets import MAX_PRESETS, Presets
from tests.page.conftest import CANVAS

DATA = canvas_to_json(CANVAS)


def test_every_module_is_served_as_javascript_and_asked_for_anew(client: TestClient) -> None:
    for module in MODULES.glob("*.mjs"):
        answer = client.get(f"/omost/v1/files/{module.name}")
        assert answer.content == module.read_bytes()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "no-cache"
    assert client.get("/omost/v1/files/style.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("name", ["nothing.mjs", "..%2f..%2finstall.py", "%2e%2e%2f%2e%2e%2fREADME.md", "install.py"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/omost/v1/files/{name}").status_code == 404


def test_the_page_has_the_tables_that_canvases_are_read_with(client: TestClient) -> None:
    page = client.get("/omost/v1/page").json()
    assert page["vocabulary"]["locations"] == {name: list(center) for name, center in LOCATIONS.items()}
    assert page["vocabulary"]["colors"] == {name: list(rgb) for name, rgb in COLORS.items()}
    assert page["options"] == {"snap_to_words": True}


def test_a_preset_is_kept_listed_used_and_forgotten(client: TestClient) -> None:
    assert client.get("/omost/v1/presets").json() == {"names": []}
    for name in ("my cat", "Aé 🐈"):
        client.post("/omost/v1/presets/keep", json={"name": name, "canvas": DATA})
    assert client.get("/omost/v1/presets").json() == {"names": ["Aé 🐈", "my cat"]}
    assert client.post("/omost/v1/presets/get", json={"name": "my cat"}).json()["canvas"] == DATA
    assert client.post("/omost/v1/presets/forget", json={"name": "my cat"}).json() == {"names": ["Aé 🐈"]}
    assert "no preset 'my cat'" in client.post("/omost/v1/presets/get", json={"name": "my cat"}).json()["detail"]


@pytest.mark.parametrize("name", ["", "../out", "a/b", "a\\b", ".hidden", "x" * 81, "nul", "a\0b", "c:d"])
@pytest.mark.parametrize("route", ["keep", "get", "forget"])
def test_a_preset_stays_in_its_folder(client: TestClient, tmp_path: Path, name: str, route: str) -> None:
    answer = client.post(f"/omost/v1/presets/{route}", json={"name": name, "canvas": DATA})
    assert answer.status_code == 422
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense"])
def test_a_damaged_preset_is_told_by_its_name(client: TestClient, tmp_path: Path, text: str) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "old.json").write_text(text)
    answer = client.post("/omost/v1/presets/get", json={"name": "old"})
    assert answer.status_code == 422
    assert "old" in answer.json()["detail"]


def test_there_are_not_endlessly_many(tmp_path: Path, client: Any) -> None:
    folder = tmp_path / "presets"
    folder.mkdir()
    for number in range(MAX_PRESETS):
        (folder / f"{number}.json").write_text("{}")
    presets = Presets(folder)
    assert (
        "presets already" in client.post("/omost/v1/presets/keep", json={"name": "x", "canvas": DATA}).json()["detail"]
    )
    presets.keep("7", CANVAS)
    assert presets.get("7") == CANVAS
