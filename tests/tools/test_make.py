"""The demo's message comes from who asks for it, not from cmd.exe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import make
import pytest

MESSAGE = 'the dog\'s "ball" costs $P$G & é'


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    commands: list[str] = []
    monkeypatch.setattr(make, "install", lambda: None)
    monkeypatch.setattr(make, "run", lambda *arguments: commands.extend(map(str, arguments)))
    monkeypatch.setenv("PROMPT", "$P$G")
    monkeypatch.delenv("OMOST_PROMPT", raising=False)
    return commands


@pytest.mark.parametrize(("words", "wanted"), [([], make.DEFAULT_PROMPT), ([MESSAGE], MESSAGE)])
def test_the_demo_takes_its_argument(ran, monkeypatch, words, wanted) -> None:
    monkeypatch.setattr(sys, "argv", ["make.py", "demo", *words])
    make.main()
    assert ran[-1] == wanted


def test_other_chores_take_no_message(ran, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make.py", "lint", MESSAGE])
    with pytest.raises(SystemExit, match="2"):
        make.main()
    assert ran == []


@pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="needs make and sh")
@pytest.mark.parametrize(
    ("typed", "system", "wanted"),
    [(MESSAGE, "", MESSAGE), (None, "Windows_NT", "None"), (None, "", "$P$G"), (MESSAGE, "Windows_NT", MESSAGE)],
)
def test_make_hands_the_message_on_as_typed(tmp_path: Path, typed, system, wanted) -> None:
    script = tmp_path / "show.py"
    script.write_text("import os; print(ascii(os.environ.get('OMOST_PROMPT')))")
    # The suite itself may run under make, which tells its children so.
    of_make = {"OMOST_PROMPT", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}
    environment = {key: value for key, value in os.environ.items() if key not in of_make}
    command = ["make", "demo", f"PYTHON={sys.executable} {script}", *([f"PROMPT={typed}"] if typed else [])]
    shown = subprocess.run(
        command, cwd=make.ROOT, env=environment | {"PROMPT": "$P$G", "OS": system}, capture_output=True, check=True
    )
    assert shown.stdout.decode().strip() == (wanted if wanted == "None" else ascii(wanted))


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """Which programs a checkout's computer has, by name."""
    found: dict[str, str | None] = {"node": "/bin/node", "npm": "/bin/npm"}
    monkeypatch.setattr(make.shutil, "which", found.get)
    return found


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that pins one package, without it."""
    (tmp_path / "package.json").write_text('{"devDependencies": {"typescript": "5.0.0"}}')
    monkeypatch.setattr(make, "ROOT", tmp_path)
    monkeypatch.setattr(make, "NODE_MODULES", tmp_path / "node_modules")
    return tmp_path


def installs(checkout: Path, version: str, code: int = 0, told: str = ""):
    def npm(*arguments, **options):
        folder = checkout / "node_modules" / "typescript"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(f'{{"version": "{version}"}}')
        return subprocess.CompletedProcess(arguments, code, "", told)

    return npm


def test_types_of_javascript_are_checked_by_the_pinned_compiler_which_is_installed_once(
    ran, programs, checkout: Path, monkeypatch
) -> None:
    monkeypatch.setattr(make.subprocess, "run", installs(checkout, "5.0.0"))
    make.lint()
    assert ran[-4:] == ["/bin/node", str(checkout / "node_modules/typescript/bin/tsc"), "--project", "."]
    monkeypatch.setattr(make.subprocess, "run", None)  # not asked again
    make.lint()
    monkeypatch.setattr(make.subprocess, "run", installs(checkout, "5.0.0"))
    (checkout / "node_modules/typescript/package.json").write_text('{"version": "4.0.0"}')
    make.lint()
    assert "5.0.0" in (checkout / "node_modules/typescript/package.json").read_text()


@pytest.mark.parametrize(
    ("missing", "told"),
    [("node", "Node.js is not installed"), ("npm", "npm is not installed"), (None, "npm install failed: no network")],
)
def test_without_node_or_its_packages_lint_says_so_in_a_line_and_goes_on(
    ran, programs, checkout: Path, monkeypatch, capsys, missing, told
) -> None:
    programs.pop(missing, None)
    monkeypatch.setattr(make.subprocess, "run", installs(checkout, "5.0.0", 1, "no network\nmore\n"))
    make.lint()
    assert capsys.readouterr().err == f"the types of javascript/ are not checked: {told}\n"
    assert "ruff" in ran
    assert "--project" not in ran
