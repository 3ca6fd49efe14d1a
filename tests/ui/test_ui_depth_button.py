"""The button that fills a unit of ControlNet's page with the depth map, in A1111's extension and in Forge."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lib_omost.canvas import depth_map, read_canvas

DEPTH, CANNY = "control_sd15_depth [1]", "control_sd15_canny [2]"
LABEL = "Send the depth map to ControlNet"
SAME = "controlnet_same_img2img_checkbox"


@pytest.fixture
def page(gradio: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An accordion in a page whose ControlNet is made when the test says."""
    nets = {"None": None, CANNY: "canny.pth", DEPTH: "depth.pth"}
    monkeypatch.setitem(sys.modules, "scripts.global_state", SimpleNamespace(cn_models=nets, Preprocessor=None))
    models = SimpleNamespace(get_closet_checkpoint_match=lambda title: None)
    shared = SimpleNamespace(opts=SimpleNamespace(sd_model_checkpoint="mini"))
    modules = SimpleNamespace(sd_models=models, shared=shared)
    for name, fake in {"modules": modules, "modules.sd_models": models, "modules.shared": shared}.items():
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.delitem(sys.modules, "lib_omost.ui.depth_button", raising=False)
    from lib_omost.ui.accordion import Accordion

    return SimpleNamespace(accordion=Accordion(), gradio=gradio, nets=nets)


def add_units(page: Any, tab: str = "txt2img", *, count: int = 3, is_forge: bool = False) -> dict[str, Any]:
    """The widgets of ControlNet's units as the host makes them, by id."""
    gradio, made = page.gradio, {}

    def make(name: str, component: Any) -> None:
        made[name] = component
        page.accordion.notice(component, name)

    for number in range(count):
        if is_forge:
            header = gradio.Checkbox()
            header.elem_classes = ["cnet-unit-enabled-accordion"]
            make(f"header-{number}", header)
        prefix = f"{tab}_controlnet_ControlNet-{number}_" if count > 1 else f"{tab}_controlnet_ControlNet_"
        make(prefix + "input_image", gradio.HTML() if is_forge else gradio.Image())
        if is_forge:
            for part in ("foreground", "background"):
                made[f"{part}-{number}"] = component = SimpleNamespace(elem_classes=[f"logical_image_{part}"])
                page.accordion.notice(component, "uuid")
        make(prefix + "generated_image", gradio.Image())
        for name in ("controlnet_enable_checkbox", *([SAME] if tab == "img2img" else [])):
            make(prefix + name, gradio.Checkbox())
        make(prefix + "controlnet_preprocessor_dropdown", gradio.Dropdown(value="None" if is_forge else "none"))
        for name in ("controlnet_model_dropdown", "controlnet_resize_mode_radio"):
            make(prefix + name, gradio.Dropdown())
    return made


def finish(page: Any, tab: str = "txt2img") -> tuple[Any, dict[str, Any]]:
    """What a press does, and its wiring, once all of the tab is there."""
    for name in ("width", "height"):
        page.accordion.notice(page.gradio.Slider(), f"{tab}_{name}")
    page.accordion.notice(page.gradio.HTML(), f"{tab}_gallery")
    ((send, wiring),) = next(one for one in page.gradio.buttons if one.arguments[0] == LABEL).clicks
    return send, wiring


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("is_forge", [True, False])
def test_the_first_free_unit_gets_map_and_model_whichever_script_comes_first(
    page: Any, code: str, first: bool, is_forge: bool
) -> None:
    made = add_units(page, is_forge=is_forge) if first else {}
    widgets = page.accordion.build(str, is_img2img=False)
    made = made or add_units(page, is_forge=is_forge)
    send, wiring = finish(page)
    unit, depth, *updates = send(code, 96.0, 64.0, None, True, CANNY, False, "None", False, "None")
    changed = {
        id(one): value for one, value in zip(wiring["outputs"][2:], updates, strict=True) if value is not updates[0]
    }
    names = {id(one): name for name, one in made.items()}
    found = {names[key].rpartition("ControlNet-1_")[2]: value for key, value in changed.items()}
    picture = found.pop("background-1" if is_forge else "input_image")
    expected = depth_map(read_canvas(code).require_canvas(), 96, 64)
    assert np.array_equal(picture, np.stack([expected] * 3, -1))
    assert found == {
        "controlnet_enable_checkbox": True,
        "controlnet_preprocessor_dropdown": "None" if is_forge else "none",
        "controlnet_model_dropdown": DEPTH,
        "controlnet_resize_mode_radio": "Just Resize",
    } | ({"header-1": True} if is_forge else {})
    assert page.gradio.told == ["ControlNet's unit 1 holds the depth map, and is on."]
    assert (unit, depth) == (1, 0.0)  # nor does the setting add the map once more
    assert wiring["outputs"][1] is widgets[-1]


def test_another_map_takes_the_place_of_the_one_before_while_that_is_on(page: Any, code: str) -> None:
    page.accordion.build(str, is_img2img=False)
    add_units(page)
    send, _ = finish(page)
    units = [True, CANNY, True, DEPTH, False, "None"]
    assert send(code, 64, 64, 1, *units)[0] == 1
    assert send(code, 64, 64, None, *units)[0] == 2
    units[2] = False
    assert send(code, 64, 64, 1, *units)[0] == 1
    units[0] = False
    assert send(code, 64, 64, 1, *units)[0] == 0


def test_a_page_with_a_single_unit(page: Any, code: str) -> None:
    page.accordion.build(str, is_img2img=False)
    add_units(page, count=1)
    send, wiring = finish(page)
    assert send(code, 64, 64, None, False, "None")[0] == 0
    assert len(wiring["outputs"]) == 2 + 5


def test_in_img2img_a_unit_must_show_a_picture_of_its_own(page: Any, code: str) -> None:
    """The host empties it when that is ticked, so it is ticked first."""
    page.accordion.build(str, is_img2img=True)
    add_units(page, "img2img", count=2)
    send, _ = finish(page, "img2img")
    with pytest.raises(page.gradio.Error, match="unit 0 shows no picture of its own"):
        send(code, 64, 64, None, False, "None", False, False, "None", False)
    assert send(code, 64, 64, None, False, "None", True, False, "None", False)[0] == 0


@pytest.mark.parametrize(
    ("units", "nets", "message"),
    [
        (0, True, "needs ControlNet, which .* lacks"),
        (3, False, "needs a ControlNet for depth .* models/ControlNet"),
        (2, True, "all units of ControlNet are in use"),
    ],
)
def test_why_it_cannot_be_sent_is_told(page: Any, code: str, units: int, nets: bool, message: str) -> None:
    page.accordion.build(str, is_img2img=False)
    if units:
        add_units(page, count=units)
    send, _ = finish(page)
    if not nets:
        page.nets.clear()
    with pytest.raises(page.gradio.Error, match=message):
        send(code, 64, 64, None, *[units == 2, "None"] * units)


def test_a_text_without_a_canvas_is_told(page: Any) -> None:
    page.accordion.build(str, is_img2img=False)
    add_units(page)
    send, _ = finish(page)
    with pytest.raises(page.gradio.Error, match="line 1"):
        send("no canvas", 64, 64, None, *[False, "None"] * 3)
