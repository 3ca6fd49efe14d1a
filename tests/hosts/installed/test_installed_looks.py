"""How the app lies in the host's page: short, whole in the large view, narrow, readable for everyone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accessibility import needs_axe, serious_violations
from tests.hosts.installed.driving import (
    GENERATE_MS,
    PAGE_MS,
    app_of,
    field,
    open_accordion,
    put_canvas,
    set_size,
    shot,
    switch,
)
from tests.hosts.installed.jobs import CODE


def test_the_open_accordion_is_short(host: Any, page: Any) -> None:
    """With two regions, one of them selected, in a window of 1,280 pixels: what is seldom needed is in folds."""
    app = open_accordion(page, "txt2img")
    put_canvas(page, "txt2img", CODE)
    app.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    app.locator(".omost-code-view > summary").click()
    app.locator(".omost-layers [data-id='1']").click()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(1000)
    height = field(page, "txt2img", "accordion").evaluate("accordion => accordion.offsetHeight")
    page.set_viewport_size({"width": 1280, "height": 1900})
    shot(page, host, "app-short")
    assert height <= 1100
    assert field(page, "txt2img", "method").is_hidden()
    assert field(page, "txt2img", "canvas").is_hidden()


def test_the_large_view_shows_everything_together_and_leads_back(host: Any, page: Any) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    set_size(page, "txt2img", steps=2)
    app = open_accordion(page, "txt2img")
    put_canvas(page, "txt2img", CODE)
    app.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    app.locator(".omost-code-view > summary").click()
    app.get_by_role("button", name="Large view").click()
    view = page.get_by_role("dialog", name="Chat, boxes and picture")
    view.get_by_role("button", name="Generate", exact=True).click()
    view.locator("img.omost-result").wait_for(timeout=GENERATE_MS)
    view.get_by_label("What the boxes lie over").select_option("picture")
    view.locator(".omost-picture img").wait_for(timeout=PAGE_MS)
    page.wait_for_timeout(3000)
    shot(page, host, "app-large")
    assert view.evaluate("view => [view.scrollWidth, view.scrollHeight]") == [1280, 900]
    parts = (
        view.get_by_label("Message", exact=True),
        view.locator(".omost-picture img"),
        view.locator(".omost-box").last,
    )
    for part in parts:
        box = part.bounding_box()
        assert min(box["x"], box["y"]) >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] + box["height"] <= 900
    view.get_by_label("Message", exact=True).press("Escape")
    view.wait_for(state="detached")
    assert app.locator(".omost-box").count() == 2


def test_opening_the_accordion_does_not_switch_omost_on(host: Any, page: Any) -> None:
    open_accordion(page, "txt2img")
    assert not switch(page, "txt2img").is_checked()
    switch(page, "txt2img").check()
    field(page, "txt2img", "accordion").locator(".label-wrap > span").first.click()
    app_of(page, "txt2img").wait_for(state="hidden", timeout=PAGE_MS)
    assert switch(page, "txt2img").is_checked()
    shot(page, host, "app-closed")


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_accordion(host: Any, page: Any, theme: str) -> None:
    page.goto(f"{host.url}/?__theme={theme}")
    page.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
    page.wait_for_timeout(3000)
    app = open_accordion(page, "txt2img")
    assert serious_violations(page, ".omost-mount[data-tab=txt2img]") == []
    put_canvas(page, "txt2img", CODE)
    app.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    app.locator(".omost-layers [data-id='1']").click()
    app.evaluate("app => { for (const fold of app.querySelectorAll('details')) fold.open = true; }")
    assert serious_violations(page, ".omost-mount[data-tab=txt2img]") == []
    shot(page, host, f"app-{theme}")
    page.set_viewport_size({"width": 400, "height": 1400})
    page.wait_for_timeout(1000)
    inside, outside = (app.evaluate(f"element => element.{side}Width") for side in ("scroll", "client"))
    app.scroll_into_view_if_needed()
    shot(page, host, f"app-{theme}-400")
    assert inside <= outside + 1
