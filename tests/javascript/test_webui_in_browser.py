"""What the app does in the page of a WebUI, in pages that have its widgets and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

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
<div id="script_{tab}_omost_method"><input value="score"></div><div id="script_{tab}_omost_draft"><input></div>
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


def test_a_finished_picture_is_sent_to_be_extended(show: Callable[..., Any]) -> None:
    page = show({"img2img": "img2img", "txt2img": "txt2img"}, 0)
    page.evaluate("host.extend('a canvas', [0, 90, 0, 60], new Blob(['a file']))")
    page.wait_for_function("order.length > 2")
    assert page.evaluate("order")[-1] == "sent a canvas redraw_from_txt2img"
    assert page.evaluate("asked()") == {"place": [0, 90, 0, 60], "picture": "YSBmaWxl"}
    failed = "redrawer.extend('a canvas', [0, 90, 0, 60], null).catch((error) => error.message)"
    assert "draw one first" in page.evaluate(failed)


SWITCHES = {
    "a plain accordion": """
        <div id="script_txt2img_omost_accordion"><button class="label-wrap"><span>Omost</span></button>
        <div id="script_txt2img_omost_enabled"><input type="checkbox"></div></div>""",
    "the host's own kind": """<div id="script_txt2img_omost_accordion-checkbox"><input type="checkbox"></div>
        <div id="script_txt2img_omost_accordion"><button class="label-wrap"><span>
        <input type="checkbox" id="script_txt2img_omost_accordion-visible-checkbox">Omost</span></button></div>
        <script>{ // as the hosts' inputAccordion.js
            const [hidden, shown] = document.querySelectorAll("input[type=checkbox]");
            const wrap = document.querySelector(".label-wrap");
            let linked = true;
            const changed = () => {
                if (linked && wrap.classList.contains("open") !== shown.checked) wrap.click();
                hidden.checked = shown.checked;
            };
            wrap.addEventListener("click", () => wrap.classList.toggle("open"));
            new MutationObserver(() => {
                if (!linked) return;
                shown.checked = wrap.classList.contains("open");
                changed();
            }).observe(wrap, { attributes: true });
            shown.addEventListener("click", (event) => { linked = false; event.stopPropagation(); });
            shown.addEventListener("input", changed);
        }</script>""",
}
TWO = "canvas = Canvas()\ncanvas.add_local_description(...)\ncanvas.add_local_description(...)"


@pytest.fixture(params=SWITCHES)
def header(request: pytest.FixtureRequest, new_page: Callable[..., Any]) -> Any:
    """A page of a WebUI with our first lines in it and a closed accordion, whose app nobody has opened."""
    body = f"""<!doctype html><meta charset="utf-8">{SWITCHES[request.param]}
        <div id="script_txt2img_omost_canvas"><textarea></textarea></div>
        <script>window.onUiLoaded = (begin) => addEventListener("load", begin);</script>
        <script type="module" src="/javascript/omost.mjs"></script>
        <script type="module">import {{ switchOf }} from "/javascript/omost/header.mjs";
        window.theSwitch = switchOf("txt2img");</script>"""

    def answer(route: Any) -> None:
        name = urlsplit(route.request.url).path.replace("/omost/v1/files/", "/javascript/omost/").lstrip("/")
        if name == "omost/v1/read":
            count = route.request.post_data_json["text"].count("add_local_description")
            route.fulfill(json={"canvas": {"regions": [{}] * count} if count else None})
        elif name.endswith(".mjs"):
            route.fulfill(body=(ROOT / name).read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body=body if name == "" else "", content_type="text/html")

    page = new_page()
    page.route("**/*", answer)
    page.goto(ORIGIN + "/")
    page.wait_for_function("window.theSwitch !== undefined")
    return page


def test_a_closed_accordion_says_whether_omost_acts_and_on_how_many_regions(header: Any) -> None:
    told = header.locator(".omost-header")
    assert told.count() == 0
    header.evaluate("text => document.querySelector('textarea').value = text", TWO)
    told.wait_for()
    assert told.text_content() == "2 regions, switched off"
    header.evaluate("theSwitch.set(true)")
    header.get_by_text("2 regions", exact=True).wait_for()
    assert header.evaluate("theSwitch.isOn()")
    header.evaluate("document.querySelector('textarea').value = 'no canvas'")
    header.get_by_text("on, but the canvas cannot be read").wait_for()
    header.evaluate("document.querySelector('textarea').value = ''")
    header.get_by_text("on, without a canvas").wait_for()
    header.evaluate("theSwitch.set(false)")
    header.wait_for_function("document.querySelector('.omost-header').textContent === ''")


def test_a_canvas_that_was_sent_says_from_where_while_it_is_that_one(header: Any) -> None:
    header.evaluate("text => Object.assign(document.querySelector('textarea'), {value: text}).dataset.sent = text", TWO)
    header.evaluate("document.querySelector('textarea').dataset.from = 'img2img'; theSwitch.set(true)")
    header.get_by_text("2 regions, from img2img", exact=True).wait_for()
    header.evaluate("document.querySelector('textarea').value += '\\ncanvas.add_local_description(...)'")
    header.get_by_text("3 regions", exact=True).wait_for()


def test_opening_the_accordion_is_not_switching_it_on(header: Any) -> None:
    header.wait_for_timeout(200)  # after the load
    header.locator(".label-wrap span").click(position={"x": 30, "y": 8})
    header.wait_for_timeout(200)
    assert not header.evaluate("theSwitch.isOn()")
    header.evaluate("theSwitch.set(true)")
    header.locator(".label-wrap span").click(position={"x": 30, "y": 8})
    header.wait_for_timeout(200)
    assert header.evaluate("theSwitch.isOn()")


@pytest.fixture
def job_page(new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a page of a WebUI with our first lines in it; what jobs said is `told`, by the ids of their tasks."""

    def open_page(told: dict[str, list[dict[str, Any]]]) -> Any:
        body = """<!doctype html><meta charset="utf-8"><div class="omost-mount" data-tab="txt2img" hidden></div>
            <div><button id="txt2img_interrupt">Interrupt</button><button id="txt2img_interrupting"></button></div>
            <script>window.onUiLoaded = (begin) => addEventListener("load", begin);
            const buttons = (shown) => { document.querySelector("#txt2img_interrupt").style.display = shown; };
            function begin(id) { buttons("block"); localStorage.setItem("txt2img_task_id", id); }
            function end() { buttons("none"); localStorage.removeItem("txt2img_task_id"); }</script>
            <script type="module" src="/javascript/omost.mjs"></script>"""

        def answer(route: Any) -> None:
            url = urlsplit(route.request.url)
            name = url.path.replace("/omost/v1/files/", "/javascript/omost/").lstrip("/")
            if url.path == "/omost/v1/told":
                page.asked += 1
                route.fulfill(json=told.get(parse_qs(url.query)["task"][0], []))
            elif name.endswith(".mjs"):
                route.fulfill(body=(ROOT / name).read_text(encoding="utf-8"), content_type="text/javascript")
            else:
                route.fulfill(body=body if name == "" else "", content_type="text/html")

        page = new_page()
        page.asked = 0
        page.route("**/*", answer)
        page.goto(ORIGIN + "/")
        page.evaluate("""document.querySelector(".omost-mount").addEventListener(
            "omost-job-ended", (event) => { window.ended = event.detail; })""")
        return page

    return open_page


