"""The host's page in a browser. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.installed.jobs import CODE, JOB, draw, omost

SCREENS = Path(__file__).parents[3] / "out" / "screens"
GENERATE_MS, PAGE_MS = 300_000, 60_000
HOSTS_OWN_ERRORS = "Cannot read properties of undefined|Failed to load resource|net::ERR"  # without any extension too


@pytest.fixture
def page(host: Any, browser: Any) -> Iterator[Any]:
    """The host's page, loaded, with the test's checkpoint in place."""
    draw(host)  # the checkpoint is loaded
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(host.url)
    page.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
    page.wait_for_function("document.querySelector('#txt2img_prompt textarea') !== null", timeout=PAGE_MS)
    page.wait_for_timeout(3000)
    yield page
    ours = [error for error in page.errors if "omost" in error.lower()]
    others = [error for error in page.errors if not re.search(HOSTS_OWN_ERRORS, error)]
    context.close()
    assert ours == []
    assert others == [], others


def field(page: Any, tab: str, name: str) -> Any:
    return page.locator(f"#script_{tab}_omost_{name}")


def open_accordion(page: Any, tab: str) -> None:
    accordion = field(page, tab, "accordion")
    if not field(page, tab, "canvas").locator("textarea").is_visible():
        accordion.locator(".label-wrap").first.click()
    field(page, tab, "canvas").locator("textarea").wait_for(state="visible", timeout=PAGE_MS)


def set_size(page: Any, tab: str, steps: int = 4, side: int = 128) -> None:
    for name, value in ((f"{tab}_steps", steps), (f"{tab}_width", side), (f"{tab}_height", side)):
        number = page.locator(f"#{name} input[type=number]").first
        if number.count():
            number.fill(str(value))
            number.dispatch_event("change")


def generate(page: Any, tab: str) -> None:
    page.locator(f"#{tab}_generate").click()
    log = page.locator(f"#html_log_{tab} .performance")
    page.wait_for_timeout(500)
    log.wait_for(state="attached", timeout=GENERATE_MS)
    page.wait_for_function(
        f"!document.querySelector('#{tab}_interrupt') || "
        f"getComputedStyle(document.querySelector('#{tab}_interrupt')).display === 'none'",
        timeout=GENERATE_MS,
    )


def shot(page: Any, host: Any, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENS / f"{host.name}-{name}.png"), full_page=False)


def test_a_canvas_in_the_page_is_drawn_and_told_below_the_picture(host: Any, page: Any) -> None:
    set_size(page, "txt2img")
    open_accordion(page, "txt2img")
    field(page, "txt2img", "enabled").locator("input").check()
    field(page, "txt2img", "canvas").locator("textarea").fill(CODE)
    shot(page, host, "accordion")
    generate(page, "txt2img")
    told = page.locator("#html_info_txt2img").last.inner_text(timeout=GENERATE_MS)
    shot(page, host, "generated")
    assert "Omost canvas" in told
    assert page.locator("#txt2img_gallery img").count() >= 1


def test_a_canvas_that_is_none_ends_the_job_with_a_toast(host: Any, page: Any) -> None:
    open_accordion(page, "txt2img")
    field(page, "txt2img", "enabled").locator("input").check()
    field(page, "txt2img", "canvas").locator("textarea").fill("<img src=x onerror=alert(1)> no canvas here")
    page.locator("#txt2img_generate").click()
    toast = page.locator(".omost-toast")
    toast.wait_for(state="visible", timeout=GENERATE_MS)
    shot(page, host, "toast")
    assert "line 1" in toast.inner_text()
    assert toast.locator("img").count() == 0
    toast.locator("button").click()
    assert page.locator(".omost-toast").count() == 0


def test_an_infotext_pasted_into_the_prompt_restores_every_setting(host: Any, page: Any) -> None:
    canvas = CODE.replace("A red circle.", 'A red circle, "round": so it is.')
    _, infotext = draw(host, **omost(canvas=canvas, method="decomposition", style="booru", draft=True, denoise=0.92))
    page.locator("#txt2img_prompt textarea").fill(infotext)
    page.locator("#paste, #txt2img_paste").first.click()
    open_accordion(page, "txt2img")
    box = field(page, "txt2img", "canvas").locator("textarea")
    page.wait_for_function("element => element.value !== ''", arg=box.element_handle(), timeout=PAGE_MS)
    shot(page, host, "restored")
    assert box.input_value() == canvas
    assert field(page, "txt2img", "enabled").locator("input").is_checked()
    assert field(page, "txt2img", "draft").locator("input").is_checked()
    assert field(page, "txt2img", "method").locator("input").first.input_value() == "decomposition"
    assert field(page, "txt2img", "style").locator("input").first.input_value() == "booru"
    assert field(page, "txt2img", "denoise").locator("input[type=number]").input_value() == "0.92"


def test_the_draft_becomes_the_init_image_of_img2img(host: Any, page: Any) -> None:
    page.locator("#tabs button", has_text=re.compile(r"^\s*img2img\s*$", re.IGNORECASE)).first.click()
    open_accordion(page, "img2img")
    set_size(page, "img2img")
    field(page, "img2img", "enabled").locator("input").check()
    field(page, "img2img", "canvas").locator("textarea").fill(CODE)
    field(page, "img2img", "canvas").locator("textarea").blur()
    page.locator("#script_img2img_omost_draft_to_img2img").click()
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
