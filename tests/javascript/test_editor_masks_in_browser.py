"""Masks in the canvas editor, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from lib_omost.canvas import (
    Canvas,
    Mask,
    Rect,
    Region,
    canvas_from_json,
)
from tests.drawing import drag, point
from tests.javascript.conftest import TWO, rect


def painted(page: Any, number: int = 0) -> set[tuple[int, int]]:
    """The cells, x and y, that a region has by its mask."""
    region = canvas_from_json(page.evaluate("editor.getCanvas()")).regions[number]
    assert region.mask is not None
    assert region.cells is not None
    return {(x, y) for y, row in enumerate(region.cells) for x in range(90) if row >> x & 1}


def test_a_mask_is_painted_erased_kept_and_cleared(show: Callable[..., Any]) -> None:
    page = show(TWO)
    brush = page.get_by_role("button", name="Paint the region's mask")
    assert brush.is_disabled()  # nothing is selected
    page.evaluate("editor.select(0)")
    brush.click()
    page.get_by_role("slider", name="Size of the brush").fill("6")
    drag(page, (10, 10), (10, 60))
    drag(page, (10, 60), (50, 60))
    cells = painted(page)
    assert {(10, 30), (30, 60), (12, 12)} <= cells  # an L, and nothing of the box that was there
    assert not cells & {(30, 30), (45, 45), (16, 30)}
    painted_at = rect(page, 0)
    assert all(abs(edge - other) <= 1 for edge, other in zip(painted_at, (7, 63, 7, 53), strict=True))
    assert page.evaluate("reports.at(-1)")["final"] is True
    page.get_by_role("button", name="Erase from the region's mask").click()
    drag(page, (30, 50), (30, 70))
    assert not {(30, 60), (29, 60)} & painted(page)
    assert {(20, 60), (40, 60)} <= painted(page)
    page.get_by_role("button", name="Undo").click()
    assert painted(page) == cells
    kept = page.evaluate("editor.getState()")
    page.reload()
    page.wait_for_function("window.editor !== undefined")
    page.evaluate("state => editor.setState(state)", kept)
    assert painted(page) == cells
    drag(page, (10, 30), (20, 35))  # the brush is put away: the region is moved, and its mask with it
    assert painted(page) == {(x + 10, y + 5) for x, y in cells}
    page.get_by_role("button", name="Paint the region's mask").click()
    page.get_by_role("button", name="Clear mask").click()
    assert rect(page, 0) == [edge + by for edge, by in zip(painted_at, (5, 5, 10, 10), strict=True)]
    assert "mask" not in page.evaluate("reports.at(-1).changed.regions[0]")
    assert page.get_by_role("button", name="Clear mask").is_disabled()


def test_a_mask_is_painted_by_keys_alone(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-box").first.focus()
    page.get_by_role("button", name="Paint the region's mask").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[aria-pressed=true]")
    page.wait_for_function("document.activeElement.dataset.id === '1'")  # so that the next key moves the brush
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert {(45, 45), (65, 46)} <= painted(page)
    assert (55, 45) not in painted(page)
    page.keyboard.press("Escape")
    before = rect(page, 0)
    page.keyboard.press("ArrowRight")  # the box again
    assert rect(page, 0) == [before[0], before[1], before[2] + 1, before[3] + 1]


def test_a_click_in_a_mask_s_hole_goes_to_what_is_there(show: Callable[..., Any]) -> None:
    whole = Region("in the center", "no offset", "a large square area", 1, "a frame", free_rect=Rect(0, 90, 0, 90))
    frame = replace(whole, mask=Mask(3, (0b111, 0b101, 0b111)))
    behind = replace(whole, description="a wall", distance_to_viewer=2)
    page = show(Canvas("a room", regions=(frame, behind)))
    for x, y, name in ((10, 20, "a frame"), (45, 45, "a wall")):
        page.evaluate("editor.select(null)")
        page.mouse.click(*point(page, x, y))
        assert page.get_by_label("Description of the region", exact=True).input_value() == name
    outline = page.locator(".omost-outlines path").first.get_attribute("d")
    assert outline.count("M") == 8  # the frame's four sides, and its hole's


def test_a_picture_is_loaded_as_mask(show: Callable[..., Any], tmp_path: Path) -> None:
    page = show(TWO)
    page.evaluate("editor.select(1)")
    page.get_by_role("button", name="Paint the region's mask").click()
    picture = Image.new("L", (180, 90), 0)
    picture.paste(255, (60, 30, 120, 90))
    files = {"mask.png": picture, "dark.png": Image.new("L", (20, 20), 0)}
    for name, one in files.items():
        one.save(tmp_path / name)
    (tmp_path / "no.png").write_bytes(b"no picture")
    said = page.locator(".omost-brush [role=status]")
    for name, words in (("dark.png", "dark all over"), ("no.png", "no picture that can be read")):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Load a picture as mask").click()
        chooser.value.set_files(tmp_path / name)
        page.wait_for_function(
            "words => document.querySelector('.omost-brush [role=status]').textContent.includes(words)", arg=words
        )
    assert "mask" not in page.evaluate("editor.getCanvas().regions[1]")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load a picture as mask").click()
    chooser.value.set_files(tmp_path / "mask.png")
    page.wait_for_function("editor.getCanvas().regions[1].mask !== undefined")
    assert rect(page, 1) == [30, 90, 30, 60]
    assert said.inner_text() == ""


def test_undo_in_the_middle_of_a_stroke_takes_all_of_it_back(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.select(0)")
    page.get_by_role("button", name="Paint the region's mask").click()
    page.locator(".omost-picture[data-brush]").scroll_into_view_if_needed()
    page.mouse.move(*point(page, 10, 10))
    page.mouse.down()
    page.mouse.move(*point(page, 10, 40), steps=4)
    page.keyboard.press("Control+z")
    page.mouse.move(*point(page, 50, 40), steps=4)
    page.mouse.up()
    assert page.evaluate("editor.getCanvas()") == page.evaluate("canvas")
    assert page.evaluate("reports.at(-1)")["final"] is True
    assert page.locator(".omost-bar").get_by_role("button", name="Undo").is_disabled()
