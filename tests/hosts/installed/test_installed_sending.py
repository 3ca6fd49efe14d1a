"""From one tab of the host's page to the other: the draft, the canvas and the picture that grows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from lib_omost.canvas import parse_canvas
from lib_omost.canvas.chosen import pixels_of
from tests.hosts.installed.driving import (
    GENERATE_MS,
    PAGE_MS,
    app_of,
    canvas_of,
    choose,
    field,
    generate,
    header,
    open_accordion,
    picture_in_gallery,
    put_canvas,
    set_size,
    settings_of,
    shot,
    switch,
    wait_for_canvas,
)
from tests.hosts.installed.jobs import CODE, JOB, RIGHT_ASKS_ELSE

SENT = ["decomposition", "soft light", "fog", "7", "192", "192", "4", "77", "Euler"]


def test_the_draft_becomes_the_init_image_of_img2img(host: Any, page: Any) -> None:
    page.locator("#tabs button", has_text=re.compile(r"^\s*img2img\s*$", re.IGNORECASE)).first.click()
    open_accordion(page, "img2img")
    set_size(page, "img2img")
    switch(page, "img2img").check()
    put_canvas(page, "img2img", CODE)
    button = page.locator("#script_img2img_omost_draft_to_img2img")
    if not button.is_visible():
        field(page, "img2img", "steering").locator(".label-wrap").first.click()
    button.click()
    strength = page.locator("#img2img_denoising_strength input[type=number]")
    page.wait_for_function("element => element.value === '0.95'", arg=strength.element_handle(), timeout=PAGE_MS)
    page.wait_for_timeout(2000)
    shot(page, host, "draft-in-img2img")
    generate(page, "img2img")
    told = page.locator("#html_info_img2img").last.inner_text(timeout=GENERATE_MS)
    shot(page, host, "img2img")
    assert "Omost canvas" in told
    assert "Denoising strength: 0.95" in told
    assert f"Size: {JOB['width']}x{JOB['height']}" in told


def fill_in(page: Any, tab: str) -> None:
    """Other settings than a tab begins with."""
    set_size(page, tab, steps=7, side=192)
    page.locator(f"#{tab}_prompt textarea").fill("soft light")
    page.locator(f"#{tab}_neg_prompt textarea").fill("fog")
    for name, value in (("cfg_scale", "4"), ("seed", "77")):
        number = page.locator(f"#{tab}_{name} input").first
        number.fill(value)
        number.dispatch_event("change")
    field(page, tab, "steering").locator(".label-wrap").first.click()
    choose(page, field(page, tab, "method"), "decomposition")
    choose(page, page.locator(f"#{tab}_sampling"), "Euler")


def test_the_app_sends_canvas_and_draft_to_img2img(host: Any, page: Any) -> None:
    """With prompt, negative prompt and every setting; the other tab's accordion says so, open or closed."""
    app = open_accordion(page, "txt2img")
    put_canvas(page, "txt2img", CODE)
    app.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    fill_in(page, "txt2img")
    assert header(page, "txt2img") == "2 regions, switched off"
    app.get_by_role("button", name="Send the draft to img2img").click()
    strength = page.locator("#img2img_denoising_strength input[type=number]")
    page.wait_for_function("element => element.value === '0.95'", arg=strength.element_handle(), timeout=PAGE_MS)
    assert canvas_of(page, "img2img") == CODE
    page.wait_for_timeout(2000)
    shot(page, host, "app-sent-draft")
    assert header(page, "img2img") == "2 regions, from txt2img"
    assert switch(page, "img2img").is_checked()
    assert not app_of(page, "img2img").is_visible()
    assert page.locator("#tab_img2img").is_visible()
    assert settings_of(page, "img2img") == SENT


