"""The whole page by itself, in a browser: a real server, the real painter with the mini checkpoint, and replies that go
on when the test says so. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lib_omost.canvas import Canvas, Region, draft_image, parse_canvas, write_canvas
from lib_omost.chat.service import ChatRequest, Event, Status
from lib_omost.methods.names import UNET_METHODS
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
    summary,
    told,
    wait_for_end,
    write,
)
from tests.page.replies import OTHER, TWO, Reply, begun_of, breaks, changes, code_of, cut, fails, reply_of

HARM = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "**bold** <b>not</b> [a](javascript:0)",
]
CIRCLE_AND_SQUARE = ["A red circle.", "A blue square."]


def test_regions_appear_while_the_reply_is_written(show: Callable[..., Any], chats: QueuedChats) -> None:
    page, reply = show(), Reply(TWO)
    chats.queued.append(reply)
    say(page, "a circle and a square")
    reply.goes_on()
    page.locator(".omost-box").nth(0).wait_for()
    assert names(page) == CIRCLE_AND_SQUARE[:1]
    assert summary(page) == CIRCLE_AND_SQUARE[:1]
    assert "writing: " in page.locator(".omost-progress").inner_text()
    assert page.get_by_label("Tags", exact=True).is_disabled()
    reply.goes_on()
    page.locator(".omost-box").nth(1).wait_for()
    reply.ends()
    wait_for_end(page)
    assert names(page) == CIRCLE_AND_SQUARE
    assert summary(page) == CIRCLE_AND_SQUARE
    assert not page.get_by_label("Tags", exact=True).is_disabled()
    page.get_by_text("The next picture has 2 regions (sketch).").wait_for()
    left = "(canvas => [...canvas.getContext('2d').getImageData(10, 45, 1, 1).data])"
    assert page.locator(".omost-ground canvas").evaluate(left) == [
        255,
        76,
        76,
        255,
    ]  # red over white
    assert page.locator(".omost-round details pre").text_content() == code_of(TWO)


def test_nothing_that_is_clicked_moves_while_a_reply_grows(show: Callable[..., Any], chats: QueuedChats) -> None:
    page, reply = show(), Reply(TWO)

    def places() -> list[Any]:
        rows = page.locator(".omost-chat > .omost-controls:not(.omost-now) button, .omost-message")
        return [each.bounding_box() for each in rows.all()]

    before = places()
    assert len(before) == 7
    chats.queued.append(reply)
    say(page, "a circle and a square")
    for _ in range(2):
        reply.goes_on()
        page.locator(".omost-box").nth(0).wait_for()
        assert places() == before
    reply.ends()
    wait_for_end(page)
    assert places() == before
    chats.queued.append(fails("the server does not answer", "start it"))
    say(page, "x")
    told(page)
    assert places() == before


def test_the_models_state_is_what_it_does_now(show: Callable[..., Any], chats: QueuedChats) -> None:
    page, goes_on = show(), threading.Event()
    model = page.get_by_role("combobox", name="Language model")
    expect(model).to_have_value("tiny · ready")

    def installs(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        yield Status("installing the worker's packages: 1 of 4", "installing")
        goes_on.wait(20)
        yield from reply_of(TWO)(_request, _should_stop)

    chats.queued.append(installs)
    say(page, "a circle")
    expect(model).to_have_value("tiny · installing the worker's packages")
    goes_on.set()
    wait_for_end(page)
    expect(model).to_have_value("tiny · ready")


def test_the_page_is_short_and_what_is_seldom_needed_is_folded(show: Callable[..., Any], chats: QueuedChats) -> None:
    """In a column as narrow as a WebUI's, with two regions and one that is selected."""
    page = show()
    page.add_style_tag(content="#app { width: 545px; }")
    write(page, chats)
    page.locator(".omost-layers [data-id='1']").click()
    assert page.locator("#app").evaluate("app => app.offsetHeight") <= 1000  # the accordion's own 100 come to that
    picture, form = (page.locator(name).bounding_box() for name in (".omost-picture", ".omost-form"))
    assert form["x"] >= picture["x"] + picture["width"]  # the fields stand beside the box
    assert form["y"] < picture["y"] + 20
    assert page.get_by_label("Tags", exact=True).is_hidden()
    page.get_by_text("More fields").click()
    fields = [page.get_by_label(name, exact=True).bounding_box() for name in ("Distance to the viewer", "Tags")]
    words = page.locator(".omost-fold .omost-labelled > span", has_text="Tags").bounding_box()
    assert words["y"] - (fields[0]["y"] + fields[0]["height"]) >= 6  # a name stands by its own field
    assert fields[1]["y"] - (words["y"] + words["height"]) < 5
    page.get_by_label("Tags", exact=True).fill("circle, red")
    page.get_by_label("Tags", exact=True).blur()
    expect(page.locator(".omost-code")).to_have_value(re.compile("circle, red"))


