"""Several canvases for one message: written, listed, opened, edited and drawn."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lib_omost.app.web.infotext import order_in
from lib_omost.canvas import Canvas, read_canvas, write_canvas
from tests.page.conftest import QueuedChats
from tests.page.driving import button, expect, names, say, told, wait_for_end
from tests.page.replies import OTHER, TWO, reply_of

TRIANGLE = replace(TWO.regions[0], description="A red triangle.", offset="slightly to the right")
THIRD = replace(TWO, regions=(TRIANGLE,))


@pytest.fixture
def written(show: Callable[..., Any], chats: QueuedChats) -> Any:
    """A page with three canvases for one message; the model repeated itself once."""
    page = show()
    chats.queued += [reply_of(TWO), reply_of(OTHER), reply_of(OTHER), reply_of(THIRD)]
    page.get_by_label("Variants", exact=True).first.fill("3")
    say(page, "a circle and a square")
    expect(page.locator(".omost-box bdi")).to_have_text(["A red triangle."])
    wait_for_end(page)
    expect(variants(page)).to_have_count(3)
    return page


def variants(page: Any) -> Any:
    return page.locator(".omost-variants button")


def test_each_is_asked_for_once_more_and_differs(written: Any, chats: QueuedChats) -> None:
    assert [request.message for request in chats.asked] == ["a circle and a square"] * 4
    assert {request.rounds for request in chats.asked} == {()}
    assert [bool(request.unlike) for request in chats.asked] == [False, True, True, True]
    assert written.locator(".omost-round").count() == 1
    written.get_by_text("All 3 variants are drawn.").wait_for()
    assert names(written) == ["A red triangle."]
    assert variants(written).nth(2).get_attribute("aria-pressed") == "true"
    assert variants(written).nth(1).get_attribute("title") == "A green ring. (in the center)"
    assert variants(written).nth(2).get_attribute("title") == "A red triangle. (on the left, slightly to the right)"


def test_a_click_opens_one_and_the_next_message_starts_from_it(written: Any, chats: QueuedChats) -> None:
    variants(written).nth(1).click()
    expect(written.locator(".omost-code")).to_have_value(write_canvas(OTHER))
    assert variants(written).nth(1).get_attribute("aria-pressed") == "true"
    assert names(written) == ["A green ring."]
    chats.queued.append(reply_of(TWO))
    written.get_by_label("Variants", exact=True).first.fill("1")
    say(written, "more of it")
    wait_for_end(written)
    assert read_canvas(chats.asked[-1].rounds[0].reply).canvas == OTHER
    expect(variants(written)).to_have_count(0)


def test_the_keyboard_stays_at_the_variant_that_it_opened_and_at_a_message_not_worded_anew(written: Any) -> None:
    variants(written).nth(1).press("Enter")
    expect(written.locator(".omost-code")).to_have_value(write_canvas(OTHER))
    expect(variants(written).nth(1)).to_be_focused()
    log = written.locator(".omost-log")
    log.get_by_role("button", name="Edit", exact=True).press("Enter")
    log.get_by_role("button", name="Cancel", exact=True).press("Enter")
    expect(log.get_by_role("button", name="Edit", exact=True)).to_be_focused()


def test_they_survive_a_reload(written: Any) -> None:
    written.reload()
    expect(variants(written)).to_have_count(3)


def test_a_given_seed_is_another_one_for_each(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    chats.queued += [reply_of(TWO), reply_of(OTHER)]
    page.get_by_text("Reply settings and files").click()
    page.get_by_label("Seed of the reply").fill("7")
    page.get_by_label("Variants", exact=True).first.fill("2")
    say(page, "a circle")
    expect(variants(page)).to_have_count(2)
    wait_for_end(page)
    assert [request.seed for request in chats.asked] == [7, 8]


def test_a_model_that_repeats_itself_is_told_and_nothing_is_lost(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    chats.queued += [reply_of(TWO)] * 4
    page.get_by_label("Variants", exact=True).first.fill("2")
    say(page, "a circle")
    assert told(page) == "The model wrote no further canvas that differs."
    wait_for_end(page)
    expect(page.locator(".omost-code")).to_have_value(write_canvas(TWO))
    expect(variants(page)).to_have_count(0)


def test_one_that_does_less_of_the_message_is_left_out(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    chats.queued += [
        reply_of(TWO),
        reply_of(OTHER, does_less=True),
        reply_of(THIRD),
        *[reply_of(OTHER, does_less=True)] * 3,
    ]
    page.get_by_label("Variants", exact=True).first.fill("3")
    say(page, "a circle and a square")
    assert told(page) == "Further canvases did less of the message, and were left out."
    wait_for_end(page)
    expect(variants(page)).to_have_count(2)
    expect(page.locator(".omost-code")).to_have_value(write_canvas(THIRD))


def test_all_are_drawn_each_with_its_own_canvas(written: Any) -> None:
    for label, value in (("Width", "64"), ("Height", "64"), ("Steps", "2"), ("Seed", "5")):
        written.get_by_label(label, exact=True).fill(value)
    button(written, "Generate").click()
    small = written.locator(".omost-several img")
    expect(small).to_have_count(3, timeout=120_000)
    found = []
    for number in range(3):
        data = small.nth(number).get_attribute("src").partition(",")[2]
        order = order_in(base64.b64decode(data))
        found.append((order["seed"], canvas_of(order)))
        assert order["omost"]["variants"] == ""
    assert found == [(5, THIRD), (6, TWO), (7, OTHER)]
    small.nth(1).click()
    shown = written.locator("img.omost-result").get_attribute("src")
    assert shown == small.nth(1).get_attribute("src")
    assert json.loads(written.locator(".omost-infotext").text_content())["seed"] == 6


def canvas_of(order: dict[str, Any]) -> Canvas:
    text = order["omost"]["canvas"]
    found = read_canvas(text).canvas
    assert found is not None
    return found