def test_the_canvas_is_sent_back_and_forth_with_all_settings(host: Any, page: Any) -> None:
    app = open_accordion(page, "txt2img")
    put_canvas(page, "txt2img", CODE)
    app.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    fill_in(page, "txt2img")
    app.get_by_role("button", name="Send the canvas to img2img").click()
    wait_for_canvas(page, "img2img", lambda now: now == CODE)
    page.wait_for_timeout(1000)
    assert settings_of(page, "img2img") == SENT
    app.get_by_label("Snap to words").evaluate("box => box.click()")
    other = open_accordion(page, "img2img")
    other.locator(".omost-box").nth(1).wait_for(timeout=PAGE_MS)
    assert not other.get_by_label("Snap to words").is_checked()
    other.get_by_label("Snap to words").click()
    assert app.get_by_label("Snap to words").is_checked()
    page.locator("#img2img_prompt textarea").fill("hard light")
    other.get_by_role("button", name="Send the canvas to txt2img").click()
    page.wait_for_function("document.querySelector('#txt2img_prompt textarea').value === 'hard light'")
    assert settings_of(page, "txt2img") == [SENT[0], "hard light", *SENT[2:]]
    assert header(page, "txt2img") == "2 regions, from img2img"


def finished(page: Any, host: Any) -> tuple[Any, np.ndarray]:
    """The app of txt2img, and the picture of CODE that was drawn there."""
    set_size(page, "txt2img")
    app = open_accordion(page, "txt2img")
    switch(page, "txt2img").check()
    put_canvas(page, "txt2img", CODE)
    generate(page, "txt2img")
    page.wait_for_timeout(3000)
    old = np.asarray(picture_in_gallery(page, host, "txt2img").convert("RGB"), int)
    return app, old


def test_extend_is_pressed_and_the_picture_grows_while_the_old_one_stays(host: Any, page: Any) -> None:
    """From txt2img's finished picture to one twice as wide, whose right half alone is drawn."""
    app, old = finished(page, host)
    app.locator(".omost-foot summary", has_text="Extend").click()
    app.get_by_label("By", exact=True).select_option("100 %")
    app.get_by_role("button", name="Extend the picture").click()
    wait_for_canvas(page, "img2img", lambda now: now.strip() not in ("", CODE.strip()))
    other = open_accordion(page, "img2img")
    page.wait_for_function(
        "state => state.textContent.startsWith('The old picture stays')",
        arg=other.locator(".omost-state").element_handle(),
        timeout=PAGE_MS,
    )
    assert settings_of(page, "img2img")[4:6] == ["256", "128"]
    shot(page, host, "app-extended")
    generate(page, "img2img")
    page.wait_for_timeout(3000)
    shot(page, host, "extended")
    new = np.asarray(picture_in_gallery(page, host, "img2img").convert("RGB"), int)
    assert new.shape == (128, 256, 3)
    assert np.array_equal(new[:, :114], old[:, :114])
    assert "Omost place" in page.locator("#html_info_img2img").last.inner_text(timeout=GENERATE_MS)


def test_redraw_is_pressed_and_one_region_changes(host: Any, page: Any) -> None:
    """From txt2img's finished picture, whose right region gets other words."""
    app, old = finished(page, host)
    put_canvas(page, "txt2img", RIGHT_ASKS_ELSE)
    app.locator(".omost-box").nth(1).click()
    app.get_by_role("button", name="Redraw this region").click()
    wait_for_canvas(page, "img2img", lambda now: now.strip() == RIGHT_ASKS_ELSE.strip())
    page.wait_for_timeout(3000)
    shot(page, host, "app-redraw")
    generate(page, "img2img")
    page.wait_for_timeout(3000)
    shot(page, host, "redrawn")
    new = np.asarray(picture_in_gallery(page, host, "img2img").convert("RGB"), int)
    inside = pixels_of(parse_canvas(RIGHT_ASKS_ELSE).regions[1:], 128, 128)
    change = np.abs(new - old).max(axis=2)
    assert new.shape == old.shape
    assert change[inside].mean() > 5
    assert change[:, :40].max() == 0
    assert "Omost redraw: 2" in page.locator("#html_info_img2img").last.inner_text(timeout=GENERATE_MS)
