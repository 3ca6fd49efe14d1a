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
from collections.abc import Callable, Sequence
from pathlib import Path

from lib_omost.errors import OmostError

HELD = ("torch", "numpy")  # the host's own, whatever their version
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
    version = _held_versions().get("torch")
    if version is None:
        raise OmostError("there is no torch in this Python", hint="install the WebUI's own packages first")
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    if (major, minor) < (2, 1):
        raise OmostError(f"torch {version} is too old for a language model", hint="use one on a server")
    return _NEW if (major, minor) >= (2, 4) else _OLD


def install_overlay(
    folder: Path, report: Callable[[str], None], wanted: Sequence[str] | None = None, python: str = sys.executable
) -> None:
    """Install what is wanted and what that lacks into `folder`; an older overlay there goes when the new one is whole.

    `report` hears in words what is going on. Raises OmostError with what failed and how to go on.
    """
    needs = requirements() if wanted is None else tuple(wanted)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="overlay-") as scratch:
        report("finding out what is missing")
        missing = _missing(needs, Path(scratch), python, report)
        new = Path(scratch) / "new"
        new.mkdir()
        if missing:
            report(f"installing {len(missing)} packages: {', '.join(missing)}")
            _pip(("install", "--no-deps", "--no-warn-script-location", "--target", str(new), *missing), python, report)
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)
    report("installed")


def _missing(needs: Sequence[str], scratch: Path, python: str, report: Callable[[str], None]) -> list[str]:
    """`name==version` of all that the host lacks or has too old. Nothing is installed to find out."""
    constraints, plan = scratch / "constraints.txt", scratch / "plan.json"
    held = "".join(f"{name}=={version}\n" for name, version in _held_versions().items())
    constraints.write_text(held, encoding="utf-8")
    _pip(("install", "--dry-run", "--report", str(plan), "--constraint", str(constraints), *needs), python, report)
    entries = json.loads(plan.read_text(encoding="utf-8"))["install"]
    found = [entry["metadata"] for entry in entries]
    return [f"{each['name']}=={each['version']}" for each in found if each["name"].lower() not in HELD]


def _held_versions() -> dict[str, str]:
    versions = {}
    for name in HELD:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _pip(arguments: Sequence[str], python: str, report: Callable[[str], None]) -> None:
    command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments, "--progress-bar", "off"]
    lines: list[str] = []
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
        ) as process:
            for line in process.stdout or ():
                lines = [*lines[-200:], line.rstrip()]
                if line.lstrip().startswith(("Collecting", "Downloading", "Building", "Installing", "Using cached")):
                    report(line.strip())
    except OSError as error:
        raise OmostError(f"pip cannot be run: {error.strerror or error}", hint="check the WebUI's Python") from error
    if process.returncode:
        raise _fault(lines)


def _fault(lines: Sequence[str]) -> OmostError:
    said = [line for line in lines if "error" in line.lower()] or [line for line in lines if line.strip()]
    text = "\n".join(lines)
    hint = next((hint for pattern, hint in _FAULTS if pattern.search(text)), "see what pip says, then install again")
    last = said[-1].removeprefix("ERROR: ")[:300] if said else "it said nothing"
    return OmostError(f"the worker's packages could not be installed: {last}", hint=hint)
