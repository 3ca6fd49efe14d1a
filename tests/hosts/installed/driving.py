"""A host's page, as the tests use and read it in a browser."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from PIL import Image

from tests.hosts.installed.jobs import draw

SCREENS = Path(__file__).parents[3] / "out" / "screens"
GENERATE_MS, PAGE_MS = 300_000, 180_000  # on a busy computer, as the next
HOSTS_OWN_ERRORS = "Cannot read properties of undefined|Failed to load resource|net::ERR"  # without any extension too


@contextlib.contextmanager
def opened_page(host: Any, browser: Any) -> Iterator[Any]:
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


def choose(page: Any, dropdown: Any, name: str) -> None:
    dropdown.locator("input").first.click()
    dropdown.locator("li", has_text=re.compile(rf"^\W*{re.escape(name)}\W*$")).first.click()
    page.wait_for_timeout(200)


def settings_of(page: Any, tab: str) -> list[str]:
    own = page.locator(f"#script_{tab}_omost_method input").first.input_value()
    texts = [page.locator(f"#{tab}_{name} textarea").input_value() for name in ("prompt", "neg_prompt")]
    names = ("steps", "width", "height", "cfg_scale", "seed", "sampling")
    return [own, *texts, *(page.locator(f"#{tab}_{name} input").first.input_value() for name in names)]


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


def infotext_in_gallery(page: Any, host: Any) -> str:
    """What the host wrote into the picture that its page shows."""
    return str(picture_in_gallery(page, host, "txt2img").info["parameters"])


def picture_in_gallery(page: Any, host: Any, tab: str) -> Image.Image:
    """The file of the picture that the host's page shows."""
    return pictures_in_gallery(page, host, tab)[0]


def pictures_in_gallery(page: Any, host: Any, tab: str) -> list[Image.Image]:
    """The files of all pictures there, each once: a grid comes first."""
    images = page.locator(f"#{tab}_gallery img")
    images.first.wait_for(state="attached", timeout=GENERATE_MS)
    addresses = images.evaluate_all("images => [...new Set(images.map((image) => image.src))]")
    pictures = [Image.open(io.BytesIO(httpx.get(urljoin(host.url, one), timeout=60).content)) for one in addresses]
    for picture in pictures:
        picture.load()
    return pictures


def shot(page: Any, host: Any, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENS / f"{host.name}-{name}.png"), full_page=False)
