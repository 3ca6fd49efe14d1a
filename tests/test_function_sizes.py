"""A function can be read at one sight."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 60


def long_functions(source: str) -> list[str]:
    """The functions of more than MOST_LINES lines, from `def` to their end, those within classes and functions too."""
    return [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MOST_LINES
    ]


@pytest.mark.parametrize("room", ["lib_omost", "tools", "scripts", "install.py"])
def test_no_function_is_longer_than_sixty_lines(room: str) -> None:
    place = ROOT / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    assert files
    found = {str(file.relative_to(ROOT)): long_functions(file.read_text(encoding="utf-8")) for file in files}
    assert {file: long for file, long in found.items() if long} == {}


def test_a_line_more_is_found() -> None:
    body = "    pass\n" * (MOST_LINES - 1)
    assert long_functions(f"def short():\n{body}") == []
    assert long_functions(f"class One:\n  async def long(\n  self):\n{body}") == ["long (61 lines)"]
