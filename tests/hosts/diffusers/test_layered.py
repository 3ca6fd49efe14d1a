"""Layers by LayerDiffuse's files: the decoder against plain functions, the differences against a UNet that has them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn import functional

from lib_omost.canvas import Canvas, Region
from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.diffusers.layered import pixels_of
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.diffusers.steering import steer
from lib_omost.hosts.diffusers.trained.transparent import AlphaDecoder, load_decoder
from lib_omost.hosts.parts import part_of
from lib_omost.methods.layers import alone, background_of, composed, placed, seed_of
from lib_omost.pictures.layer_files import LayerFiles

CPU = torch.device("cpu")
TINY = (8, 8, 8, 8, 16, 16, 16)
REAL = (32, 32, 64, 128, 256, 512, 512)
NEAR = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", negative="a ring")
FAR = Region("in the center", "no offset", "a large square area", 3.0, "A blue square.")
CANVAS = Canvas("A white background.", regions=(NEAR, FAR))
Weights = Mapping[str, torch.Tensor]


@pytest.fixture(scope="module")
def files(tiny_sdxl: Any, tmp_path_factory: pytest.TempPathFactory) -> LayerFiles:
    folder = tmp_path_factory.mktemp("layers")
    torch.manual_seed(1)
    decoder = AlphaDecoder(TINY)
    decoder.conv_out.bias.data.fill_(0.5)  # else half of all alpha were 0
    save_file(decoder.state_dict(), folder / "decoder.safetensors")
    random = torch.Generator().manual_seed(2)
    changes = {
        name: torch.randn(one.shape, generator=random) * one.std() * 0.5
        for name, one in tiny_sdxl.unet.state_dict().items()
        if ".attn" in name and name.endswith("weight")
    }
    save_file(changes, folder / "attention.safetensors")
    return LayerFiles(folder / "attention.safetensors", folder / "decoder.safetensors")


def settings(**changes: Any) -> RenderSettings:
    return RenderSettings(**{"seed": 3, "steps": 2, "width": 64, "height": 64, "method": "layerdiffuse"} | changes)


def naive_decoder(weights: Weights, pixels: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
    """The network as the published file's names say it, in plain functions."""

    def conv(name: str, x: torch.Tensor, stride: int = 1) -> torch.Tensor:
        weight = weights[f"{name}.weight"]
        return functional.conv2d(x, weight, weights[f"{name}.bias"], stride=stride, padding=weight.shape[-1] // 2)

    def norm(name: str, x: torch.Tensor) -> torch.Tensor:
        return functional.group_norm(x, 4, weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5)

    def resnet(name: str, x: torch.Tensor) -> torch.Tensor:
        hidden = conv(f"{name}.conv1", functional.silu(norm(f"{name}.norm1", x)))
        hidden = conv(f"{name}.conv2", functional.silu(norm(f"{name}.norm2", hidden)))
        return hidden + (conv(f"{name}.conv_shortcut", x) if f"{name}.conv_shortcut.weight" in weights else x)

    def attention(name: str, x: torch.Tensor) -> torch.Tensor:
        if f"{name}.to_q.weight" not in weights:
            return x
        tokens = norm(f"{name}.group_norm", x).flatten(2).transpose(1, 2)
        query, key, value = (
            functional.linear(tokens, weights[f"{name}.to_{one}.weight"], weights[f"{name}.to_{one}.bias"])
            .unflatten(-1, (-1, 8))
            .transpose(1, 2)
            for one in "qkv"
        )
        seen = (query @ key.transpose(-1, -2) / 8**0.5).softmax(-1) @ value
        out = functional.linear(
            seen.transpose(1, 2).flatten(2), weights[f"{name}.to_out.0.weight"], weights[f"{name}.to_out.0.bias"]
        )
        return x + out.transpose(1, 2).unflatten(-1, x.shape[-2:])

    hidden = conv("conv_in", pixels)
    skipped = [hidden]
    for block in range(7):
        if block == 3:
            hidden = hidden + conv("latent_conv_in", latent)
        for number in range(2):
            hidden = resnet(f"down_blocks.{block}.resnets.{number}", hidden)
            hidden = attention(f"down_blocks.{block}.attentions.{number}", hidden)
            skipped.append(hidden)
        if block < 6:
            hidden = conv(f"down_blocks.{block}.downsamplers.0.conv", hidden, stride=2)
            skipped.append(hidden)
    hidden = resnet("mid_block.resnets.0", hidden)
    hidden = resnet("mid_block.resnets.1", attention("mid_block.attentions.0", hidden))
    for block in range(7):
        for number in range(3):
            hidden = resnet(f"up_blocks.{block}.resnets.{number}", torch.cat([hidden, skipped.pop()], 1))
            hidden = attention(f"up_blocks.{block}.attentions.{number}", hidden)
        if block < 6:
            hidden = conv(f"up_blocks.{block}.upsamplers.0.conv", functional.interpolate(hidden, scale_factor=2.0))
    return conv("conv_out", functional.silu(norm("conv_norm_out", hidden)))


@pytest.mark.parametrize("size", [(64, 64), (64, 128)])
def test_the_decoder_is_the_network_that_its_names_say(files: LayerFiles, size: tuple[int, int]) -> None:
    random = torch.Generator().manual_seed(4)
    pixels = torch.rand(2, 3, *size, generator=random)
    latent = torch.randn(2, 4, size[0] // 8, size[1] // 8, generator=random)
    decoder = load_decoder(files.decoder, CPU)
    expected = naive_decoder(decoder.state_dict(), pixels, latent)
    with torch.no_grad():
        assert torch.allclose(decoder(pixels, latent), expected, atol=1e-4)
    assert (naive_decoder(decoder.state_dict(), pixels, 0 * latent) - expected).abs().max() > 1e-3
    views = []
    for turn in range(4):
        for flip in (False, True):
            seen = [
                np.rot90(one.numpy()[..., ::-1] if flip else one.numpy(), turn, (2, 3)).copy()
                for one in (pixels, latent)
            ]
            out = naive_decoder(decoder.state_dict(), *map(torch.from_numpy, seen)).clamp(0, 1).numpy()
            out = np.rot90(out, -turn, (2, 3))
            views.append(out[..., ::-1] if flip else out)
    middle = np.sort(np.stack(views), axis=0)[3]  # torch's median of eight is the lower of the middle ones
    assert np.allclose(decoder.read(pixels, latent).numpy(), middle, atol=1e-4)


def test_the_published_widths_give_the_published_names() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(one.shape) for name, one in AlphaDecoder(REAL).state_dict().items()}
    assert shapes["conv_in.weight"] == (32, 3, 3, 3)
    assert shapes["latent_conv_in.weight"] == (64, 4, 1, 1)
    assert shapes["down_blocks.4.attentions.1.to_out.0.weight"] == (256, 256)
    assert shapes["down_blocks.5.downsamplers.0.conv.weight"] == (512, 512, 3, 3)
    assert shapes["mid_block.attentions.0.group_norm.weight"] == (512,)
    assert shapes["up_blocks.0.resnets.2.conv1.weight"] == (512, 1024, 3, 3)
    assert shapes["up_blocks.6.resnets.2.conv_shortcut.weight"] == (32, 64, 1, 1)
    assert shapes["conv_out.weight"] == (4, 32, 3, 3)
    assert not any(name.startswith(("down_blocks.3.att", "up_blocks.3.att", "down_blocks.6.downs")) for name in shapes)


def test_every_layer_is_drawn_alone_and_laid_from_far_to_near(
    tiny_sdxl: Any, files: LayerFiles, untouched: Any
) -> None:
    before = {name: one.clone() for name, one in tiny_sdxl.unet.state_dict().items()}
    stages = []
    with untouched(tiny_sdxl):
        ours = render(tiny_sdxl, CANVAS, settings(batch=2), lambda *one: stages.append(one), layers=files)
    assert all(torch.equal(one, before[name]) for name, one in tiny_sdxl.unet.state_dict().items())
    assert [one[0] for one in stages if one[1] == one[2]] == ["background", "layer 1 of 2", "layer 2 of 2"]
    other = copy.deepcopy(tiny_sdxl)
    for name, one in load_file(files.attention).items():
        other.unet.get_parameter(name).data += one
    decoder = load_decoder(files.decoder, CPU)
    (plain,) = render(tiny_sdxl, background_of(CANVAS), settings(method="plain")).images
    layers = []
    for number, (region, size) in enumerate(((FAR, (64, 64)), (NEAR, (64, 64)))):
        own = settings(method="plain", seed=seed_of(3, number), width=size[0], height=size[1], negative=region.negative)
        with steer(other, alone(region), own) as inputs:
            latent = other(**inputs, output_type="latent").images
        read = decoder.read(pixels_of(other, latent), latent / other.vae.config.scaling_factor)[0]
        array = (read[[1, 2, 3, 0]] * 255).round().byte().permute(1, 2, 0).numpy()
        layers.append(placed(Image.fromarray(array), region, 64, 64))
    expected = np.asarray(composed(plain, layers), int)
    assert len(ours.images) == 2
    assert np.abs(np.asarray(ours.images[0], int) - expected).max() <= 4
    assert np.abs(np.asarray(plain, int) - expected).max() > 10
    assert [len(one) for one in ours.layers] == [2, 2]
    assert all(one.mode == "RGBA" and one.size == (64, 64) for each in ours.layers for one in each)
    assert np.abs(np.asarray(ours.images[0], int) - np.asarray(ours.images[1], int)).max() > 10


def test_a_canvas_without_regions_is_its_background(tiny_sdxl: Any, files: LayerFiles) -> None:
    empty = background_of(CANVAS)
    ours, plain = render(tiny_sdxl, empty, settings(), layers=files), render(tiny_sdxl, empty, settings(method="plain"))
    assert np.abs(np.asarray(ours.images[0], int) - np.asarray(plain.images[0], int)).max() <= 1
    assert ours.layers == ((),)


def test_what_a_layer_has_no_place_for_is_told(tiny_sdxl: Any, files: LayerFiles) -> None:
    canvas = replace(CANVAS, regions=(replace(NEAR, weight=0.5, edge=4.0),))
    notes = render(tiny_sdxl, canvas, settings(cfg=1.0, steps=1), layers=files).notes
    assert "layerdiffuse draws layers: their weights were left out" in notes
    assert "layerdiffuse draws layers: their soft edges were left out" in notes


@pytest.mark.parametrize("literal", [True, False])
def test_a_literal_text_keeps_its_brackets_and_gives_its_loras(
    tiny_sdxl: Any, files: LayerFiles, literal: bool
) -> None:
    canvas = replace(CANVAS, regions=(replace(NEAR, tags="[<lora:none:1> a hat:0.5]"),))
    refused = r"no LoRA" if literal else r"cannot stand in"
    with pytest.raises(OmostError, match=refused):
        render(tiny_sdxl, canvas, settings(steps=1, literal=literal), layers=files)


@pytest.mark.parametrize("lacking", [{"attention": None}, {"decoder": None}, {"attention": None, "decoder": None}])
def test_without_the_files_it_says_which_and_where(tiny_sdxl: Any, files: LayerFiles, lacking: dict[str, None]) -> None:
    with pytest.raises(BadInputError, match="the method layerdiffuse cannot draw with this checkpoint") as refused:
        render(tiny_sdxl, CANVAS, settings(), layers=replace(files, **lacking))
    for said in ("lllyasviel/LayerDiffuse_Diffusers", "ld_diffusers_sdxl_attn", "vae_transparent_decoder", "choose sk"):
        assert said in refused.value.hint


def test_what_begins_from_a_picture_is_refused(tiny_sdxl: Any, files: LayerFiles) -> None:
    for changes in ({"denoise": 0.9}, {"hires": Hires()}):
        with pytest.raises(BadInputError, match="draws each layer from noise"):
            render(tiny_sdxl, CANVAS, settings(**changes), layers=files)
    part = part_of(CANVAS, "1", Image.new("RGB", (64, 64)))
    with pytest.raises(BadInputError, match="begins from no picture"):
        render(tiny_sdxl, CANVAS, settings(), layers=files, part=part)
    with (
        pytest.raises(BadInputError, match="the method layerdiffuse cannot steer SDXL"),
        steer(tiny_sdxl, CANVAS, settings()),
    ):
        pass


def test_files_of_other_things_are_refused_by_name(
    mini: Any, tiny_sdxl: Any, files: LayerFiles, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match=r"attention\.safetensors does not fit this checkpoint") as refused:
        render(mini, CANVAS, settings(), layers=files)
    assert "ld_diffusers_sdxl_attn" in refused.value.hint
    with pytest.raises(BadInputError, match="no decoder of transparent layers"):
        render(tiny_sdxl, CANVAS, settings(), layers=LayerFiles(files.attention, files.attention))
    (tmp_path / "damaged.safetensors").write_bytes(b"nothing")

    def never(stage: str, _done: int, _total: int) -> None:
        raise AssertionError(f"{stage} was drawn before the files were read")

    for one in (tmp_path / "damaged.safetensors", tmp_path / "none.safetensors"):
        with pytest.raises(ModelError, match="cannot read"):
            render(tiny_sdxl, CANVAS, settings(), layers=LayerFiles(files.attention, one))
        with pytest.raises(ModelError, match="cannot read"):
            render(tiny_sdxl, CANVAS, settings(), never, layers=LayerFiles(one, files.decoder))


def test_the_weights_are_put_back_however_it_ends(tiny_sdxl: Any, files: LayerFiles) -> None:
    def places() -> dict[str, int]:
        return {name: one.data_ptr() for name, one in tiny_sdxl.unet.named_parameters()}

    def stop(stage: str, _done: int, _total: int) -> None:
        if stage.startswith("layer"):
            assert places() != before
            raise KeyboardInterrupt

    before = places()
    with pytest.raises(KeyboardInterrupt):
        render(tiny_sdxl, CANVAS, settings(), stop, layers=files)
    assert places() == before
