"""What a region has beyond Omost's own format in the canvas editor, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.drawing import point
from tests.javascript.conftest import TWO


def test_a_region_s_negative_words_weight_and_edge_are_set_and_taken_back(show: Callable[..., Any]) -> None:
    page = show(TWO)
    negative = page.get_by_role("textbox", name="Not in this region (negative words)")
    negative.wait_for(state="hidden")  # the whole picture has its own field
    page.evaluate("editor.select(0)")
    page.get_by_text("More fields").click()
    weight = page.get_by_role("spinbutton", name="Weight of its words (0 to 2)")
    edge = page.get_by_role("spinbutton", name="Soft edge (in cells of the grid)")
    assert (negative.input_value(), weight.input_value(), edge.input_value()) == ("", "1", "0")
    for field, value in ((negative, " a hat, beard\n"), (weight, "1.5"), (edge, "4")):
        field.fill(value)
        field.press("Tab")
    region = page.evaluate("reports.at(-1).changed.regions[0]")
    assert (region["negative"], region["weight"], region["edge"]) == ("a hat, beard", 1.5, 4)
    assert negative.input_value() == "a hat, beard"
    weight.fill("7")
    weight.press("Tab")
    assert weight.input_value() == "2"
    for _ in range(4):
        page.get_by_role("button", name="Undo").click()
    assert not page.evaluate("reports.at(-1).changed.regions[0]").keys() & {"negative", "weight", "edge"}
    assert (negative.input_value(), weight.input_value(), edge.input_value()) == ("", "1", "0")


def test_a_region_s_lora_is_chosen_weighed_and_taken_out(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-fold > summary").click()
    page.get_by_role("button", name="Add a LoRA").wait_for(state="hidden")  # the whole picture has none
    page.evaluate("editor.select(0)")
    page.get_by_role("button", name="Add a LoRA").click()
    assert page.evaluate("reports.at(-1).changed.regions[0].loras ?? null") is None  # it has no name yet
    name = page.get_by_role("combobox", name="Name of LoRA 1")
    name.fill("hat")
    name.press("Tab")
    page.wait_for_function("document.querySelectorAll('datalist option').length === 2")
    page.get_by_role("spinbutton", name="Weight of LoRA 1", exact=True).fill("0.5")
    page.get_by_role("spinbutton", name="Weight of LoRA 1 in the text encoder").fill("0.2")
    edge = page.get_by_role("spinbutton", name="Soft edge (in cells of the grid)")
    edge.fill("4")
    edge.press("Tab")
    region = page.evaluate("reports.at(-1).changed.regions[0]")
    assert region["loras"] == [{"name": "hat", "weight": 0.5, "text_weight": 0.2}]
    assert region["edge"] == 4
    page.get_by_role("button", name="Remove LoRA 1").click()
    assert "loras" not in page.evaluate("reports.at(-1).changed.regions[0]")


def test_a_region_s_reference_picture_is_chosen_weighed_and_taken_out(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-fold > summary").click()
    choose = page.get_by_role("button", name="Choose a picture")
    choose.wait_for(state="hidden")  # the whole picture has none
    page.evaluate("editor.select(0)")
    with page.expect_file_chooser() as chooser:
        choose.click()
    chooser.value.set_files({"name": "a knight.png", "mimeType": "image/png", "buffer": b"a picture"})
    page.wait_for_function("reports.at(-1)?.changed.regions[0].reference?.picture === 'abc.png'")
    page.get_by_text("none", exact=True).wait_for()  # why it cannot be drawn
    weight = page.get_by_role("spinbutton", name="Weight of the picture (0 to 2)")
    weight.fill("0.5")
    weight.press("Tab")
    assert page.evaluate("reports.at(-1).changed.regions[0].reference") == {"picture": "abc.png", "weight": 0.5}
    weight.fill("7")
    weight.press("Tab")
    assert weight.input_value() == "2"
    page.get_by_role("button", name="Remove the reference picture").click()
    assert "reference" not in page.evaluate("reports.at(-1).changed.regions[0]")
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("reports.at(-1).changed.regions[0].reference.weight") == 2


TYPED = {  # role and name of a field, what is typed there, and what of it the region has then
    "negative": ("textbox", "Not in this region (negative words)", "hat", "hat"),
    "weight": ("spinbutton", "Weight of its words (0 to 2)", "1.5", 1.5),
    "edge": ("spinbutton", "Soft edge (in cells of the grid)", "4", 4),
    "loras": ("combobox", "Name of LoRA 1", "hat", [{"name": "hat", "weight": 1}]),
}
TAP = """([x, y]) => {
    const at = { bubbles: true, clientX: x, clientY: y, pointerType: "touch", pointerId: 7 };
    const box = document.elementFromPoint(x, y);
    for (const type of ["pointerdown", "pointerup"]) box.dispatchEvent(new PointerEvent(type, at));
}"""


@pytest.mark.parametrize(("by", "key"), [*(("mouse", key) for key in TYPED), ("finger", "negative")])
def test_what_is_typed_stays_with_its_region_when_another_box_is_pressed_next(
    show: Callable[..., Any], by: str, key: str
) -> None:
    page = show(TWO)
    page.locator(".omost-fold > summary").click()
    page.evaluate("editor.select(0)")
    page.get_by_role("button", name="Add a LoRA").click()
    role, name, text, value = TYPED[key]
    field = page.get_by_role(role, name=name, exact=True)
    field.fill("")
    field.press_sequentially(text)
    page.locator(".omost-picture").scroll_into_view_if_needed()
    other = point(page, 80, 45)  # where the second box lies alone
    if by == "mouse":
        page.mouse.click(*other)
    else:
        page.evaluate(TAP, list(other))
    assert page.locator(".omost-box").nth(1).get_attribute("aria-pressed") == "true"
    first, second = page.evaluate("editor.getCanvas().regions")
    assert first[key] == value
    assert key not in second


def test_ctrl_z_in_the_name_of_a_lora_takes_back_letters_and_no_step_of_the_canvas(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-fold > summary").click()
    page.evaluate("editor.select(0)")
    page.get_by_role("button", name="Add a LoRA").click()
    name = page.get_by_role("combobox", name="Name of LoRA 1")
    name.press_sequentially("hat")
    name.press("Control+z")
    assert name.input_value() != "hat"


def test_a_lora_that_is_not_there_is_told_as_its_region_is_worded(show: Callable[..., Any]) -> None:
    page = show(TWO)
    page.locator(".omost-layers [data-id='1']").click()
    words = page.get_by_label("Description of the region", exact=True)
    note = page.locator(".omost-form").get_by_text("There is no LoRA")
    for known in ("<lora:hat:0.5>", "<lora:Big Hat>", "<LoRA: armour :1:0.5> and <b>"):
        words.fill(f"a cat {known}")
        page.wait_for_timeout(200)
        assert note.count() == 0
    words.fill("a cat <lora:hta:0.5>, <lyco:Cap> <lora:hat:1>")
    assert note.inner_text() == "There is no LoRA hta, Cap here: the picture would be refused."
    above, below = words.bounding_box(), note.bounding_box()
    assert 0 <= below["y"] - above["y"] - above["height"] < 20
    page.locator(".omost-layers [data-id='2']").click()
    note.wait_for(state="detached")
    page.locator(".omost-layers [data-id='1']").click()
    note.wait_for()
    words.fill("a cat")
    note.wait_for(state="detached")
    page.get_by_label("Sub-prompt 1", exact=True).fill("<lora:cap:1>")
    page.get_by_text("There is no LoRA cap here").wait_for()
