"""What the app does in the tabs of a WebUI, in pages that have its widgets and nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

ROOT = Path(__file__).parents[2]
ORIGIN = "http://omost.test"  # answered by the test itself
BUTTONS = {  # as Gradio writes them
    "gradio 3": "<button>{label}</button>",
    "gradio 4": '<button role="tab" aria-controls="tab_{tab}" id="tab_{tab}-button">{label}</button>',
}
WIDGETS = """
<div id="script_{tab}_omost_canvas"><textarea></textarea></div>
<div id="script_{tab}_omost_variants"><textarea></textarea></div>
<div id="script_{tab}_omost_redraw"><input></div><div id="script_{tab}_omost_place"><input></div>
<div id="script_{tab}_omost_method"><input value="score"></div>
<div id="script_{tab}_omost_draft"><input type="checkbox"></div>
<div id="script_{tab}_omost_syntax"><input value="as in the prompt box"></div>
<div id="script_{tab}_omost_style"><input value="auto"></div>
<div id="{tab}_gallery"></div>
<div id="script_{tab}_omost_enabled"><input type="checkbox"></div>
<div id="{tab}_width"><input type="number" value="64"></div>
<div id="{tab}_height"><input type="number" value="96"></div>
"""
SENDS = """
<button id="script_img2img_omost_from_txt2img"></button><button id="script_img2img_omost_to_txt2img"></button>
<button id="script_img2img_omost_draft_from_txt2img"></button>
<button id="script_img2img_omost_redraw_from_txt2img"></button>
<button id="script_img2img_omost_redraw_in_img2img"></button>
<div id="script_img2img_omost_redraw_order"><textarea></textarea></div>
<div id="mode_img2img"><button onclick="order.push('shown: ' + this.textContent)">img2img</button>
<button onclick="order.push('shown: ' + this.textContent)">Inpaint</button></div>
"""
SCRIPT = """
import { webui } from "/javascript/omost/webui.mjs";
const text = (tab) => document.querySelector(`#script_${tab}_omost_canvas textarea`);
window.order = [];
for (const tab of ["txt2img", "img2img"])
    text(tab).addEventListener("input", () => setTimeout(() => {
        window.taken = text(tab).value;
    }, DELAY));
for (const button of document.querySelectorAll("#tabs .tab-nav button"))
    button.addEventListener("click", () => setTimeout(() => {
        order.push(`opened ${button.dataset.tab}`);
        for (const content of document.querySelectorAll(".tabitem"))
            content.style.display = content.id === `tab_${button.dataset.tab}` ? "block" : "none";
    }, DELAY + 1));
for (const send of document.querySelectorAll("#tab_img2img > button"))
    send.addEventListener("click", () => order.push(`sent ${window.taken} ${send.id.split("omost_")[1]}`));
