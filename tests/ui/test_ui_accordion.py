"""The widgets of a tab, and the draft's way into img2img on both hosts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.settings.fields import FIELDS

DRAFT, DEPTH = "Put the draft in as the init image", "Send the depth map to ControlNet"


@pytest.fixture
def accordion(gradio: Any) -> Any:
    from lib_omost.ui.accordion import Accordion

    return Accordion()


def button(gradio: Any, label: str) -> Any:
    return next(one for one in gradio.buttons if one.arguments[0] == label)


def img2img(gradio: Any) -> dict[str, Any]:
    """A1111's widgets that the draft's button reads and fills."""
    return {
        "img2img_image": gradio.Image(),
        "img2img_width": gradio.Slider(),
        "img2img_height": gradio.Slider(),
        "img2img_denoising_strength": gradio.Slider(),
    }


def test_one_widget_a_field_with_its_default_out_of_the_hosts_saved_defaults(accordion: Any) -> None:
    widgets = accordion.build(lambda name: f"id_{name}", is_img2img=False)
    assert [widget.value for widget in widgets] == [field.default for field in FIELDS]
    for widget, field in zip(widgets, FIELDS, strict=True):
        assert not field.choices or widget.value in widget.keywords["choices"]  # else Gradio shows an empty box
    assert all(widget.do_not_save_to_config for widget in widgets)
    assert [widget.keywords["elem_id"] for widget in widgets] == [f"id_{field.name}" for field in FIELDS]
    assert all(widget.keywords["label"] == field.label for widget, field in zip(widgets, FIELDS, strict=True))


@pytest.mark.parametrize(
    ("infotext", "enabled"),
    [
        ({"Omost enabled": "True", "Steps": "20"}, True),
        ({"Omost enabled": "False"}, False),
        ({"Prompt": "a cat", "Steps": "20"}, False),
        ({"Prompt": "a cat"}, None),
    ],
)
def test_a_picture_of_another_making_switches_it_off_and_a_prompt_alone_does_not(
    accordion: Any, infotext: dict[str, str], enabled: bool | None
) -> None:
    accordion.build(str, is_img2img=False)
    (_, read), *others = accordion.infotext_fields()
    assert read(infotext) is enabled
    told = [
        field.infotext for field in FIELDS[1:] if (field.told and field.name != "syntax") or field.name == "detailer"
    ]
    assert [key for _, key in others if isinstance(key, str)] == told
    syntax, emptied, *parts, depth = (key for _, key in others if not isinstance(key, str))
    told_to_txt2img = [part({"Omost redraw": "2", **infotext}) for part in parts]
    assert told_to_txt2img == [emptied(infotext)] * 2  # it redraws nothing
    assert depth(infotext) == (0.0 if "Steps" in infotext else None)
    assert emptied(infotext) == ("" if "Steps" in infotext else None)  # further canvases are no picture's own
    assert syntax(infotext) == ("literal" if "Omost enabled" in infotext else None)  # it is older than the field
    assert syntax({**infotext, "Omost words": "as in the prompt box"}) == "as in the prompt box"


def test_a_picture_of_txt2img_does_not_switch_on_what_img2img_does_not_show(accordion: Any) -> None:
    accordion.build(str, is_img2img=True)
    keys = dict(zip((field.name for field in FIELDS), (key for _, key in accordion.infotext_fields()), strict=True))
    assert keys["draft"]({"Omost enabled": "True", "Omost draft": "True", "Steps": "20"}) == ""
    assert keys["draft"]({"Prompt": "a cat"}) is None
    assert keys["denoise"] == "Omost draft denoise"  # of the button that puts the draft in


@pytest.mark.parametrize("before", [0, 2, 4])
def test_the_button_is_wired_whether_the_page_or_the_script_comes_first(
    accordion: Any, gradio: Any, code: str, before: int
) -> None:
    parts = list(img2img(gradio).items())
    for elem_id, widget in parts[:before]:
        accordion.notice(widget, elem_id)
    accordion.build(str, is_img2img=True)
    for elem_id, widget in parts[before:]:
        accordion.notice(widget, elem_id)
    accordion.notice(gradio.Slider(), "img2img_width")
    ((put, wiring),) = button(gradio, DRAFT).clicks
    assert wiring["outputs"] == [parts[0][1], parts[3][1]]
    picture, denoise = put(code, 0.93, 64.0, 48.0)
    assert (picture.size, denoise) == ((64, 48), 0.93)


def test_forges_canvas_is_found_by_its_background(accordion: Any, gradio: Any) -> None:
    parts = img2img(gradio)
    del parts["img2img_image"]
    foreground = SimpleNamespace(elem_classes=["logical_image_foreground"])
    background = SimpleNamespace(elem_classes=["logical_image_background"])
    accordion.notice(SimpleNamespace(elem_classes=["logical_image_background"]), "uuid_of_another_canvas")
    accordion.notice(SimpleNamespace(), "img2img_image")
    for part in (foreground, background, SimpleNamespace(elem_classes=["logical_image_background"])):
        accordion.notice(part, "uuid")
    for elem_id, widget in parts.items():
        accordion.notice(widget, elem_id)
    assert accordion._target.image is background


def test_a_canvas_that_cannot_be_drawn_is_told(accordion: Any, gradio: Any) -> None:
    accordion.build(str, is_img2img=True)
    for elem_id, widget in img2img(gradio).items():
        accordion.notice(widget, elem_id)
    ((put, _),) = button(gradio, DRAFT).clicks
    with pytest.raises(gradio.Error, match="line 1"):
        put("no canvas", 0.95, 64, 64)


def test_the_switch_is_the_accordions_own_header_where_the_host_has_such_ones(
    accordion: Any, input_accordion: type
) -> None:
    (switch, *_) = accordion.build(lambda name: f"id_{name}", is_img2img=False)
    assert type(switch) is input_accordion
    assert (switch.keywords, switch.value) == ({"label": "Omost", "elem_id": "id_accordion"}, False)
    assert switch.accordion.do_not_save_to_config  # or the host would open it as it was saved
    assert switch.do_not_save_to_config


def test_without_such_a_header_the_switch_is_a_box_inside(accordion: Any, gradio: Any) -> None:
    (switch, *_) = accordion.build(lambda name: f"id_{name}", is_img2img=False)
    assert type(switch) is gradio.Checkbox
    assert (switch.keywords["label"], switch.keywords["elem_id"]) == ("Enable", "id_enabled")


@pytest.mark.parametrize(
    ("is_img2img", "hidden"), [(False, {"redraw", "place"}), (True, {"draft"})], ids=["txt2img", "img2img"]
)
def test_a_field_that_does_nothing_in_a_tab_is_not_seen_there(
    accordion: Any, gradio: Any, is_img2img: bool, hidden: set[str]
) -> None:
    """img2img has the draft by its button alone."""
    widgets = accordion.build(str, is_img2img=is_img2img)
    told = {field.name for widget, field in zip(widgets, FIELDS, strict=True) if widget.keywords.get("elem_classes")}
    assert told == hidden


def test_txt2img_has_no_such_button(accordion: Any, gradio: Any) -> None:
    accordion.build(str, is_img2img=False)
    assert [one.arguments[0] for one in gradio.buttons] == [DEPTH]


@pytest.mark.parametrize(
    ("told", "weight"),
    [("0.7 by net [abc]", 0.7), ("2 by net", 2.0), ("3 by net", None), ("nan by net", None), ("", None), ("net", None)],
)
def test_the_weight_of_a_depth_map_is_read_from_what_an_infotext_says(
    accordion: Any, told: str, weight: float | None
) -> None:
    accordion.build(str, is_img2img=False)
    *_, (_, read) = accordion.infotext_fields()
    assert read({"Omost depth": told, "Steps": "20"}) == weight
