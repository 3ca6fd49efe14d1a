"""Installing packages beside a program that pins its own: what it has stays at its version.

pip is asked twice. First what it would install, with what is held at its version: that changes nothing. Then just that
is installed, with nothing that it depends on beside it. Only the standard library is needed, so that a bare interpreter
can do it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.disk import DATA_ELSEWHERE, cannot_write
from lib_omost.errors import OmostError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_TICK = 0.1  # seconds between two looks at whether to stop
_TOLD = ("Collecting", "Downloading", "Building", "Installing", "Using cached")  # lines that tell a user something
_FULL = r"no space left|disk quota exceeded|errno 28\b"
_CLOSED = r"read-only file system|permission denied|errno 30\b|errno 13\b"
_FAULTS = (
    (r"certificate|SSLError", "check the proxy's certificate: pip says which one it does not trust"),
    (
        r"temporary failure|connection|timed out|max retries",
        "check the connection and install again: what was fetched is kept by pip",
    ),
    (
        r"resolutionimpossible|conflicting|no matching distribution",
        "no version of a package fits this Python and its torch: use a language model on a server, or a newer WebUI",
    ),
    (r"no such option", "this pip is too old: python -m pip install --upgrade pip"),
    (r"no module named pip", "this Python has no pip: python -m ensurepip"),
)


@dataclass(frozen=True)
class Pip:
    """The pip of a Python, to install `what`. `report` hears what it does, and it is ended once `should_stop()`."""

    what: str
    report: Callable[[str], None]
    should_stop: Callable[[], bool] = lambda: False
    python: str = sys.executable
    folder: Path | None = None  # where it installs to, None for the Python's own

    def run(self, *arguments: str) -> None:
        """Raises OmostError, with pip's reason and what to do, when pip cannot be run, fails, or was stopped."""
        options = ("--disable-pip-version-check", "--no-input")
        command = [self.python, "-m", "pip", *options, *arguments, "--progress-bar", "off"]
        mirror = {"PIP_INDEX_URL": os.environ["INDEX_URL"]} if os.environ.get("INDEX_URL") else {}  # as WebUIs name it
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
                    env={**mirror, **os.environ},
                ) as process,
                _ended_when(self.should_stop, process),
            ):
                for line in process.stdout or ():
                    lines = [*lines[-200:], line.rstrip()]
                    if line.lstrip().startswith(_TOLD):
                        self.report(line.strip().partition(" (from ")[0])
        except OSError as error:
            raise OmostError(f"pip cannot be run: {error.strerror or error}", hint="check this Python") from error
        if process.returncode:
            raise (
                OmostError("the installation was stopped")
                if self.should_stop()
                else fault(self.what, lines, self.folder)
            )


def canonical(name: str) -> str:
    """A package's name as all its spellings are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_versions() -> dict[str, str]:
    """Canonical name → version of every package of this Python."""
    found = {canonical(each.metadata["Name"] or ""): each.version for each in metadata.distributions()}
    return {name: found[name] for name in sorted(found) if name}


def requirement(text: str) -> Requirement:
    """A requirement as it stands in a file (PEP 508)."""
    try:
        from packaging.requirements import Requirement
    except ImportError:  # a bare interpreter has pip's own
        from pip._vendor.packaging.requirements import Requirement  # type: ignore[assignment]

    return Requirement(text)


def is_met(need: str, folder: Path | None = None) -> bool:
    """Whether this Python, with `folder` before its own, has a version that fits; nothing is needed elsewhere."""
    wanted = requirement(need)
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    folders = [*([str(folder)] if folder is not None else []), *sys.path]
    found = next(iter(metadata.distributions(name=wanted.name, path=folders)), None)
    try:
        return found is not None and wanted.specifier.contains(found.version, prereleases=True)
    except ValueError:  # a version that is none
        return False


def lacking(needs: Sequence[str], held: Mapping[str, str], pip: Pip) -> list[str]:
    """`name==version` of all that must be installed for `needs`, with `held`, name → version, as it is.

    Nothing is installed to find out. Raises OmostError when it cannot be had.
    """
    with tempfile.TemporaryDirectory() as scratch:
        constraints, plan = Path(scratch) / "constraints.txt", Path(scratch) / "plan.json"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in held.items()), encoding="utf-8")
        pip.run(
            "install",
            "--dry-run",
            "--prefer-binary",
            "--report",
            str(plan),
            "--constraint",
            str(constraints),
            *needs,
        )
        entries = json.loads(plan.read_text(encoding="utf-8"))["install"]
    found = [entry["metadata"] for entry in entries]
    return [f"{each['name']}=={each['version']}" for each in found if canonical(each["name"]) not in held]


def install(packages: Sequence[str], pip: Pip, folder: Path | None = None) -> None:
    """Install these alone, into this Python or beside what is in `folder`. Raises OmostError when that fails."""
    if not packages:
        return
    where = () if folder is None else ("--target", str(folder), "--upgrade")
    # modules are compiled when they are first imported, and most of a large package never is
    pip.run("install", "--no-deps", "--no-compile", "--no-warn-script-location", *where, *packages)


def install_lacking(needs: Sequence[str], held: Mapping[str, str], pip: Pip, folder: Path) -> None:
    """Install into `folder` what this Python lacks of `needs`, as `lacking` finds it. Raises OmostError."""
    pip.report("finding out which versions fit, which can take minutes")
    quiet = replace(pip, report=lambda _: None)
    wanted = lacking(needs, held, quiet)
    pip.report(f"installing {len(wanted)} packages, once only")
    install(wanted, quiet, folder)
    pip.report("installed")


def renew(folder: Path, fill: Callable[[Path], None], pip: Pip) -> None:
    """Make `folder` anew by what `fill` puts into an empty one; what it held before goes when that is whole.

    Raises OmostError with what failed and how to go on, also when it was stopped.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as scratch:
            new = Path(scratch) / "new"
            new.mkdir()
            fill(new)
            shutil.rmtree(folder, ignore_errors=True)
            new.replace(folder)
    except OSError as error:
        raise cannot_write(folder.parent, error, what=pip.what, elsewhere=DATA_ELSEWHERE) from error


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


def fault(what: str, lines: Sequence[str], folder: Path | None = None) -> OmostError:
    """The error for what pip said last; `folder` is where it was to install to, None for the Python's own."""
    said = [line for line in lines if "error" in line.lower()] or [line for line in lines if line.strip()]
    last = said[-1].removeprefix("ERROR: ")[:300] if said else "it said nothing"
    return OmostError(f"{what} could not be installed: {last}", hint=_hint("\n".join(lines), folder))


def _hint(text: str, folder: Path | None) -> str:
    """What to do about what pip said."""
    if re.search(_FULL, text, re.IGNORECASE):
        where = "on the disk" if folder is None else f"on the disk of {folder}, or {DATA_ELSEWHERE}"
        return f"free some space {where}; pip needs some among the temporary files (TMPDIR), too"
    if re.search(_CLOSED, text, re.IGNORECASE):
        return "this Python's packages cannot be changed by this user" if folder is None else DATA_ELSEWHERE
    hints = (hint for pattern, hint in _FAULTS if re.search(pattern, text, re.IGNORECASE))
    return next(hints, "see what pip says, then install again")