window.host = webui("txt2img");
window.redrawer = webui("img2img");
window.asked = () => JSON.parse(document.querySelector("#script_img2img_omost_redraw_order textarea").value);
"""


@pytest.fixture(params=BUTTONS)
def show(request: pytest.FixtureRequest, new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a page whose tabs stand in the user's own order, with labels of a language."""

    def open_page(labels: dict[str, str], delay: int, words: str = "{}") -> Any:
        nav = "".join(
            BUTTONS[request.param].format(tab=tab, label=label).replace("<button", f'<button data-tab="{tab}"')
            for tab, label in labels.items()
        )
        shown = {tab: "block" if tab == "txt2img" else "none" for tab in labels}
        content = "".join(
            f'<div class="tabitem" id="tab_{tab}" style="display: {display}">'
            + (WIDGETS.replace("{tab}", tab) if tab in {"txt2img", "img2img"} else "")
            + (SENDS if tab == "img2img" else "")
            + "</div>"
            for tab, display in shown.items()
        )
        script = SCRIPT.replace("DELAY", str(delay))
        body = f"""<!doctype html><meta charset="utf-8"><script>window.localization = {words}</script>
            <div id="tabs"><div class="tab-nav">{nav}</div>{content}</div><script type="module">{script}</script>"""

        def answer(route: Any) -> None:
            file = ROOT / route.request.url.removeprefix(ORIGIN).lstrip("/")
            if file.suffix == ".mjs" and file.is_file():
                route.fulfill(body=file.read_text(encoding="utf-8"), content_type="text/javascript")
            else:
                route.fulfill(status=204, body="")

        page = new_page()
        page.route("**/*", answer)
        page.route(ORIGIN + "/", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(ORIGIN + "/")
        page.wait_for_function("window.host !== undefined")
        return page

    return open_page


def test_a_canvas_opens_its_tab_wherever_it_stands(show: Callable[..., Any]) -> None:
    page = show({"extras": "Extras", "settings": "Settings", "txt2img": "txt2img", "img2img": "img2img"}, 0)
    page.evaluate("host.sendCanvas('a canvas')")
    page.wait_for_function("order.length > 1")
    assert page.evaluate("order") == ["opened img2img", "sent a canvas from_txt2img"]


def test_a_tab_is_found_by_its_name_in_the_users_language(show: Callable[..., Any]) -> None:
    labels = {"img2img": "图生图", "txt2img": "文生图", "extras": "后期处理"}
    page = show(labels, 0, '{"img2img": "图生图", "txt2img": "文生图"}')
    page.evaluate("host.sendCanvas('a canvas')")
    page.wait_for_function("order.length > 1")
    assert page.evaluate("order") == ["opened img2img", "sent a canvas from_txt2img"]
    assert page.evaluate("host.title") == "文生图"


def test_further_canvases_are_told_to_the_script_of_the_tab(show: Callable[..., Any]) -> None:
    page = show({"txt2img": "txt2img", "img2img": "img2img"}, 0)
    field = page.locator("#script_txt2img_omost_variants textarea")
    told = "new Promise((done) => document.querySelector('#script_txt2img_omost_variants textarea')"
    lines = page.evaluate(
        told + ".addEventListener('input', (event) => done(event.target.value)) || host.setVariants('one\\ntwo'))"
    )
    assert lines == "one\ntwo"
    page.evaluate("host.setVariants('')")
    assert field.input_value() == ""
    assert page.locator("#script_txt2img_omost_variants").get_attribute("class") == "omost-shown-elsewhere"


def test_only_txt2img_starts_from_the_draft_by_its_switch(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    for tab in ("txt2img", "img2img"):
        page.locator(f"#script_{tab}_omost_draft input").evaluate("(box) => { box.checked = true; }")
    assert page.evaluate("[host.settings().draft, redrawer.settings().draft]") == [True, False]


@pytest.mark.parametrize("delay", [0, 900])
def test_a_draft_is_sent_when_the_tab_has_opened_however_long_that_takes(show: Callable[..., Any], delay: int) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, delay)
    page.evaluate("host.sendDraft('a canvas')")
    page.wait_for_function("order.length > 1")
    assert page.evaluate("order") == ["opened img2img", "sent a canvas draft_from_txt2img"]


def test_a_finished_picture_is_sent_with_the_region_that_is_to_be_redrawn(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    page.evaluate("host.redraw('a canvas', 2, new Blob(['a file']))")
    page.wait_for_function("order.length > 2")
    assert page.evaluate("order") == ["shown: img2img", "opened img2img", "sent a canvas redraw_from_txt2img"]
    assert page.evaluate("asked()") == {"region": "2", "picture": "YSBmaWxl"}


def test_without_a_finished_picture_nothing_of_txt2img_can_be_redrawn(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    assert "draw one first" in page.evaluate("host.redraw('a canvas', 2, null).catch((error) => error.message)")
    assert page.evaluate("order") == []
    assert page.evaluate("host.drawAll") is None


def test_in_img2img_a_region_of_what_is_there_is_redrawn_until_all_of_it_is(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    page.evaluate("redrawer.redraw('a canvas', 3, null)")
    page.wait_for_function("order.length > 1")
    assert page.evaluate("order") == ["shown: img2img", "sent a canvas redraw_in_img2img"]
    assert page.evaluate("asked()") == {"region": "3", "picture": None}
    page.locator("#script_img2img_omost_redraw input").evaluate("(field) => { field.value = '3'; }")
    assert page.evaluate("redrawer.settings().redraw") == "3"
    page.locator("#script_img2img_omost_place input").evaluate("(field) => { field.value = '0, 90, 0, 60'; }")
    page.evaluate("redrawer.drawAll()")
    assert page.evaluate("[redrawer.settings().redraw, redrawer.settings().place]") == ["", ""]


def shown_in_gallery(page: Any, *urls: str) -> None:
    page.evaluate(
        "urls => document.querySelector('#txt2img_gallery')"
        ".replaceChildren(...urls.map((url) => Object.assign(new Image(), { src: url })))",
        list(urls),
    )


def file_of(picture: Image.Image, infotext: str = "") -> str:
    file, info = io.BytesIO(), PngInfo()
    info.add_text("parameters", infotext)
    picture.save(file, "PNG", pnginfo=info)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def test_of_several_pictures_the_opened_one_is_redrawn_and_their_grid_is_refused(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    pictures = [Image.effect_mandelbrot((40, 24), (-2, -1, 1, 1), quality).convert("RGB") for quality in (9, 40)]
    pictures[1] = pictures[1].rotate(180)
    both = Image.new("RGB", (80, 24))
    for number, picture in enumerate(pictures):
        both.paste(picture, (40 * number, 0))
    grid, *urls = map(file_of, (both, *pictures))
    size = "host.getPicture().then(createImageBitmap).then((own) => [own.width, own.height], (error) => error.message)"
    shown_in_gallery(page, grid, *urls)
    assert "grid of several pictures" in page.evaluate(size)
    shown_in_gallery(page, grid, grid, *urls)  # the first one stands open
    assert "grid of several pictures" in page.evaluate(size)
    shown_in_gallery(page, urls[1], grid, *urls)
    assert page.evaluate(size) == [40, 24]
    large = pictures[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((80, 48))
    shown_in_gallery(page, file_of(large), *urls)  # an enlarged picture before what else a job shows
    assert page.evaluate(size) == [80, 48]
    shown_in_gallery(page, *urls)
    assert page.evaluate(size) == [40, 24]
    shown_in_gallery(page)
    assert page.evaluate("host.getPicture()") is None


@pytest.mark.parametrize("prompt", ["a circle\nNegative prompt: fog\n", "ein schöner Kreis, 圆\n", ""])
def test_the_grid_of_a_plot_is_refused_though_its_legends_take_room(show: Callable[..., Any], prompt: str) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    picture = "host.getPicture().then(() => '', (error) => error.message)"
    told = f'{prompt}Steps: 4, Size: 40x24, Omost canvas: "{{}}"'
    grid, cell = Image.new("RGB", (97, 60)), Image.new("RGB", (40, 24))
    shown_in_gallery(page, file_of(grid, f"{told}, Script: X/Y/Z plot, X Type: Seed"))
    assert "grid of several pictures" in page.evaluate(picture)
    shown_in_gallery(page, file_of(cell, f"A Script: X/Y/Z plot, {told}"))
    assert page.evaluate(picture) == ""


OVERLAY = """async () => {
    const from = (name) => import(`/javascript/omost/${name}.mjs`);
    const modules = await Promise.all(["finished", "overlay", "large"].map(from));
    const { createFinished, createOverlay, createLarge } = Object.assign({}, ...modules);
    window.told = [];
    window.laid = [];
    const layOver = (ground, url) => laid.push([ground, url !== null]);
    const editor = { addTool: (tool) => document.body.append(tool), layOver };
    const finished = createFinished(host);
    createOverlay({ editor, finished, tell: (text) => told.push(text) });
    const [toggle, mount] = ["button", "div"].map((tag) => document.createElement(tag));
    createLarge({ toggle, mount, host, finished }).flip();
}"""


def test_over_the_picture_waits_until_one_of_a_grid_is_opened(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    one = Image.effect_mandelbrot((40, 24), (-2, -1, 1, 1), 9).convert("RGB")
    both = Image.new("RGB", (80, 24))
    both.paste(one, (0, 0))
    both.paste(one, (40, 0))
    grid, url = file_of(both), file_of(one)
    shown_in_gallery(page, grid, url, url + "#2")
    page.evaluate(OVERLAY)
    over = page.locator("select")
    place = page.locator(".omost-seen .omost-result-place")
    page.wait_for_function(
        "document.querySelector('.omost-seen .omost-result-place').textContent.includes('open the one')"
    )
    over.select_option("picture")
    page.wait_for_function("told.length > 0")
    assert "grid of several pictures" in page.evaluate("told[0]")
    assert over.input_value() == "picture"
    assert page.evaluate("laid.at(-1)") == ["colours", False]
    shown_in_gallery(page, url, grid, url, url + "#2")  # one is opened, by a click
    page.evaluate("document.querySelector('#txt2img_gallery img').click()")
    page.wait_for_function("laid.at(-1)[1]")
    assert page.evaluate("laid.at(-1)") == ["picture", True]
    assert place.is_hidden()
    shown_in_gallery(page)
    page.evaluate("document.querySelector('#txt2img_gallery').click()")
    page.wait_for_function("told.at(-1).includes('no picture yet')")
    assert over.input_value() == "colours"
    assert place.text_content() == "The picture appears here."


def test_a_finished_picture_is_sent_to_be_extended(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    page.evaluate("host.extend('a canvas', [0, 90, 0, 60], new Blob(['a file']))")
    page.wait_for_function("order.length > 2")
    assert page.evaluate("order")[-1] == "sent a canvas redraw_from_txt2img"
    assert page.evaluate("asked()") == {"place": [0, 90, 0, 60], "picture": "YSBmaWxl"}
    failed = "redrawer.extend('a canvas', [0, 90, 0, 60], null).catch((error) => error.message)"
    assert "draw one first" in page.evaluate(failed)
