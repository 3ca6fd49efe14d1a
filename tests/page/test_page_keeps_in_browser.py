"""What somebody made or typed is not lost on the page, in a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lib_omost.canvas import Canvas, write_canvas
from lib_omost.page.presets import Presets
from tests.page.conftest import CANVAS, QueuedChats
from tests.page.driving import button, code, expect, say, told, wait_for_end, write
from tests.page.replies import OTHER, TWO, Reply, fails


def picture_of(canvas: Canvas, **order: Any) -> bytes:
    """A file as the page's own pictures are, without one being drawn."""
    info, file = PngInfo(), io.BytesIO()
    settings = {"enabled": True, "canvas": write_canvas(canvas)}
    info.add_text("parameters", json.dumps({"prompt": "", "negative": "", "omost": settings} | order))
    Image.new("RGB", (64, 64)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def test_a_preset_is_replaced_by_its_name_and_a_second_press_alone(
    show: Callable[..., Any], chats: QueuedChats, tmp_path: Path
) -> None:
    presets = Presets(tmp_path / "presets")
    presets.keep("one", OTHER)
    presets.keep("two", CANVAS)
    page = show()
    write(page, chats, TWO)
    page.get_by_text("Presets", exact=True).click()
    name, options = page.get_by_label("Name of a new preset"), page.locator("[aria-label=Preset] option")
    expect(options).to_have_text(["one", "two"])
    assert button(page, "Keep as preset").is_disabled()
    name.fill("  ")
    assert button(page, "Keep as preset").is_disabled()
    name.fill("One")
    button(page, "Keep as preset").dblclick()
    assert told(page) == "There is a preset of that name already."
    name.fill("one")
    expect(button(page, "Replace the preset")).to_be_hidden()  # that was of the other name
    button(page, "Keep as preset").click()
    button(page, "Replace the preset").wait_for()
    assert (presets.get("one"), presets.get("two")) == (OTHER, CANVAS)
    button(page, "Replace the preset").click()
    expect(name).to_have_value("")
    expect(page.get_by_label("Preset", exact=True)).to_have_value("one")
    assert (presets.get("one"), presets.get("two")) == (TWO, CANVAS)
    assert presets.names() == ["one", "two"]


def test_a_reply_is_not_thrown_away_by_a_restored_picture_or_an_extended_one(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page, reply = show(), Reply(TWO)
    write(page, chats, OTHER)
    page.locator(".omost-foot summary", has_text="Extend").click()
    with page.expect_file_chooser() as chooser:
        button(page, "Restore from a picture").click()
    chats.queued.append(reply)
    say(page, "a circle and a square")
    reply.goes_on()
    expect(page.locator(".omost-box bdi")).to_have_text(["A red circle."])
    assert button(page, "Extend the picture").is_disabled()
    assert button(page, "Restore from a picture").is_disabled()
    chooser.value.set_files({"name": "picture.png", "mimeType": "image/png", "buffer": picture_of(OTHER)})
    expect(page.locator(".omost-panel .omost-notice")).to_have_text(
        "A canvas is being written: wait for its end, or stop it."
    )
    reply.ends()
    wait_for_end(page)
    page.wait_for_timeout(700)  # more than the page takes to look at the host's box
    assert code(page) == write_canvas(TWO)
    assert button(page, "Extend the picture").is_enabled()
    assert button(page, "Restore from a picture").is_enabled()


def test_a_restored_picture_of_a_checkpoint_that_is_not_there_leaves_the_one_that_is(
    show: Callable[..., Any],
) -> None:
    page = show()
    checkpoint = page.get_by_role("combobox", name="Checkpoint")
    checkpoint.select_option("flux")
    with page.expect_file_chooser() as chooser:
        button(page, "Restore from a picture").click()
    file = picture_of(OTHER, checkpoint="gone", steps=7)
    chooser.value.set_files({"name": "picture.png", "mimeType": "image/png", "buffer": file})
    page.get_by_text("Restored, but for the checkpoint gone, which is not there.").wait_for()
    assert checkpoint.input_value() == "flux"
    assert page.get_by_label("Steps", exact=True).input_value() == "7"
    expect(page.locator(".omost-box bdi")).to_have_text(["A green ring."])


def test_a_message_that_is_worded_anew_outlasts_edits_of_the_canvas_and_a_reply_that_fails(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats, TWO, "first")
    log, box = page.locator(".omost-round"), page.get_by_label("Message", exact=True)
    log.get_by_role("button", name="Edit").click()
    words = log.get_by_label("Message", exact=True)
    words.fill("second th")
    page.locator("#panel > textarea[hidden]").evaluate("(box, text) => { box.value = text; }", write_canvas(OTHER))
    expect(log.locator(".omost-summary [dir=auto]")).to_have_text(["A green ring."])
    page.keyboard.type("oughts")
    expect(words).to_have_value("second thoughts")
    log.get_by_role("button", name="Cancel").click()
    expect(log.locator(".omost-text")).to_have_text("first")
    log.get_by_role("button", name="Edit").click()
    words.fill("second thoughts")
    box.first.fill("a third")
    chats.queued.append(fails("the model is out of memory"))
    log.get_by_role("button", name="Ask again").click()
    told(page)
    wait_for_end(page)
    assert chats.asked[-1].message == "second thoughts"
    expect(box).to_have_count(1)
    expect(box).to_have_value("second thoughts\n\na third")
    expect(log.locator(".omost-text")).to_have_text("first")


def test_numbers_of_the_chat_are_taken_as_they_are_typed_or_put_within_their_bounds(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    page.get_by_text("Reply settings and files").click()
    variants = page.get_by_label("Variants", exact=True).first
    for typed, kept in (("20", "8"), ("0", "1"), ("1.4", "1")):
        variants.fill(typed)
        variants.blur()
        assert variants.input_value() == kept
    given = {"Temperature": "0.723", "Longest reply (tokens)": "1000", "Top-p": "7", "Seed of the reply": "3"}
    for label, value in given.items():
        page.get_by_label(label, exact=True).fill(value)
    write(page, chats)
    asked = chats.asked[-1]
    assert (asked.temperature, asked.max_new_tokens, asked.top_p, asked.seed) == (0.72, 1000, 1, 3)
    assert page.get_by_label("Top-p", exact=True).input_value() == "1"
