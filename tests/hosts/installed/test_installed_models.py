"""More than one model in a job, and what comes with a checkpoint: LoRA, textual inversion, SDXL, refiner, hires."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image
from webui_process import HOSTS

from tests.hosts.installed.jobs import HIRES, JOB, apart, as_png, draw, known, omost, same


def test_hires_other_checkpoint(host: Any) -> None:
    other = host.named("OTHER_CHECKPOINT")
    changes = HIRES | {"hr_checkpoint_name": other}
    before, _ = known(host, **changes)
    steered, infotext = draw(host, **changes, **omost())
    after, _ = draw(host, **changes)
    first_pass_alone, _ = draw(host, **changes, **omost(hires="first pass only"))
    assert "Hires checkpoint" in infotext
    assert same(before[0], after[0])
    assert not same(steered[0], before[0])
    assert not same(steered[0], first_pass_alone[0])


def test_refiner(host: Any) -> None:
    changes = {"refiner_checkpoint": host.named("OTHER_CHECKPOINT"), "refiner_switch_at": 0.5}
    before, _ = known(host, **changes)
    steered, _ = draw(host, **changes, **omost())
    after, _ = draw(host, **changes)
    assert same(before[0], after[0])
    assert not same(steered[0], before[0])
    assert (
        apart(host, method="score", **changes | {"steps": 8, "refiner_switch_at": 0.13}) > 2
    )  # the refiner's, all but one
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


def test_refiner_of_sdxl(host: Any) -> None:
    """It has another text encoder than the model before it, and other widths."""
    changes = {
        "override_settings": {"sd_model_checkpoint": host.named("SDXL_CHECKPOINT")},
        "refiner_checkpoint": host.named("SDXL_REFINER"),
        "refiner_switch_at": 0.5,
    }
    before, _ = known(host, **changes)
    steered, infotext = draw(host, **changes, **omost())
    after, _ = draw(host, **changes)
    assert "Refiner" in infotext
    assert same(before[0], after[0])
    assert not same(steered[0], before[0])
    assert apart(host, **changes) > 1.5  # random weights


def test_lora_in_the_prompt(host: Any) -> None:
    lora = host.named("LORA")
    plain, _ = known(host, **omost())
    with_lora, infotext = draw(host, prompt=f"<lora:{lora}:1>", **omost())
    again, _ = draw(host, **omost())
    assert lora in infotext
    assert not same(plain[0], with_lora[0])
    assert same(plain[0], again[0])


def test_textual_inversion(host: Any) -> None:
    embedding = host.named("EMBEDDING")
    assert embedding in host.get("sdapi/v1/embeddings")["loaded"]
    plain, _ = known(host, **omost())
    with_embedding, _ = draw(host, prompt=embedding, **omost())
    ignored, _ = draw(host, prompt=embedding, **omost(mixing="ignore"))
    assert not same(plain[0], with_embedding[0])
    assert same(plain[0], ignored[0])


def test_control_net(host: Any) -> None:
    """The picture follows both; without the net the regions alone are left."""
    if not any(one["name"] == "controlnet" for one in host.get("sdapi/v1/script-info")):
        pytest.skip(f"{host.name} has no ControlNet of its own")
    picture = as_png(Image.linear_gradient("L").resize((128, 128)).convert("RGB"))
    named = host.named("CONTROLNET")
    (model,) = (one for one in host.get("controlnet/model_list")["model_list"] if one.startswith(named))
    unit = {"enabled": True, "module": "None", "model": model, "weight": 1.0, "image": picture}
    net = {"ControlNet": {"args": [unit]}}
    regions, _ = known(host, **omost())
    net_alone, _ = draw(host, alwayson_scripts=net)
    both, infotext = draw(host, alwayson_scripts=net | omost()["alwayson_scripts"])
    after, _ = draw(host, **omost())
    plain, _ = known(host)
    assert "ControlNet" in infotext
    assert not same(net_alone[0], plain[0])
    assert not same(both[0], regions[0])
    assert not same(both[0], net_alone[0])
    assert same(after[0], regions[0])


@pytest.mark.parametrize("kind", ["SD2", "SDXL"])
def test_kind_of_model(host: Any, kind: str) -> None:
    if kind in HOSTS[host.name].lacks:
        pytest.skip(f"{host.name} loads no {kind}.x")
    changes = {"override_settings": {"sd_model_checkpoint": host.named(f"{kind}_CHECKPOINT")}}
    before, _ = known(host, **changes)
    steered, _ = draw(host, **changes, **omost())
    after, _ = draw(host, **changes)
    assert same(before[0], after[0])
    assert not same(steered[0], before[0])
    assert apart(host, **changes) > 2  # random weights


def beside(patch: str, **changes: Any) -> dict[str, Any]:
    """A job with the canvas and with a patch of the probe's."""
    return {"alwayson_scripts": omost()["alwayson_scripts"] | {"Omost probe": {"args": [patch]}}, **changes}


