"""Our first lines in the page of a WebUI, before the app is opened: header, what a job told, the settings' button."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
ORIGIN = "http://omost.test"  # answered by the test itself


@pytest.fixture
def opened(new_page: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a page with that body, to which `routes` answers by address: what each is given is the request."""

    def open_page(body: str, routes: dict[str, Callable[[Any], Any]]) -> Any:
        def answer(route: Any) -> None:
            name = urlsplit(route.request.url).path.replace("/omost/v1/files/", "/javascript/omost/").lstrip("/")
            if name in routes:
                routes[name](route)
            elif name.endswith(".mjs"):
                route.fulfill(body=(ROOT / name).read_text(encoding="utf-8"), content_type="text/javascript")
            else:
                route.fulfill(body=body if name == "" else "", content_type="text/html")

        page = new_page()
        page.route("**/*", answer)
        page.goto(ORIGIN + "/")
        return page

    return open_page


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
def header(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Any:
    """A page of a WebUI with our first lines in it and a closed accordion, whose app nobody has opened."""
    body = f"""<!doctype html><meta charset="utf-8">{SWITCHES[request.param]}
        <div id="script_txt2img_omost_canvas"><textarea></textarea></div>
        <div class="omost-mount" data-tab="txt2img" hidden></div>
        <script>window.onUiLoaded = (begin) => addEventListener("load", begin);</script>
        <script type="module" src="/javascript/omost.mjs"></script>
        <script type="module">import {{ switchOf }} from "/javascript/omost/header.mjs";
        window.theSwitch = switchOf("txt2img");</script>"""

    def read(route: Any) -> None:
        count = route.request.post_data_json["text"].count("add_local_description")
        route.fulfill(json={"canvas": {"regions": [{}] * count} if count else None})

    told = [refused("no place for it")]
    page = opened(body, {"omost/v1/read": read, "omost/v1/told": lambda route: route.fulfill(json=told)})
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


def test_a_closed_accordion_says_what_alone_of_a_picture_is_drawn(header: Any) -> None:
    header.evaluate(
        """text => {
        for (const name of ["redraw", "place"]) document.body.insertAdjacentHTML("beforeend",
            `<div id="script_txt2img_omost_${name}"><textarea></textarea></div>`);
        document.querySelector("#script_txt2img_omost_canvas textarea").value = text;
        document.querySelector("#script_txt2img_omost_redraw textarea").value = "2";
        theSwitch.set(true);
    }""",
        TWO,
    )
    header.get_by_text("only region 2 is redrawn", exact=True).wait_for()
    header.evaluate("""() => {
        document.querySelector("#script_txt2img_omost_redraw textarea").value = "";
        document.querySelector("#script_txt2img_omost_place textarea").value = "0, 90, 0, 60";
    }""")
    header.get_by_text("the picture is extended", exact=True).wait_for()


def test_opening_the_accordion_is_not_switching_it_on(header: Any) -> None:
    header.wait_for_timeout(200)  # after the load
    header.locator(".label-wrap span").click(position={"x": 30, "y": 8})
    header.wait_for_timeout(200)
    assert not header.evaluate("theSwitch.isOn()")
    header.evaluate("theSwitch.set(true)")
    header.locator(".label-wrap span").click(position={"x": 30, "y": 8})
    header.wait_for_timeout(200)
    assert header.evaluate("theSwitch.isOn()")


def test_a_closed_accordion_says_that_the_canvas_was_refused_until_it_is_another(header: Any) -> None:
    header.evaluate("theSwitch.set(true)")
    header.evaluate("text => document.querySelector('textarea').value = text", TWO)
    header.get_by_text("2 regions", exact=True).wait_for()
    header.evaluate("""async () => {
        const { jobEnds } = await import("/omost/v1/files/told.mjs");
        await jobEnds("txt2img", "task");
    }""")
    header.get_by_text("2 regions, the last picture was refused", exact=True).wait_for()
    assert header.locator(".omost-header").get_attribute("class") == "omost-header omost-refused"
    header.evaluate("text => document.querySelector('textarea').value = text", TWO + "\n")
    header.get_by_text("2 regions", exact=True).wait_for()
    assert header.locator(".omost-header").get_attribute("class") == "omost-header omost-on"
    header.evaluate("""async () => {
        const { jobEnds } = await import("/omost/v1/files/told.mjs");
        await jobEnds("txt2img", "task");
    }""")
    header.get_by_text("2 regions, the last picture was refused", exact=True).wait_for()
    header.evaluate("async () => (await import('/omost/v1/files/told.mjs')).jobBegins('txt2img')")
    header.get_by_text("2 regions", exact=True).wait_for()


@pytest.fixture
def job_page(opened: Callable[..., Any]) -> Callable[..., Any]:
    """Opens a page of a WebUI with our first lines in it; what jobs said is `told`, by the ids of their tasks."""

    def open_page(told: dict[str, list[dict[str, Any]]]) -> Any:
        body = """<!doctype html><meta charset="utf-8"><div class="omost-mount" data-tab="txt2img" hidden></div>
            <div><button id="txt2img_interrupt">Interrupt</button><button id="txt2img_interrupting"></button></div>
            <script>window.onUiLoaded = (begin) => addEventListener("load", begin);
            const buttons = (shown) => { document.querySelector("#txt2img_interrupt").style.display = shown; };
            function begin(id) { buttons("block"); localStorage.setItem("txt2img_task_id", id); }
            function end() { buttons("none"); localStorage.removeItem("txt2img_task_id"); }</script>
            <script type="module" src="/javascript/omost.mjs"></script>"""

        asked: list[str] = []

        def tell(route: Any) -> None:
            asked.append(parse_qs(urlsplit(route.request.url).query)["task"][0])
            route.fulfill(json=told.get(asked[-1], []))

        page = opened(body, {"omost/v1/told": tell})
        page.asked = asked
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
    assert len(page.asked) == 0
    page.evaluate("end()")
    page.wait_for_function("window.ended !== undefined")
    assert len(page.asked) == 1


@pytest.mark.parametrize(("events", "said"), [
    ([{"type": "status", "phase": "installing", "text": "installing what it needs: step 1"}, {"type": "end"}],
     "The language model is ready."),
    ([{"type": "failed", "message": "no space", "hint": "make room"}], "no space: make room"),
    ([], "The answer broke off: look at the console of the program, and try again."),
])  # fmt: skip
def test_the_button_of_the_settings_makes_the_model_ready(
    opened: Callable[..., Any], events: list[dict[str, Any]], said: str
) -> None:
    body = """<!doctype html><meta charset="utf-8"><button class="omost-install">Install</button>
        <script>window.onUiLoaded = (begin) => addEventListener("load", begin);</script>
        <script type="module" src="/javascript/omost.mjs"></script>"""
    asked: list[dict[str, Any]] = []

    def install(route: Any) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(body="".join(json.dumps(event) + "\n" for event in events))

    page = opened(body, {"omost/v1/install": install})
    for count in (1, 2):
        with page.expect_response("**/install"):
            page.get_by_role("button").click()
        page.get_by_text(said, exact=True).wait_for()
        page.wait_for_function("!document.querySelector('button').disabled")
        assert len(asked) == count
    assert page.get_by_role("status").count() == 1
    assert len({each["id"] for each in asked}) == 2
