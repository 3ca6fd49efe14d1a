"""The canvas editor in a browser. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.canvas import (
    Canvas,
)
from tests.drawing import drag, point
from tests.javascript.conftest import TWO, rect, region

ODD_NAMES = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "קערת פירות",
    "",
    "x" * 3000,
]
TWENTY = Canvas("many", regions=tuple(region(number, f"thing {number}") for number in range(20)))
ODD = Canvas("<b>odd</b>", regions=tuple(region(number, name) for number, name in enumerate(ODD_NAMES)))


def computed_seconds(devtools: Any) -> float:
    """The time on the processor that the page's main thread took for all its tasks."""
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def test_drag_moves_a_box_by_cells_and_undo_takes_it_back(show: Callable[..., Any]) -> None:
    page = show(TWO)
    drag(page, (40, 45), (45, 42))
    assert rect(page, 0) == [17, 67, 25, 75]  # the centre's small square, 20…70, 5 to the right and 3 up
    reports = page.evaluate("reports.map(report => report.final)")
    assert reports[-1] is True
    assert set(reports[:-1]) == {False}
    page.keyboard.press("Control+z")
    assert rect(page, 0) is None
    page.keyboard.press("Control+Shift+z")
    assert rect(page, 0) == [17, 67, 25, 75]


def test_box_snaps_to_words(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.get_by_label("Snap to words").check()
    drag(page, (40, 45), (49, 45))
    moved = page.evaluate("editor.getCanvas().regions[0]")
    assert (moved["location"], moved["offset"], moved["free_rect"]) == ("in the center", "slightly to the right", None)


def test_handle_resizes_and_escape_takes_a_gesture_back(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.select(0)")
    drag(page, (70, 70), (75, 65))  # the corner handle reaches into the cell beyond the corner
    resized = rect(page, 0)
    assert resized == [20, 65, 20, 75]
    page.mouse.move(*point(page, 40, 45))
    page.mouse.down()
    page.mouse.move(*point(page, 50, 45), steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert rect(page, 0) == resized


@pytest.mark.parametrize(
    ("comes", "shown"),
    [
        ("editor.setCanvas({...canvas, description: 'other'})", "other"),
        ("editor.beginWriting()", "a room"),
        ("editor.setState({...editor.getState(), doc: null})", None),
    ],
)
def test_what_comes_in_the_middle_of_a_drag_is_not_answered_with_the_canvas_before_it(
    show: Callable[..., Any], comes: str, shown: str | None
) -> None:
    page = show(TWO)
    page.mouse.move(*point(page, 40, 45))
    page.mouse.down()
    page.mouse.move(*point(page, 50, 45), steps=4)
    page.wait_for_function("reports.length > 0")
    page.evaluate(comes)
    page.mouse.up()
    assert page.evaluate("reports.filter(report => report.final)") == []
    assert page.evaluate("editor.getCanvas()?.description ?? null") == shown


def test_keyboard_alone_moves_resizes_and_deletes(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-box").first.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert rect(page, 0) == [21, 71, 21, 70]
    label = page.locator(".omost-box").first.get_attribute("aria-label")
    assert label == "1 a cat: free rectangle near: in the center, no offset, a small square area"
    page.keyboard.press("Delete")
    assert page.evaluate("editor.getCanvas().regions.map(region => region.description)") == ["a dog"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("1 a dog")


def test_layer_is_dragged_in_depth_and_hidden_for_a_trial(show: Callable[..., Any]) -> None:
    page = show(TWO)
    first, second = (page.locator(".omost-grip").nth(row).bounding_box() for row in (0, 1))
    page.mouse.move(first["x"] + 8, first["y"] + 8)
    page.mouse.down()
    page.mouse.move(second["x"] + 8, second["y"] + 12, steps=4)
    page.mouse.up()
    assert page.evaluate("editor.getCanvas().regions.map(region => region.distance_to_viewer)") == [4.5, 3]
    page.get_by_role("button", name="Hide for a trial: a cat").click()
    assert page.evaluate("editor.getCanvas().regions.map(region => region.description)") == ["a dog"]
    page.evaluate("editor.setCanvas({...editor.getCanvas(), tags: 'edited'}, {keepHidden: true})")
    page.get_by_role("button", name="Hide for a trial: a cat").click()
    assert page.evaluate("editor.getCanvas().regions.length") == 2


def test_a_layer_that_is_let_go_outside_of_its_row_does_not_stick_to_the_pointer(show: Callable[..., Any]) -> None:
    page = show(TWO)
    rows = [page.locator(".omost-layers [data-id]").nth(row).bounding_box() for row in (0, 1)]
    x, (first, second) = rows[0]["x"] + 40, (row["y"] + row["height"] / 2 for row in rows)
    page.mouse.move(x, first)
    page.mouse.down()
    page.mouse.move(page.locator(".omost-layers").bounding_box()["x"] - 20, first, steps=3)
    page.mouse.up()
    page.mouse.move(x, first, steps=3)
    page.mouse.move(x, second, steps=3)
    assert page.locator(".omost-dragged").count() == 0


def test_what_a_colour_does_is_said_where_it_is_chosen(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.select(0)")
    note = page.locator(".omost-color select").get_attribute("aria-describedby")
    words = page.locator(f"[id='{note}']")
    assert words.is_visible()
    assert {"draft", "sketch"} <= set(re.findall(r"\w+", words.inner_text()))


def test_typing_is_reported_while_it_lasts_and_is_one_step(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.select(0)")
    name = page.get_by_label("Description of the region", exact=True)
    name.click()
    page.keyboard.press("End")
    page.keyboard.type(" asleep")
    assert page.evaluate("reports.at(-1)")["final"] is False
    page.keyboard.press("Tab")
    assert page.evaluate("reports.at(-1)")["final"] is True
    assert page.evaluate("editor.getCanvas().regions[0].description") == "a cat asleep"
    page.get_by_role("button", name="Undo").click()
    assert name.input_value() == "a cat"


def test_regions_appear_while_a_model_writes_and_nothing_can_be_edited(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.beginWriting()")
    assert page.locator(".omost-box").count() == 2  # what was there, until something of the next one is
    page.evaluate("editor.showWritten({...canvas, regions: []})")
    assert page.locator(".omost-box").count() == 0
    page.evaluate("editor.showWritten({...canvas, description: 'new'})")
    assert page.locator(".omost-box").count() == 2
    drag(page, (40, 45), (45, 42))
    assert rect(page, 0) is None
    assert page.get_by_label("Tags").is_disabled()
    page.evaluate("editor.endWriting({...canvas, description: 'new'})")
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("editor.getCanvas().description") == "a room"
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_code_is_handed_over_after_a_pause_and_its_problems_stand_at_their_lines(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.setCode('one\\ntwo', [{line: 2, message: 'odd', expected: 'even'}])")
    page.locator(".omost-code-view > summary").click()
    assert page.locator(".omost-gutter [data-wrong]").all_inner_texts() == ["2"]
    page.get_by_role("button", name="Line 2: odd. Expected: even").click()
    page.keyboard.type("three")
    page.evaluate("editor.setCode('older')")
    page.wait_for_function("codes.length > 0")
    assert page.evaluate("codes") == ["one\nthree"]


def test_state_survives_a_reload_and_odd_state_shows_no_canvas(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.select(1)")
    page.get_by_role("button", name="Hide for a trial: a cat").click()
    kept = page.evaluate("editor.getState()")
    page.reload()
    page.wait_for_function("window.editor !== undefined")
    page.evaluate("state => editor.setState(state)", kept)
    assert page.evaluate("editor.getState()") == kept
    page.evaluate("editor.setState({version: 1, doc: {regions: [{}]}})")
    assert page.evaluate("editor.getCanvas()") is None
    page.locator(".omost-empty").get_by_role("button", name="Add a region").click()
    begun = page.evaluate("editor.getCanvas()")
    assert (len(begun["regions"]), begun["color_name"]) == (1, "gray")


@pytest.mark.parametrize("width", [400, 1280])
def test_what_a_model_wrote_is_text_and_breaks_no_layout(show: Callable[..., Any], width: int) -> None:
    page = show(ODD, width)
    page.evaluate("editor.select(0)")
    assert page.locator(".omost-row bdi").first.inner_text() == ODD_NAMES[0]
    assert page.evaluate("window.harmed") is None
    assert page.locator(".omost-editor script, .omost-editor img[src]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dragging_among_twenty_regions_leaves_time_for_over_fifty_frames_a_second(show: Callable[..., Any]) -> None:
    """By the page's time on the processor for each frame in which it moved: a busy machine draws fewer, not dearer."""
    page = show(TWENTY)
    page.evaluate("editor.select(4)")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    frame = page.locator(".omost-frame").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    before, frames_before = computed_seconds(devtools), page.evaluate("reports.length")
    for turn in range(60):
        page.mouse.move(x - 60 + 2 * turn, y + (turn % 9) * 5)
        page.wait_for_timeout(8)
    seconds, frames = computed_seconds(devtools) - before, page.evaluate("reports.length") - frames_before
    page.mouse.up()
    assert frames > 20  # it did move
    assert 0 < seconds / frames < 1 / 50


def test_what_is_being_typed_is_left_alone_until_there_is_something_else_to_show(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.evaluate("editor.select(0)")
    page.get_by_text("More fields").click()
    fields = {
        page.get_by_role("spinbutton", name="Weight of its words (0 to 2)"): "1.5",
        page.get_by_role("textbox", name="Not in this region (negative words)"): "a ha",
    }
    for field, typed in fields.items():
        field.click()
        field.press("Control+a")
        field.press_sequentially(typed)
        before = field.input_value()
        page.evaluate("(now => editor.setCanvas({...now, description: `${now.description}!`}))(editor.getCanvas())")
        assert field.input_value() == before == typed
    weight = page.get_by_role("spinbutton", name="Weight of its words (0 to 2)")
    weight.fill("7")
    weight.press("Enter")  # which keeps the caret there
    assert weight.input_value() == "2"


def test_a_region_is_redrawn_by_its_number_among_those_that_are_drawn(show: Callable[..., Any]) -> None:
    page = show(TWENTY)
    again = page.get_by_role("button", name="Redraw this region")
    assert not again.is_visible()
    page.evaluate("editor.select(4)")
    again.click()
    assert page.evaluate("redrawn") == [5]
    page.evaluate("editor.select(2)")
    page.get_by_role("button", name="Hide for a trial: thing 2", exact=True).click()
    assert not again.is_visible()
    page.evaluate("editor.select(3)")
    again.click()
    assert page.evaluate("redrawn") == [5, 4]
