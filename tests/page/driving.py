"""The page by itself, as tests use and read it in a browser."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lib_omost.canvas import Canvas, parse_reply, write_canvas
from tests.page.conftest import QueuedChats
from tests.page.replies import TWO, reply_of

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
expect.set_options(timeout=20_000)


def button(page: Any, name: str) -> Any:
    return page.locator(".omost-chat, .omost-foot, .omost-panel").get_by_role("button", name=name, exact=True)


def say(page: Any, message: str, how: str = "Write") -> None:
    page.get_by_label("Message", exact=True).fill(message)
    button(page, how).click()


def wait_for_end(page: Any) -> None:
    """Until nothing is asked for: the progress is seen before Stop is, and gone before it is."""
    shown = """() => [...document.querySelectorAll(".omost-chat .omost-progress, .omost-chat .omost-stop")]
        .some((each) => each.offsetParent !== null)"""
    page.wait_for_function(f"() => !({shown})()")


def write(page: Any, chats: QueuedChats, canvas: Canvas = TWO, message: str = "a circle and a square") -> None:
    """One message and its whole reply."""
    chats.queued.append(reply_of(canvas))
    say(page, message)
    wait_for_end(page)
    expect(page.locator(".omost-code")).to_have_value(write_canvas(canvas))


def draw(page: Any) -> bytes:
    """A small picture; the file that the page shows."""
    for label, value in (("Width", "64"), ("Height", "64"), ("Steps", "2")):
        page.get_by_label(label, exact=True).fill(value)
    button(page, "Generate").click()
    return shown_picture(page)


def shown_picture(page: Any) -> bytes:
    picture = page.locator("img.omost-result")
    picture.wait_for(timeout=60_000)
    return base64.b64decode(picture.get_attribute("src").partition(",")[2])


def names(page: Any) -> list[str]:
    return page.locator(".omost-box bdi").all_inner_texts()


def summary(page: Any) -> list[str]:
    return page.locator(".omost-round").last.locator(".omost-summary [dir=auto]").all_inner_texts()


def code(page: Any) -> str:
    return page.locator(".omost-code").input_value()


def open_code(page: Any) -> Any:
    page.locator(".omost-code-view > summary").click()
    return page.get_by_label("Code of the canvas")


def canvas_of(page: Any) -> Canvas:
    return parse_reply(code(page)).require_canvas()


def told(page: Any) -> str:
    page.locator(".omost-notice[role=alert]").wait_for()
    return page.locator(".omost-notice[role=alert]").inner_text()


def restore(page: Any, png: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        button(page, "Restore from a picture").click()
    chooser.value.set_files({"name": "picture.png", "mimeType": "image/png", "buffer": png})
    page.get_by_text("Restored.").wait_for()
