"""The whole page by itself, in a browser: a real server, the real painter with the mini checkpoint, and replies that go
on when the test says so. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lib_omost.canvas import Canvas, Region, draft_image, write_canvas
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
    restore,
    say,
    shown_picture,
    summary,
    told,
    wait_for_end,
    write,
)
from tests.page.replies import OTHER, TWO, fails, reply_of

HARM = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "**bold** <b>not</b> [a](javascript:0)",
]


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


def test_nothing_stands_out_of_a_narrow_column(show: Callable[..., Any], chats: QueuedChats) -> None:
    """With a region that is selected and every fold open, as narrow as a WebUI's column on a small screen."""
    page = show()
    write(page, chats)
    page.locator(".omost-layers [data-id='1']").click()
    page.evaluate("for (const fold of document.querySelectorAll('.omost-app details')) fold.open = true")
    app = page.locator(".omost-app")
    for width in range(300, 421, 8):
        page.set_viewport_size({"width": width, "height": 1400})
        inside, outside = (app.evaluate(f"element => element.{side}Width") for side in ("scroll", "client"))
        assert inside <= outside + 1, width


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


def test_only_the_methods_that_a_checkpoint_can_do_are_offered(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show()
    write(page, chats)
    page.get_by_text("How the canvas steers the picture").click()
    method = page.get_by_label("Method")
    checkpoint = page.locator("select", has=page.locator("option[value=mini]"))
    assert method.locator("option").all_text_contents() == list(UNET_METHODS)
    checkpoint.select_option("flux")
    assert method.locator("option").all_text_contents() == ["sketch", "layout", "plain"]
    assert method.input_value() == "sketch"
    page.get_by_text("The next picture has 2 regions (sketch).").wait_for()
    method.select_option("plain")
    checkpoint.select_option("mini")
    assert method.input_value() == "plain"


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
