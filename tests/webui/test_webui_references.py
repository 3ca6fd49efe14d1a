"""Reference pictures of regions in the Forge family: its IP-Adapter under a region's mask, and refusals elsewhere."""

from __future__ import annotations

import io
import json
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from fastapi import HTTPException
from PIL import Image
from torch import nn

from lib_omost.attention.places import place_on
from lib_omost.canvas import Canvas, Reference, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.references import Adapters, adapter_names, region_mask, why_not
from lib_omost.pictures.references import ReferencePictures
from tests.webui.forks import ForgeUNet, Patcher

LEFT = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")
RIGHT = Region("on the right", "no offset", "a small vertical area", 2.0, "A blue square.")


class Adapter:
    """Forge's: hung on a clone of the patcher, it adds a number to what attention gives, where its mask is."""

    def __init__(self) -> None:
        self.ip_adapter = {"image_proj": {"proj.weight": torch.zeros(8, 1024)}, "ip_adapter": {"1.to_k_ip.weight": 0}}
        self.strength = self.start_percent = self.end_percent = -1.0
        self.given: list[tuple[float, Any, torch.Tensor]] = []

    def process_before_every_sampling(self, process: Any, cond: Any, mask: torch.Tensor) -> None:
        self.given.append((self.strength, cond, mask))
        before, weight, objects = _hung(process), self.strength, process.sd_model.forge_objects
        objects.unet = objects.unet.clone()

        def replacement(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, options: Any) -> torch.Tensor:
            split = (tensor.unflatten(-1, (2, -1)).transpose(1, 2) for tensor in (query, key, value))
            own = nn.functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)
            out = own if before is None else before(query, key, value, options)
            here = nn.functional.interpolate(mask, size=(11, 8), mode="bicubic").flatten(2).transpose(1, 2)
            return out + weight * here

        objects.unet.set_model_attn2_replace(replacement, "input", 0)


def _hung(process: Any) -> Any:
    options = process.sd_model.forge_objects.unet.model_options["transformer_options"]
    return options.get("patches_replace", {}).get("attn2", {}).get(("input", 0))


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Adapter:
    """A host with one IP-Adapter for SD1.x, one for SDXL, one for faces, and a ControlNet."""
    found = Adapter()

    def read(input_image: Any, resolution: int) -> Any:
        return {"image": input_image, "resolution": resolution}

    files = {"None": None, "control": tmp_path / "control.safetensors"}
    for name, width, key in (
        ("ip-adapter-faceid_sd15", 768, "ip_adapter.0.to_q_lora.down.weight"),
        ("ip-adapter_xl", 2048, "x"),
        ("my-ip-adapter", 768, "x"),
    ):
        files[name] = tmp_path / f"{name}.safetensors"
        header = json.dumps({"ip_adapter.1.to_k_ip.weight": {"shape": [320, width]}, key: {}}).encode()
        files[name].write_bytes(struct.pack("<Q", len(header)) + header)
    encoders = {"CLIP-ViT-H (IPAdapter)": read}
    loaded = {str(files["my-ip-adapter"]): found, str(files["control"]): object()}
    shared = SimpleNamespace(supported_preprocessors=encoders, try_load_supported_control_model=loaded.__getitem__)
    monkeypatch.setitem(sys.modules, "modules_forge", SimpleNamespace(shared=shared))
    monkeypatch.setitem(sys.modules, "modules_forge.shared", shared)
    state = SimpleNamespace(controlnet_filename_dict=files)
    monkeypatch.setitem(sys.modules, "lib_controlnet", SimpleNamespace(global_state=state))
    monkeypatch.setitem(sys.modules, "lib_controlnet.global_state", state)
    return found


@pytest.fixture
def forge(job: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    unet = ForgeUNet(job.unet)
    job.unet = job.sampler.unet = unet
    model = SimpleNamespace(
        forge_objects=SimpleNamespace(unet=Patcher(unet)),
        text_processing_engine=job.embedder,
        is_sd1=True,
        get_learned_conditioning=job.sd_model.get_learned_conditioning,
    )
    unet.objects = model.forge_objects
    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: model))
    return job


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReferencePictures:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    return ReferencePictures(tmp_path / "references")


@pytest.fixture
def name(pictures: ReferencePictures) -> str:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(file, "PNG")
    return pictures.keep(file.getvalue())


def code_of(*regions: Region) -> str:
    return write_canvas(Canvas("A white background.", regions=regions))


@pytest.mark.parametrize("method", ["score", "plain"])
def test_the_hosts_adapter_gets_each_regions_picture_weight_and_mask(
    forge: Any, run: Callable, adapter: Adapter, name: str, method: str
) -> None:
    before = forge.sd_model.forge_objects.unet
    code = code_of(replace(LEFT, reference=Reference(name, 0.5)), replace(RIGHT, reference=Reference(name, 2.0)))
    plain = run(forge, True, code_of(LEFT, RIGHT), method)
    assert "Omost IP-Adapter" not in forge.extra_generation_params
    steered = run(forge, True, code, method)
    assert not torch.allclose(steered, plain)
    assert sorted(weight for weight, _, _ in adapter.given) == [0.5, 2.0]
    for weight, read, mask in adapter.given:
        region = LEFT if weight == 0.5 else RIGHT
        assert read["image"].shape == (10, 20, 3)
        assert read["image"][0, 0].tolist() == [255, 0, 0]
        assert torch.equal(mask, region_mask(region, 88, 64))
        assert mask.shape == (1, 1, 88, 64)
    assert forge.sd_model.forge_objects.unet is before
    assert forge.extra_generation_params["Omost IP-Adapter"] == "my-ip-adapter"
    assert torch.equal(run(forge, True, code_of(LEFT, RIGHT), method), plain)


