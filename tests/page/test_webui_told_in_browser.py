"""What is told in the page of a WebUI: `tests/page/tabs.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lib_omost.canvas import write_canvas
from tests.page.driving import expect
from tests.page.replies import TWO
from tests.page.tabs import opened

NOTES = {"a refusal": True, "a note": False}


def job_ended(here: Any, *told: tuple[str, bool]) -> None:
    """A job of the tab has ended, and said so much."""
    said = [{"text": text, "is_refusal": is_refusal} for text, is_refusal in told]
    here.evaluate("(mount, detail) => mount.dispatchEvent(new CustomEvent('omost-job-ended', { detail }))", said)


def tops(here: Any) -> list[float]:
    """Where the canvas and all that is clicked outside of the log begin, from the page's own top."""
    parts = here.locator(".omost-canvas, .omost-foot button, .omost-foot summary, .omost-message")
    top = "(part) => part.getBoundingClientRect().top + scrollY"
    return parts.evaluate_all(f"parts => parts.filter((part) => part.offsetParent).map({top})")


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("is_refusal", NOTES.values(), ids=NOTES)
def test_nothing_moves_when_a_job_or_a_fault_is_told(
    webui: str, new_page: Callable[..., Any], width: int, is_refusal: bool
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(webui)
    page.locator("#txt2img_gallery img").evaluate("img => img.remove()")
    here = opened(page)
    here.get_by_role("button", name="Use in txt2img").click()
    expect(here.get_by_text("The next picture has 2 regions (score).")).to_be_visible()
    page.wait_for_timeout(1000)  # until the switch has been noticed: it is a setting, too
    expect(here.locator(".omost-examples")).to_have_count(0)  # the canvas is in the chat
    expect(here.get_by_text("Details")).to_be_visible()  # and measured
    before = tops(here)
    told, fault = here.locator(".omost-told"), here.locator(".omost-notice")
    job_ended(here, ("line 3: there is no place " + "of that name " * 9, is_refusal), ("a second thing", False))
    expect(told).to_contain_text("a second thing")
    assert tops(here) == before
    here.locator(".omost-foot summary", has_text="Extend").click()  # an open fold is the user's own doing
    here.get_by_label("Side", exact=True).wait_for()
    opened_fold = tops(here)
    here.get_by_role("button", name="Extend the picture").click()
    expect(fault).to_have_text("There is no picture yet: draw one first.")
    assert tops(here) == opened_fold
    icons = here.locator(".omost-over .omost-icon")
    assert icons.evaluate_all("icons => icons.map((icon) => getComputedStyle(icon).strokeWidth)") == ["1.5px"] * 2
    for each in (fault, told):
        each.get_by_role("button", name="Close").click()
        expect(each).to_be_hidden()
    assert tops(here) == opened_fold


def test_after_a_refusal_the_state_is_not_green_until_something_is_changed(
    webui: str, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    page.goto(webui)
    here = opened(page)
    here.get_by_role("button", name="Use in txt2img").click()
    state, told = here.locator(".omost-state"), here.locator(".omost-told")
    comes, green, red = "The next picture has 2 regions (score).", re.compile("omost-on"), re.compile("omost-refused")

    def refused() -> None:
        job_ended(here, ("no place for it", True))
        expect(state).to_have_text("The last picture was refused.")
        expect(state).to_have_class(red)
        expect(state).not_to_have_class(green)
        expect(told).to_have_text("no place for it")

    def past() -> None:
        expect(state).to_have_text(comes)
        expect(state).to_have_class(green)
        expect(state).not_to_have_class(red)
        expect(told).to_be_hidden()

    expect(state).to_have_text(comes)
    page.wait_for_timeout(1000)  # until the switch has been noticed: it is a setting, too
    refused()
    here.locator(".omost-code").fill(write_canvas(replace(TWO, tags="another")))
    here.locator(".omost-code").blur()
    past()
    refused()
    page.locator("#script_txt2img_omost_style input").fill("tags")  # another setting may be what helps
    past()
    refused()
    page.evaluate("localStorage.setItem('txt2img_task_id', 'task')")
    expect(state).to_have_text("The picture is being drawn …")
    expect(state).not_to_have_class(red)
    expect(told).to_be_hidden()
    page.evaluate("localStorage.removeItem('txt2img_task_id')")
    past()
    job_ended(here, ("a LoRA was left out", False))
    expect(told).to_have_text("a LoRA was left out")
    expect(state).to_have_class(green)
