"""Regions in whole jobs of models that are no UNet: the host's own engine, with a small random model of each family.

Where a host has no such classes, as its loader wants, the family is not available there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from webui_process import CALL_SECONDS, started

from lib_omost.canvas import Canvas, Reference, parse_canvas, write_canvas
from tests.hosts.installed.conftest import EXTENSIONS
from tests.hosts.installed.denoisers.tiny import MODELS
from tests.hosts.installed.jobs import CODE, JOB, RIGHT_ASKS_ELSE, apart, as_png, canvas_in, draw, halves, omost, same
from tests.hosts.installed.test_installed_powers import code_with
from tests.hosts.installed.test_installed_references import kept

FLOW = {"sampler_name": "Euler", "scheduler": "Simple", "steps": 3}
JOINT = {
    "flux": "Flux",
    "klein": "Flux.2",
    "chroma": "Chroma",
    "sd3": "SD3",
    "z_image": "Z-Image",
    "lumina2": "Lumina 2",
    "qwen_image": "Qwen-Image",
}


def put(host: Any, family: str) -> str:
    answer = httpx.post(f"{host.url}/omost-probe/tiny", params={"family": family}, timeout=CALL_SECONDS)
    assert answer.status_code == 200, f"{answer.text[:300]} {host.log.read_text()[-3000:]}"
    return str(answer.json()["model"])


@pytest.fixture
def family(request: pytest.FixtureRequest, host: Any) -> Iterator[str]:
    built = {**MODELS, "Neo": {*MODELS["Neo"], "kontext"}}
    if request.param not in built.get(host.name, ()):
        pytest.skip(f"{host.name} does not build {request.param} of such classes")
    draw(host, steps=1)
    put(host, request.param)
    try:
        yield request.param
    finally:
        put(host, "")


@pytest.mark.parametrize("family", [*JOINT, "anima"], indirect=True)
@pytest.mark.parametrize("cfg", [1, 4])
def test_regions_steer_and_nothing_is_left(host: Any, family: str, cfg: int) -> None:
    job = FLOW | {"cfg_scale": cfg, "prompt": family}  # what is encoded is kept by the file, which is the same for all
    own = "layout" if family in JOINT else "score"
    before, _ = draw(host, **job)
    steered, infotext = draw(host, **job, **omost(method=own))
    again, _ = draw(host, **job, **omost(method=own), batch_size=2)
    after, _ = draw(host, **job)
    assert f"Omost method: {own}" in infotext
    assert not same(steered[0], before[0])
    assert len(again) >= 2
    assert apart(host, method=own, **job) > 1
    assert same(before[0], after[0])
    assert host.get("omost-probe/forwards") == {"own": 0, "hooks": 0}


@pytest.mark.parametrize("family", [*JOINT, "kontext", "anima"], indirect=True)
@pytest.mark.parametrize("cfg", [1, 4])
def test_a_sketch_begins_from_the_canvas_s_colours(host: Any, family: str, cfg: int) -> None:
    job = FLOW | {
        "cfg_scale": cfg,
        "prompt": f"{family} sketched",
        "steps": 12,
    }  # Flux.2's schedule keeps to strong noise
    before, _ = draw(host, **job, **omost(method="plain"))
    begun, infotext = draw(host, **job, **omost(method="sketch"))
    in_lime = CODE.replace("'red'", "'lime'")  # the words do not name it
    other, _ = draw(host, **job, **omost(method="sketch", canvas=in_lime))
    without = [draw(host, **job, **omost(method="plain", canvas=canvas))[0][0] for canvas in (CODE, in_lime)]
    again, by_default = draw(host, **job, **omost(method="auto"))
    after, _ = draw(host, **job, **omost(method="plain"))
    assert "Omost method: sketch" in infotext
    assert "Omost method: sketch" in by_default
    assert "Omost note" not in infotext
    assert not same(begun[0], before[0])
    assert same(begun[0], again[0])
    assert not same(other[0], begun[0])
    assert same(*without)
    assert same(before[0], after[0])
    assert host.get("omost-probe/forwards") == {"own": 0, "hooks": 0}


@pytest.mark.parametrize("family", [*JOINT, "anima"], indirect=True)
def test_a_canvas_without_regions_is_its_own_words(host: Any, family: str) -> None:
    words = f"A white background of {family}."
    plain, _ = draw(host, **FLOW, cfg_scale=1, prompt=words)
    canvas = write_canvas(Canvas(words, color_name="white"))
    whole, _ = draw(host, **FLOW, cfg_scale=1, alwayson_scripts={"Omost": {"args": [{"canvas": canvas}]}})
    difference = np.abs(np.asarray(plain[0], int) - np.asarray(whole[0], int))
    assert difference.max() <= (0 if family in JOINT else 2)  # ours rounds cross-attention in another order


@pytest.mark.parametrize("family", ["kontext", "klein"], indirect=True)
@pytest.mark.parametrize("method", ["layout", "plain"])
def test_a_region_s_reference_picture_where_the_model_edits_pictures(host: Any, family: str, method: str) -> None:
    job, name = FLOW | {"cfg_scale": 1, "prompt": family}, kept(host)
    assert host.get("omost/v1/references") == {"reason": ""}
    before, _ = draw(host, **job, **omost(canvas=code_with(), method=method))
    ours, infotext = draw(host, **job, **omost(canvas=code_with(reference=Reference(name)), method=method))
    again, _ = draw(host, **job, **omost(canvas=code_with(reference=Reference(name)), method=method))
    after, _ = draw(host, **job, **omost(canvas=code_with(), method=method))
    left, right = halves(ours[0], before[0])
    assert left > right
    assert same(ours[0], again[0])
    assert same(before[0], after[0])
    assert canvas_in(infotext).regions[0].reference == Reference(name)
    assert "Omost note" not in infotext
    assert host.get("omost-probe/forwards") == {"own": 0, "hooks": 0}


@pytest.mark.parametrize("family", ["kontext", "klein"], indirect=True)
def test_the_draft_that_a_picture_begins_from_is_none_that_the_next_job_edits(host: Any, family: str) -> None:
    job = FLOW | {"cfg_scale": 1, "width": 112, "height": 80, "steps": 20}  # of few the draft leaves none out
    before, _ = draw(host, **job, prompt="one text")
    noise, _ = draw(host, **job, prompt="another", **omost())
    begun, infotext = draw(host, **job, prompt="another", **omost(draft=True, denoise=0.93))
    after, _ = draw(host, **job, prompt="one text")  # which is read anew
    assert "Omost note" not in infotext
    assert begun[0].size == (112, 80)
    assert not same(begun[0], noise[0])
    assert same(before[0], after[0])


@pytest.mark.parametrize("family", ["kontext", "klein"], indirect=True)
def test_regions_stand_beside_a_picture_that_the_model_edits(host: Any, family: str) -> None:
    picture = as_png(Image.new("RGB", (128, 128), (200, 40, 40)))
    job = FLOW | {"cfg_scale": 1, "prompt": "edited", "init_images": [picture], "denoising_strength": 0.9}
    before, _ = draw(host, "img2img", **job)
    steered, infotext = draw(host, "img2img", **job, **omost())
    other, _ = draw(host, "img2img", **job, **omost(canvas=RIGHT_ASKS_ELSE))
    after, _ = draw(host, "img2img", **job)
    assert "Omost note" not in infotext
    assert not same(steered[0], before[0])
    left, right = halves(other[0], steered[0])
    assert right > left
    difference = np.abs(np.asarray(before[0], int) - np.asarray(after[0], int))
    assert difference.max() <= 1  # the WebUI draws a latent from what its VAE says, within very little here
    assert host.get("omost-probe/forwards") == {"own": 0, "hooks": 0}


@pytest.mark.parametrize("family", JOINT, indirect=True)
def test_another_method_is_refused_by_name_and_the_page_knows_before(host: Any, family: str) -> None:
    told = host.get("omost/v1/model")
    assert told["methods"] == ["sketch", "layout", "plain"]
    assert told["has_regions"] is True
    answer = host.call("txt2img", JOB | FLOW | omost(method="score"))
    assert answer.status_code == 422
    assert f"the method score cannot steer {JOINT[family]}" in answer.text
    assert "layout or sketch or plain" in answer.text


@contextmanager
def _t5(host: Any) -> Iterator[None]:
    before = host.get("sdapi/v1/options")["sd3_enable_t5"]
    host.call("options", {"sd3_enable_t5": True})
    try:
        yield
    finally:
        host.call("options", {"sd3_enable_t5": before})


@pytest.mark.parametrize("family", ["sd3"], indirect=True)
@pytest.mark.parametrize("cfg", [1, 4])
def test_regions_are_read_by_t5_where_the_user_has_switched_that_on(host: Any, family: str, cfg: int) -> None:
    job = FLOW | {"cfg_scale": cfg, "prompt": f"{family} and T5"}
    layout = omost(method="layout")
    without, _ = draw(host, **job, **layout)
    with _t5(host):
        before, _ = draw(host, **FLOW, cfg_scale=cfg, prompt="read by T5")  # the WebUI keeps what it read without
        steered, infotext = draw(host, **job, **layout)
        other, _ = draw(host, **job, **omost(canvas=RIGHT_ASKS_ELSE, method="layout"))
        sketched, _ = draw(host, **job, **omost(method="sketch"))
        after, _ = draw(host, **FLOW, cfg_scale=cfg, prompt="read by T5")
    again, _ = draw(host, **job, **layout)
    assert "Omost note" not in infotext
    assert not same(steered[0], without[0])
    assert not same(sketched[0], steered[0])
    left, right = halves(other[0], steered[0])
    assert right > left
    assert same(before[0], after[0])
    assert same(without[0], again[0])
    assert host.get("omost-probe/forwards") == {"own": 0, "hooks": 0}


@pytest.mark.parametrize("family", ["anima"], indirect=True)
def test_negative_words_of_a_region_in_a_model_with_cross_attention(host: Any, family: str) -> None:
    job = FLOW | {"cfg_scale": 4, "prompt": f"{family} negatives"}
    before, _ = draw(host, **job, **omost())
    canvas = parse_canvas(CODE)
    regions = (replace(canvas.regions[0], negative="a red circle"), *canvas.regions[1:])
    ours, infotext = draw(host, **job, **omost(canvas=write_canvas(replace(canvas, regions=regions))))
    after, _ = draw(host, **job, **omost())
    assert not same(ours[0], before[0])
    assert same(after[0], before[0])
    assert "Omost note" not in infotext
    assert host.get("omost-probe/forwards") == {"own": 0, "hooks": 0}


def test_off_is_byte_identical_to_a_webui_without_the_extension(host: Any, tmp_path: Path) -> None:
    families = sorted(MODELS.get(host.name, ()))
    if not families:
        pytest.skip(f"{host.name} builds no such classes")
    job = FLOW | {"cfg_scale": 1}

    def drawn(webui: Any) -> list[tuple[list[Image.Image], str]]:
        """A picture of each family, all from the same state."""
        draw(webui, steps=1)
        pictures = []
        for family in families:
            put(webui, family)
            pictures.append(draw(webui, **job, prompt=f"{family} off"))
        put(webui, "")
        return pictures

    off = drawn(host)
    with started(host.name, tmp_path / "log.txt", {"omost-probe": EXTENSIONS["omost-probe"]}) as without:
        bare = drawn(without)
    for (ours, our_text), (theirs, their_text) in zip(off, bare, strict=True):
        assert same(ours[0], theirs[0])
        assert our_text == their_text
