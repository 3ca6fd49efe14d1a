"""The canvas's depth map through the ControlNet of installed WebUIs, by a net whose name has "depth"; in A1111 through
the ControlNet extension, which OMOST_BESIDE_DIR holds under its repository's name."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from lib_omost.canvas import Canvas, Region, depth_map, parse_canvas, write_canvas
from tests.hosts.installed.conftest import with_control_net
from tests.hosts.installed.driving import (
    GENERATE_MS,
    PAGE_MS,
    field,
    generate,
    open_accordion,
    opened_page,
    picture_in_gallery,
    put_canvas,
    set_size,
    shot,
    switch,
)
from tests.hosts.installed.jobs import HIRES, JOB, as_png, draw, known, omost, same

CODE = write_canvas(
    Canvas(
        "A white background.",
        color_name="white",
        regions=(
            Region("on the left", "no offset", "a small square area", 2.0, "A red circle.", color_name="red"),
            Region("on the right", "no offset", "a small square area", 5.0, "A blue square.", color_name="blue"),
        ),
    )
)


@pytest.fixture(scope="module")
def netted(host: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The host with such a net: A1111 with the extension."""
    host.named("DEPTH_NET")
    with with_control_net(host, tmp_path_factory.mktemp("netted")) as running:
        yield running


def model_of(host: Any) -> str:
    """The net's name with its hash, as units have it."""
    (name,) = (
        one for one in host.get("controlnet/model_list")["model_list"] if one.startswith(host.named("DEPTH_NET"))
    )
    return str(name)


def unit_of(host: Any, picture: Image.Image, weight: float) -> dict[str, Any]:
    """A unit as people fill it."""
    return {
        "enabled": True,
        "module": "None" if host.name != "A1111" else "none",
        "model": model_of(host),
        "weight": weight,
        "image": as_png(picture.convert("RGB")),
        "resize_mode": "Just Resize",
        "pixel_perfect": True,
    }


def map_of(width: int, height: int) -> Image.Image:
    return Image.fromarray(depth_map(parse_canvas(CODE), width, height))


