"""The rooms of docs/architecture.md: who imports whom, read from the source."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lib_omost"
ABOVE_PICTURES = {"app", "page", "settings", "ui"}
NEVER = {
    "program": {"canvas", "prompts", "attention", "chat", "hosts", "methods", "mini", "bench", *ABOVE_PICTURES},
    "canvas": {"prompts", "attention", "chat", "hosts", "mini", "bench", *ABOVE_PICTURES},
    "prompts": {"attention", "chat", "hosts", "mini", "bench", *ABOVE_PICTURES},
    "layouts": {"attention", "chat", "hosts", "methods", "mini", "bench", *ABOVE_PICTURES},
    "pictures": {"prompts", "attention", "chat", "hosts", "methods", "mini", "bench", *ABOVE_PICTURES},
    "loras": {"canvas", "prompts", "chat", "hosts", "methods", "mini", "bench", *ABOVE_PICTURES},
    "attention": {"canvas", "prompts", "chat", "hosts", "mini", "bench", *ABOVE_PICTURES},
    "chat": {"attention", "mini", "bench", *ABOVE_PICTURES},
    "hosts": {"bench", *ABOVE_PICTURES},
    "settings": {"hosts", "app", "page", "ui"},
    "page": {"hosts", "app", "ui"},
    "app": {"ui"},
    "ui": {"app", "bench", "mini"},
}


def imported(file: Path) -> Iterator[str]:
    """The modules of the package that a file names in an import, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def folder_of(module: str) -> Path | None:
    """The folder of the package that holds a module, or a name in it."""
    parts = module.split(".")
    if parts[0] != PACKAGE.name:
        return None
    place = ROOT
    for part in parts:
        if not (place / part).is_dir():
            break
        place /= part
    return place


@functools.cache
def links(parent: Path) -> dict[str, set[str]]:
    """Which of the folders side by side in `parent` import from which others."""
    graph = {}
    for folder in (one for one in parent.iterdir() if one.is_dir() and list(one.glob("*.py"))):
        found = {folder_of(module) for file in folder.rglob("*.py") for module in imported(file)}
        within = {one.relative_to(parent).parts for one in found if one is not None and one.is_relative_to(parent)}
        graph[folder.name] = {parts[0] for parts in within if parts} - {folder.name}
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A way that comes back to where it began, or nothing."""

    def walk(way: list[str]) -> list[str]:
        for following in sorted(graph.get(way[-1], ())):
            if following in way:
                return [*way[way.index(following) :], following]
            if found := walk([*way, following]):
                return found
        return []

    return next((found for start in sorted(graph) if (found := walk([start]))), [])


@pytest.mark.parametrize("parent", ["", "chat", "hosts", "app"])
def test_folders_side_by_side_form_no_circle(parent: str) -> None:
    assert circle(links(PACKAGE / parent)) == []


@pytest.mark.parametrize("room", sorted(NEVER))
def test_a_room_imports_nothing_of_those_that_it_does_not_know(room: str) -> None:
    rooms = links(PACKAGE)
    assert NEVER[room] <= rooms.keys()
    assert rooms[room] & NEVER[room] == set()


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
