"""How the page looks: no sideways scrolling, nothing that axe calls serious. Pictures of it go to `out/screens/`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region
from tests.accessibility import needs_axe, serious_violations
from tests.page.conftest import QueuedChats
from tests.page.driving import button, draw, say, told, wait_for_end, write
from tests.page.replies import TWO, Reply, fails, reply_of

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "out" / "screens"
SCENE = Canvas(
    "A stormy sea under a dark sky, seen from the shore.",
    ("Waves break on the rocks.", "Rain hangs over the horizon."),
    "sea, storm, evening",
    "slategray",
    (
        Region(
            *("on the left", "no offset", "a large vertical area", 4, "A lighthouse on a cliff."),
            *(("It is white with a red band.", "Its lamp is lit."), "lighthouse, cliff", "lonely", "oil painting"),
            color_name="white",
        ),
        Region(
            *("on the right", "slightly to the lower", "a small horizontal area", 2),
            "A small boat with a sail that the wind has torn, and two people in it.",
            color_name="saddlebrown",
        ),
        Region("on the top", "no offset", "a large horizontal area", 9, "Clouds.", color_name="darkslategray"),
    ),
)
THEMES = ["light", "dark"]
WIDTHS = [400, 1280]


def looked_at(page: Any, name: str, theme: str, width: int) -> None:
    """Keep a picture of the page, which must not be wider than its window."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}-{theme}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_state_of_the_page_is_wider_than_its_window(
    show: Callable[..., Any], chats: QueuedChats, width: int, theme: str
) -> None:
    page = show(viewport={"width": width, "height": 900}, color_scheme=theme)
    looked_at(page, "1-empty", theme, width)
    reply = Reply(SCENE)
    chats.queued.append(reply)
    say(page, "generate an image of a lighthouse on a cliff above a stormy sea, a small boat on the right")
    reply.goes_on()
    reply.goes_on()
    page.locator(".omost-box").nth(1).wait_for()
    looked_at(page, "2-writing", theme, width)
    reply.ends()
    wait_for_end(page)
    page.locator(".omost-layers [data-id='1']").click()
    for fold in ("Code", "Reply settings and files", "Presets", "How the canvas steers the picture"):
        page.locator("summary", has_text=fold).last.click()
    looked_at(page, "4-opened", theme, width)
    for fold in ("Code", "Reply settings and files", "Presets", "How the canvas steers the picture"):
        page.locator("summary", has_text=fold).last.click()
    write(page, chats, TWO, "a red circle beside a blue square")
    draw(page)
    looked_at(page, "3-finished", theme, width)
    chats.queued.append(fails("the server does not answer", "start it, or choose another model"))
    say(page, "x" * 200)
    told(page)
    wait_for_end(page)
    looked_at(page, "5-failed", theme, width)


def test_no_translation_is_too_long(show: Callable[..., Any], chats: QueuedChats) -> None:
    page = show(viewport={"width": 400, "height": 900}, locale="zh-CN")
    chats.queued.append(reply_of(SCENE))
    page.locator(".omost-message").fill("一座灯塔")
    page.locator(".omost-message").press("Enter")
    page.locator(".omost-box").nth(2).wait_for()
    page.locator(".omost-layers [data-id='1']").click()
    looked_at(page, "6-chinese", "light", 400)


@needs_axe
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious(show: Callable[..., Any], chats: QueuedChats, theme: str) -> None:
    page = show(color_scheme=theme)

    def violations() -> list[str]:
        return serious_violations(page, ".omost")

    assert violations() == []
    reply = Reply(SCENE)
    chats.queued.append(reply)
    say(page, "a lighthouse")
    reply.goes_on()
    page.locator(".omost-box").first.wait_for()
    assert violations() == []
    reply.ends()
    wait_for_end(page)
    page.locator(".omost-layers [data-id='1']").click()
    for fold in page.locator("summary:visible").all():
        fold.click()
    page.locator(".omost-code").fill("canvas = nothing")
    page.locator(".omost-problems button").first.wait_for()
    assert violations() == []
    chats.queued.append(reply_of(TWO))
    say(page, "a circle and a square")
    wait_for_end(page)
    draw(page)
    chats.queued.append(fails("the server does not answer"))
    button(page, "Retry").click()
    told(page)
    assert violations() == []
