"""When the overlay is made, renewed, added to, or not needed; pip installs wheels that are made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib_omost.chat.models.catalogue import EMBEDDED, ModelSpec, Source
from lib_omost.chat.service import packages
from lib_omost.chat.service.packages import STAMP, prepare, requirements
from lib_omost.errors import OmostError
from tests.test_packages import make_wheel, wheels

__all__ = ["wheels"]
OTHER = ModelSpec("other", Source.PATH, "other")


@pytest.fixture
def overlay(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An overlay that lacks everything: the Python has neither `omost_aaa` nor the embedded model."""
    make_wheel(wheels, "omost_aaa", "1.0")
    make_wheel(wheels, "omost_model", "0.1.2", ("omost_compiled",))
    monkeypatch.setattr(packages, "requirements", lambda: ("omost-aaa>=1",))
    monkeypatch.setattr(packages, "EMBEDDED_MODEL", "omost-model>=0.1")
    return tmp_path / "data" / "overlay"


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.glob("*.py")}


def test_it_is_made_once_and_the_embedded_model_comes_when_it_is_chosen(overlay: Path) -> None:
    heard: list[str] = []
    prepare(overlay, OTHER, heard.append)
    assert names(overlay) == {"omost_aaa.py"}
    assert any("installing 1 packages" in text for text in heard)
    heard.clear()
    prepare(overlay, OTHER, heard.append)
    assert heard == []
    prepare(overlay, EMBEDDED, heard.append)
    assert names(overlay) == {"omost_aaa.py", "omost_model.py"}  # without omost_compiled, which does not exist
    heard.clear()
    prepare(overlay, EMBEDDED, heard.append)
    assert heard == []


@pytest.mark.parametrize("change", [{"python": "3.9.1"}, {"held": {"torch": "1.0"}}, {"requirements": ["omost-old"]}])
def test_it_is_renewed_for_another_python_torch_or_list(overlay: Path, change: dict) -> None:
    prepare(overlay, EMBEDDED, lambda _: None)
    stamp = json.loads((overlay / STAMP).read_text())
    (overlay / STAMP).write_text(json.dumps(stamp | change))
    (overlay / "old.py").touch()
    prepare(overlay, EMBEDDED, lambda _: None)
    assert names(overlay) == {"omost_aaa.py", "omost_model.py"}
    assert json.loads((overlay / STAMP).read_text()) == stamp


def test_an_interrupted_installation_is_done_again(overlay: Path) -> None:
    overlay.mkdir(parents=True)
    (overlay / STAMP).write_text('{"python":')
    prepare(overlay, OTHER, lambda _: None)
    assert names(overlay) == {"omost_aaa.py"}


def test_nothing_is_installed_when_this_python_has_it_all(
    overlay: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "requirements", lambda: ("pytest>=1", "numpy"))
    monkeypatch.setattr(packages, "EMBEDDED_MODEL", "pytest")
    heard: list[str] = []
    prepare(overlay, EMBEDDED, heard.append)
    assert heard == []
    assert names(overlay) == set()
    prepare(None, EMBEDDED, heard.append)
    assert heard == []


def test_what_an_older_python_needed_does_not_shadow_what_this_one_has(
    overlay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(overlay, OTHER, lambda _: None)
    monkeypatch.setattr(packages, "requirements", lambda: ("pytest>=1",))
    prepare(overlay, OTHER, lambda _: None)
    assert names(overlay) == set()


def test_a_version_that_does_not_fit_is_no_version(overlay: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "requirements", lambda: ("pytest>=9999",))
    with pytest.raises(OmostError, match="pytest"):
        prepare(overlay, OTHER, lambda _: None)
    assert not (overlay / STAMP).exists()


@pytest.mark.parametrize(
    ("torch", "first"), [("2.4.0+cu121", "transformers>=4.56,<6"), ("2.1.2", "transformers>=4.48,<4.56")]
)
def test_the_packages_fit_the_hosts_torch(monkeypatch: pytest.MonkeyPatch, torch: str, first: str) -> None:
    monkeypatch.setattr(packages, "held_versions", lambda: {"torch": torch})
    assert requirements()[0] == first


@pytest.mark.parametrize("versions", [{}, {"torch": "1.13.1"}])
def test_without_a_torch_that_can_do_it_a_server_is_the_way(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, str]
) -> None:
    monkeypatch.setattr(packages, "held_versions", lambda: versions)
    with pytest.raises(OmostError, match="torch"):
        requirements()