def test_the_boxes_lie_over_the_finished_picture(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    over = page.get_by_label("What the boxes lie over")
    over.select_option("Over the picture")
    assert told(page) == "There is no picture yet: draw one first."
    expect(over).to_have_value("colours")
    draw(page)
    over.select_option("Over the picture")
    picture = page.locator(".omost-picture img")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => [img.naturalWidth, img.naturalHeight]") == [64, 64]
    assert picture.bounding_box() == page.locator(".omost-picture").bounding_box()
    assert page.locator(".omost-ground canvas").is_hidden()
    assert page.locator(".omost-box").count() == 2
    before = picture.get_attribute("src")
    button(page, "Generate").click()
    page.wait_for_function("before => document.querySelector('.omost-picture img').src !== before", arg=before)
    over.select_option("Over the colours")
    expect(page.locator(".omost-ground canvas")).to_be_visible()
    expect(picture).to_be_hidden()


def test_the_draft_is_shown_as_a_picture_starts_from_it(show: Callable[..., Any], chats: QueuedChats) -> None:
    """While boxes are moved, too."""
    page = show()
    write(page, chats)
    page.get_by_label("What the boxes lie over").select_option("Over the draft")
    data = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 90, 90).data]"
    cells = page.locator(".omost-ground canvas")

    def differs() -> float:
        shown = np.array(cells.evaluate(data)).reshape(90, 90, 4)[..., :3]
        return float(np.abs(shown - draft_image(canvas_of(page), 90, 90, blurred=True).astype(int)).max())

    assert differs() <= 1
    before = code(page)
    drag(page, (15, 45), (40, 45))
    expect(page.locator(".omost-code")).not_to_have_value(before)
    assert differs() <= 1


def test_the_large_view_shows_chat_boxes_and_picture_without_scrolling(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show(viewport={"width": 1280, "height": 900})
    write(page, chats)
    draw(page)
    button(page, "Large view").click()
    view = page.get_by_role("dialog", name="Chat, boxes and picture")
    picture = view.locator("img.omost-result")
    expect(picture).to_be_visible()
    assert view.evaluate("view => [view.scrollWidth, view.scrollHeight]") == [1280, 900]
    for part in (view.get_by_label("Message", exact=True), view.locator(".omost-picture"), picture):
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] + box["height"] <= 900
    chats.queued.append(reply_of(OTHER))
    view.get_by_label("Message", exact=True).fill("a ring")
    view.get_by_role("button", name="Write", exact=True).click()
    expect(view.locator(".omost-box bdi")).to_have_text(["A green ring."])
    view.get_by_label("Message", exact=True).press("Escape")
    expect(view).to_have_count(0)
    expect(page.locator("#app .omost-box bdi")).to_have_text(["A green ring."])
    expect(button(page, "Large view")).to_be_focused()


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


