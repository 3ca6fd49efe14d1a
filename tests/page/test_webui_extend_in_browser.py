"""*Extend* and Ctrl+Enter pressed in the page of a WebUI: `tests/page/tabs.py`.

Wants playwright and a Chromium, as other tests of pages do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.canvas import parse_canvas, read_canvas, write_canvas
from tests.page.driving import expect
from tests.page.replies import TWO
from tests.page.tabs import SIZE, TABS, opened


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
    expect(page.locator("#script_img2img_omost_redraw input")).to_have_value("1")  # of the answer, which takes its time


def test_the_region_that_is_redrawn_is_selected_in_the_other_tab_until_another_one_is_chosen(
    webui: str, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    page.goto(webui)
    here, there = opened(page), page.locator('.omost-mount[data-tab="img2img"]')
    heading = there.locator(".omost-form .omost-heading > span")
    for number in (2, 1):
        page.locator("#tabs .tab-nav button[data-tab=txt2img]").click()
        here.locator(".omost-row-name").filter(has_text=TWO.regions[number - 1].description).click()
        here.get_by_role("button", name="Redraw this region").click()
        expect(page.locator("#script_img2img_omost_redraw input")).to_have_value(str(number))
        expect(heading).to_have_text(f"Region {number}")
    there.locator(".omost-row-name").filter(has_text=TWO.regions[1].description).click()
    page.locator("#img2img_width input").fill("128")  # a change that is no redrawing
    page.wait_for_timeout(1000)
    expect(heading).to_have_text("Region 2")


def test_a_tab_that_is_given_the_canvas_says_what_it_lacks(webui: str, new_page: Callable[..., Any]) -> None:
    page = new_page()
    page.goto(webui)
    opened(page).get_by_role("button", name="Send the canvas to img2img").click()
    expect(page.locator(".omost-toast")).to_contain_text("choose the picture to start from, then press Generate")
    expect(page.locator(".omost-toast")).to_contain_text("img2img has the canvas")
    expect(page.locator("#img2img_generate")).to_be_focused()


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


def test_a_region_is_redrawn_where_there_is_a_picture_and_of_the_init_image_in_img2img(
    webui: str, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    page.goto(webui)
    picture = page.locator("#txt2img_gallery img")
    url = picture.get_attribute("src")
    picture.evaluate("img => img.remove()")
    here, there = opened(page), page.locator('.omost-mount[data-tab="img2img"]')
    page.locator("#txt2img_gallery").dispatch_event("click")  # what is done there is looked at
    here.locator(".omost-row-name").first.click()
    again = here.get_by_role("button", name="Redraw this region")
    expect(again).to_be_disabled()
    expect(again).to_have_attribute("title", "There is no picture yet: draw one first.")
    here.get_by_role("button", name="Send the canvas to img2img").click()
    page.evaluate(
        """code => { const box = document.querySelector("#script_img2img_omost_canvas textarea");
        box.value = code; box.dispatchEvent(new Event("input", { bubbles: true })); }""",
        write_canvas(TWO),
    )
    expect(there.locator(".omost-box")).to_have_count(2)
    expect(there.get_by_text("Details")).to_be_visible()  # all of it is taken in
    there.locator(".omost-row-name").first.click()
    expect(there.get_by_role("button", name="Redraw this region")).to_be_enabled()
    page.locator("#tabs .tab-nav button[data-tab=txt2img]").click()
    page.locator("#txt2img_gallery").evaluate(
        "(gallery, url) => { gallery.append(new Image()); gallery.firstChild.src = url; }", url
    )
    page.mouse.move(0, 0)
    here.locator(".omost-picture").hover()  # a host may show its picture later than it says so
    expect(again).to_be_enabled()
