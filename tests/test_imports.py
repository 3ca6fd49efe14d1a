"""The rooms of the house: no folder needs one that needs it, and every import can be read where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "lib_omost"
FROM_A_NAME = {"import_module", "__import__"}  # what imports a module whose name is a string


def house() -> dict[str, str]:
    """Each module of the package by its name, with its source."""
    files = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in HOUSE.rglob("*.py")}
    return {name.removesuffix(".__init__"): file.read_text(encoding="utf-8") for name, file in files.items()}


def imported(source: str, modules: set[str]) -> Iterator[str]:
    """The modules that a source imports anywhere in it, also for a type checker alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (names & modules) or {node.module}
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & modules


def rooms_of(sources: dict[str, str]) -> dict[str, set[str]]:
    """Each folder, without its subfolders, with those it needs.

    A `__main__` is where Python begins, outside of every room: nothing can import it.
    """
    packages = {name for name in sources if any(other.startswith(f"{name}.") for other in sources)}

    def room(module: str) -> str:
        return module if module in packages or module.endswith(".__main__") else module.rpartition(".")[0]

    needs: dict[str, set[str]] = {}
    for name, source in sources.items():
        here = needs.setdefault(room(name), set())
        here |= {room(other) for other in imported(source, set(sources))} - {room(name)}
    return needs


def circle_in(needs: dict[str, set[str]]) -> list[str]:
    """A walk along what is needed that comes back to where it began; empty when there is none."""
    done: set[str] = set()

    def walk(path: list[str]) -> list[str]:
        for other in sorted(needs.get(path[-1], set()) - done):
            if other in path:
                return [*path[path.index(other) :], other]
            if found := walk([*path, other]):
                return found
        done.add(path[-1])
        return []

    return next((found for start in sorted(needs) if (found := walk([start]))), [])


def names_a_module(node: ast.AST) -> bool:
    """Whether a call imports a module of this package by a text."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    name = node.args[0]
    return called in FROM_A_NAME and not (
        isinstance(name, ast.Constant) and isinstance(name.value, str) and not name.value.startswith("lib_omost")
    )


def test_no_folder_needs_one_that_needs_it() -> None:
    assert circle_in(rooms_of(house())) == []


def test_no_module_of_this_package_is_imported_by_a_text() -> None:
    found = {name for name, source in house().items() if any(map(names_a_module, ast.walk(ast.parse(source))))}
    assert found == set()


@pytest.mark.parametrize(
    ("second", "circle"),
    [
        ("x = 1", []),
        ("from a.one import first", ["a", "b", "a"]),
        ("def late():\n    import a.one", ["a", "b", "a"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import one", ["a", "b", "a"]),
    ],
)
def test_a_circle_is_found(second: str, circle: list[str]) -> None:
    sources = {"a": "", "a.one": "from b.two import second", "b": "", "b.two": second, "a.__main__": "import b.two"}
    assert circle_in(rooms_of(sources)) == circle


@pytest.mark.parametrize("call", ["importlib.import_module('lib_omost.chat')", "__import__(name)"])
def test_an_import_by_a_text_is_found(call: str) -> None:
    assert any(map(names_a_module, ast.walk(ast.parse(call))))
    assert not any(map(names_a_module, ast.walk(ast.parse("importlib.import_module('torch')"))))
