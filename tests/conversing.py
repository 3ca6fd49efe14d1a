"""A conversation of four turns in a page with the real composer: every turn does what it says, and a box moved by hand
stays where it was put."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lib_omost.canvas import Canvas, Region, parse_reply

TURN_MS = 900_000  # the first one loads the model, on a machine that may be slow
DRAG_MS = 30_000
CIRCLE, SQUARE, TRIANGLE = "circle", "square", "triangle"


def converse(page: Any, app: Any, shot: Callable[[str], None]) -> Canvas:
    """Compose, move a box by hand, recolour, move, add; the canvas at the end. `app` is Omost's part of the page."""
    first = _say(app, "a red circle on the left and a yellow square on the right, on a white background")
    shot("turn-1-compose")
    assert _colors(first) == {CIRCLE: "red", SQUARE: "yellow"}
    assert _named(first, CIRCLE).rect.right <= _named(first, SQUARE).rect.left + 5

    _drag(page, app, first, CIRCLE, (30, 70))
    moved = canvas_of(app)
    put = _named(moved, CIRCLE)
    assert put.free_rect is not None
    assert put.rect != _named(first, CIRCLE).rect
    assert _named(moved, SQUARE) == _named(first, SQUARE)

    second = _say(app, "make the circle green")
    shot("turn-2-recolour")
    assert _colors(second) == {CIRCLE: "green", SQUARE: "yellow"}
    assert _named(second, CIRCLE).rect == put.rect
    assert _named(second, SQUARE) == _named(moved, SQUARE)

    third = _say(app, "move the square to the top right corner")
    shot("turn-3-move")
    assert _named(third, CIRCLE) == _named(second, CIRCLE)
    assert _named(third, SQUARE).location == "on the top-right"
    assert _colors(third) == _colors(second)

    fourth = _say(app, "add a small blue triangle at the bottom")
    shot("turn-4-add")
    assert fourth.regions[:2] == third.regions
    assert _colors(fourth) == {CIRCLE: "green", SQUARE: "yellow", TRIANGLE: "blue"}
    assert _named(fourth, TRIANGLE).location == "on the bottom"
    return fourth


def canvas_of(app: Any) -> Canvas:
    """The canvas that the page's code view holds."""
    return parse_reply(app.locator(".omost-code").input_value()).require_canvas()


def _say(app: Any, message: str) -> Canvas:
    app.locator(".omost-message").fill(message)
    rounds = app.locator(".omost-round").count()
    app.get_by_role("button", name="Write", exact=True).click()
    app.locator(".omost-round").nth(rounds).wait_for(timeout=TURN_MS)
    app.locator(".omost-stop").first.wait_for(state="hidden", timeout=TURN_MS)  # behind it is that of the picture
    return canvas_of(app)


def _named(canvas: Canvas, noun: str) -> Region:
    (region,) = (region for region in canvas.regions if noun in region.description.lower())
    return region


def _colors(canvas: Canvas) -> dict[str, str]:
    nouns = (CIRCLE, SQUARE, TRIANGLE)
    found = {noun: one for one in canvas.regions for noun in nouns if noun in one.description.lower()}
    assert len(found) == len(canvas.regions)
    assert all(region.color_name in region.description.lower() for region in found.values())
    return {noun: region.color_name for noun, region in found.items()}


def _drag(page: Any, app: Any, canvas: Canvas, noun: str, by: tuple[int, int]) -> None:
    """Move a region's box by so many pixels, to the right and down."""
    app.get_by_label("Snap to words").uncheck()
    box = app.locator(".omost-box").nth(canvas.regions.index(_named(canvas, noun)))
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=5)
    page.mouse.up()
    for _ in range(DRAG_MS // 100):  # a busy machine shows it late; what did not move is found by the caller
        if canvas_of(app) != canvas:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
