"""What a newcomer meets: nothing before it is of use, the last message in sight, fields wide enough for their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lib_omost.canvas import Canvas
from lib_omost.chat.service import ChatRequest, End, Event, Meter, ModelState, Written
from tests.page.conftest import QueuedChats
from tests.page.driving import button, draw, expect, say, wait_for_end, write
from tests.page.replies import OTHER, TWO, Reply, code_of

ROOT = Path(__file__).parents[2]
SKY = Canvas("A blue sky.", color_name="skyblue")


def full(request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
    """A reply of a conversation that takes two thirds of the model's memory."""
    yield Meter(4096, 6144, 0)
    yield Written(code_of(TWO), 30, 0.0)
    yield End(code_of(TWO), 7)


def test_what_needs_a_canvas_comes_with_the_first_one(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    for name in ("Save canvas", "Undo", "Redo"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(button(page, "Load canvas")).to_be_visible()
    extend = page.locator(".omost-foot summary", has_text="Extend")
    expect(extend).to_be_hidden()
    write(page, chats)
    expect(extend).to_be_visible()
    for name in ("Save canvas", "Undo", "Redo"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    button(page, "New chat").click()
    expect(button(page, "Save canvas")).to_be_hidden()
    page.get_by_role("button", name="Undo", exact=True).click()  # what was there can be had again
    expect(page.locator(".omost-box")).to_have_count(2)


def test_without_a_message_the_box_for_it_is_entered(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    button(page, "Write & generate").click()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    assert chats.asked == []


def test_the_log_stays_where_it_is_and_shows_the_last_message_whole(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show(viewport={"width": 640, "height": 1200})  # as narrow as a WebUI's column
    for message in ("a circle on the left and a square on the right, before a white wall in the sun", "the same again"):
        write(page, chats, message=message)
    log = page.locator(".omost-log")
    at_rest = log.bounding_box()["y"]
    reply = Reply(OTHER)
    chats.queued.append(reply)
    say(page, "a single green ring in the very middle of the picture, as large as it can be there, please")
    expect(button(page, "Stop").first).to_be_visible()
    assert abs(log.bounding_box()["y"] - at_rest) < 1
    reply.ends()
    wait_for_end(page)
    assert abs(log.bounding_box()["y"] - at_rest) < 1
    message = page.locator(".omost-user").last.bounding_box()
    assert message["y"] >= at_rest - 1
    assert message["y"] + message["height"] <= at_rest + log.bounding_box()["height"] + 1


def test_a_reply_that_is_over_has_no_regions_yet_to_come(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats, SKY)
    expect(page.locator(".omost-round")).to_contain_text("No regions.")
    expect(page.locator(".omost-state")).to_contain_text("has no regions")


def test_the_token_budget_is_told_from_half_of_it_on(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    meter = page.locator(".omost-meter")
    reply = Reply(TWO)  # which takes 1,200 of 6,144
    reply.ends()
    chats.queued += [reply, full]
    say(page, "a circle and a square")
    wait_for_end(page)
    expect(meter).to_be_hidden()
    say(page, "larger")
    wait_for_end(page)
    expect(meter).to_have_text("4096 of 6144 tokens")
    button(page, "New chat").click()
    expect(meter).to_be_hidden()


def test_a_speed_that_is_not_known_is_not_told(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    chats.queued.append(full)
    page.evaluate("""() => {
        window.said = [];
        const words = document.querySelector(".omost-chat .omost-progress span");
        new MutationObserver(() => said.push(words.textContent)).observe(words, { childList: true });
    }""")
    say(page, "a circle")
    wait_for_end(page)
    assert "writing: 30 tokens" in page.evaluate("said")


def top_of(page: Any, selector: str) -> float:
    return float(page.locator(selector).first.bounding_box()["y"])


@pytest.mark.parametrize("width", [600, 400])
def test_a_longer_place_of_a_box_moves_nothing(show: Callable[..., Any], chats: QueuedChats, width: int) -> None:
    page = show(viewport={"width": width, "height": 1600})  # as narrow as a WebUI's column
    write(page, chats)
    page.locator(".omost-row-name").first.click()
    seen = (".omost-foot", ".omost-picture", ".omost-layers")
    before = [top_of(page, each) for each in seen]
    page.locator(".omost-place select").nth(1).select_option("slightly to the upper-right")
    expect(page.locator(".omost-summary")).to_contain_text("slightly to the upper-right")
    expect(page.locator(".omost-caption")).to_contain_text("slightly to the upper-right")
    assert [top_of(page, each) for each in seen] == before


def test_what_is_said_of_a_model_moves_no_button(show: Callable[..., Any], chats: QueuedChats) -> None:
    """The first message fetches the model; then the line about it goes, and the pointer is still over a button."""
    tiny = ModelState(
        "tiny", "tiny", "not downloaded", "very small, and a line that is as long as such lines are. " * 3
    )
    chats.listed = [tiny]
    page = show(viewport={"width": 640, "height": 1200})
    expect(page.get_by_text("as long as such lines are")).to_be_visible()
    before = top_of(page, ".omost-message"), button(page, "Write").bounding_box()
    chats.listed = [replace(tiny, state="loaded")]
    reply = Reply(TWO)
    chats.queued.append(reply)
    say(page, "a circle and a square")
    stop, progress = button(page, "Stop").first, page.locator(".omost-chat .omost-progress")
    expect(progress).to_be_visible()
    assert stop.bounding_box()["x"] < progress.bounding_box()["x"]  # words that grow do not push it
    expect(page.locator(".omost-caption")).to_have_text("The boxes appear here as they are written.")
    reply.ends()
    wait_for_end(page)
    expect(page.get_by_text("as long as such lines are")).to_be_hidden()
    assert (top_of(page, ".omost-message"), button(page, "Write").bounding_box()) == before


def test_an_open_fold_moves_no_button_beside_it(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show(viewport={"width": 640, "height": 1600})
    write(page, chats)
    before = top_of(page, ".omost-foot :text('Load canvas')")
    for fold in ("Extend", "Presets", "Details"):
        page.locator(".omost-foot summary", has_text=fold).click()
        assert top_of(page, ".omost-foot :text('Load canvas')") == pytest.approx(before, abs=1)


def test_a_closed_fold_says_what_is_set_in_it(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    fold = page.locator(".omost-fold > summary")
    expect(fold).to_have_text("More fields")  # of the whole picture
    page.locator(".omost-row-name").first.click()
    expect(fold).to_have_text("More fields: LoRA, reference, weight …")
    fold.click()
    page.get_by_label("Not in this region (negative words)", exact=True).fill("fog")
    page.get_by_role("button", name="Add a LoRA").click()
    expect(fold).to_have_text("More fields (set: negative words)")  # a LoRA without a name is none yet
    page.get_by_label("Name of LoRA 1").fill("ink")
    page.get_by_label("Name of LoRA 1").blur()
    expect(fold).to_have_text("More fields (set: LoRA, negative words)")


@pytest.mark.parametrize(("width", "is_large"), [(1280, True), (1280, False), (390, False)])
def test_the_fields_of_a_region_have_room_for_their_words(
    show: Callable[..., Any], chats: QueuedChats, width: int, is_large: bool
) -> None:
    page = show(viewport={"width": width, "height": 900})
    write(page, chats)
    if is_large:
        button(page, "Large view").click()
        page.get_by_role("dialog", name="Chat, boxes and picture").locator(".omost-form").wait_for()
    page.locator(".omost-row-name").first.click()
    area = page.locator(".omost-place select").last
    area.select_option("a medium-sized horizontal area")
    words = area.evaluate("""select => {
        const context = document.createElement("canvas").getContext("2d");
        context.font = getComputedStyle(select).font;
        return context.measureText(select.selectedOptions[0].textContent).width;
    }""")
    assert area.bounding_box()["width"] > words + 30  # the padding and the arrow


LAST_IS_SEEN = """() => {
    const log = document.querySelector("[role=dialog] .omost-log");
    const last = [...log.querySelectorAll(".omost-user")].at(-1).getBoundingClientRect();
    const all = log.getBoundingClientRect();
    return all.top <= last.top && last.bottom <= all.bottom;
}"""


def test_the_large_view_shows_the_last_message_and_that_a_picture_is_drawn(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show(viewport={"width": 1280, "height": 900})
    for number in range(6):
        write(page, chats, message=f"a circle and a square, wish number {number}")
    draw(page)
    button(page, "Large view").click()
    view = page.get_by_role("dialog", name="Chat, boxes and picture")
    expect(view).to_be_visible()
    page.wait_for_function(LAST_IS_SEEN)  # the picture comes after the dialog, and moves what is beside it
    generate = view.get_by_role("button", name="Generate", exact=True)
    generate.click()
    expect(view.get_by_text("The picture is being drawn …")).to_be_visible()
    expect(generate).to_be_enabled(timeout=120_000)
    expect(view.get_by_text("The picture is being drawn …")).to_be_hidden()


def test_a_toast_leaves_the_large_views_generate_free(show: Callable[..., Any]) -> None:
    page = show(viewport={"width": 1280, "height": 900})
    button(page, "Large view").click()
    page.get_by_role("dialog", name="Chat, boxes and picture").wait_for()
    page.add_style_tag(path=ROOT / "style.css")  # as a WebUI loads it
    words = "Omost: the LoRA that one region names is of another shape than the layers of this checkpoint. " * 2
    page.evaluate(
        "words => document.body.insertAdjacentHTML('beforeend', `<div class='omost-toast'>${words}</div>`)", words
    )
    page.locator(".omost-toast").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Generate", exact=True).click(trial=True, timeout=5_000)
