"""Other ways in: the public client, the extension's routes, X/Y/Z plots; and what is told of it in the host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from lib_omost.canvas import canvas_to_json, parse_canvas, read_canvas
from lib_omost.settings.fields import FIELDS, TITLE
from tests.hosts.installed.jobs import CODE, JOB, RIGHT_ASKS_ELSE, as_png, canvas_in, draw, omost, same


def test_the_public_client_webuiapi(host: Any) -> None:
    webuiapi = pytest.importorskip("webuiapi")
    address = urlsplit(host.url)
    client = webuiapi.WebUIApi(host=address.hostname, port=address.port)
    names = {"sampler_name", "scheduler", "prompt", "steps", "cfg_scale", "width", "height", "seed"}
    settings = {} if host.checkpoint is None else {"sd_model_checkpoint": host.checkpoint}
    result = client.txt2img(
        **{name: value for name, value in JOB.items() if name in names},
        override_settings=settings,
        **omost(),
    )
    ours, _ = draw(host, **omost())
    assert same(result.image.convert("RGB"), ours[0])


def test_parse_and_draft_routes(host: Any) -> None:
    parsed = httpx.post(f"{host.url}/omost/v1/parse", json={"text": CODE}, timeout=60).json()
    assert [region["color"] for region in parsed["regions"]] == [[255, 255, 255], [255, 0, 0], [0, 0, 255]]
    draft = httpx.post(f"{host.url}/omost/v1/draft", json={"text": CODE, "width": 64, "height": 64}, timeout=60)
    assert draft.json()["image"].startswith("iVBORw0KGgo")
    refused = httpx.post(f"{host.url}/omost/v1/parse", json={"text": "none"}, timeout=60)
    assert (refused.status_code, "line 1" in refused.text) == (422, True)


def test_routes_in_the_hosts_docs(host: Any) -> None:
    paths = host.get("openapi.json")["paths"]
    assert {"/omost/v1/parse", "/omost/v1/draft", "/omost/v1/schema"} <= paths.keys()


def test_script_info_tells_every_field(host: Any) -> None:
    """A host that cannot describe a script answers 422 or 500 here for all of them."""
    scripts = host.get("sdapi/v1/script-info")
    ours = next(one for one in scripts if one["name"] == "omost" and not one["is_img2img"])
    switch, *others = (argument["label"] for argument in ours["args"])
    assert switch in {TITLE, FIELDS[0].label}  # where the accordion is the switch it has the accordion's name
    assert others == [field.label for field in FIELDS[1:]]
    method = next(argument for argument in ours["args"] if argument["label"] == "Method")
    assert "score" in method["choices"]


def test_infotext_round_trip_through_png_info(host: Any) -> None:
    canvas = CODE.replace("A red circle.", "A red circle: \"round\", \\'n\\' so on.")
    settings = {"canvas": canvas, "method": "decomposition", "style": "booru", "mixing": "ignore", "denoise": 0.92}
    images, infotext = draw(host, **omost(**settings))
    told = host.call("png-info", {"image": _png_with(images[0], infotext)}).json()["parameters"]
    assert read_canvas(told["Omost canvas"]).canvas == parse_canvas(canvas)
    assert "\n" not in told["Omost canvas"]
    assert (told["Omost method"], told["Omost tag style"]) == ("decomposition", "booru")
    assert (told["Omost prompt joins"], told["Omost draft denoise"]) == ("ignore", "0.92")
    restored = {field.name: told[field.infotext] for field in FIELDS if field.told and isinstance(field.default, str)}
    again, _ = draw(host, **omost(**restored))
    assert same(again[0], images[0])


def _png_with(image: Any, infotext: str) -> str:
    import base64
    import io

    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", infotext)
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info)
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture
def presets(host: Any) -> Iterator[str]:
    """Two canvases kept under names, as an axis lists them."""
    kept = {"omost test left": CODE, "omost test right": RIGHT_ASKS_ELSE}
    for name, code in kept.items():
        body = {"name": name, "canvas": canvas_to_json(parse_canvas(code))}
        httpx.post(f"{host.url}/omost/v1/presets/keep", json=body, timeout=60).raise_for_status()
    yield ",".join(kept)
    for name in kept:
        httpx.post(f"{host.url}/omost/v1/presets/forget", json={"name": name}, timeout=60).raise_for_status()


def test_xyz_plot_over_presets(host: Any, presets: str) -> None:
    infotexts = plotted(host, "[Omost] Preset", presets)
    found = [canvas_in(text) for text in infotexts if "Omost canvas" in text]
    for code in (CODE, RIGHT_ASKS_ELSE):
        assert parse_canvas(code) in found


def test_xyz_plot(host: Any) -> None:
    infotexts = plotted(host, "[Omost] Method", "score,plain")
    assert sum("Omost method: plain" in text for text in infotexts) >= 1
    assert sum("Omost method: score" in text for text in infotexts) >= 1


def plotted(host: Any, axis: str, chosen: str) -> list[str]:
    """The infotexts of a plot over one axis of ours."""
    options = host.get("sdapi/v1/script-info")
    plot = next(one for one in options if one["name"] == "x/y/z plot" and not one["is_img2img"])
    axes = next(one["choices"] for one in plot["args"] if one["label"] == "X type")
    arguments: dict[str, Any] = {one["label"]: one["value"] for one in plot["args"]}
    arguments |= {"X type": axes.index(axis), "X values": chosen, "Y type": 0, "Z type": 0, "Margins (px)": 0}
    arguments |= {
        "Use text inputs instead of dropdowns": True,
        "Draw legend": True,
        "Include Sub Images": True,
        "Include Sub Grids": False,
    }
    order = [one["label"] for one in plot["args"]]
    values = [_value(one, arguments[label]) for one, label in zip(plot["args"], order, strict=True)]
    answer = host.call("txt2img", JOB | omost() | {"script_name": "x/y/z plot", "script_args": values})
    assert answer.status_code == 200, answer.text[:500]
    infotexts = json.loads(answer.json()["info"])["infotexts"]
    return [text for text in infotexts if text]  # a grid may have none


def _value(argument: dict[str, Any], value: Any) -> Any:
    if argument["label"] and argument["label"].endswith(" values") and value is None:
        return ""
    return value


def test_a_draft_as_init_image_is_where_img2img_starts(host: Any) -> None:
    answer = httpx.post(
        f"{host.url}/omost/v1/draft", json={"text": CODE, "width": 128, "height": 128, "blurred": True}, timeout=60
    )
    by_hand, _ = draw(host, "img2img", init_images=[answer.json()["image"]], denoising_strength=0.95, **omost())
    other = as_png(by_hand[0].resize((128, 128)).point(lambda value: 255 - value))
    elsewhere, _ = draw(host, "img2img", init_images=[other], denoising_strength=0.95, **omost())
    assert not same(by_hand[0], elsewhere[0])
