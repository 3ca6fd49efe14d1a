"""The canvas editor in a browser, without a page around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib_omost.canvas import (
    AREAS,
    COLORS,
    LOCATIONS,
    OFFSETS,
    Canvas,
    Region,
    canvas_to_json,
)
from lib_omost.page.data import PageOptions, page_data

ROOT = Path(__file__).parents[2]
ORIGIN = "http://omost.test"  # answered by the test itself
TYPES = {".mjs": "text/javascript", ".css": "text/css"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Editor</title>
<link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/javascript/omost/app.css">
<body><main id="place"></main><script type="module">
import { createEditor } from "/javascript/omost/editor.mjs";
const { vocabulary, canvas } = GIVEN;
window.reports = [];
window.codes = [];
window.redrawn = [];
window.canvas = canvas;
window.editor = createEditor({
    root: document.getElementById("place"), vocabulary,
    getSize: () => ({ width: 1152, height: 896 }),
    loraNames: async () => ({ names: ["armour", "hat"], aliases: ["Big Hat"] }),
    references: {
        keep: async () => "abc.png", reason: async () => "none",
        urlOf: () => "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    },
    redraw: (number) => redrawn.push(number),
});
editor.onChange((changed, { final }) => reports.push({ changed, final }));
editor.onCode((text) => codes.push(text));
editor.setCanvas(canvas);
</script></body></html>"""
VOCABULARY = page_data(PageOptions())["vocabulary"]


def region(number: int, name: str) -> Region:
    location, offset, area = (list(names)[number % 9] for names in (LOCATIONS, OFFSETS, AREAS))
    color = list(COLORS)[7 * number % len(COLORS)]
    return Region(location, offset, area, 1 + number, name, ("one", "two"), color_name=color)


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens the editor with a canvas."""

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        file = ROOT / path.lstrip("/")
        if file.suffix in TYPES and file.is_file():
            route.fulfill(body=file.read_text(encoding="utf-8"), content_type=TYPES[file.suffix])
        else:
            route.fulfill(status=204, body="")  # the icon

    def open_page(canvas: Canvas, width: int = 1280) -> Any:
        given = json.dumps({"vocabulary": VOCABULARY, "canvas": canvas_to_json(canvas)}).replace("<", "\\u003c")
        page = new_page(viewport={"width": width, "height": 900})
        page.route("**/*", answer)
        page.route(
            ORIGIN + "/", lambda route: route.fulfill(body=PAGE.replace("GIVEN", given), content_type="text/html")
        )
        page.goto(ORIGIN + "/")
        page.wait_for_function("window.editor !== undefined")
        return page

    return open_page


TWO = Canvas("a room", color_name="gray", regions=(region(0, "a cat"), region(2, "a dog")))


def rect(page: Any, number: int) -> Any:
    return page.evaluate("number => editor.getCanvas().regions[number].free_rect", number)
