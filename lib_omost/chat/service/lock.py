"""The versions of the worker's packages that were tested: had at once, without pip's looking for versions that fit."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from lib_omost.packages import canonical, installed_versions, requirement

_LINE = re.compile(r"(?P<wanted>[^#]+)#\s*(?P<megabytes>[\d.]+)")
_BEGUN = re.compile(r"(?:Downloading|Using cached)\s+(?:\S+/)?(?P<name>[A-Za-z0-9][\w.]*?)-\d")
ONCE = "once only"


@dataclass(frozen=True)
class Locked:
    """One package at its version. megabytes: of its wheel, about."""

    name: str
    version: str
    megabytes: float

    @property
    def pin(self) -> str:
        """As pip is asked for it."""
        return f"{self.name}=={self.version}"


def read_lock(text: str) -> Iterator[Locked]:
    """Lines `name==version ; marker  # megabytes` that hold for this Python and platform."""
    for line in text.splitlines():
        if (match := _LINE.fullmatch(line.strip())) is None or line.startswith("#"):
            continue
        wanted = requirement(match["wanted"].strip())
        if wanted.marker is None or wanted.marker.evaluate():
            (version,) = (each.version for each in wanted.specifier)
            yield Locked(canonical(wanted.name), version, float(match["megabytes"]))


def tested_versions() -> tuple[Locked, ...]:
    """Those that this Python has at other versions, or not at all."""
    text = files("lib_omost.chat.service").joinpath("worker.txt").read_text(encoding="utf-8")
    installed = installed_versions()
    return tuple(one for one in read_lock(text) if installed.get(one.name) != one.version)


def clashes(folder: Path, alone: str = "") -> list[str]:
    """What the packages in `folder` ask for and would not find there nor in this Python behind it, a sentence each.

    alone: a package of which the files are all that is wanted.
    """
    there = [str(folder), *sys.path]
    found = []
    for package in metadata.distributions(path=[str(folder)]):
        name = canonical(package.metadata["Name"])
        for need in () if name == alone else package.requires or ():
            wanted = requirement(need)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            has = next(iter(metadata.distributions(name=wanted.name, path=there)), None)
            if has is None or not wanted.specifier.contains(has.version, prereleases=True):
                have = "there is none" if has is None else f"there is {has.version}"
                found.append(f"{name} wants {wanted.name}{wanted.specifier}; {have}")
    return sorted(found)


class Progress:
    """pip's lines as one that a user can follow: how much of all has come, then that it is unpacked."""

    def __init__(self, packages: Iterable[Locked], report: Callable[[str], None]) -> None:
        self._left = {one.name: one.megabytes for one in packages}
        self._all = sum(self._left.values())
        self._coming = 0.0
        self._done = 0.0
        self._report = report

    def begin(self) -> None:
        """Before pip says anything."""
        self._tell()

    def hear(self, line: str) -> None:
        """A line of pip's."""
        if (match := _BEGUN.match(line)) and not line.partition(" (")[0].endswith(".metadata"):
            self._done += self._coming
            self._coming = self._left.pop(canonical(match["name"]), 0.0)
            self._tell()
        elif line.startswith("Installing collected"):
            self._report(f"step 2 of 2, unpacking, {ONCE}")

    def _tell(self) -> None:
        self._report(f"step 1 of 2, {self._done:.0f} of {self._all:.0f} MB, {ONCE}")
