"""What one tab hands to the other: prompts, settings, the canvas and the accordion, in one press of a hidden button."""

from __future__ import annotations

import base64
import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from lib_omost.canvas import read_canvas
from lib_omost.settings.fields import FIELDS

NAMES = ("prompt", "neg_prompt", "steps", "width", "height", "cfg_scale", "seed")


@pytest.fixture
def page(gradio: Any) -> SimpleNamespace:
    """Both tabs, made as hosts make them: the tab's widgets around the script's, txt2img first, the gallery last."""
    from lib_omost.ui.accordion import Accordion
    from lib_omost.ui.tabs import Tabs

    tabs, found, own = Tabs(), {}, {}
    for tab in ("txt2img", "img2img"):
        accordion = Accordion(tabs)
        names = [*NAMES, "denoising_strength", *(["image"] if tab == "img2img" else ["hr_scale", "scheduler"])]
        for place, name in enumerate([*names, "gallery"]):
            if place == 3:
                own[tab] = accordion.build(lambda name, tab=tab: f"{tab}_{name}", is_img2img=tab == "img2img")
            found[f"{tab}_{name}"] = gradio.Image() if name == "image" else gradio.Slider()
            accordion.notice(found[f"{tab}_{name}"], f"{tab}_{name}")
    buttons = {button.keywords["elem_id"].removeprefix("img2img_"): button for button in gradio.buttons}
    return SimpleNamespace(found=found, own=own, buttons=buttons)


@pytest.mark.parametrize(
    ("button", "source", "goal"), [("from_txt2img", "txt2img", "img2img"), ("to_txt2img", "img2img", "txt2img")]
)
def test_all_that_both_tabs_have_is_handed_over_and_switched_on(
    page: SimpleNamespace, button: str, source: str, goal: str
) -> None:
    ((hand, wiring),) = page.buttons[button].clicks
    assert wiring["inputs"] == [
        *handed(page.own[source]),
        *(page.found[f"{source}_{name}"] for name in sorted_as_carried()),
    ]
    parts = parts_of(page.own[goal]) if goal == "img2img" else []
    assert wiring["outputs"] == [
        *parts,
        *handed(page.own[goal]),
        *(page.found[f"{goal}_{name}"] for name in sorted_as_carried()),
    ]
    values = [False, *range(len(wiring["inputs"]) - 1)]
    assert hand(*values) == [*([""] * len(parts)), True, *values[1:]]


def handed(own: list[Any]) -> list[Any]:
    """All but the further canvases of the chat's last message (one canvas is sent) and what img2img alone has."""
    names = ("variants", "redraw", "place")
    return [widget for field, widget in zip(FIELDS, own, strict=True) if field.name not in names]


def parts_of(own: list[Any]) -> list[Any]:
    return [widget for field, widget in zip(FIELDS, own, strict=True) if field.name in ("redraw", "place")]


def sorted_as_carried() -> list[str]:
    from lib_omost.ui.tabs import CARRIED

    return [name for name in CARRIED if name in NAMES]


def test_the_draft_goes_along_in_the_size_of_its_own_tab(page: SimpleNamespace, code: str) -> None:
    ((hand, wiring),) = page.buttons["draft_from_txt2img"].clicks
    own = dict(zip([field.name for field in FIELDS], page.own["txt2img"], strict=True))
    found = page.found
    assert wiring["inputs"][:4] == [own["canvas"], own["denoise"], found["txt2img_width"], found["txt2img_height"]]
    assert wiring["outputs"][:2] == [found["img2img_image"], found["img2img_denoising_strength"]]
    assert wiring["outputs"][2:] == page.buttons["from_txt2img"].clicks[0][1]["outputs"]
    picture, denoise, *rest = hand(code, 0.93, 64.0, 48.0, False, code, "score")
    assert (picture.size, denoise, rest) == ((64, 48), 0.93, ["", "", True, code, "score"])


def test_a_draft_of_no_canvas_is_told_and_hands_nothing_over(page: SimpleNamespace, gradio: Any) -> None:
    ((hand, _),) = page.buttons["draft_from_txt2img"].clicks
    with pytest.raises(gradio.Error, match="line 1"):
        hand("no canvas", 0.95, 64, 64, False, "no canvas")