def test_a_reference_of_weight_0_is_none(forge: Any, run: Callable, adapter: Adapter) -> None:
    plain = run(forge, True, code_of(LEFT))
    assert torch.equal(run(forge, True, code_of(replace(LEFT, reference=Reference("gone.png", 0.0)))), plain)
    assert adapter.given == []


def test_the_mask_is_the_regions_own_to_the_last_pixel() -> None:
    for edge in (0.0, 9.0):
        region = replace(LEFT, edge=edge)
        place = place_on(region.rect, edge, 88, 64)
        mask = region_mask(region, 88, 64)[0, 0]
        inside = torch.ones(place.box.height, place.box.width) if place.weights is None else place.weights
        assert torch.equal(mask[place.box.slices], inside)
        assert float(mask.sum()) == pytest.approx(float(inside.sum()))


def test_after_an_error_the_patcher_is_the_one_it_was(forge: Any, run: Callable, adapter: Adapter, name: str) -> None:
    before = forge.sd_model.forge_objects.unet
    forge.sampler.fail = RuntimeError("out of memory")
    with pytest.raises(RuntimeError, match="out of memory"):
        run(forge, True, code_of(replace(LEFT, reference=Reference(name))))
    assert forge.sd_model.forge_objects.unet is before


def test_what_cannot_be_drawn_ends_the_job_with_words(
    forge: Any, run: Callable, adapter: Adapter, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = forge.sd_model.forge_objects.unet
    with pytest.raises(OmostError, match=r"no reference picture 'gone\.png'"):
        run(forge, True, code_of(replace(LEFT, reference=Reference("gone.png"))))
    with pytest.raises(OmostError, match="multidiffusion can draw no reference pictures"):
        run(forge, True, code_of(replace(LEFT, reference=Reference(name))), "multidiffusion")

    def fails(*_: Any) -> None:
        raise ValueError("cannot be loaded")

    monkeypatch.setattr(adapter, "process_before_every_sampling", fails)
    with pytest.raises(OmostError, match="could not read a region's reference picture: cannot be loaded"):
        run(forge, True, code_of(replace(LEFT, reference=Reference(name))))
    assert forge.sd_model.forge_objects.unet is before


def test_a_webui_without_such_an_adapter_refuses_by_name(job: Any, run: Callable, name: str) -> None:
    job.is_api = True
    with pytest.raises(HTTPException) as caught:
        run(job, True, code_of(replace(LEFT, reference=Reference(name))))
    assert caught.value.status_code == 422
    assert "reference picture cannot be drawn" in caught.value.detail
    assert "reference picture cannot be drawn" in why_not("automatic", job.sd_model)


def test_the_first_adapter_that_fits_is_taken_and_a_chosen_one_in_its_place(
    forge: Any, adapter: Adapter, pictures: ReferencePictures, tmp_path: Path
) -> None:
    assert adapter_names() == ["ip-adapter_xl", "my-ip-adapter"]
    assert why_not("automatic", forge.sd_model) == ""
    assert "there is no IP-Adapter gone" in why_not("gone", forge.sd_model)
    assert "no IP-Adapter for SimpleNamespace" in why_not(
        "automatic", SimpleNamespace(forge_objects=forge.sd_model.forge_objects)
    )
    assert "ip-adapter-faceid_sd15 reads faces" in why_not("ip-adapter-faceid_sd15", forge.sd_model)
    files = sys.modules["lib_controlnet.global_state"].controlnet_filename_dict
    files["renamed"] = files["ip-adapter-faceid_sd15"]
    assert "renamed reads faces" in why_not("renamed", forge.sd_model)
    adapter.ip_adapter = {"image_proj": {"proj.0.weight": torch.zeros(8, 512)}}
    with pytest.raises(OmostError, match=r"my-ip-adapter\.safetensors reads faces"):
        Adapters(pictures).load(str(files["my-ip-adapter"]))
    with pytest.raises(OmostError, match=r"control\.safetensors is no IP-Adapter"):
        Adapters(pictures).load(str(files["control"]))
    del files["my-ip-adapter"]
    assert "needs an IP-Adapter for SD1.x" in why_not("automatic", forge.sd_model)


def test_the_infotext_names_an_adapter_only_where_one_was_used(
    forge: Any, run: Callable, adapter: Adapter, name: str
) -> None:
    run(forge, True, code_of(replace(LEFT, reference=Reference(name, 0.5))), "score")
    assert forge.extra_generation_params["Omost IP-Adapter"] == "my-ip-adapter"
    run(forge, True, code_of(LEFT, RIGHT), "score")  # a plot's next cell shares them
    assert "Omost IP-Adapter" not in forge.extra_generation_params
