"""The host's page in a browser. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lib_omost.canvas import parse_canvas, write_canvas
from tests.conversing import converse
from tests.hosts.installed.driving import (
    GENERATE_MS,
    PAGE_MS,
    canvas_of,
    field,
    generate,
    infotext_in_gallery,
    open_accordion,
    pictures_in_gallery,
    put_canvas,
    set_size,
    shot,
    switch,
    wait_for_canvas,
)
from tests.hosts.installed.jobs import CODE, canvas_in, draw, omost

NAMES = {
    "A1111": "A1111's WebUI",
    "Forge": "Forge",
    "reForge": "reForge",
    "Classic": "Forge Classic",
    "Neo": "Forge Neo",
}
MESSAGE_MS = 900_000  # the first one, with the worker's packages


def test_a_canvas_in_the_page_is_drawn_and_told_below_the_picture(host: Any, page: Any) -> None:
    set_size(page, "txt2img")
    open_accordion(page, "txt2img")
    switch(page, "txt2img").check()
    put_canvas(page, "txt2img", CODE)
    shot(page, host, "accordion")
    generate(page, "txt2img")
    told = page.locator("#html_info_txt2img").last.inner_text(timeout=GENERATE_MS)
    shot(page, host, "generated")
    assert "Omost canvas" in told
    assert page.locator("#txt2img_gallery img").count() >= 1


def test_a_canvas_that_is_none_ends_the_job_with_a_toast(host: Any, page: Any) -> None:
    open_accordion(page, "txt2img")
    switch(page, "txt2img").check()
    put_canvas(page, "txt2img", "<img src=x onerror=alert(1)> no canvas here")
    page.locator("#txt2img_generate").click()
    toast = page.locator(".omost-toast")
    toast.wait_for(state="visible", timeout=GENERATE_MS)
    shot(page, host, "toast")
    assert "line 1" in toast.inner_text()
    assert toast.locator("img").count() == 0
    toast.locator("button").click()
    assert page.locator(".omost-toast").count() == 0


@pytest.fixture
def another_family(host: Any, page: Any) -> Iterator[str]:
    """The host holds a model of another family than those that can be steered, as far as anyone can ask it."""
    httpx.post(f"{host.url}/omost-probe/pretend", timeout=60).raise_for_status()
    try:
        yield "Flux"
    finally:
        httpx.post(f"{host.url}/omost-probe/pretend", timeout=60).raise_for_status()


def test_a_model_without_regions_is_refused_before_generate(host: Any, page: Any, another_family: str) -> None:
    """By the model's family and the host's name; the method plain draws with it."""
    told = host.get("omost/v1/model")
    assert (told["name"], told["has_regions"]) == (another_family, False)
    app = open_accordion(page, "txt2img")
    switch(page, "txt2img").check()
    put_canvas(page, "txt2img", CODE)
    state = app.locator(".omost-state")
    page.wait_for_function(
        "state => state.textContent.includes('refused')", arg=state.element_handle(), timeout=PAGE_MS
    )
    state.scroll_into_view_if_needed()
    shot(page, host, "no-regions")
    assert f"({another_family}) in {NAMES[host.name]}" in state.inner_text()
    assert "plain" in state.inner_text()


def test_an_infotext_pasted_into_the_prompt_restores_every_setting(host: Any, page: Any) -> None:
    canvas = CODE.replace("A red circle.", 'A red circle, "round": so it is.')
    _, infotext = draw(host, **omost(canvas=canvas, method="decomposition", style="booru", draft=True, denoise=0.92))
    page.locator("#txt2img_prompt textarea").fill(infotext)
    page.locator("#paste, #txt2img_paste").first.click()
    open_accordion(page, "txt2img")
    wait_for_canvas(page, "txt2img", lambda now: now == write_canvas(parse_canvas(canvas)))
    shot(page, host, "restored")
    assert switch(page, "txt2img").is_checked()
    assert field(page, "txt2img", "draft").locator("input").is_checked()
    assert field(page, "txt2img", "method").locator("input").first.input_value() == "decomposition"
    assert field(page, "txt2img", "style").locator("input").first.input_value() == "booru"
    assert field(page, "txt2img", "denoise").locator("input[type=number]").input_value() == "0.92"


def test_from_a_message_to_a_picture_and_back_in_a_fresh_page(host: Any, page: Any, browser: Any) -> None:
    """The road of a user: write, look, push a region, reword it, generate, and restore it all elsewhere."""
    set_size(page, "txt2img")
    app = open_accordion(page, "txt2img")
    shot(page, host, "app-empty")
    app.locator(".omost-message").fill("generate an image of a red circle beside a blue square")
    app.get_by_role("button", name="Write", exact=True).click()
    app.locator(".omost-model .omost-summary li").nth(1).wait_for(timeout=MESSAGE_MS)
    shot(page, host, "app-writing")
    app.locator(".omost-stop").wait_for(state="hidden", timeout=MESSAGE_MS)
    assert app.locator(".omost-notice").is_hidden(), app.locator(".omost-notice").inner_text()
    wait_for_canvas(page, "txt2img", lambda now: "red circle" in now)
    assert switch(page, "txt2img").is_checked()
    written = parse_canvas(canvas_of(page, "txt2img"))
    assert app.locator(".omost-box").count() == len(written.regions)

    app.get_by_label("Snap to words").uncheck()
    app.locator(".omost-box").first.scroll_into_view_if_needed()
    box = app.locator(".omost-box").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 9, box["y"] + box["height"] / 2 + 25, steps=5)
    page.mouse.up()
    wait_for_canvas(page, "txt2img", lambda now: "free_rect=" in now)
    moved = parse_canvas(canvas_of(page, "txt2img"))
    assert moved.regions[0].rect != written.regions[0].rect
    assert moved.regions[1] == written.regions[1]
    words = app.get_by_label("Description of the region", exact=True).first
    words.fill("A <b>crimson</b> circle.")
    words.blur()
    wait_for_canvas(page, "txt2img", lambda now: "crimson" in now and "free_rect=" in now)
    shot(page, host, "app-edited")

    generate(page, "txt2img")
    page.wait_for_timeout(1500)
    told = page.locator("#html_info_txt2img").last.inner_text(timeout=GENERATE_MS)
    shot(page, host, "app-generated")
    assert "crimson" in told
    kept = canvas_of(page, "txt2img")

    fresh = browser.new_context(viewport={"width": 1280, "height": 1400}).new_page()
    fresh.goto(host.url)
    fresh.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
    fresh.wait_for_timeout(3000)
    fresh.locator("#txt2img_prompt textarea").fill(infotext_in_gallery(page, host))
    fresh.locator("#paste, #txt2img_paste").first.click()
    restored = open_accordion(fresh, "txt2img")
    wait_for_canvas(fresh, "txt2img", lambda now: now == kept)
    restored.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    assert restored.locator(".omost-box").count() == 2
    shot(fresh, host, "app-restored")
    fresh.context.close()


def test_three_variants_of_one_message_are_drawn_in_one_job(host: Any, page: Any) -> None:
    set_size(page, "txt2img")
    app = open_accordion(page, "txt2img")
    app.get_by_label("Variants", exact=True).first.fill("3")
    app.locator(".omost-message").fill("a cottage by a lake with mountains and a boat")
    app.get_by_role("button", name="Write", exact=True).click()
    app.locator(".omost-variants button").nth(2).wait_for(timeout=MESSAGE_MS // 3)
    app.locator(".omost-stop").wait_for(state="hidden", timeout=MESSAGE_MS)
    page.wait_for_timeout(1000)
    shot(page, host, "app-variants")
    generate(page, "txt2img")
    page.wait_for_timeout(3000)
    shot(page, host, "variants")
    told = [str(picture.info["parameters"]) for picture in pictures_in_gallery(page, host, "txt2img")[-3:]]
    canvases = [canvas_in(infotext) for infotext in told]
    assert len(canvases) == 3
    assert all(one != other for one, other in itertools.combinations(canvases, 2))


def test_every_turn_of_a_conversation_does_what_it_says(host: Any, page: Any) -> None:
    app = open_accordion(page, "txt2img")
    canvas = converse(page, app, lambda name: shot(page, host, name))
    wait_for_canvas(page, "txt2img", lambda now: parse_canvas(now) == canvas)


def test_a_conversation_survives_a_reload_of_the_page(host: Any, page: Any) -> None:
    app = open_accordion(page, "txt2img")
    put_canvas(page, "txt2img", CODE)
    app.locator(".omost-round").first.wait_for(timeout=PAGE_MS)
    said = app.locator(".omost-log").inner_text()
    page.reload()
    page.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
    page.wait_for_timeout(3000)
    again = open_accordion(page, "txt2img")
    again.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    assert again.locator(".omost-log").inner_text() == said
    assert canvas_of(page, "txt2img").strip() == CODE.strip()