def beside(units: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A job with the canvas and with units of ControlNet."""
    scripts = omost(canvas=CODE, **fields)["alwayson_scripts"]
    return {"alwayson_scripts": scripts | ({"ControlNet": {"args": units}} if units else {})}


def test_it_is_a_unit_filled_by_hand_and_nothing_is_left_of_it(netted: Any) -> None:
    host, model = netted, model_of(netted)
    before, _ = known(host, **beside([]))
    plain, _ = known(host)
    ours, infotext = draw(host, **beside([], depth=0.7))
    by_hand, theirs = draw(host, **beside([unit_of(host, map_of(128, 128), 0.7)]))
    stronger, _ = draw(host, **beside([], depth=1.5))
    after, without = draw(host, **beside([]))
    off, _ = draw(host)
    assert not same(ours[0], before[0])
    assert not same(stronger[0], ours[0])
    assert same(ours[0], by_hand[0])
    assert same(after[0], before[0])
    assert same(off[0], plain[0])
    assert f"Omost depth: 0.7 by {model}" in infotext
    assert "ControlNet 0" in theirs
    assert "ControlNet 0" not in infotext
    assert "Omost depth" not in without + theirs
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


def test_in_a_batch_and_a_hires_pass(netted: Any) -> None:
    host, changes = netted, {**HIRES, "batch_size": 2, "width": 192, "height": 128}
    ours, infotext = draw(host, **changes, **beside([], depth=1.0))
    by_hand, _ = draw(host, **changes, **beside([unit_of(host, map_of(192, 128), 1.0)]))
    without, _ = draw(host, **changes, **beside([]))
    assert all(same(one, other) for one, other in zip(ours[:2], by_hand[:2], strict=True))
    assert not any(same(one, other) for one, other in zip(ours[:2], without[:2], strict=True))
    assert "Omost depth: 1 by" in infotext


def test_a_unit_that_the_user_set_is_kept(netted: Any) -> None:
    host = netted
    own = unit_of(host, Image.linear_gradient("L").resize((128, 128)), 0.5)
    alone, _ = draw(host, **beside([own]))
    ours, infotext = draw(host, **beside([own], depth=0.7))
    by_hand, _ = draw(host, **beside([own, unit_of(host, map_of(128, 128), 0.7)]))
    assert same(ours[0], by_hand[0])
    assert not same(ours[0], alone[0])
    assert "ControlNet 0" in infotext
    assert "ControlNet 1" not in infotext


def test_with_a_region_that_is_redrawn(netted: Any) -> None:
    """ControlNet reads the map in the part that is drawn, and the rest keeps its pixels."""
    host = netted
    picture, _ = known(host, **beside([]))
    given = {"init_images": [as_png(picture[0])], "denoising_strength": 0.9}
    without, _ = draw(host, "img2img", **given, **beside([], redraw="1"))
    ours, infotext = draw(host, "img2img", **given, **beside([], redraw="1", depth=1.0))
    changed = np.abs(np.asarray(ours[0], float) - np.asarray(without[0], float)).max(axis=2)
    assert "Omost depth: 1 by" in infotext
    assert changed[:, :64].max() > 8
    assert changed[:, 72:].max() == 0


def test_what_lacks_is_refused_with_words(netted: Any) -> None:
    host = netted
    gone = beside([{"enabled": False, "module": "none", "model": "a depth net"}], depth=1.0)
    all_in_use = beside([unit_of(host, map_of(64, 64), 1.0)] * 3, depth=1.0)
    for job, message in ((gone, "no ControlNet a depth net"), (all_in_use, "all units of ControlNet are in use")):
        answer = host.call("txt2img", JOB | job)
        assert answer.status_code == 422, answer.text[:300]
        assert message in answer.text


def test_without_controlnet_or_such_a_net_it_is_refused(host: Any) -> None:
    changes: dict[str, Any] = beside([], depth=1.0)
    if host.name != "A1111":
        changes["override_settings"] = {"sd_model_checkpoint": host.named("SDXL_CHECKPOINT")}
    answer = host.call("txt2img", JOB | changes)
    assert answer.status_code == 422
    assert ("needs ControlNet" if host.name == "A1111" else "needs a ControlNet for depth") in answer.text


def test_the_route_gives_the_map(host: Any) -> None:
    asked = {"text": CODE, "width": 96, "height": 64}
    answer = httpx.post(f"{host.url}/omost/v1/depth", json=asked, timeout=60)
    answer.raise_for_status()
    picture = Image.open(io.BytesIO(base64.b64decode(answer.json()["image"])))
    assert same(picture, map_of(96, 64))


@pytest.fixture
def chosen(netted: Any) -> Iterator[Any]:
    """The host whose page draws with the test's checkpoint, too: the net is one that fits it."""
    before = netted.get("sdapi/v1/options")["sd_model_checkpoint"]
    if netted.checkpoint is not None:
        assert netted.call("options", {"sd_model_checkpoint": netted.checkpoint}).status_code == 200
    yield netted
    netted.call("options", {"sd_model_checkpoint": before})


def test_the_button_fills_a_unit_of_the_page(chosen: Any, browser: Any) -> None:
    """A press more, and it is the same unit's; what is drawn tells that ControlNet drew with it."""
    host = chosen
    with opened_page(host, browser) as page:
        set_size(page, "txt2img")
        open_accordion(page, "txt2img")
        switch(page, "txt2img").check()
        put_canvas(page, "txt2img", CODE)
        field(page, "txt2img", "steering").locator(".label-wrap").first.click()
        button = field(page, "txt2img", "depth_to_control_net")
        on = "#txt2img_controlnet_ControlNet-{}_controlnet_enable_checkbox input"
        for _ in range(2):
            button.click()
            page.wait_for_function("id => document.querySelector(id)?.checked", arg=on.format(0), timeout=PAGE_MS)
            page.wait_for_timeout(3000)
        assert not page.locator(on.format(1)).is_checked()
        shot(page, host, "depth")
        generate(page, "txt2img")
        told = page.locator("#html_info_txt2img").last.inner_text(timeout=GENERATE_MS)
        picture = picture_in_gallery(page, host, "txt2img")
    assert "ControlNet 0" in told
    assert model_of(host) in told
    assert "Omost depth" not in told
    assert picture.size == (128, 128)
