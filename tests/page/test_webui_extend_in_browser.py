"""*Extend* and Ctrl+Enter pressed in the page of a WebUI: the real app in both tabs, the real server, the real
hand-over.

What is not there is Gradio, whose part a few lines play. Wants playwright and a Chromium, as other tests of pages do.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from PIL import Image

from lib_omost.canvas import parse_canvas, read_canvas, write_canvas
from lib_omost.hosts.webui.chosen import ChosenModel
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.page.canvas_routes import add_canvas_routes
from lib_omost.page.chat_routes import add_chat_routes
from lib_omost.page.data import PageOptions, add_data_route
from lib_omost.page.files import add_file_route
from lib_omost.page.presets import Presets, add_preset_routes
from lib_omost.ui.job_routes import add_job_routes
from lib_omost.ui.tabs import _handed_to_redraw
from tests.conftest import served
from tests.javascript.test_webui_in_browser import BUTTONS, SENDS, WIDGETS
from tests.page.conftest import WORDS, QueuedChats
from tests.page.driving import expect
from tests.page.replies import TWO

SIZE = (64, 96)  # of the picture; both tabs begin with it
TABS = ("txt2img", "img2img")
STAYS = "The old picture stays; what is around it on the canvas is drawn."
GRADIO = """
const find = (selector) => document.querySelector(selector);
const put = (field, value) => { field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); };
for (const button of document.querySelectorAll("#tabs .tab-nav button"))
    button.addEventListener("click", () => {
        for (const tab of document.querySelectorAll(".tabitem"))
            tab.style.display = tab.id === `tab_${button.dataset.tab}` ? "block" : "none";
    });
