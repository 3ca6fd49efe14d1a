"""Reference pictures of regions in models that edit pictures: the host's list of latents, as Forge Neo has it."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lib_omost.canvas import Canvas, Rect, Reference, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.reference_latents import edits_pictures, encoded_pictures, shown_latents
from lib_omost.hosts.webui.capabilities.references import Adapters, why_not, with_references
from lib_omost.methods.registry import METHODS
from lib_omost.pictures.references import ReferencePictures

LEFT = Region("on the left", "no offset", "a small square area", 5.0, "A red circle.", free_rect=Rect(0, 90, 0, 45))


class Stream(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(4, 12)


class Double(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.img_attn, self.txt_attn = Stream(), Stream()

    def forward(self, img: Any, txt: Any, attn_mask: Any = None) -> Any:
        return img, txt


class Flux(nn.Module):
    """What it is given by its host, it gives back."""

    patch_size = 2

    def __init__(self) -> None:
        super().__init__()
        self.double_blocks, self.single_blocks = nn.ModuleList([Double()]), nn.ModuleList()
        self.seen: list[Any] = []

    def forward(self, x: Any, timestep: Any = None, context: Any = None, ref_latents: Any = None) -> Any:
        self.seen.append(list(sys.modules["backend.args"].dynamic_args["ref_latents"]))
        return x


class Vae:
    """It draws the latent at random about its mean, as hosts do."""

    def __init__(self) -> None:
        self.first_stage_model = SimpleNamespace(process_in=lambda latent: latent * 2)
        self.fails: Exception | None = None

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        if self.fails is not None:
            raise self.fails
        assert pixels.dim() == 4
        assert pixels.shape[-1] == 3
        small = nn.functional.avg_pool2d(pixels.movedim(-1, 1), 8)
        return small + 0.1 * torch.randn_like(small)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {"kontext": True, "ref_latents": ["theirs"]}
    monkeypatch.setitem(sys.modules, "backend.args", SimpleNamespace(dynamic_args=found))
    return found


@pytest.fixture
def model(told: dict[str, Any]) -> Any:
    unet = SimpleNamespace(model=SimpleNamespace(diffusion_model=Flux()), model_options={})
    return SimpleNamespace(forge_objects=SimpleNamespace(unet=unet, vae=Vae()), is_sd1=False, is_sdxl=False)


def picture(height: int, width: int) -> Any:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_model_is_one_by_what_its_host_tells_and_its_forward_takes(
    model: Any, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edits_pictures(model)
    assert why_not("automatic", model) == ""
    told["kontext"] = False
    assert not edits_pictures(model)
    assert "it needs ControlNet with an IP-Adapter" in why_not("automatic", model)
    told["kontext"] = True
    model.forge_objects.unet.model.diffusion_model = nn.Linear(2, 2)
    assert not edits_pictures(model)
    monkeypatch.delitem(sys.modules, "backend.args")
    assert not edits_pictures(model)


def test_latents_stand_behind_the_hosts_own_in_a_call_and_not_after_it(model: Any, told: dict[str, Any]) -> None:
    own = [(LEFT, Reference("a.png", 0.5)), (replace(LEFT, edge=9.0), Reference("b.png"))]
    latents = [torch.zeros(1, 4, 5, 6), torch.ones(1, 4, 4, 4)]
    shown = shown_latents(model, own, latents)
    assert [(one.start, one.stop, one.weight, one.edge) for one in shown.spans] == [(0, 9, 0.5, 0.0), (9, 13, 1.0, 9.0)]
    assert {one.rect for one in shown.spans} == {LEFT.rect}
    module = model.forge_objects.unet.model.diffusion_model
    before = told["ref_latents"]
    forward = shown.shown(module.forward)
    assert forward(3, context=1) == 3
    (seen,) = module.seen
    assert seen[0] == "theirs"
    assert all(one is other for one, other in zip(seen[1:], latents, strict=True))
    assert told["ref_latents"] is before
    with pytest.raises(TypeError):
        forward(unknown=1)
    assert told["ref_latents"] is before


class Counting(Flux):
    """One whose pictures have numbers, as Flux.2: what stands where it gives back, and keeps none of it."""

    default_ref_method, ref_index_scale = "index", 10.0

    def process_img(self, latent: Any, index: float = 0, h_offset: int = 0, w_offset: int = 0) -> Any:
        return latent, index

    def forward(self, x: Any, timestep: Any = None, context: Any = None, ref_latents: Any = None) -> Any:
        found = [self.process_img(x)]
        for number, latent in enumerate(sys.modules["backend.args"].dynamic_args["ref_latents"], 1):
            found.append(self.process_img(latent, index=10.0 * number, h_offset=0))
        return [index for _, index in found]


def test_where_pictures_are_counted_those_that_no_pixel_sees_together_have_one_number(
    model: Any, told: dict[str, Any]
) -> None:
    module = model.forge_objects.unet.model.diffusion_model = Counting()
    told.update(kontext=False, klein=True)
    assert edits_pictures(model)
    right = replace(LEFT, free_rect=Rect(0, 90, 45, 90))
    whole = replace(LEFT, free_rect=Rect(0, 90, 0, 90))
    own = [(region, Reference("a.png")) for region in (LEFT, right, whole)]
    shown = shown_latents(model, own, [torch.zeros(1, 4, 2, 2)] * 3)
    assert shown.shown(module.forward)("x") == [0, 10, 20, 20, 30]  # the host's own comes first
    told["ref_latents"] = None
    assert shown.shown(module.forward)("x") == [0, 10, 10, 20]
    assert "process_img" not in vars(module)
    assert module.process_img("x") == ("x", 0)


def test_pictures_are_encoded_alike_every_time_in_whole_cells(model: Any) -> None:
    torch.manual_seed(9)
    (first,) = encoded_pictures(model, [picture(150, 210)])
    drawn = torch.rand(1)
    (second,) = encoded_pictures(model, [picture(150, 210)])
    assert first.shape == (1, 3, 16, 24)  # of 128 × 192 pixels
    assert torch.equal(first, second)
    torch.manual_seed(9)
    assert torch.equal(torch.rand(1), drawn)  # the host's own noise is not touched
    assert encoded_pictures(model, [picture(10, 20)])[0].shape == (1, 3, 8, 8)
    model.forge_objects.vae.fails = RuntimeError("out of memory")
    with pytest.raises(OmostError, match="could not encode a region's reference picture: out of memory"):
        encoded_pictures(model, [picture(64, 64)])


def test_a_job_is_given_the_pictures_of_its_regions(model: Any, told: dict[str, Any], tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(picture(64, 128)).save(file, "PNG")
    pictures = ReferencePictures(tmp_path)
    name = pictures.keep(file.getvalue())
    p: Any = SimpleNamespace(sd_model=model)

    def following(*regions: Region) -> Any:
        canvas = Canvas("A white background.", regions=regions)
        with with_references(p, canvas, METHODS["layout"], Adapters(pictures), height=64, width=64) as found:
            return found

    found = following(replace(LEFT, reference=Reference(name, 0.7)), LEFT)
    assert found.adapter is None
    assert found.pictures == ()
    assert [(one.start, one.stop, one.weight) for one in found.shown.spans] == [(0, 4 * 8, 0.7)]
    assert following(LEFT).shown is None
    with pytest.raises(OmostError, match=r"no reference picture 'gone\.png'"):
        following(replace(LEFT, reference=Reference("gone.png")))
