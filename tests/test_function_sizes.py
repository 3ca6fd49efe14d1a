"""No function is longer than a reader holds in mind: 60 lines of Python, 120 of JavaScript with what it encloses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_PYTHON, MOST_JAVASCRIPT = 60, 120
# Formatted modules: what begins a line without indentation ends with a bracket that does so too.
_JAVASCRIPT = re.compile(
    r"^(?:export )?(?:async )?(?:function|class|const)\b[^\n]*[{(\[]\n.*?^[}\])]", re.MULTILINE | re.DOTALL
)


def python_functions(text: str) -> Iterator[tuple[str, int]]:
    """Each function and method with its lines; a docstring is none of them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1


def javascript_functions(text: str) -> Iterator[tuple[str, int]]:
    """Each top-level function, class or constant over several lines, by its first line, with its lines."""
    for match in _JAVASCRIPT.finditer(text):
        yield match[0].splitlines()[0], match[0].count("\n") + 1


def test_python_functions_are_short() -> None:
    files = [path for folder in ("lib_omost", "scripts", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]
    sizes = [(lines, path.name, name) for path in files for name, lines in python_functions(path.read_text("utf-8"))]
    assert len(sizes) > 1500
    assert [size for size in sizes if size[0] > MOST_PYTHON] == []


def test_javascript_functions_are_short() -> None:
    files = [path for ending in ("*.mjs", "*.js") for path in sorted((ROOT / "javascript").rglob(ending))]
    sizes = [
        (lines, path.name, name) for path in files for name, lines in javascript_functions(path.read_text("utf-8"))
    ]
    assert len(sizes) > 200
    assert [size for size in sizes if size[0] > MOST_JAVASCRIPT] == []


def test_what_is_too_long_is_seen() -> None:
    body = "    x = 1\n" * 61
    assert list(python_functions(f'def long():\n    """Says."""\n{body}')) == [("long", 61)]
    assert list(javascript_functions(f"export function long() {{\n{body}}}\nconst a = [];\n")) == [
        ("export function long() {", 63)
    ]
