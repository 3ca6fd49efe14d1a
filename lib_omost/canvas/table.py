"""Regions that stand in a table, a region a row: Markdown's, or columns parted by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from lib_omost.canvas.parts import Part, named, unquoted

MOST_ROWS = 300
_RULE = re.compile(r"[ \t|:+-]*-{2,}[ \t|:+-]*")


def tabled(text: str) -> list[Part]:
    """The parts that the rows of a text's tables describe."""
    lines = text.split("\n")
    parts: list[Part] = []
    columns: list[str | None] = []
    split = ""
    for number, line in enumerate(lines, 1):
        if not columns:
            split, columns = _header(line)
            continue
        if _RULE.fullmatch(line):
            continue
        cells = _cells(line, split)
        if len(cells) < 2 or len(parts) >= MOST_ROWS:
            split, columns = _header(line)
            continue
        parts.append(Part(number, "region", _fields(columns, cells)))
    return parts


def _header(line: str) -> tuple[str, list[str | None]]:
    """How a table's columns are parted and what they hold; nothing where a line heads none."""
    for split in ("|", "\t", ";", ","):
        if line.count(split) < 2:
            continue
        columns = [named(cell[:60]) for cell in _cells(line, split)]
        known = [column for column in columns if column is not None]
        if "location" in known and len(known) == len(set(known)) >= max(2, len(columns) - 2):
            return split, columns
    return "", []


def _cells(line: str, split: str) -> list[str]:
    line = line.strip()
    if split == "|":
        line = line.removeprefix("|").removesuffix("|").replace("\\|", "\0")
        return [cell.replace("\0", "|").strip() for cell in line.split("|")]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=split, skipinitialspace=True), [])]
    except csv.Error:
        return []


def _fields(columns: Sequence[str | None], cells: Sequence[str]) -> dict[str, object]:
    return dict(_filled(columns, cells))


def _filled(columns: Sequence[str | None], cells: Sequence[str]) -> Iterator[tuple[str, object]]:
    for column, cell in zip(columns, cells, strict=False):
        words = unquoted(cell)
        if column is not None and words and words not in ("-", "–", "—"):
            parts = [part.strip() for part in re.split(r"<br\s?/?>|;", words) if part.strip()]
            yield column, parts if column == "detailed_descriptions" else words
