"""What the documents name is there."""

from __future__ import annotations

import re
from pathlib import Path

import make
import pytest

DOCUMENTS = [
    "README.md",
    "CHANGELOG.md",
    "assets/mini/README.md",
    *(f"docs/{p.name}" for p in make.ROOT.glob("docs/*.md")),
]
ROOMS = ("lib_omost", "javascript", "tools", "tests", "docs", "requirements", "assets", "scripts", "localizations", "")


def files() -> set[str]:
    """Every source and text file of the checkout, from its root."""
    found: set[str] = set()
    for room in ROOMS:
        walk = (make.ROOT / room).rglob("*") if room else make.ROOT.glob("*")
        found |= {f"/{path.relative_to(make.ROOT).as_posix()}" for path in walk if path.is_file()}
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (make.ROOT / document).read_text(encoding="utf-8")
    there = files()
    named = re.findall(r"`([\w./-]+\.(?:py|mjs|ts|md|txt|toml))`", text)
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in there)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_within_the_checkout_leads_somewhere(document: str) -> None:
    place = make.ROOT / document
    links = re.findall(r"\]\(([^)#\s]+)", place.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not Path(place.parent, link).exists()] == []


def test_the_table_of_hosts_has_a_line_for_each_file_of_installed_rows_and_a_cell_for_each_host() -> None:
    lines = [line for line in (make.ROOT / "docs/hosts.md").read_text(encoding="utf-8").splitlines() if "(`" in line]
    files = (make.ROOT / "tests/hosts/installed").glob("test_installed_*.py")
    told = [name for line in lines for name in re.findall(r"\(`([a-z_]+)`\) \|", line)]
    assert sorted(told) == sorted(file.stem.removeprefix("test_installed_") for file in files)
    assert {line.count("|") for line in lines if re.search(r"`\) \|", line)} == {7}
