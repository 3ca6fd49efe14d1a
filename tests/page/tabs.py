"""The page of a WebUI, as tests use it: the real app in both tabs, the real server, the real hand-over.

What is not there is Gradio, whose part a few lines play.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from PIL import Image

from lib_omost.canvas import write_canvas
from lib_omost.hosts.webui.chosen import ChosenModel
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.page.canvas_routes import add_canvas_routes
from lib_omost.page.chat_routes import add_chat_routes
from lib_omost.page.data import PageOptions, add_data_route
from lib_omost.page.files import add_file_route
from lib_omost.page.presets import Presets, add_preset_routes
from lib_omost.prompts.reader import TextReader
from lib_omost.ui.job_routes import add_job_routes
from lib_omost.ui.tabs import _handed_to_redraw
from tests.javascript.test_webui_in_browser import BUTTONS, SENDS, WIDGETS
from tests.page.driving import expect
from tests.page.replies import TWO

SIZE = (64, 96)  # of the picture; both tabs begin with it
TABS = ("txt2img", "img2img")
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


def webui_app(chats: Any, kept: Path, reader: TextReader) -> FastAPI:
    """The server of that page."""
    app = FastAPI()
    add_canvas_routes(app, lambda: reader)
    add_data_route(app, lambda: PageOptions(snap_to_words=True))
    add_file_route(app)
    add_chat_routes(app, lambda: chats)
    add_preset_routes(app, Presets(kept / "presets"))
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

    return app


def opened(page: Any) -> Any:
    """The app of txt2img, with a canvas of two regions."""
    here = page.locator('.omost-mount[data-tab="txt2img"]')
    here.locator(".omost-state").wait_for()
    here.locator(".omost-code-view > summary").click()
    here.locator(".omost-code").fill(write_canvas(TWO))
    here.locator(".omost-code").blur()
    expect(here.locator(".omost-box")).to_have_count(2)
    return here