def test_replacements_of_attention_stand_beside_the_regions(host: Any) -> None:
    if host.name == "A1111":
        pytest.skip("A1111 has no patches")
    regions, _ = known(host, **omost())
    same_attention, _ = draw(host, **beside("same"))
    adapter, _ = draw(host, **beside("adapter"))
    adapter_alone, _ = draw(host, alwayson_scripts={"Omost probe": {"args": ["adapter"]}})
    after, _ = draw(host, **omost())
    difference = np.abs(np.asarray(regions[0], float) - np.asarray(same_attention[0], float))
    assert difference.mean() < 2
    assert not same(adapter[0], regions[0])
    assert not same(adapter[0], adapter_alone[0])
    assert same(after[0], regions[0])


def test_a_patch_of_what_attention_reads_is_refused_by_name(host: Any) -> None:
    if host.name == "A1111":
        pytest.skip("A1111 has no patches")
    answer = host.call("txt2img", JOB | beside("couple"))
    assert answer.status_code == 422
    assert "omost-probe" in answer.text


@pytest.mark.parametrize("sampler", ["Euler a", "DPM++ SDE", "DPM fast", "UniPC", "DDIM", "LCM"])
def test_draft_with_sampler(host: Any, sampler: str) -> None:
    changes = {"sampler_name": sampler, "scheduler": "Automatic", "steps": 6}
    from_noise, _ = known(host, **changes, **omost())
    from_draft, infotext = draw(host, **changes, **omost(draft=True))
    assert not same(from_noise[0], from_draft[0])
    assert "Denoising strength" not in infotext  # the user set none


@pytest.mark.parametrize("method", ["decomposition", "plain"])
def test_another_method(host: Any, method: str) -> None:
    score, _ = known(host, **omost())
    other, _ = draw(host, **omost(method=method))
    assert not same(score[0], other[0])


BUILT_IN = [
    "freeu",
    "selfattentionguidance",
    "perturbedattentionguidance",
    "kohya hrfix",
    "stylealign",
    "multidiffusion",
]


@pytest.mark.parametrize("extension", BUILT_IN)
def test_beside_forges_own(host: Any, extension: str) -> None:
    """Each either shows in the picture beside the regions or is refused by a message; off again, nothing is left."""
    scripts_so_named = [one for one in host.get("sdapi/v1/script-info") if extension in one["name"]]
    if not scripts_so_named:
        pytest.skip(f"{host.name} has none")
    script = min(scripts_so_named, key=lambda one: one["is_img2img"])  # Neo has MultiDiffusion in img2img alone
    values = [argument["value"] for argument in script["args"]]
    switch = next(number for number, value in enumerate(values) if isinstance(value, bool))
    values[switch] = True
    scripts = {script["name"]: {"args": values}}
    size: dict[str, Any] = {"width": 256, "height": 256, "steps": 3}  # large enough for tiles
    path = "img2img" if script["is_img2img"] else "txt2img"
    if path == "img2img":
        size |= {"init_images": [as_png(Image.new("RGB", (256, 256), (200, 200, 200)))], "denoising_strength": 0.9}
    alone, _ = draw(host, path, alwayson_scripts=scripts, **size)
    regions, _ = known(host, path, **omost(), **size)
    answer = host.call(path, JOB | size | {"alwayson_scripts": scripts | omost()["alwayson_scripts"]})
    if answer.status_code == 200:
        both, _ = draw(host, path, alwayson_scripts=scripts | omost()["alwayson_scripts"], **size)
        assert not same(both[0], alone[0])
        assert not same(both[0], regions[0])
    else:
        assert answer.status_code == 422
        assert "Omost" in answer.text
    after, _ = draw(host, path, **omost(), **size)
    assert same(after[0], regions[0])
