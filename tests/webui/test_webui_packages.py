"""What install.py asks pip for: what is missing or too old, never what the host pins, and never anything else."""

from __future__ import annotations

import json
import runpy
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.packages import install_missing, pinned_by, read_needs
from lib_omost.packages import installed_versions

ROOT = Path(__file__).parents[2]


@dataclass
class FakePip:
    """Keeps what it is asked, with the versions that are to stay; lacks just what is asked for, at version 2."""

    fails: str = ""
    calls: list[tuple[str, ...]] = field(default_factory=list)
    held: list[list[str]] = field(default_factory=list)

    def report(self, line: str) -> None:
        """Nobody listens."""

    def run(self, *arguments: str) -> None:
        self.calls.append(arguments)
        if self.fails:
            raise OmostError(f"a package of Omost could not be installed: {self.fails}")
        if "--dry-run" in arguments:
            name = arguments[-1].partition(">")[0]
            self.held.append(Path(arguments[arguments.index("--constraint") + 1]).read_text().splitlines())
            plan = {"install": [{"metadata": {"name": name, "version": "2"}}]}
            Path(arguments[arguments.index("--report") + 1]).write_text(json.dumps(plan))


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "requirements_versions.txt").write_text(
        "--extra-index-url x\nPillow==9.5.0 # pictures\n\nnumpy\nhttps://x.org/a.whl\ngit+https://x.org/b\n"
    )
    return tmp_path


def asked(needs: str, host: Path, fails: str = "") -> tuple[FakePip, list[str]]:
    """What pip was asked, and what was said."""
    pip, said = FakePip(fails), list[str]()
    install_missing(read_needs(needs), host, pip, said.append)  # type: ignore[arg-type]
    return pip, said


def test_what_is_there_is_left_alone(host: Path) -> None:
    pip, said = asked("pytest>=1  # tests\n# a comment\n\n", host)
    assert (pip.calls, said) == ([], [])


def test_what_is_missing_is_asked_for_and_everything_else_held_as_it_is(host: Path) -> None:
    pip, said = asked("no-such-package-here>=2  # the chat\n", host)
    assert pip.calls[0][-1] == "no-such-package-here>=2"
    assert pip.calls[1] == (
        "install",
        "--no-deps",
        "--no-compile",
        "--no-warn-script-location",
        "no-such-package-here==2",
    )
    assert f"pytest=={metadata.version('pytest')}" in pip.held[0]
    assert said == []


def test_what_is_too_old_may_change_and_nothing_else(host: Path) -> None:
    pip, _ = asked("pytest>=999  # tests\n", host)
    assert not any(line.startswith("pytest==") for line in pip.held[0])
    assert len(pip.held[0]) == len(installed_versions()) - 1
    assert pip.calls[1][-1] == "pytest==2"


def test_what_the_host_pins_is_not_touched_and_said(host: Path) -> None:
    assert pinned_by(host) == {"pillow", "numpy"}
    pip, (said,) = asked("pillow>=999  # drafts\n", host)
    assert pip.calls == []
    assert "pins pillow" in said
    assert "drafts" in said


def test_a_failure_says_what_failed_and_how_to_go_on(host: Path) -> None:
    _, (said,) = asked("no-such-package-here  # pictures are composed without it\n", host, fails="no network")
    assert "no network" in said
    assert "pictures are composed without it" in said
    assert "restart" in said


@pytest.mark.parametrize("skip", [True, False])
def test_install_py_honours_skip_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, skip: bool) -> None:
    pip, asked_for = FakePip(), list[str]()
    launch = SimpleNamespace(args=SimpleNamespace(skip_install=skip))
    monkeypatch.setitem(sys.modules, "launch", launch)
    monkeypatch.setitem(sys.modules, "modules", ModuleType("modules"))
    monkeypatch.setitem(sys.modules, "modules.paths_internal", SimpleNamespace(script_path=str(tmp_path)))
    monkeypatch.setattr("lib_omost.hosts.webui.packages.is_met", lambda need: asked_for.append(need) or False)
    monkeypatch.setattr("lib_omost.packages.Pip", lambda *_: pip)
    runpy.run_path(str(ROOT / "install.py"))
    assert bool(asked_for) is not skip
    assert bool(pip.calls) is not skip


def test_the_extensions_own_needs_are_well_formed_and_explained() -> None:
    needs = read_needs((ROOT / "requirements" / "webui.txt").read_text())
    assert needs
    assert all(need.reason and need.name for need in needs)
