"""The mouse on the editor's picture."""

from __future__ import annotations

from typing import Any

from lib_omost.canvas import GRID


def point(page: Any, x: int, y: int) -> tuple[float, float]:
    """The middle of a cell, in pixels of the page."""
    picture = page.locator(".omost-picture").bounding_box()
    return picture["x"] + picture["width"] * (x + 0.5) / GRID, picture["y"] + picture["height"] * (y + 0.5) / GRID


def drag(page: Any, start: tuple[int, int], end: tuple[int, int]) -> None:
    """From cell to cell."""
    page.locator(".omost-picture").scroll_into_view_if_needed()
    page.mouse.move(*point(page, *start))
    page.mouse.down()
    page.mouse.move(*point(page, *end), steps=4)
    page.mouse.up()
