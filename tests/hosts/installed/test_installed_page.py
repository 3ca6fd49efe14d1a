"""The host's page in a browser. Wants playwright and a Chromium: OMOST_CHROMIUM, or one on the PATH."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import numpy as np
import pytest
from PIL import Image

from lib_omost.canvas import parse_canvas, write_canvas
from tests.accessibility import needs_axe, serious_violations
from tests.conversing import converse
from tests.hosts.installed.jobs import CODE, JOB, draw, omost

SCREENS = Path(__file__).parents[3] / "out" / "screens"
NAMES = {
    "A1111": "A1111's WebUI",
    "Forge": "Forge",
    "reForge": "reForge",
    "Classic": "Forge Classic",
    "Neo": "Forge Neo",
}
GENERATE_MS, PAGE_MS = 300_000, 180_000  # on a busy computer, as the next
MESSAGE_MS = 900_000  # the first one, with the worker's packages
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


def switch(page: Any, tab: str) -> Any:
    """The box in the accordion's header."""
    return page.locator(f"#script_{tab}_omost_accordion-visible-checkbox")


def header(page: Any, tab: str) -> str:
    """What the accordion's header says beside its name."""
    page.wait_for_timeout(1500)
    told = page.locator(f"#script_{tab}_omost_accordion .omost-header")
    return str(told.inner_text()) if told.count() else ""


def app_of(page: Any, tab: str) -> Any:
    return page.locator(f'.omost-mount[data-tab="{tab}"]')


def open_accordion(page: Any, tab: str) -> Any:
    """The app in a tab's accordion, once it is there."""
    app = app_of(page, tab)
    if not app.is_visible():
        field(page, tab, "accordion").locator(".label-wrap").first.click()
    app.locator(".omost-state").wait_for(state="visible", timeout=PAGE_MS)
    page.wait_for_timeout(1000)  # it reads what the host has
    return app


def put_canvas(page: Any, tab: str, text: str) -> None:
    """Type code into the code view; the host's own box, which the app hides, must follow."""
    code = app_of(page, tab).locator(".omost-code")
    if not code.is_visible():
        app_of(page, tab).locator(".omost-code-view > summary").click()
    code.fill(text)
    code.blur()
    wait_for_canvas(page, tab, lambda now: now == text)


def canvas_of(page: Any, tab: str) -> str:
    """The host's own box, from which pictures are made."""
    text: str = field(page, tab, "canvas").locator("textarea").input_value()
    return text


def wait_for_canvas(page: Any, tab: str, is_right: Callable[[str], bool]) -> None:
    for _ in range(PAGE_MS // 200):
        if is_right(canvas_of(page, tab)):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"the host's box holds {canvas_of(page, tab)[:500]!r}")


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


def test_every_turn_of_a_conversation_does_what_it_says(host: Any, page: Any) -> None:
    app = open_accordion(page, "txt2img")
    canvas = converse(page, app, lambda name: shot(page, host, name))
    wait_for_canvas(page, "txt2img", lambda now: parse_canvas(now) == canvas)


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


def choose(page: Any, dropdown: Any, name: str) -> None:
    dropdown.locator("input").first.click()
    dropdown.locator("li", has_text=re.compile(rf"^\W*{re.escape(name)}\W*$")).first.click()
    page.wait_for_timeout(200)


def settings_of(page: Any, tab: str) -> list[str]:
    own = page.locator(f"#script_{tab}_omost_method input").first.input_value()
    texts = [page.locator(f"#{tab}_{name} textarea").input_value() for name in ("prompt", "neg_prompt")]
    names = ("steps", "width", "height", "cfg_scale", "seed", "sampling")
    return [own, *texts, *(page.locator(f"#{tab}_{name} input").first.input_value() for name in names)]


SENT = ["decomposition", "soft light", "fog", "7", "192", "192", "4", "77", "Euler"]


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


def test_extend_is_pressed_and_the_picture_grows_while_the_old_one_stays(host: Any, page: Any) -> None:
    """From txt2img's finished picture to one twice as wide, whose right half alone is drawn."""
    set_size(page, "txt2img")
    app = open_accordion(page, "txt2img")
    switch(page, "txt2img").check()
    put_canvas(page, "txt2img", CODE)
    generate(page, "txt2img")
    page.wait_for_timeout(3000)
    old = np.asarray(picture_in_gallery(page, host, "txt2img").convert("RGB"), int)
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


def infotext_in_gallery(page: Any, host: Any) -> str:
    """What the host wrote into the picture that its page shows."""
    return str(picture_in_gallery(page, host, "txt2img").info["parameters"])


def picture_in_gallery(page: Any, host: Any, tab: str) -> Image.Image:
    """The file of the picture that the host's page shows."""
    address = page.locator(f"#{tab}_gallery img").first.get_attribute("src", timeout=GENERATE_MS)
    picture = Image.open(io.BytesIO(httpx.get(urljoin(host.url, address), timeout=60).content))
    picture.load()
    return picture
