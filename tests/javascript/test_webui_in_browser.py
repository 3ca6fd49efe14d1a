"""What the app does in the page of a WebUI, in pages that have its widgets and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ORIGIN = "http://omost.test"  # answered by the test itself
BUTTONS = {  # as Gradio writes them
    "gradio 3": "<button>{label}</button>",
    "gradio 4": '<button role="tab" aria-controls="tab_{tab}" id="tab_{tab}-button">{label}</button>',
}
WIDGETS = """
<div id="script_{tab}_omost_canvas"><textarea></textarea></div>
<div id="script_{tab}_omost_enabled"><input type="checkbox"></div>
<div id="{tab}_width"><input type="number" value="64"></div>
<div id="{tab}_height"><input type="number" value="96"></div>
<button id="script_{tab}_omost_draft_to_img2img"></button>
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
const send = document.querySelector("#script_img2img_omost_draft_to_img2img");
send.addEventListener("click", () => order.push(`sent ${window.taken}`));
window.host = webui("txt2img");
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
    page.wait_for_function("order.length > 0")
    assert page.evaluate("order") == ["opened img2img"]
    assert page.evaluate("text => text.value", page.query_selector("#tab_img2img textarea")) == "a canvas"
    assert page.locator("#script_img2img_omost_enabled input").is_checked()


def test_a_tab_is_found_by_its_name_in_the_users_language(show: Callable[..., Any]) -> None:
    labels = {"img2img": "图生图", "txt2img": "文生图", "extras": "后期处理"}
    page = show(labels, 0, '{"img2img": "图生图", "txt2img": "文生图"}')
    page.evaluate("host.sendCanvas('a canvas')")
    page.wait_for_function("order.length > 0")
    assert page.evaluate("order") == ["opened img2img"]
    assert page.evaluate("host.title") == "文生图"


@pytest.mark.parametrize("delay", [0, 900])
def test_a_draft_is_sent_when_the_tab_has_opened_however_long_that_takes(show: Callable[..., Any], delay: int) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, delay)
    page.evaluate("host.sendDraft('a canvas')")
    page.wait_for_function("order.length > 1")
    assert page.evaluate("order") == ["opened img2img", "sent a canvas"]
    sides = ("width", "height")
    assert [page.locator(f"#img2img_{side} input").input_value() for side in sides] == ["64", "96"]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("CanvasError: line 1: there is no canvas <b>here</b>", "Omost: line 1: there is no canvas <b>here</b>"),
        (
            "OmostError: Omost cannot steer this picture: x: switch one off",
            "Omost cannot steer this picture: x: switch one off",
        ),
        ("BadInputError: Omost: method must be one of score", "Omost: method must be one of score"),
        ("RuntimeError: out of memory", None),
    ],
)
def test_a_toast_tells_why_a_job_ended_and_names_the_extension_once(
    new_page: Callable[..., Any], told: str, shown: str | None
) -> None:
    page = new_page()
    page.set_content('<div id="html_log_txt2img"></div><div id="html_log_img2img"></div>')
    page.evaluate("window.onUiLoaded = (begin) => begin(); window.gradioApp = () => document;")
    page.evaluate((ROOT / "javascript" / "omost_toast.js").read_text(encoding="utf-8"))
    write = "told => { const log = document.createElement('div'); log.className = 'error'; log.textContent = told;"
    page.evaluate(write + " document.querySelector('#html_log_txt2img').replaceChildren(log); }", told)
    if shown is None:
        page.wait_for_timeout(200)
        assert page.locator(".omost-toast").count() == 0
    else:
        assert page.locator(".omost-toast span").text_content() == shown
        page.get_by_role("button", name="Close").click()
        assert page.locator(".omost-toast").count() == 0
