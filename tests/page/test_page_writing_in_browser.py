"""A message in the page, in a browser: its reply as it comes, its end, and what can be done with a conversation."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lib_omost.canvas import write_canvas
from lib_omost.chat.service import ChatRequest, Event, Status
from tests.page.conftest import QueuedChats
from tests.page.driving import (
    button,
    code,
    expect,
    names,
    say,
    shown_picture,
    summary,
    told,
    wait_for_end,
    write,
)
from tests.page.replies import OTHER, TWO, Reply, begun_of, breaks, code_of, cut, fails, reply_of

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
        yield Status("installing what it needs: 1 of 4", "installing")
        goes_on.wait(20)
        yield from reply_of(TWO)(_request, _should_stop)

    chats.queued.append(installs)
    say(page, "a circle")
    expect(model).to_have_value("tiny · installing what it needs")
    goes_on.set()
    wait_for_end(page)
    expect(model).to_have_value("tiny · ready")


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
    page.locator(".omost-bar").get_by_role("button", name="Undo").click()
    expect(page.locator(".omost-box bdi")).to_have_text(CIRCLE_AND_SQUARE)
    expect(page.locator(".omost-code")).to_have_value(write_canvas(TWO))


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
