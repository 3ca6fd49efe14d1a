"""The page's own files and data, and presets as files that stay in their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lib_omost.canvas import COLORS, LOCATIONS, canvas_from_json, canvas_to_json
from lib_omost.errors import BadInputError, OmostError
from lib_omost.page.files import MODULES
from lib_omost.page.presets import MAX_PRESETS, Presets
from tests.page.conftest import CANVAS

DATA = canvas_to_json(CANVAS)
DEEP = '{"description": ' + "[" * 950 + "]" * 950 + "}"


def test_every_module_is_served_as_javascript_and_asked_for_anew(client: TestClient) -> None:
    for module in MODULES.glob("*.mjs"):
        answer = client.get(f"/omost/v1/files/{module.name}")
        assert answer.content == module.read_bytes()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "no-cache"
    for name in ("style.css", "app.css"):
        assert client.get(f"/omost/v1/files/{name}").headers["content-type"].startswith("text/css")


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


@pytest.mark.parametrize("name", ["x" * 81, "x" * 300, "猫" * 81, "a\ud800", "con.txt", "a\x7f", "🐈" * 70])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    presets = Presets(tmp_path)
    for work in (lambda: presets.keep(name, canvas_from_json(DATA)), lambda: presets.get(name)):
        with pytest.raises(BadInputError, match="cannot be a preset's name"):
            work()
    assert presets.names() == []


@pytest.mark.parametrize("name", ["猫" * 80, "v1.5", "x" * 80, "a.json", "new"])
def test_a_long_name_is_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    presets = Presets(tmp_path)
    presets.keep(name, canvas_from_json(DATA))
    presets.keep(name, canvas_from_json(DATA))
    assert presets.names() == [name]
    assert canvas_to_json(presets.get(name)) == DATA


@pytest.mark.parametrize("text", ["[" * 100_000, DEEP, '{"a": ' + "1" * 5000 + "}", "\ud800", "", "{}"])
def test_a_preset_that_cannot_be_read_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(OmostError, match="'mine' cannot be read"):
        Presets(tmp_path).get("mine")