find("#script_img2img_omost_redraw_from_txt2img").addEventListener("click", async () => {
    const order = find("#script_img2img_omost_redraw_order textarea").value;
    const given = [true, find("#script_txt2img_omost_canvas textarea").value, 64, 96];
    const answer = await fetch("/hand", { method: "POST", body: JSON.stringify([order, ...given]) });
    const { picture, denoise, region, place, canvas, width, height } = await answer.json();
    find("#img2img_image").src = picture;
    find("#denoise").value = denoise;
    find("#script_img2img_omost_enabled input").checked = true;
    put(find("#script_img2img_omost_redraw input"), region);
    put(find("#script_img2img_omost_place input"), place);
    put(find("#script_img2img_omost_canvas textarea"), canvas);
    put(find("#img2img_width input"), width);
    put(find("#img2img_height input"), height);
});
document.addEventListener("keydown", (event) => {  // as in the hosts' script.js, where it clicks *Generate*
    if (event.ctrlKey && event.key === "Enter") window.drawn = find("#script_txt2img_omost_canvas textarea").value;
});
import { start } from "/omost/v1/files/webui_page.mjs";
for (const mount of document.querySelectorAll(".omost-mount")) start(mount, mount.dataset.tab);
"""


def png() -> str:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def body() -> str:
    """Both tabs, each with its accordion, and a picture that txt2img has drawn."""
    nav = "".join(
        BUTTONS["gradio 4"].format(tab=tab, label=tab).replace("<button", f'<button data-tab="{tab}"') for tab in TABS
    )
    tabs = "".join(
        f'<div class="tabitem" id="tab_{tab}" style="display: {"block" if tab == "txt2img" else "none"}">'
        + WIDGETS.replace("{tab}", tab)
        + (SENDS + '<img id="img2img_image"><input id="denoise">' if tab == "img2img" else "")
        + f'<div class="omost-mount" data-tab="{tab}"></div></div>'
        for tab in TABS
    )
    drawn = '<div id="txt2img_gallery"></div>'
    generate = "".join(f'<button id="{tab}_generate">Generate {tab}</button>' for tab in TABS)
    return (
        '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
        "<script>window.order = []; window.localization = {};</script>"
        f'{generate}<div id="tabs"><div class="tab-nav">{nav}</div>'
        f"{tabs.replace(drawn, drawn.replace('></div>', f'><img src={png()!r}></div>'))}</div>"
        f'<script type="module">{GRADIO}</script>'
    )


@pytest.fixture
def webui(chats: QueuedChats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setitem(sys.modules, "gradio", SimpleNamespace(Error=RuntimeError))
    app = FastAPI()
    add_canvas_routes(app, lambda: WORDS)
    add_data_route(app, lambda: PageOptions(snap_to_words=True))
    add_file_route(app)
    add_chat_routes(app, lambda: chats)
    add_preset_routes(app, Presets(tmp_path / "presets"))
    add_job_routes(app, ToldTasks(), lambda: ChosenModel("mini", True, "", ("score",)))

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(body())

    @app.post("/hand")
    async def hand(request: Request) -> dict[str, Any]:
        _, picture, denoise, region, place, _, canvas, width, height = _handed_to_redraw(
            ["enabled", "canvas", "width", "height"], *(await request.json())
        )
        file = io.BytesIO()
        picture.save(file, "PNG")
        url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
        said = {"region": region, "place": place, "canvas": canvas, "width": width, "height": height}
        return {"picture": url, "denoise": denoise, **said}

    with served(app) as port:
        yield f"http://127.0.0.1:{port}/"


def test_extend_is_pressed_in_txt2img_and_img2img_draws_around_the_old_picture(
    webui: str, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    page.goto(webui)
    here, there = (page.locator(f'.omost-mount[data-tab="{tab}"]') for tab in TABS)
    here.locator(".omost-state").wait_for()
    code = here.locator(".omost-code")
    here.locator(".omost-code-view > summary").click()
    code.fill(write_canvas(TWO))
    code.blur()
    expect(here.locator(".omost-box")).to_have_count(2)
    here.locator(".omost-foot summary", has_text="Extend").click()
    here.get_by_label("Side", exact=True).select_option("on the left")
    here.get_by_label("By", exact=True).select_option("100 %")
    here.get_by_role("button", name="Extend the picture").click()

    expect(there.locator(".omost-state")).to_have_text(
        "The old picture stays; what is around it on the canvas is drawn."
    )
    expect(page.locator("#tab_txt2img")).to_be_hidden()
    old = page.locator("#img2img_image")
    assert old.evaluate("img => img.decode().then(() => [img.naturalWidth, img.naturalHeight])") == [*SIZE]
    assert [page.locator(f"#img2img_{side} input").input_value() for side in ("width", "height")] == ["128", "96"]
    assert page.locator("#script_img2img_omost_place input").input_value() == "0, 90, 45, 90"
    assert page.locator("#denoise").input_value() == "0.95"
    expect(there.locator(".omost-box")).to_have_count(2)
    larger = parse_canvas(page.locator("#script_img2img_omost_canvas textarea").input_value())
    for region, moved in zip(TWO.regions, larger.regions, strict=True):
        assert moved.rect[:2] == region.rect[:2]
        assert abs(moved.rect.left - (45 + region.rect.left / 2)) <= 1
        assert abs(moved.rect.right - (45 + region.rect.right / 2)) <= 1
    aspect = there.locator(".omost-picture").evaluate("picture => picture.offsetWidth / picture.offsetHeight")
    assert aspect == pytest.approx(128 / 96, abs=0.03)

    there.get_by_role("button", name="Draw the whole picture").click()
    expect(there.locator(".omost-state")).to_contain_text("The next picture has 2 regions")
    assert page.locator("#script_img2img_omost_place input").input_value() == ""


def opened(page: Any) -> Any:
    """The app of txt2img, with a canvas of two regions."""
    here = page.locator('.omost-mount[data-tab="txt2img"]')
    here.locator(".omost-state").wait_for()
    here.locator(".omost-code-view > summary").click()
    here.locator(".omost-code").fill(write_canvas(TWO))
    here.locator(".omost-code").blur()
    expect(here.locator(".omost-box")).to_have_count(2)
    return here


def test_from_the_large_view_a_region_goes_to_img2img_which_is_seen_and_says_what_comes(
    webui: str, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    page.goto(webui)
    opened(page).get_by_role("button", name="Large view").click()
    view = page.get_by_role("dialog")
    view.locator(".omost-layers [data-id='1']").click()
    view.get_by_role("button", name="Redraw this region").click()
    expect(page.locator(".omost-toast")).to_contain_text("Only region 1 is drawn anew")
    expect(page.locator(".omost-toast")).to_contain_text("press Generate")
    expect(view).to_have_count(0)
    expect(page.locator("#tab_txt2img")).to_be_hidden()
    expect(page.locator("#img2img_generate")).to_be_focused()
    assert page.locator("#script_img2img_omost_redraw input").input_value() == "1"


def test_while_the_host_draws_the_app_says_so_and_orders_no_second_picture(
    webui: str, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    page.goto(webui)
    here = opened(page)
    generate, state = here.get_by_role("button", name="Generate", exact=True), here.locator(".omost-state")
    expect(here.get_by_role("button", name="Use in txt2img")).to_be_visible()  # nothing was written: it is off
    expect(generate).to_be_hidden()
    here.get_by_role("button", name="Use in txt2img").click()
    expect(here.get_by_role("button", name="Use in txt2img")).to_be_hidden()
    expect(generate).to_be_enabled()
    page.evaluate("localStorage.setItem('txt2img_task_id', 'task')")
    expect(state).to_have_text("The picture is being drawn …")
    expect(generate).to_be_disabled()
    page.evaluate("localStorage.removeItem('txt2img_task_id')")
    expect(state).to_contain_text("The next picture has 2 regions")
    expect(generate).to_be_enabled()


AT_ONCE = """(area, text) => {  // the keys, sooner than typing is taken to have ended
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }));
}"""


def test_ctrl_enter_in_a_field_draws_what_was_just_typed_there(webui: str, new_page: Callable[..., Any]) -> None:
    page = new_page()
    page.goto(webui)
    here = page.locator('.omost-mount[data-tab="txt2img"]')
    here.locator(".omost-state").wait_for()
    here.locator(".omost-code-view > summary").click()
    code = here.get_by_label("Code of the canvas")
    code.focus()
    code.evaluate(AT_ONCE, write_canvas(TWO))
    assert page.evaluate("drawn") == write_canvas(TWO)
    here.locator(".omost-layers [data-id='1']").click()
    here.locator(".omost-fold > summary").click()
    labels = ("Description of the region", "Not in this region (negative words)", "Sub-prompt 1")
    for label, words in zip(labels, ("a hat", "fog", "shiny"), strict=True):
        field = here.get_by_label(label, exact=True)
        field.press("End")
        field.press_sequentially(words)
        field.press("Control+Enter")
        assert words in str(read_canvas(page.evaluate("drawn")).require_canvas().regions[0])
        field.press_sequentially(", too")  # the keys go on where they were
        assert field.input_value().endswith(f"{words}, too")


def test_without_a_picture_extend_says_so_and_changes_nothing(webui: str, new_page: Callable[..., Any]) -> None:
    page = new_page()
    page.goto(webui)
    here = opened(page)
    page.locator("#txt2img_gallery img").evaluate("img => img.remove()")
    here.locator(".omost-foot summary", has_text="Extend").click()
    here.get_by_role("button", name="Extend the picture").click()
    expect(here.locator(".omost-notice[role=alert]")).to_have_text("There is no picture yet: draw one first.")
    expect(page.locator("#tab_txt2img")).to_be_visible()
