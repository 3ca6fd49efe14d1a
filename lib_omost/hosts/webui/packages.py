"""What the extension lacks in a WebUI's own interpreter: it is had without touching what the host pins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lib_omost.errors import OmostError
from lib_omost.packages import Pip, canonical, install, installed_versions, is_met, lacking

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:[\[<>=!~;@#]|$)")  # of a line that is no option and no URL


@dataclass(frozen=True)
class Need:
    """A requirement with the reason that stands behind it in its file."""

    requirement: str
    reason: str

    @property
    def name(self) -> str:
        """The package's name in its canonical spelling."""
        return _name_in(self.requirement)


def read_needs(text: str) -> list[Need]:
    """The lines `name>=version  # reason` of a requirements file."""
    lines = (line.partition("#") for line in text.splitlines())
    return [Need(wanted.strip(), reason.strip()) for wanted, _, reason in lines if wanted.strip()]


def pinned_by(host: Path) -> frozenset[str]:
    """Names of the packages that the WebUI in the folder `host` asks for itself."""
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in host.glob("requirements*.txt"))
    return frozenset(name for text in texts for line in text.splitlines() if (name := _name_in(line)))


def install_missing(needs: Iterable[Need], host: Path, pip: Pip, say: Callable[[str], None]) -> None:
    """Install what is missing or too old; every other installed package stays at its version, whatever comes along.

    What cannot be had is said, with what goes without it.
    """
    pinned = pinned_by(host)
    for need in needs:
        if is_met(need.requirement):
            continue
        if need.name in pinned:
            say(f"Omost wants {need.requirement}; this WebUI pins {need.name}, so it was left alone: {need.reason}")
            continue
        held = {name: version for name, version in installed_versions().items() if name != need.name}
        try:
            install(lacking([need.requirement], held, pip), pip)
        except OmostError as error:
            say(f"{error}. {need.reason}. To try again, restart the WebUI.")


def _name_in(line: str) -> str:
    found = _NAME.match(line)
    return canonical(found[1]) if found else ""