def test_only_the_methods_that_a_checkpoint_can_do_are_offered(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.get_by_text("How the canvas steers the picture").click()
    method = page.get_by_label("Method")
    checkpoint = page.locator("select", has=page.locator("option[value=mini]"))
    assert method.locator("option").all_text_contents() == list(UNET_METHODS)
    checkpoint.select_option("flux")
    assert method.locator("option").all_text_contents() == ["layout", "plain"]
    assert method.input_value() == "layout"
    page.get_by_text("The next picture has 2 regions (layout).").wait_for()
    method.select_option("plain")
    checkpoint.select_option("mini")
    assert method.input_value() == "plain"


def test_write_and_generate_draws_without_another_click(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    page.get_by_label("Steps", exact=True).fill("2")
    chats.queued.append(reply_of(TWO))
    say(page, "a circle and a square", "Write & generate")
    infotext = json.loads(page.locator(".omost-infotext").text_content() if shown_picture(page) else "")
    assert infotext["omost"]["canvas"] == write_canvas(TWO)
    assert infotext["omost"]["enabled"] is True


def test_the_conversation_survives_a_reload(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.get_by_label("Message", exact=True).fill("not sent yet")
    page.reload()
    page.locator(".omost-box").nth(1).wait_for()
    assert page.get_by_label("Message", exact=True).input_value() == "not sent yet"
    assert summary(page) == CIRCLE_AND_SQUARE
    assert code(page) == write_canvas(TWO)
    chats.queued.append(reply_of(OTHER))
    say(page, "now a ring")
    wait_for_end(page)
    assert [each.reply for each in chats.asked[-1].rounds] == [code_of(TWO)]


def test_stop_keeps_what_has_come_and_draws_nothing(show: Callable[..., Any], chats: QueuedChats) -> None:
    page, reply = show(), Reply(TWO)
    chats.queued.append(reply)
    say(page, "a circle and a square", "Write & generate")
    reply.goes_on()
    page.locator(".omost-box").nth(0).wait_for()
    button(page, "Stop").click()
    wait_for_end(page)
    assert names(page) == CIRCLE_AND_SQUARE[:1]
    assert summary(page) == CIRCLE_AND_SQUARE[:1]
    assert page.locator("img.omost-result").is_hidden()
    assert not button(page, "Generate").is_disabled()


def test_retry_edit_continue_undo_and_new_chat(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats, TWO, "first")
    write(page, chats, OTHER, "second")

    chats.queued.append(reply_of(TWO))
    button(page, "Retry").click()
    wait_for_end(page)
    assert [(each.message) for each in chats.asked[-1].rounds] == ["first"]
    assert (chats.asked[-1].message, chats.asked[-1].begun) == ("second", "")
    assert page.locator(".omost-round").count() == 2

    assert button(page, "Continue").is_hidden()  # it was whole
    chats.queued.append(cut(TWO))
    button(page, "Retry").click()
    wait_for_end(page)
    chats.queued.append(reply_of(OTHER))
    button(page, "Continue").click()
    wait_for_end(page)
    assert (chats.asked[-1].message, chats.asked[-1].begun) == ("second", begun_of(TWO))
    assert button(page, "Continue").is_hidden()

    page.locator(".omost-user").first.get_by_role("button", name="Edit").click()
    page.locator(".omost-user textarea").fill("first, in other words")
    chats.queued.append(reply_of(TWO))
    button(page, "Ask again").click()
    wait_for_end(page)
    assert (chats.asked[-1].rounds, chats.asked[-1].message) == ((), "first, in other words")
    assert page.locator(".omost-round").count() == 1

    write(page, chats, OTHER, "and then")
    button(page, "Undo message").click()
    page.locator(".omost-box").nth(1).wait_for()
    assert page.locator(".omost-round").count() == 1
    assert names(page) == CIRCLE_AND_SQUARE  # what the next message starts from is what is seen

    button(page, "New chat").click()
    page.locator(".omost-examples").wait_for()
    page.locator(".omost-empty").wait_for()
    assert code(page) == ""
    page.get_by_text("There is no canvas: the next picture is drawn from the prompt alone.").wait_for()


def test_a_chat_goes_to_a_file_and_into_another_browser(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats, TWO, "first")
    write(page, chats, OTHER, "second")
    page.get_by_text("Reply settings and files").click()
    for form in ("Markdown", "JSON"):
        with page.expect_download() as download:
            button(page, f"Export as {form}").click()
        text = Path(download.value.path()).read_bytes()
        fresh = show()
        fresh.get_by_text("Reply settings and files").click()
        fresh.locator("input[type=file]").set_input_files(
            {"name": download.value.suggested_filename, "mimeType": "text/plain", "buffer": text}
        )
        fresh.locator(".omost-box").wait_for()
        assert fresh.locator(".omost-text").all_inner_texts() == ["first", "second"]
        assert names(fresh) == ["A green ring."]


def test_a_failed_reply_says_why_and_keeps_the_message(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    chats.queued.append(fails("the model is out of memory", "choose a smaller one"))
    say(page, "a circle and a square", "Write & generate")
    assert told(page) == "the model is out of memory: choose a smaller one"
    wait_for_end(page)
    assert page.get_by_label("Message", exact=True).input_value() == "a circle and a square"
    assert page.locator(".omost-examples").is_visible()
    assert page.locator("img.omost-result").is_hidden()

    chats.queued.append(breaks(TWO, "the server broke off"))
    button(page, "Write & generate").click()
    assert told(page) == "the server broke off"
    wait_for_end(page)
    assert summary(page) == CIRCLE_AND_SQUARE[:1]
    assert page.get_by_label("Message", exact=True).input_value() == ""
    assert page.locator("img.omost-result").is_hidden()  # half a reply is not drawn unasked


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
    expect(page.locator(".omost-presets option")).to_have_text([HARM[1], "_my_ [first](one) &lt;b&gt;"])
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
    expect(fresh.locator(".omost-presets option")).to_have_text([HARM[1]])

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
    assert chats.asked[-1].unlike == code_of(shown)
    assert parse_canvas(chats.asked[-1].rounds[-1].reply) == moved
    button(page, "Undo message").click()
    expect(page.locator(".omost-code")).to_have_value(write_canvas(moved))


def test_what_anyone_wrote_is_shown_as_its_characters(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    odd = Canvas(
        HARM[2],
        regions=tuple(
            Region("on the left", "no offset", "a small vertical area", 2, name, tuple(HARM), tags=HARM[0])
            for name in HARM
        ),
    )
    chats.queued.append(reply_of(odd, before=f"{HARM[0]}\n{HARM[1]}\n{HARM[2]}\n"))
    say(page, "\n".join(HARM))
    wait_for_end(page)
    page.locator(".omost-box").nth(2).wait_for()
    assert names(page) == HARM
    assert summary(page) == HARM
    assert page.locator(".omost-text").inner_text() == "\n".join(HARM)
    assert page.locator(".omost-words").inner_text() == "\n".join(HARM)
    for each in HARM:
        assert each in page.locator(".omost-round pre").text_content()
    page.locator(".omost-row-name").first.click()
    png = draw(page)
    page.get_by_text("Infotext", exact=True).click()
    assert json.loads(page.locator(".omost-infotext").inner_text())["omost"]["canvas"] == write_canvas(odd)
    chats.queued.append(fails(HARM[0], HARM[1]))
    say(page, "again")
    assert told(page) == f"{HARM[0]}: {HARM[1]}"
    fresh = show()
    restore(fresh, png)
    fresh.locator(".omost-box").nth(2).wait_for()
    for each in (page, fresh):
        assert each.evaluate("window.harmed") is None
        assert each.locator(".omost script, .omost img[src]:not(.omost-result), .omost a").count() == 0
        assert each.locator(".omost b", has_text="not").count() == 0


def test_keys_alone_lead_from_message_to_picture(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    page.get_by_label("Steps", exact=True).fill("2")

    def press_until(selector: str, key: str = "Tab", most: int = 60) -> None:
        for _ in range(most):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            page.keyboard.press(key)
        raise AssertionError(f"{key} does not lead to {selector}")

    page.evaluate("document.activeElement.blur()")
    press_until(".omost-example")
    page.keyboard.press("Enter")
    assert page.get_by_label("Message", exact=True).evaluate("box => box === document.activeElement")
    chats.queued.append(reply_of(TWO))
    page.keyboard.press("Enter")
    page.locator(".omost-box").nth(1).wait_for()
    wait_for_end(page)
    assert chats.asked[-1].message == "a big red circle beside a small blue square, on a white background"
    press_until(".omost-box")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".omost-code")).to_have_value(re.compile("slightly to the lower"))
    press_until(".omost-generate")
    page.keyboard.press("Enter")
    shown_picture(page)


def test_the_page_speaks_the_browsers_language_and_the_canvas_stays_as_it_is(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show(locale="zh-CN")
    chinese = json.loads((Path(__file__).parents[2] / "localizations" / "zh_CN.json").read_text(encoding="utf-8"))
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    box = page.locator(".omost-message")
    assert box.get_attribute("placeholder") == chinese["What should the picture show? Later: what should change?"]
    assert page.locator(".omost-models input").input_value() == f"tiny · {chinese['ready']}"
    chats.queued.append(reply_of(TWO))
    box.fill("two")
    button(page, chinese["Write"]).click()
    page.locator(".omost-box").nth(1).wait_for()
    assert page.locator(".omost-summary .omost-hint").first.inner_text() == chinese["on the left"]
    page.locator(".omost-row-name").first.click()
    place = page.locator("select", has=page.locator("option[value='on the left']"))
    assert place.locator("option:checked").inner_text() == chinese["on the left"]
    place.select_option(label=chinese["in the center"])
    expect(page.locator(".omost-code")).to_have_value(re.compile("location='in the center'"))
    expect(page.locator(".omost-caption")).to_have_text(re.compile(chinese["in the center"]))
    method = page.locator("select", has=page.locator("option[value=score]"))
    assert method.locator("option:checked").text_content() == chinese["sketch"]
    assert method.input_value() == "sketch"
    lines = {line.strip() for line in page.locator("body").inner_text().splitlines()}
    assert lines & chinese.keys() == set(), "left in English"