def refused(text: str) -> dict[str, Any]:
    return {"text": text, "is_refusal": True}


def draw(page: Any, task: str) -> None:
    """As a host's page does, at the beginning of a job and at its end."""
    page.evaluate("delete window.ended")
    page.evaluate("id => begin(id)", task)
    page.wait_for_timeout(50)
    page.evaluate("end()")
    page.wait_for_function("window.ended !== undefined")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("line 1: there is no canvas <b>here</b>", "Omost: line 1: there is no canvas <b>here</b>"),
        ("Omost cannot steer this picture: x: switch one off", "Omost cannot steer this picture: x: switch one off"),
        ("Omost: method must be one of score", "Omost: method must be one of score"),
        (None, None),
    ],
)
def test_a_toast_tells_why_a_job_ended_and_names_the_extension_once(
    job_page: Callable[..., Any], told: str | None, shown: str | None
) -> None:
    page = job_page({"task(a)": [] if told is None else [refused(told)]})
    draw(page, "task(a)")
    if shown is None:
        assert page.locator(".omost-toast").count() == 0
    else:
        assert page.get_by_role("alert").locator("p").text_content() == shown
        page.get_by_role("button", name="Close").click()
        assert page.locator(".omost-toast").count() == 0


def test_a_reason_stays_until_the_next_job_begins(job_page: Callable[..., Any]) -> None:
    page = job_page({"task(a)": [refused("one")]})
    draw(page, "task(a)")
    assert page.locator(".omost-toast").count() == 1
    draw(page, "task(b)")
    assert page.locator(".omost-toast").count() == 0
    assert page.evaluate("window.ended") == []


