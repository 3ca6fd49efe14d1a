"""Which packages the extension lacks in a WebUI's interpreter, and getting them without touching what the host pins."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion


@dataclass(frozen=True)
class Need:
    """A requirement with the reason that stands behind it in its file."""

    requirement: Requirement
    reason: str


def read_needs(text: str) -> list[Need]:
    """The lines `name>=version  # reason` of a requirements file."""
    needs = []
    for line in text.splitlines():
        wanted, _, reason = line.partition("#")
        if wanted.strip():
            needs.append(Need(Requirement(wanted.strip()), reason.strip()))
    return needs


def is_met(requirement: Requirement) -> bool:
    """Whether an installed version satisfies it. A requirement for other platforms is met."""
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except (metadata.PackageNotFoundError, InvalidVersion):
        return False


def pinned_by(host: Path) -> frozenset[str]:
    """Names of the packages that the WebUI in the folder `host` asks for itself."""
    names = set()
    for file in host.glob("requirements*.txt"):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                names.add(canonicalize_name(Requirement(re.sub(r"\s*#.*", "", line).strip()).name))
            except InvalidRequirement:
                continue  # an option, a URL or an empty line
    return frozenset(names)


def install_missing(
    needs: Iterable[Need], host: Path, pip: Callable[[str, str], object], say: Callable[[str], None]
) -> None:
    """Install what is missing or too old by `pip(command, description)`, which raises RuntimeError when it fails.

    Every other installed package stays at its version, whatever comes along. What cannot be had is said, with what goes
    without it.
    """
    pinned = pinned_by(host)
    for need in needs:
        requirement = need.requirement
        if is_met(requirement):
            continue
        if canonicalize_name(requirement.name) in pinned:
            say(f"Omost wants {requirement}; this WebUI pins {requirement.name}, so it was left alone: {need.reason}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            as_they_are = Path(folder) / "constraints.txt"
            as_they_are.write_text("\n".join(installed_versions(but=requirement.name)), encoding="utf-8")
            try:
                pip(f'install "{requirement}" -c "{as_they_are}"', f"{requirement.name} for Omost")
            except RuntimeError as error:
                last = (str(error).strip().splitlines() or ["no reason given"])[-1]
                say(f"Omost: {requirement} was not installed ({last}); {need.reason}. To try again, restart the WebUI.")


def installed_versions(*, but: str) -> list[str]:
    """`name==version` of every installed package except `but`, for pip's constraints."""
    versions = {canonicalize_name(one.metadata["Name"] or ""): one.version for one in metadata.distributions()}
    skipped = {"", canonicalize_name(but)}
    return [f"{name}=={version}" for name, version in sorted(versions.items()) if name not in skipped]
