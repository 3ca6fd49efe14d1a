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
