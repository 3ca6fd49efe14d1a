"""What install.py asks pip for: what is missing or too old, never what the host pins, and never anything else."""

from __future__ import annotations

import runpy
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lib_omost.hosts.webui.packages import install_missing, installed_versions, is_met, pinned_by, read_needs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "requirements_versions.txt").write_text("--extra-index-url x\nPillow==9.5.0 # pictures\n\nnumpy\n")
    return tmp_path


def asked(needs: str, host: Path, fail: str = "") -> tuple[list[tuple[str, str]], list[str]]:
    """(command, its constraints) of every call of pip, and what was said."""
    calls: list[tuple[str, str]] = []
    said: list[str] = []

    def pip(command: str, _description: str) -> None:
        file = command.split(' -c "')[1].rstrip('"')
        calls.append((command.split(" -c ", maxsplit=1)[0], Path(file).read_text()))
        if fail:
            raise RuntimeError(f"Couldn't install\nstderr: {fail}")

    install_missing(read_needs(needs), host, pip, said.append)
    return calls, said


def test_what_is_there_is_left_alone(host: Path) -> None:
    assert asked("pytest>=1  # tests\n# a comment\n\n", host) == ([], [])


def test_what_is_missing_is_asked_for_and_everything_else_held_as_it_is(host: Path) -> None:
    ((command, constraints),), said = asked("no-such-package-here>=2  # the chat\n", host)
    assert command == 'install "no-such-package-here>=2"'
    assert f"pytest=={metadata.version('pytest')}" in constraints.splitlines()
    assert said == []


def test_what_is_too_old_may_change_and_nothing_else(host: Path) -> None:
    ((_, constraints),), _ = asked("pytest>=999  # tests\n", host)
    assert not any(line.startswith("pytest==") for line in constraints.splitlines())
    assert len(constraints.splitlines()) == len(installed_versions(but="pytest"))


def test_what_the_host_pins_is_not_touched_and_said(host: Path) -> None:
    assert pinned_by(host) == {"pillow", "numpy"}
    calls, (said,) = asked("pillow>=999  # drafts\n", host)
    assert calls == []
    assert "pins pillow" in said
    assert "drafts" in said


def test_a_failure_says_what_failed_and_how_to_go_on(host: Path) -> None:
    _, (said,) = asked("no-such-package-here  # pictures are composed without it\n", host, fail="no network")
    assert "no network" in said
    assert "pictures are composed without it" in said
    assert "restart" in said


def test_a_requirement_for_other_platforms_is_met() -> None:
    (need,) = read_needs("no-such-package-here; sys_platform == 'none'")
    assert is_met(need.requirement)


@pytest.mark.parametrize("skip", [True, False])
def test_install_py_honours_skip_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, skip: bool) -> None:
    calls: list[str] = []
    asked_for: list[Any] = []
    launch = SimpleNamespace(args=SimpleNamespace(skip_install=skip), run_pip=lambda *call: calls.append(call[0]))
    monkeypatch.setitem(sys.modules, "launch", launch)
    monkeypatch.setitem(sys.modules, "modules", ModuleType("modules"))
    monkeypatch.setitem(sys.modules, "modules.paths_internal", SimpleNamespace(script_path=str(tmp_path)))
    monkeypatch.setattr(
        "lib_omost.hosts.webui.packages.is_met", lambda requirement: asked_for.append(requirement) or False
    )
    runpy.run_path(str(ROOT / "install.py"))
    assert bool(asked_for) is not skip
    assert bool(calls) is not skip


def test_the_extensions_own_needs_are_well_formed_and_explained() -> None:
    needs = read_needs((ROOT / "requirements" / "webui.txt").read_text())
    assert needs
    assert all(need.reason for need in needs)
