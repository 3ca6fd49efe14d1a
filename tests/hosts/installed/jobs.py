"""Jobs for the tests in real hosts: small, over the host's API."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from webui_process import HOSTS

from lib_omost.canvas import Canvas, Region, read_canvas, write_canvas

CODE = write_canvas(
    Canvas(
        "A white background.",
        color_name="white",
        regions=(
            Region("on the left", "no offset", "a small square area", 5.0, "A red circle.", color_name="red"),
            Region("on the right", "no offset", "a small square area", 5.0, "A blue square.", color_name="blue"),
        ),
    )
)
LEFT_ASKS_ELSE = CODE.replace("A red circle.", "A yellow star.")  # its place and colour stay
RIGHT_ASKS_ELSE = CODE.replace("A blue square.", "A green ring.")
JOB = {
    "prompt": "",
    "steps": 4,
    "cfg_scale": 5,
    "width": 128,
    "height": 128,
    "seed": 3,
    "sampler_name": "DPM++ 2M",
    "scheduler": "Karras",
}
HIRES = {  # a host passes over the fields that it does not know
    "enable_hr": True,
    "hr_scale": 1.5,
    "denoising_strength": 0.5,
    "hr_upscaler": "Latent",
    "hr_cfg": 5,  # Forge, reForge and Neo
    "hr_cfg_scale": 5,  # Classic
    "hr_additional_modules": ["Use same choices"],
}
WAYS: dict[str, dict[str, Any]] = {  # by what is asked of a method beside one small picture
    "a batch": {"batch_size": 2, "width": 136, "height": 104},
    "a hires pass": HIRES,
    "rows apart": {"override_settings": {"batch_cond_uncond": False}},
    "no guidance": {"cfg_scale": 1},
}


def omost(**fields: Any) -> dict[str, Any]:
    """The part of a request that switches the canvas on."""
    return {"alwayson_scripts": {"Omost": {"args": [{"canvas": CODE, **fields}]}}}


def draw(host: Any, path: str = "txt2img", **changes: Any) -> tuple[list[Image.Image], str]:
    """The pictures of a job and the first one's infotext. Settings that the job overrides are put back.

    A1111 itself leaves an override in place that its config.json did not name before. Where the host lacks a setting or
    the sampler that is asked for, the test is skipped.
    """
    _skip_without(host, changes)
    names = [name for name in changes.get("override_settings", {}) if name != "sd_model_checkpoint"]
    before = host.get("sdapi/v1/options") if names else {}
    try:
        answer = host.call(path, JOB | changes)
    finally:
        if names:
            host.call("options", {name: before[name] for name in names})
    assert answer.status_code == 200, answer.text[:500]
    data = answer.json()
    images = [Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB") for image in data["images"]]
    return images, json.loads(data["info"])["infotexts"][0]


def known(host: Any, path: str = "txt2img", **changes: Any) -> tuple[list[Image.Image], str]:
    """The same, drawn once for each running WebUI: what comes later is held against a picture from before it all."""
    job = json.dumps([path, changes], sort_keys=True)
    if job not in host.drawn:
        host.drawn[job] = draw(host, path, **changes)
    images, infotext = host.drawn[job]
    return list(images), infotext


def halves(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """The mean difference in the left half and in the right one."""
    difference = np.abs(np.asarray(one, float) - np.asarray(other, float)).mean(axis=2)
    middle = difference.shape[1] // 2
    return float(difference[:, :middle].mean()), float(difference[:, middle:].mean())


def apart(host: Any, path: str = "txt2img", *, method: str = "auto", **changes: Any) -> float:
    """How much more a half changes by words of its own region than by the other's, both halves taken.

    The product of two ratios: how easily either half is changed falls out. About 1 where words tell no place.
    """
    ours = draw(host, path, **changes, **omost(method=method))[0][-1]
    ratio = 1.0
    for own, canvas in enumerate((LEFT_ASKS_ELSE, RIGHT_ASKS_ELSE)):
        other = draw(host, path, **changes, **omost(canvas=canvas, method=method))[0][-1]
        change = halves(other, ours)
        ratio *= change[own] / change[1 - own]
    return ratio


def _skip_without(host: Any, changes: dict[str, Any]) -> None:
    """Skip the test where the host's row says that it lacks what `changes` ask for, and the host does lack it."""
    lacks = HOSTS[host.name].lacks
    for name in lacks & changes.get("override_settings", {}).keys():
        assert name not in host.get("sdapi/v1/options"), f"{host.name} has {name}"
        pytest.skip(f"{host.name} has no setting {name}")
    if (sampler := changes.get("sampler_name")) in lacks:
        assert sampler not in {one["name"] for one in host.get("sdapi/v1/samplers")}, f"{host.name} has {sampler}"
        pytest.skip(f"{host.name} has no sampler {sampler}")


def as_png(image: Image.Image) -> str:
    """A PNG file in base64."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are equal byte for byte."""
    return one.size == other.size and one.tobytes() == other.tobytes()


def canvas_in(infotext: str) -> Canvas:
    """The canvas that an infotext restores; WebUIs write a value with commas as a JSON string."""
    quoted = re.search(r'Omost canvas: ("(?:[^"\\]|\\.)*")', infotext)
    assert quoted is not None, infotext
    return read_canvas(json.loads(quoted[1])).require_canvas()
