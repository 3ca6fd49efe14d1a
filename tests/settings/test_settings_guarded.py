"""The file of the settings that no host may hold: its owner's alone, and whole however writing goes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lib_omost.data_folder import data_folder
from lib_omost.errors import OmostError
from lib_omost.settings.guarded import Guarded, GuardedFile

SECRET = "sk-a-key-that-nobody-may-see"


@pytest.fixture
def file(tmp_path: Path) -> GuardedFile:
    return GuardedFile(lambda: tmp_path / "data" / "settings.json")


def test_the_file_is_its_owners_alone_and_in_a_folder_that_gradio_does_not_serve(
    file: GuardedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(Guarded(key=SECRET))
    (kept,) = (tmp_path / "data").iterdir()
    if sys.platform != "win32":
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kept.parent.stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("OMOST_DATA_DIR", raising=False)
    assert data_folder().name.startswith(".")
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path / "elsewhere"))
    assert data_folder() == tmp_path / "elsewhere"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"server": 7, "other": "x"}'])
def test_a_file_that_cannot_be_read_is_none(file: GuardedFile, tmp_path: Path, text: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_text(text)
    assert file.read() == Guarded()


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OmostError, match="cannot be written") as caught:
        GuardedFile(lambda: tmp_path / "taken" / "settings.json").write(Guarded(key=SECRET))
    assert "OMOST_DATA_DIR" in caught.value.hint
    assert SECRET not in str(caught.value)


def test_writing_leaves_one_file(file: GuardedFile, tmp_path: Path) -> None:
    for number in range(3):
        file.write(Guarded(server=f"http://host{number}"))
    (kept,) = (tmp_path / "data").iterdir()
    assert json.loads(kept.read_text())["server"] == "http://host2"