def test_a_reason_comes_before_notes_and_notes_are_said_more_softly(job_page: Callable[..., Any]) -> None:
    note = {"text": "a tag was left out", "is_refusal": False}
    page = job_page({"task(a)": [note, refused("no canvas")], "task(b)": [note]})
    draw(page, "task(a)")
    assert page.locator(".omost-toast p").all_text_contents() == ["Omost: no canvas"]
    draw(page, "task(b)")
    assert page.get_by_role("status").locator("p").all_text_contents() == ["Omost: a tag was left out"]
    assert page.evaluate("window.ended") == [note]
    draw(page, "task(b)")  # the same picture with another seed
    assert page.locator(".omost-toast").count() == 0
    assert page.evaluate("window.ended") == [note]


def test_buttons_that_change_in_mid_job_are_no_end(job_page: Callable[..., Any]) -> None:
    page = job_page({})
    page.evaluate("begin('task(a)')")
    page.evaluate("document.querySelector('#txt2img_interrupting').style.display = 'block'")
    page.wait_for_timeout(300)
    assert page.asked == 0
    page.evaluate("end()")
    page.wait_for_function("window.ended !== undefined")
    assert page.asked == 1


@pytest.mark.parametrize(("events", "said"), [
    ([{"type": "status", "phase": "installing", "text": "installing the worker's packages: step 1"}, {"type": "end"}],
     "The language model is ready."),
    ([{"type": "failed", "message": "no space", "hint": "make room"}], "no space: make room"),
    ([], "The answer broke off: look at the console of the program, and try again."),
])  # fmt: skip
def test_the_button_of_the_settings_makes_the_model_ready(
    new_page: Callable[..., Any], events: list[dict[str, Any]], said: str
) -> None:
    body = """<!doctype html><meta charset="utf-8"><button class="omost-install">Install</button>
        <script>window.onUiLoaded = (begin) => addEventListener("load", begin);</script>
        <script type="module" src="/javascript/omost.mjs"></script>"""
    asked: list[dict[str, Any]] = []

    def answer(route: Any) -> None:
        name = urlsplit(route.request.url).path.replace("/omost/v1/files/", "/javascript/omost/").lstrip("/")
        if name == "omost/v1/install":
            asked.append(route.request.post_data_json)
            route.fulfill(body="".join(json.dumps(event) + "\n" for event in events))
        elif name.endswith(".mjs"):
            route.fulfill(body=(ROOT / name).read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body=body if name == "" else "", content_type="text/html")

    page = new_page()
    page.route("**/*", answer)
    page.goto(ORIGIN + "/")
    for count in (1, 2):
        with page.expect_response("**/install"):
            page.get_by_role("button").click()
        page.get_by_text(said, exact=True).wait_for()
        page.wait_for_function("!document.querySelector('button').disabled")
        assert len(asked) == count
    assert page.get_by_role("status").count() == 1
    assert len({each["id"] for each in asked}) == 2
