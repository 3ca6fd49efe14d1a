"""Foul weather, in a browser: a server that dies, replies that fail, canvases that come while another is written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lib_omost.canvas import Canvas, canvas_to_json, canvas_to_line, parse_reply, write_canvas
from lib_omost.chat.service import CanvasSoFar, ChatRequest, Event, ModelState, Written
from tests.page.conftest import QueuedChats
from tests.page.driving import button, code, expect, names, open_code, say, told, wait_for_end, write
from tests.page.replies import OTHER, TWO, Reply, code_of, fails, reply_of

ANSWERLESS = "The program that serves this page does not answer. Is it still running?"
REPLY_OF_TWO = f"Here it is:\n{code_of(TWO)}"
SERVER = ModelState("server: big", "server: big", "ready")
TINY = ModelState("tiny", "tiny", "ready", "very small", 5)
OFFLINE = ModelState("server:", "the server", "server offline", "it does not answer within 3 seconds")


def dies(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
    """The first region; then the connection is gone."""
    begun = code_of(TWO).partition("# Add a blue square")[0]
    yield Written(begun, 10, 12.5)
    yield CanvasSoFar(canvas_to_json(parse_reply(begun).require_canvas()), ())
    time.sleep(1)  # a browser drops what it has not read when the connection breaks
    raise ConnectionResetError("the server has died")


@pytest.fixture
def dying_page(address: str, browser: Any) -> Iterator[Any]:
    """A page whose server may be gone, which browsers log as an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(address)
    page.locator(".omost-models input:not(:placeholder-shown)").wait_for()
    yield page
    context.close()


def host_box(page: Any) -> Any:
    """What stands for a host's box with the canvas."""
    return page.locator("#panel > textarea[hidden]")


def put_infotext(page: Any, canvas: Canvas, form: Callable[[Canvas], str] = write_canvas) -> None:
    """As a host does when an infotext is pasted: without an event."""
    host_box(page).evaluate("(box, text) => { box.value = text; }", form(canvas))


def import_chat(page: Any, text: str) -> None:
    chosen = {"name": "chat.json", "mimeType": "text/plain", "buffer": text.encode()}
    page.locator(".omost-chat input[type=file]").set_input_files(chosen)


def test_a_server_that_dies_in_mid_reply_leaves_a_page_that_works_with_what_came(
    dying_page: Any, chats: QueuedChats
) -> None:
    page = dying_page
    chats.queued.append(dies)
    page.route("**/omost/v1/read", lambda route: route.abort())
    page.route("**/omost/v1/write", lambda route: route.abort())
    say(page, "a circle and a square", "Write & generate")
    expect(page.locator(".omost-notice")).to_have_text(ANSWERLESS)
    expect(button(page, "Stop")).to_be_hidden()
    expect(button(page, "Write")).to_be_enabled()
    assert page.locator(".omost-text").all_inner_texts() == ["a circle and a square"]
    assert "A red circle." in page.locator(".omost-round pre").text_content()
    assert names(page) == ["A red circle."]
    assert not page.get_by_label("Tags", exact=True).is_disabled()
    assert json.loads(host_box(page).input_value())["regions"][0]["description"] == "A red circle."
    assert page.locator("img.omost-result").is_hidden()

    page.reload()
    assert "A red circle." in page.locator(".omost-round pre").text_content()
    page.unroute_all()
    chats.queued.append(reply_of(TWO))
    button(page, "Retry").click()
    wait_for_end(page)
    assert names(page) == ["A red circle.", "A blue square."]


def test_a_stop_that_nobody_hears_breaks_the_reply_off(dying_page: Any, chats: QueuedChats) -> None:
    page, reply = dying_page, Reply(TWO)
    chats.queued.append(reply)
    say(page, "a circle and a square")
    reply.goes_on()
    page.locator(".omost-box").first.wait_for()
    page.route("**/omost/v1/stop", lambda route: route.abort())
    button(page, "Stop").click()
    wait_for_end(page)
    assert names(page) == ["A red circle."]
    assert page.locator(".omost-notice").inner_text() == ANSWERLESS
    reply.ends()


