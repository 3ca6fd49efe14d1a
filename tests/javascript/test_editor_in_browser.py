"""The canvas editor in a browser. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lib_omost.canvas import (
    AREAS,
    COLORS,
    LOCATIONS,
    OFFSETS,
    Canvas,
    Mask,
    Rect,
    Region,
    canvas_from_json,
    canvas_to_json,
)
from lib_omost.page.data import PageOptions, page_data
from tests.drawing import drag, point

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
    root: document.getElementById("place"), vocabulary, t: (text) => text,
    getSize: () => ({ width: 1152, height: 896 }), loraNames: async () => ["armour", "hat"],
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
ODD_NAMES = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "קערת פירות",
    "",
    "x" * 3000,
]


def region(number: int, name: str) -> Region:
    location, offset, area = (list(names)[number % 9] for names in (LOCATIONS, OFFSETS, AREAS))
    color = list(COLORS)[7 * number % len(COLORS)]
    return Region(location, offset, area, 1 + number, name, ("one", "two"), color_name=color)


TWO = Canvas("a room", color_name="gray", regions=(region(0, "a cat"), region(2, "a dog")))
TWENTY = Canvas("many", regions=tuple(region(number, f"thing {number}") for number in range(20)))
ODD = Canvas("<b>odd</b>", regions=tuple(region(number, name) for number, name in enumerate(ODD_NAMES)))


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


def rect(page: Any, number: int) -> Any:
    return page.evaluate("number => editor.getCanvas().regions[number].free_rect", number)


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


def computed_seconds(devtools: Any) -> float:
    """The time on the processor that the page's main thread took for all its tasks."""
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


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


def test_a_region_s_negative_words_weight_and_edge_are_set_and_taken_back(show: Callable[..., Any]) -> None:
    page = show(TWO)
    negative = page.get_by_role("textbox", name="Not in this region (negative words)")
    negative.wait_for(state="hidden")  # the whole picture has its own field
    page.evaluate("editor.select(0)")
    page.get_by_text("More fields").click()
    weight = page.get_by_role("spinbutton", name="Weight of its words (0 to 2)")
    edge = page.get_by_role("spinbutton", name="Soft edge (in cells of the grid)")
    assert (negative.input_value(), weight.input_value(), edge.input_value()) == ("", "1", "0")
    for field, value in ((negative, " a hat, beard\n"), (weight, "1.5"), (edge, "4")):
        field.fill(value)
        field.press("Tab")
    region = page.evaluate("reports.at(-1).changed.regions[0]")
    assert (region["negative"], region["weight"], region["edge"]) == ("a hat, beard", 1.5, 4)
    assert negative.input_value() == "a hat, beard"
    weight.fill("7")
    weight.press("Tab")
    assert weight.input_value() == "2"
    for _ in range(4):
        page.get_by_role("button", name="Undo").click()
    assert not page.evaluate("reports.at(-1).changed.regions[0]").keys() & {"negative", "weight", "edge"}
    assert (negative.input_value(), weight.input_value(), edge.input_value()) == ("", "1", "0")


def test_a_region_s_lora_is_chosen_weighed_and_taken_out(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-fold > summary").click()
    page.get_by_role("button", name="Add a LoRA").wait_for(state="hidden")  # the whole picture has none
    page.evaluate("editor.select(0)")
    page.get_by_role("button", name="Add a LoRA").click()
    assert page.evaluate("reports.at(-1).changed.regions[0].loras ?? null") is None  # it has no name yet
    name = page.get_by_role("combobox", name="Name of LoRA 1")
    name.fill("hat")
    name.press("Tab")
    page.wait_for_function("document.querySelectorAll('datalist option').length === 2")
    page.get_by_role("spinbutton", name="Weight of LoRA 1", exact=True).fill("0.5")
    page.get_by_role("spinbutton", name="Weight of LoRA 1 in the text encoder").fill("0.2")
    edge = page.get_by_role("spinbutton", name="Soft edge (in cells of the grid)")
    edge.fill("4")
    edge.press("Tab")
    region = page.evaluate("reports.at(-1).changed.regions[0]")
    assert region["loras"] == [{"name": "hat", "weight": 0.5, "text_weight": 0.2}]
    assert region["edge"] == 4
    page.get_by_role("button", name="Remove LoRA 1").click()
    assert "loras" not in page.evaluate("reports.at(-1).changed.regions[0]")


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
    assert page.evaluate("document.activeElement.dataset.id") == "1"  # so that the next key moves the brush
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


def test_a_region_s_reference_picture_is_chosen_weighed_and_taken_out(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-fold > summary").click()
    choose = page.get_by_role("button", name="Choose a picture")
    choose.wait_for(state="hidden")  # the whole picture has none
    page.evaluate("editor.select(0)")
    with page.expect_file_chooser() as chooser:
        choose.click()
    chooser.value.set_files({"name": "a knight.png", "mimeType": "image/png", "buffer": b"a picture"})
    page.wait_for_function("reports.at(-1)?.changed.regions[0].reference?.picture === 'abc.png'")
    page.get_by_text("none", exact=True).wait_for()  # why it cannot be drawn
    weight = page.get_by_role("spinbutton", name="Weight of the picture (0 to 2)")
    weight.fill("0.5")
    weight.press("Tab")
    assert page.evaluate("reports.at(-1).changed.regions[0].reference") == {"picture": "abc.png", "weight": 0.5}
    weight.fill("7")
    weight.press("Tab")
    assert weight.input_value() == "2"
    page.get_by_role("button", name="Remove the reference picture").click()
    assert "reference" not in page.evaluate("reports.at(-1).changed.regions[0]")
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("reports.at(-1).changed.regions[0].reference.weight") == 2


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
