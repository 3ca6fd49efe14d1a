"""The extension in installed WebUIs, over their API: `make test-hosts`. Without them every test is skipped."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.hosts.installed.jobs import CODE, HIRES, JOB, RIGHT_ASKS_ELSE, as_png, draw, halves, known, omost, same

FEATURES: dict[str, dict[str, Any]] = {
    "txt2img": {},
    "batch size 2, count 2": {"batch_size": 2, "n_iter": 2},
    "hires, same checkpoint": HIRES,
    "AND": {"prompt": "a forest AND a lake"},
    "CFG 1": {"cfg_scale": 1},
    "sizes that are no multiple of 64": {"width": 136, "height": 104},
    "pad prompts on": {"override_settings": {"pad_cond_uncond": True}},
    "pad prompts off": {"override_settings": {"pad_cond_uncond": False}},
    "long negative prompt": {"negative_prompt": "blurry, " * 60},
    "CLIP skip 2": {"override_settings": {"CLIP_stop_at_last_layers": 2}},
    "prompt editing": {"prompt": "a [forest:lake:2]"},
    "prompt longer than 75 tokens": {"prompt": "a forest by a lake, " * 20},
    "negative guidance minimum sigma": {"s_min_uncond": 4.0, "steps": 6},
    "skip early CFG": {"override_settings": {"skip_early_cond": 0.5}},
    "cond and uncond apart": {"override_settings": {"batch_cond_uncond": False}},
    "token merging": {"override_settings": {"token_merging_ratio": 0.5}},
    "tiling": {"tiling": True},
    "1820 x 1024 in small (228 x 128)": {"width": 232, "height": 128},
    "Euler": {"sampler_name": "Euler", "scheduler": "Automatic"},
    "Heun (second order)": {"sampler_name": "Heun", "scheduler": "Automatic"},
    "DDIM": {"sampler_name": "DDIM", "scheduler": "Automatic"},
    "prompt box with emphasis": {"prompt": "(oil painting:1.2)"},
}
OPTIMISATIONS = ["sdp-no-mem", "sdp", "sub-quadratic", "V1", "InvokeAI", "Doggettx", "None"]


@pytest.mark.parametrize("feature", FEATURES)
def test_a_canvas_changes_the_picture_and_nothing_after_it(host: Any, feature: str) -> None:
    changes = FEATURES[feature]
    before, _ = known(host, **changes)
    steered, infotext = draw(host, **changes, **omost(method="auto"))
    other, _ = draw(host, **changes, **omost(method="auto", canvas=RIGHT_ASKS_ELSE))
    after, _ = draw(host, **changes)
    left, right = halves(other[-1], steered[-1])
    assert right > 2 * left  # words that tell no place give up to 1.6
    assert len(steered) == len(before)
    assert not same(steered[0], before[0])
    assert all(same(one, other) for one, other in zip(before, after, strict=True))
    assert "Omost canvas: " in infotext
    assert np.asarray(steered[0]).std() > 0


@pytest.mark.parametrize("optimisation", OPTIMISATIONS)
def test_attention_optimisation(host: Any, optimisation: str) -> None:
    if host.name != "A1111":
        pytest.skip("a setting of A1111 alone")
    try:
        chosen = host.call("options", {"cross_attention_optimization": optimisation})
        assert chosen.status_code == 200
        steered, _ = draw(host, **omost())
    finally:
        host.call("options", {"cross_attention_optimization": "Automatic"})
    automatic, _ = known(host, **omost())
    difference = np.asarray(steered[0], float) - np.asarray(automatic[0], float)
    assert np.abs(difference).mean() < 2


def test_img2img(host: Any) -> None:
    gray = as_png(Image.new("RGB", (128, 128), (200, 200, 200)))
    changes = {"init_images": [gray], "denoising_strength": 0.9}
    plain, _ = known(host, "img2img", **changes)
    steered, _ = draw(host, "img2img", **changes, **omost())
    assert not same(plain[0], steered[0])


def test_inpaint(host: Any) -> None:
    gray = Image.new("RGB", (128, 128), (200, 200, 200))
    mask = Image.new("L", (128, 128), 0)
    mask.paste(255, (64, 0, 128, 128))
    changes = {"init_images": [as_png(gray)], "mask": as_png(mask), "denoising_strength": 0.9, "inpainting_fill": 1}
    steered, _ = draw(host, "img2img", **changes, **omost())
    pixels = np.asarray(steered[0], float)
    assert np.abs(pixels[:, :48] - 200).mean() < 5
    assert np.abs(pixels[:, 80:] - 200).mean() > 5


def test_draft(host: Any) -> None:
    from_noise, _ = known(host, **omost())
    from_draft, infotext = draw(host, **omost(draft=True, denoise=0.92))
    assert not same(from_noise[0], from_draft[0])
    assert "Omost draft denoise: 0.92" in infotext


def test_positional_arguments_are_the_dict(host: Any) -> None:
    by_name, _ = known(host, **omost(method="decomposition"))
    by_place, _ = draw(host, alwayson_scripts={"Omost": {"args": [True, CODE, "decomposition"]}})
    assert same(by_name[0], by_place[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"canvas": "no canvas"}, "line 1"), ({"method": "magic"}, "magic"), ({"canva": ""}, "canva")],
    ids=["canvas that is none", "unknown method", "unknown field"],
)
def test_refusal(host: Any, wrong: dict[str, str], message: str) -> None:
    answer = host.call("txt2img", JOB | omost(**wrong))
    assert answer.status_code == 422
    assert message in answer.text


@pytest.mark.parametrize("end", ["interrupt", "skip"])
def test_ended_in_mid_run(host: Any, end: str) -> None:
    before, _ = known(host)
    started = threading.Thread(target=host.call, args=("txt2img", JOB | omost() | {"steps": 150}))
    started.start()
    while not 2 < step_of(host) < 100:
        time.sleep(0.05)
    host.call(end, {})
    started.join()
    assert step_of(host) < 140
    after, _ = draw(host)
    assert same(before[0], after[0])
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


def step_of(host: Any) -> int:
    """The sampling step that the WebUI draws, or drew last."""
    return int(host.get("sdapi/v1/progress?skip_current_image=true")["state"]["sampling_step"])


def test_twenty_mixed_runs_do_not_grow_the_process(host: Any) -> None:
    server = psutil.Process(host.pid)
    kinds = [omost(), {}, omost(method="decomposition"), omost(draft=True), omost(method="plain")]
    for kind in kinds * 2:
        draw(host, **kind)
    sizes = []
    for number in range(20):
        draw(host, **kinds[number % len(kinds)])
        sizes.append(server.memory_info().rss / 2**20)
    slope = np.polyfit(np.arange(20), sizes, 1)[0]
    assert slope < 1.0, f"{slope:.2f} MiB a run"