@pytest.mark.parametrize("form", [write_canvas, canvas_to_line])
def test_the_next_message_starts_from_a_pasted_infotext(
    show: Callable[..., Any], chats: QueuedChats, form: Callable[[Canvas], str]
) -> None:
    page = show()
    write(page, chats, TWO)
    put_infotext(page, OTHER, form)
    expect(page.locator(".omost-box bdi")).to_have_text(["A green ring."])
    chats.queued.append(reply_of(TWO))
    say(page, "a little larger")
    wait_for_end(page)
    assert [each.reply for each in chats.asked[-1].rounds] == [code_of(OTHER)]


def test_an_infotext_that_was_pasted_before_the_page_was_opened_counts_too(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    chats.queued.append(reply_of(TWO, before="Here it is:\n"))
    say(page, "a circle and a square")
    wait_for_end(page)
    page.reload()
    page.locator(".omost-box").nth(1).wait_for()
    assert page.locator(".omost-round pre").text_content() == REPLY_OF_TWO  # it is the same canvas
    put_infotext(page, OTHER)
    expect(page.locator(".omost-round pre")).to_have_text(code_of(OTHER))
    page.reload()
    page.locator(".omost-box").first.wait_for()
    chats.queued.append(reply_of(TWO))
    say(page, "a little larger")
    wait_for_end(page)
    assert [each.reply for each in chats.asked[-1].rounds] == [code_of(OTHER)]


def test_boxes_snap_alike_in_every_tab_and_visit(show: Callable[..., Any]) -> None:
    page = show()
    put_infotext(page, OTHER, canvas_to_line)
    page.locator(".omost-box").first.wait_for()
    page.reload()
    page.locator(".omost-box").first.wait_for()
    snap = page.get_by_label("Snap to words")
    expect(snap).to_be_checked()  # as the settings say, though it begins with a canvas
    snap.uncheck()
    page.evaluate("window.dispatchEvent(new CustomEvent('omost-snap-chosen', {detail: true}))")  # in the other tab
    expect(snap).to_be_checked()
    snap.uncheck()
    page.reload()
    page.locator(".omost-box").first.wait_for()
    expect(snap).not_to_be_checked()


def test_a_failed_message_leaves_hidden_regions_and_the_steps_of_undo(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    write(page, chats, TWO)
    page.get_by_role("button", name="Hide for a trial: A red circle.").click()
    rows = page.locator(".omost-layers bdi")
    expect(page.locator(".omost-code")).not_to_have_value(write_canvas(TWO))
    chats.queued.append(fails("the model is out of memory"))
    say(page, "more")
    told(page)
    wait_for_end(page)
    assert sorted(rows.all_inner_texts()) == ["A blue square.", "A red circle.", "Whole picture"]
    assert page.locator(".omost-row[data-hidden] bdi").all_inner_texts() == ["A red circle."]
    page.locator(".omost-bar").get_by_role("button", name="Undo").click()
    assert page.locator(".omost-row[data-hidden]").count() == 0
    expect(page.locator(".omost-code")).to_have_value(write_canvas(TWO))


def test_a_server_that_is_offline_for_a_while_stays_chosen(show: Callable[..., Any], chats: QueuedChats) -> None:
    chats.listed = [TINY, SERVER]
    page = show()
    chooser = page.get_by_role("combobox", name="Language model")
    chooser.click()
    page.get_by_role("option", name="server: big · ready", exact=True).click()
    expect(chooser).to_have_value("server: big · ready")
    chats.listed = [TINY, OFFLINE]
    chats.queued.append(fails("the server does not answer"))
    say(page, "a circle")
    wait_for_end(page)
    assert chats.asked[-1].model == "server: big"
    page.reload()
    expect(chooser).to_have_value("server: big · server offline")
    assert page.get_by_text(OFFLINE.note).is_visible()
    chats.listed = [TINY]  # the owner took the server out of the settings
    page.reload()
    expect(chooser).to_have_value("server: big · not in the list")
    chats.listed = [TINY, SERVER]
    page.reload()
    expect(chooser).to_have_value("server: big · ready")
    chats.queued.append(fails("the server does not answer"))
    say(page, "a circle")
    wait_for_end(page)
    assert chats.asked[-1].model == "server: big"


def test_a_page_where_nobody_chose_follows_the_settings(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats, TWO)
    assert chats.asked[-1].model == ""


def test_no_preset_and_no_file_gets_into_a_reply(show: Callable[..., Any], chats: QueuedChats) -> None:
    page, reply = show(), Reply(TWO)
    write(page, chats, OTHER)
    page.get_by_text("Presets", exact=True).click()
    page.get_by_label("Name of a new preset").fill("ring")
    button(page, "Keep as preset").click()
    page.locator("[aria-label=Preset] option").wait_for(state="attached")
    page.get_by_text("Reply settings and files").click()
    chats.queued.append(reply)
    with page.expect_file_chooser() as chooser:
        button(page, "Load canvas").click()
    say(page, "a circle and a square")
    reply.goes_on()
    expect(page.locator(".omost-box bdi")).to_have_text(["A red circle."])
    assert button(page, "Use preset").is_disabled()
    assert button(page, "Load canvas").is_disabled()
    assert button(page, "Import a chat").is_disabled()
    chooser.value.set_files({"name": "ring.py", "mimeType": "text/plain", "buffer": write_canvas(OTHER).encode()})
    assert told(page) == "A canvas is being written: wait for its end, or stop it."
    assert page.get_by_label("Tags", exact=True).is_disabled()
    assert names(page) == ["A red circle."]
    reply.ends()
    wait_for_end(page)
    assert names(page) == ["A red circle.", "A blue square."]
    button(page, "Use preset").click()
    expect(page.locator(".omost-box bdi")).to_have_text(["A green ring."])
    expect(page.locator(".omost-round pre").last).to_have_text(code_of(OTHER))


def test_a_chat_that_is_imported_in_mid_reply_is_refused(show: Callable[..., Any], chats: QueuedChats) -> None:
    page, reply = show(), Reply(TWO)
    chats.queued.append(reply)
    say(page, "a circle and a square")
    reply.goes_on()
    page.locator(".omost-box").first.wait_for()
    import_chat(page, json.dumps({"omost_chat": 1, "rounds": [], "pending": "waits"}))
    assert told(page) == "A canvas is being written: wait for its end, or stop it."
    reply.ends()
    wait_for_end(page)
    assert page.locator(".omost-text").all_inner_texts() == ["a circle and a square"]


def test_an_infotext_that_is_pasted_in_mid_reply_is_taken_after_it(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page, reply = show(), Reply(TWO)
    chats.queued.append(reply)
    say(page, "a circle and a square")
    reply.goes_on()
    page.locator(".omost-box").first.wait_for()
    put_infotext(page, OTHER)
    page.wait_for_timeout(700)  # more than the page takes to look at the host's box
    assert names(page) == ["A red circle."]
    reply.ends()
    wait_for_end(page)
    expect(page.locator(".omost-box bdi")).to_have_text(["A green ring."])
    assert code(page) == write_canvas(OTHER) == host_box(page).input_value()
    expect(page.locator(".omost-round pre")).to_have_text(code_of(OTHER))
    page.locator(".omost-bar").get_by_role("button", name="Undo").click()
    assert names(page) == ["A red circle.", "A blue square."]  # the reply is not lost


def test_an_imported_chat_brings_the_message_that_waits(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    page.get_by_label("Message", exact=True).fill("typed before")
    rounds = [{"message": "a circle and a square", "reply": code_of(TWO)}]
    import_chat(page, json.dumps({"omost_chat": 1, "rounds": rounds, "pending": "now a ring"}))
    page.locator(".omost-box").nth(1).wait_for()
    assert page.get_by_label("Message", exact=True).input_value() == "now a ring\n\ntyped before"


def test_nobody_is_asked_again_for_a_canvas_that_was_drawn_by_hand(
    show: Callable[..., Any], chats: QueuedChats
) -> None:
    page = show()
    open_code(page).fill(write_canvas(TWO))
    page.locator(".omost-round").wait_for()
    expect(button(page, "Undo message")).to_be_enabled()
    assert button(page, "Retry").is_disabled()
    assert page.locator(".omost-round").get_by_role("button", name="Edit").count() == 0
    write(page, chats, OTHER, "a ring instead")
    assert [each.reply for each in chats.asked[-1].rounds] == [code_of(TWO)]
    chats.queued.append(reply_of(TWO))
    button(page, "Retry").click()
    wait_for_end(page)
    assert (chats.asked[-1].message, [each.reply for each in chats.asked[-1].rounds]) == (
        "a ring instead",
        [code_of(TWO)],
    )


def test_the_chat_is_the_same_in_every_language(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats, TWO)
    page.reload()  # what it keeps is kept
    chinese = show(locale="zh-CN", storage_state=page.context.storage_state())
    chinese.locator(".omost-box").nth(1).wait_for()
    assert chinese.locator(".omost-text").all_inner_texts() == ["a circle and a square"]
