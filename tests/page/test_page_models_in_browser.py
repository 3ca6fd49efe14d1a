"""The list of language models in a browser, where a server has a thousand of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.chat.service import ModelState
from tests.accessibility import needs_axe, serious_violations
from tests.page.conftest import QueuedChats
from tests.page.driving import expect, say, wait_for_end, write
from tests.page.replies import TWO, Reply

TINY = ModelState("tiny", "tiny", "ready", "very small", 5)
NAMES = [f"org-{number % 7}/model-{number:04}-{'chat' if number % 2 else 'vision'}" for number in range(1000)]
SERVED = [ModelState(f"server: {name}", f"server: {name}", "ready") for name in NAMES]
SOON = 500  # milliseconds in which a key is answered; a quiet machine takes a tenth of that


@pytest.fixture
def page(show: Callable[..., Any], chats: QueuedChats) -> Any:
    chats.listed = [TINY, *SERVED]
    return show()


def chooser(page: Any) -> Any:
    return page.get_by_role("combobox", name="Language model")


def options(page: Any) -> Any:
    return page.locator(".omost-models [role=option]")


def active(page: Any) -> str:
    """The option that a screen reader is told of."""
    name = chooser(page).get_attribute("aria-activedescendant")
    return page.locator(f"[id='{name}']").inner_text() if name else ""


def is_open(page: Any) -> bool:
    return bool(chooser(page).get_attribute("aria-expanded") == "true")


def test_typing_finds_one_of_a_thousand_and_the_next_message_goes_to_it(page: Any, chats: QueuedChats) -> None:
    expect(chooser(page)).to_have_value("tiny · ready")
    assert options(page).count() == 0  # what is closed costs the page nothing
    chooser(page).click()
    expect(options(page)).to_have_count(1001)
    assert active(page) == "tiny · ready"
    page.keyboard.type("0617 CHAT")
    expect(options(page)).to_have_text(["server: org-1/model-0617-chat · ready"])
    expect(page.locator(".omost-models [role=status]")).to_have_text("1 of 1001")
    page.keyboard.press("Enter")
    expect(chooser(page)).to_have_value("server: org-1/model-0617-chat · ready")
    assert not is_open(page)
    write(page, chats, TWO)
    assert chats.asked[-1].model == "server: org-1/model-0617-chat"
    expect(chooser(page)).to_have_value("server: org-1/model-0617-chat · ready")
    page.reload()
    expect(chooser(page)).to_have_value("server: org-1/model-0617-chat · ready")


def test_a_search_that_is_left_changes_nothing(page: Any, chats: QueuedChats) -> None:
    for leave in ("Escape", "Tab"):
        chooser(page).click()
        page.keyboard.type("0617")
        expect(options(page)).to_have_count(1)
        page.keyboard.press(leave)
        expect(chooser(page)).to_have_value("tiny · ready")
        assert not is_open(page)
        assert options(page).count() == 0
    chooser(page).click()
    page.keyboard.type("no model is called that")
    assert options(page).count() == 0
    expect(page.locator(".omost-models [role=status]")).to_have_text("Nothing in the list has these words.")
    page.keyboard.press("Enter")
    page.get_by_label("Message", exact=True).click()
    expect(chooser(page)).to_have_value("tiny · ready")
    write(page, chats, TWO)
    assert chats.asked[-1].model in ("", "tiny")


def test_keys_walk_along_the_list_and_keep_what_they_reach_in_sight(page: Any) -> None:
    chooser(page).focus()
    page.keyboard.press("ArrowDown")
    expect(chooser(page)).to_have_attribute("aria-expanded", "true")
    assert active(page) == "tiny · ready"
    page.keyboard.press("ArrowUp")  # round to the end
    assert active(page) == f"server: {NAMES[-1]} · ready"
    for _ in range(3):
        page.keyboard.press("PageUp")
    assert active(page) == f"server: {NAMES[-31]} · ready"
    box = page.locator(".omost-models [aria-selected=true]").bounding_box()
    frame = page.locator(".omost-models [role=listbox]").bounding_box()
    assert frame["y"] <= box["y"] + 1
    assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
    page.keyboard.press("Enter")
    expect(chooser(page)).to_have_value(f"server: {NAMES[-31]} · ready")


def test_a_click_chooses_and_the_list_shows_the_chosen_one_when_it_is_opened_again(page: Any) -> None:
    chooser(page).click()
    page.keyboard.type("0444")
    options(page).first.click()
    expect(chooser(page)).to_have_value(f"server: {NAMES[444]} · ready")
    chooser(page).click()
    expect(options(page)).to_have_count(1001)
    assert active(page) == f"server: {NAMES[444]} · ready"
    expect(page.locator(".omost-models [data-chosen]")).to_be_in_viewport()


def test_a_list_that_arrives_while_this_one_is_open_leaves_the_search_as_it_is(page: Any, chats: QueuedChats) -> None:
    """The models are asked for after every choice; the answer of a slow server comes when the list is open again."""
    expect(chooser(page)).to_have_value("tiny · ready")
    held: list[Any] = []
    page.route("**/omost/v1/models*", lambda route: held.append(route))  # noqa: PLW0108 -- playwright marks the callable
    chooser(page).click()
    page.keyboard.type("0444")
    options(page).first.click()  # asks for the list
    chooser(page).click()
    page.keyboard.type("061")
    expect(options(page)).to_have_count(11)  # 0061, 0610 to 0619
    page.keyboard.press("ArrowDown")
    reached = active(page)
    chats.listed = [ModelState("new", "another 061", "ready"), *chats.listed]
    for route in held:
        route.continue_()
    page.unroute("**/omost/v1/models*")
    expect(options(page)).to_have_count(12)
    expect(options(page).first).to_have_text("another 061 · ready")
    assert is_open(page)
    assert active(page) == reached
    assert chooser(page).input_value() == "061"
    page.keyboard.press("Enter")
    expect(chooser(page)).to_have_value(reached)


TIMED = """typed => {
    const input = document.querySelector(".omost-models input");
    const list = document.querySelector(".omost-models [role=listbox]");
    const begun = performance.now();
    input.value = typed;
    input.dispatchEvent(new Event("input"));
    list.getBoundingClientRect(); // laid out, too
    return [performance.now() - begun, list.children.length];
}"""


@pytest.mark.parametrize("typed", ["", "v", "vision 07", "no such"])
def test_a_thousand_are_listed_and_narrowed_down_at_once(page: Any, typed: str) -> None:
    words = typed.split()
    count = len([state for state in (TINY, *SERVED) if all(word in f"{state.label} · ready" for word in words)])
    chooser(page).hover()  # the list is fetched
    page.wait_for_selector(".omost-models [role=listbox]", state="attached")
    taken = [page.evaluate(TIMED, typed) for _ in range(5)]
    assert {found for _, found in taken} == {count}
    assert min(milliseconds for milliseconds, _ in taken) < SOON


def test_it_cannot_be_changed_while_a_reply_is_written(page: Any, chats: QueuedChats) -> None:
    reply = Reply(TWO)
    chats.queued.append(reply)
    chooser(page).click()
    expect(chooser(page)).to_have_attribute("aria-expanded", "true")
    say(page, "a circle and a square")
    expect(chooser(page)).to_be_disabled()
    assert not is_open(page)
    reply.ends()
    wait_for_end(page)
    expect(chooser(page)).to_be_enabled()


@needs_axe
def test_axe_finds_nothing_serious_in_the_open_list(page: Any) -> None:
    chooser(page).click()
    page.keyboard.type("001")
    expect(options(page).first).to_be_visible()
    assert serious_violations(page, ".omost") == []
    page.keyboard.type("nothing")
    expect(options(page)).to_have_count(0)
    assert serious_violations(page, ".omost") == []


def test_every_select_shows_its_arrow_in_the_forge_family_too(page: Any) -> None:
    """Gradio 4 takes the look of a select away and draws an arrow as its background, which our colour replaces."""
    page.add_style_tag(content="select { appearance: none; background-image: url('data:,') }")
    looks = page.locator("select").evaluate_all("all => all.map(one => getComputedStyle(one).appearance)")
    assert len(looks) > 3
    assert set(looks) == {"auto"}


def test_what_an_owner_should_think_of_stands_by_the_chosen_model(show: Callable[..., Any], chats: QueuedChats) -> None:
    chats.listed[:] = [ModelState("tiny", "tiny", "ready", "small", 5, "Everyone can use it.")]
    page = show()
    page.get_by_text("Everyone can use it.").wait_for()
