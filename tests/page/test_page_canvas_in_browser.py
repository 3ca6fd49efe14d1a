"""The canvas on the page, in a browser: what is edited there goes into code, files, pictures and the next message."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lib_omost.canvas import parse_canvas, write_canvas
from tests.drawing import drag
from tests.page.conftest import QueuedChats
from tests.page.driving import (
    button,
    canvas_of,
    code,
    draw,
    expect,
    names,
    open_code,
    restore,
    say,
    shown_picture,
    told,
    wait_for_end,
    write,
)
from tests.page.replies import OTHER, TWO, changes, code_of, reply_of

HARM = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "**bold** <b>not</b> [a](javascript:0)",
]
CIRCLE_AND_SQUARE = ["A red circle.", "A blue square."]


def test_what_is_dragged_and_edited_is_what_the_next_message_starts_from(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats)
    drag(page, (15, 45), (15, 55))
    page.get_by_label("Sub-prompt 1", exact=True).fill("It glows.")
    page.get_by_label("Sub-prompt 1", exact=True).blur()
    expect(page.locator(".omost-code")).to_have_value(re.compile("It glows"))
    circle = canvas_of(page).regions[0]
    assert (circle.location, circle.offset) == ("on the left", "slightly to the lower")
    assert circle.detailed_descriptions == ("It glows.",)
    assert page.locator(".omost-round pre").text_content() == code_of(canvas_of(page))
    chats.queued.append(reply_of(OTHER))
    say(page, "now a ring")
    wait_for_end(page)
    (round_before,) = chats.asked[-1].rounds
    assert round_before.message == "a circle and a square"
    assert "slightly to the lower" in round_before.reply
    assert "It glows." in round_before.reply
    assert names(page) == ["A green ring."]


def test_a_picture_restores_everything_in_a_fresh_page(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.get_by_label("Prompt: words that every region shares").fill("soft light <b>")
    page.get_by_text("How the canvas steers the picture").click()
    page.get_by_label("Method").select_option("decomposition")
    page.get_by_label("Seed", exact=True).fill("5")
    png = draw(page)
    fresh = show()
    assert names(fresh) == []
    restore(fresh, png)
    fresh.locator(".omost-box").nth(1).wait_for()
    assert names(fresh) == CIRCLE_AND_SQUARE
    assert code(fresh) == write_canvas(TWO)
    for label, value in (("Steps", "2"), ("Width", "64"), ("Seed", "5")):
        assert fresh.get_by_label(label, exact=True).input_value() == value
    assert fresh.get_by_label("Method").input_value() == "decomposition"
    assert fresh.get_by_label("Prompt: words that every region shares").input_value() == "soft light <b>"
    fresh.get_by_text("The next picture has 2 regions (decomposition).").wait_for()
    button(fresh, "Generate").click()
    assert shown_picture(fresh) == png


def test_a_wrong_line_of_code_is_marked_and_the_editor_follows_when_it_is_mended(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats)
    area = open_code(page)
    right = area.input_value()
    wrong = right.replace("canvas.set_global_description(", "canvas.set_global_description((", 1)
    area.fill(wrong)
    page.locator(".omost-problems button").first.wait_for()
    line = 1 + wrong[: wrong.index("((")].count("\n")
    marked = page.locator(".omost-gutter [data-wrong]").all_inner_texts()
    assert marked
    assert int(marked[0]) >= line
    assert page.locator(".omost-problems button").first.inner_text().startswith(f"Line {marked[0]}: ")
    area.fill(right.replace("A red circle.", "A yellow star."))
    expect(page.locator(".omost-box bdi").first).to_have_text("A yellow star.")
    assert page.locator(".omost-gutter [data-wrong]").count() == 0
    assert page.locator(".omost-problems button").count() == 0
    expect(page.locator(".omost-round").last.locator(".omost-summary [dir=auto]")).to_have_text(
        ["A yellow star.", "A blue square."]
    )


def test_presets_and_canvas_files(show: Callable[..., Any], chats: QueuedChats, tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / f"{HARM[1]}.json").write_text("{}")
    page = show()
    write(page, chats)
    page.get_by_text("Presets", exact=True).click()
    page.get_by_label("Name of a new preset").fill("_my_ [first](one) &lt;b&gt;")
    button(page, "Keep as preset").click()
    expect(page.locator("[aria-label=Preset] option")).to_have_text([HARM[1], "_my_ [first](one) &lt;b&gt;"])
    page.get_by_label("Name of a new preset").fill("../out")
    button(page, "Keep as preset").click()
    assert "cannot be a preset's name" in told(page)
    with page.expect_download() as download:
        button(page, "Save canvas").click()
    saved = Path(download.value.path()).read_bytes()
    assert saved.decode() == write_canvas(TWO)

    fresh = show()
    fresh.get_by_text("Presets", exact=True).click()
    fresh.get_by_label("Preset", exact=True).select_option("_my_ [first](one) &lt;b&gt;")
    button(fresh, "Use preset").click()
    fresh.locator(".omost-box").nth(1).wait_for()
    assert names(fresh) == CIRCLE_AND_SQUARE
    button(fresh, "Delete preset").click()
    expect(fresh.locator("[aria-label=Preset] option")).to_have_text([HARM[1]])

    another = show()
    with another.expect_file_chooser() as chooser:
        button(another, "Load canvas").click()
    chooser.value.set_files({"name": "canvas.py", "mimeType": "text/plain", "buffer": saved})
    another.locator(".omost-box").nth(1).wait_for()
    assert code(another) == write_canvas(TWO)


def test_a_free_rectangle_survives_the_road_through_code(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.get_by_label("Snap to words").uncheck()
    drag(page, (15, 45), (20, 48))
    expect(page.locator(".omost-code")).to_have_value(re.compile("free_rect"))
    rect = canvas_of(page).regions[0].free_rect
    assert rect is not None
    area = open_code(page)
    area.fill(area.input_value().replace("A red circle.", "A red star."))
    expect(page.locator(".omost-box bdi").first).to_have_text("A red star.")
    before = area.input_value()
    page.locator(".omost-box").first.focus()
    page.keyboard.press("ArrowRight")
    expect(area).not_to_have_value(before)
    top, bottom, left, right = rect
    assert canvas_of(page).regions[0].free_rect == (top, bottom, left + 1, right + 1)
    page.reload()
    page.locator(".omost-box").nth(1).wait_for()
    assert canvas_of(page).regions[0].free_rect == (top, bottom, left + 1, right + 1)


def test_a_painted_mask_survives_code_reload_and_picture(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.locator(".omost-layers [data-id='1']").click()
    page.get_by_role("button", name="Paint the region's mask").click()
    page.wait_for_selector(".omost-picture[data-brush]")
    code = page.locator(".omost-code")
    drag(page, (20, 20), (20, 70))
    expect(code).to_have_value(re.compile("# Mask: "))
    first = code.input_value()
    drag(page, (20, 70), (60, 70))
    expect(code).not_to_have_value(first)  # the server has written out the second stroke, too
    painted = canvas_of(page).regions[0]
    assert painted.cells is not None
    assert painted.cells[40] >> 20 & 1
    assert not painted.cells[40] >> 40 & 1
    area = open_code(page)
    area.fill(area.input_value().replace("A red circle.", "A red star."))
    expect(page.locator(".omost-box bdi").first).to_have_text("A red star.")
    page.reload()
    page.locator(".omost-box").nth(1).wait_for()
    assert canvas_of(page).regions[0] == replace(painted, description="A red star.")
    png = draw(page)
    fresh = show()
    restore(fresh, png)
    fresh.locator(".omost-box").nth(1).wait_for()
    assert canvas_of(fresh) == canvas_of(page)
    button(fresh, "Generate").click()
    assert shown_picture(fresh) == png


def test_a_reference_picture_is_chosen_shown_weighed_and_survives_reload_and_code(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats)
    page.locator(".omost-fold > summary").click()
    choose = page.get_by_role("button", name="Choose a picture")
    expect(choose).to_be_hidden()  # the whole picture has none
    page.locator(".omost-layers [data-id='1']").click()
    file = io.BytesIO()
    Image.effect_noise((90, 60), 80).convert("RGB").save(file, "PNG")
    with page.expect_file_chooser() as chooser:
        choose.click()
    chooser.value.set_files({"name": "sir knight.png", "mimeType": "image/png", "buffer": file.getvalue()})
    code = page.locator(".omost-code")
    expect(code).to_have_value(re.compile(r"\n# Reference: [0-9a-f]{24}\.png\n"))
    shown = page.get_by_role("img", name="The region's reference picture")
    expect(shown).to_have_js_property("naturalWidth", 90)
    page.get_by_text("needs an IP-Adapter").wait_for()  # of the command line's, and this page was started without
    weight = page.get_by_label("Weight of the picture (0 to 2)")
    weight.fill("0.5")
    weight.press("Tab")
    expect(code).to_have_value(re.compile(r"\.png 0\.5\n"))
    kept = canvas_of(page).regions[0].reference
    page.reload()
    page.locator(".omost-box").nth(1).wait_for()
    assert canvas_of(page).regions[0].reference == kept
    page.locator(".omost-layers [data-id='1']").click()
    page.locator(".omost-fold > summary").click()
    expect(shown).to_have_js_property("naturalWidth", 90)
    button(page, "Generate").click()
    page.get_by_text("name one by --ip-adapter FILE").last.wait_for()
    page.get_by_role("button", name="Remove the reference picture").click()
    expect(code).not_to_have_value(re.compile("# Reference"))
    expect(shown).to_be_hidden()


def test_a_change_by_chat_leaves_a_box_moved_by_hand_and_a_hidden_region(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats)
    page.get_by_label("Snap to words").uncheck()
    drag(page, (75, 45), (70, 33))
    expect(page.locator(".omost-code")).to_have_value(re.compile("free_rect"))
    page.get_by_role("button", name="Hide for a trial: A red circle.").click()
    expect(page.locator(".omost-code")).not_to_have_value(re.compile("circle"))
    moved = canvas_of(page)
    (square,) = moved.regions
    assert square.free_rect is not None

    ring = replace(moved, regions=(square, *OTHER.regions), absent=("people",))
    chats.queued.append(changes(ring, "Added: green ring. Kept out: people.", "add: green ring; green", "no: people"))
    say(page, "add a green ring, and no people")
    wait_for_end(page)
    assert parse_canvas(chats.asked[-1].rounds[-1].reply) == moved  # exactly as it stood, the rectangle too
    expect(page.locator(".omost-code")).to_have_value(write_canvas(ring))
    assert page.locator(".omost-round").last.locator(".omost-words").inner_text() == (
        "Added: green ring. Kept out: people."
    )
    page.get_by_role("button", name="Hide for a trial: A red circle.").click()  # it was kept, and is shown again
    expect(page.locator(".omost-code")).to_have_value(re.compile("A red circle."))
    shown = canvas_of(page)
    assert [region.description for region in shown.regions] == ["A red circle.", "A blue square.", "A green ring."]
    assert shown.regions[1] == square
    assert shown.absent == ("people",)

    chats.queued.append(changes(moved, "Removed: green ring.", "remove 3"))
    button(page, "Retry").click()
    wait_for_end(page)
    assert chats.asked[-1].unlike == (code_of(shown),)
    assert parse_canvas(chats.asked[-1].rounds[-1].reply) == moved
    button(page, "Undo message").click()
    expect(page.locator(".omost-code")).to_have_value(write_canvas(moved))


@pytest.mark.parametrize(
    ("label", "typed", "code"),
    [
        ("Not in this region (negative words)", "a hat", "# Negative: a hat"),
        ("Weight of its words (0 to 2)", "1.5", "# Weight: 1.5"),
    ],
)
def test_a_field_that_is_taken_in_when_it_is_left_survives_a_reload(
    show: Callable[..., Any], chats: QueuedChats, label: str, typed: str, code: str
) -> None:
    page = show()
    write(page, chats)
    page.locator(".omost-layers [data-id='2']").click()
    page.get_by_text("More fields").click()
    page.get_by_label(label, exact=True).fill(typed)  # and it keeps the focus
    page.reload()
    expect(page.locator(".omost-code")).to_have_value(re.compile(code))


def test_hidden_regions_and_what_is_being_typed_survive_a_reload(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.get_by_role("button", name="Hide for a trial: A red circle.").click()
    page.locator(".omost-layers [data-id='2']").click()
    field, hidden = page.get_by_label("Description of the region", exact=True), page.locator(".omost-row[data-hidden]")
    field.press("End")
    field.press_sequentially(" A hat.")  # and no key that would end it
    page.reload()
    expect(page.locator(".omost-code")).to_have_value(re.compile(r"description='A blue square\. A hat\.'"))  # as code
    expect(hidden.locator("bdi")).to_have_text("A red circle.")
    assert page.locator(".omost-box").count() == 2
    area, host = open_code(page), page.locator("#panel > textarea[hidden]")
    own = f"# my own words\n{area.input_value()}"
    area.fill(own)
    expect(host).to_have_value(own)
    expect(page.locator(".omost-code")).to_have_value(own)
    page.reload()
    expect(page.locator(".omost-code")).to_have_value(own)  # as it was written by hand
    expect(hidden.locator("bdi")).to_have_text("A red circle.")
    assert page.locator(".omost-bar").get_by_role("button", name="Undo").is_disabled()