def test_the_buttons_are_there_for_the_page_and_not_for_people(page: SimpleNamespace) -> None:
    hidden = [
        name
        for name, button in page.buttons.items()
        if "omost-shown-elsewhere" in button.keywords.get("elem_classes", ())
    ]
    assert sorted(hidden) == [
        *("draft_from_txt2img", "from_txt2img", "redraw_from_txt2img", "redraw_in_img2img", "to_txt2img")
    ]


def test_a_finished_picture_goes_to_img2img_with_the_region_to_redraw_and_all_settings(page: SimpleNamespace) -> None:
    ((hand, wiring),) = page.buttons["redraw_from_txt2img"].clicks
    _, from_txt2img = page.buttons["from_txt2img"].clicks[0]
    order, image, denoise, *rest = wiring["outputs"]
    assert (image, denoise) == (page.found["img2img_image"], page.found["img2img_denoising_strength"])
    assert rest == from_txt2img["outputs"]
    assert wiring["inputs"] == [order, *from_txt2img["inputs"]]
    values = [False, *range(len(wiring["inputs"]) - 2)]
    taken = hand(json.dumps({"region": "2", "picture": png_of((40, 24))}), *values)
    assert (taken[0], taken[1].size, taken[1].mode, taken[1].getpixel((0, 0))) == ("", (40, 24), "RGB", (255, 0, 0))
    assert taken[2:] == [0.75, "2", "", True, *values[1:]]


def test_in_img2img_a_region_of_the_last_picture_or_of_the_init_image_is_redrawn(page: SimpleNamespace) -> None:
    ((hand, wiring),) = page.buttons["redraw_in_img2img"].clicks
    assert wiring["outputs"][3:5] == parts_of(page.own["img2img"])
    sides = [page.found["img2img_width"], page.found["img2img_height"]]
    assert wiring["outputs"][5:] == wiring["inputs"][1:] == [*page.own["img2img"][:2], *sides]
    taken = hand(json.dumps({"region": "1", "picture": png_of((8, 8))}), False, "a canvas", 64, 48)
    assert taken[1].size == (8, 8)
    assert taken[2:] == [0.75, "1", "", True, "a canvas", 64, 48]
    assert hand(json.dumps({"region": "3"}), False, "c", 1, 2) == ["", {}, {}, "3", {}, True, "c", 1, 2]


@pytest.mark.parametrize("tab", ["from_txt2img", "in_img2img"])
def test_a_picture_is_put_on_a_larger_canvas_whose_regions_lie_where_they_lay(
    page: SimpleNamespace, code: str, tab: str
) -> None:
    ((hand, wiring),) = page.buttons[f"redraw_{tab}"].clicks
    outputs, inputs = wiring["outputs"], wiring["inputs"]
    own = page.own["txt2img" if tab == "from_txt2img" else "img2img"]
    values = [code if widget is own[1] else 7 for widget in inputs[1:]]
    taken = hand(json.dumps({"place": [0, 90, 0, 60], "picture": png_of((64, 48))}), *values)
    found = {id(widget): value for widget, value in zip(outputs, taken, strict=True)}
    redraw, place = parts_of(page.own["img2img"])
    sides = [found[id(page.found[f"img2img_{side}"])] for side in ("width", "height")]
    assert (found[id(redraw)], found[id(place)], sides) == ("", "0, 90, 0, 60", [96, 48])
    (before,), (after,) = (
        read_canvas(text).require_canvas().regions for text in (code, found[id(page.own["img2img"][1])])
    )
    assert after.rect == (before.rect.top, before.rect.bottom, *(round(side * 2 / 3) for side in before.rect[2:]))


def test_what_cannot_be_read_is_told_and_hands_nothing_over(page: SimpleNamespace, gradio: Any, code: str) -> None:
    ((hand, _),) = page.buttons["redraw_in_img2img"].clicks
    for order, canvas in (
        ({"place": [0, 90, 0, 60], "picture": png_of((8, 8))}, "no canvas"),
        ({"region": "1", "picture": base64.b64encode(b"no picture").decode()}, "a canvas"),
    ):
        with pytest.raises(gradio.Error):
            hand(json.dumps(order), False, canvas, 64, 64)
    far = {"place": [0, 90, 0, 1], "picture": png_of((1000, 8))}
    with pytest.raises(gradio.Error, match="too large"):
        hand(json.dumps(far), False, code, 64, 64)


def png_of(size: tuple[int, int]) -> str:
    file = io.BytesIO()
    Image.new("RGBA", size, (255, 0, 0, 255)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
