"""LoRA files by themselves: names of kohya's, the text part, a picture with one in a region, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lib_omost.canvas import Canvas, Lora, Rect, Region
from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.diffusers.host import host_of
from lib_omost.hosts.diffusers.loras import LoraFolder
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.loras import patches_of
from lib_omost.hosts.wording import Wording
from lib_omost.loras.kohya import original_name, read_lora
from tests.hosts.conftest import hooks_of

SETTINGS = RenderSettings(steps=4, seed=3, cfg=5.0)
ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
LEFT = Rect(0, 90, 0, 45)
PIXELS = 2.0  # of 255: how far a region of the whole picture is from the patched pipeline; float32's rounding


def canvas_with(*loras: Lora, rect: Rect = LEFT, **fields: Any) -> Canvas:
    region = Region(
        "on the left", "no offset", "a small square area", 2.0, "A red circle.", free_rect=rect, loras=loras
    )
    other = Region("on the right", "no offset", "a small square area", 2.0, "A blue square.")
    return Canvas("A white background.", color_name="white", regions=(replace(region, **fields), other))


def linear_layers(network: Any, prefix: str, within: str) -> dict[str, Any]:
    return {
        prefix + name.replace(".", "_"): module
        for name, module in network.named_modules()
        if within in name and getattr(module, "weight", None) is not None and module.weight.dim() in (2, 4)
    }


@pytest.fixture(scope="session")
def folder(mini: Any, lora_tensors: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> LoraFolder:
    """Two files: `both` changes attention, convolutions and the text encoder; `image` no text."""
    path = tmp_path_factory.mktemp("loras")
    image = linear_layers(mini.unet, "lora_unet_", "transformer_blocks") | linear_layers(
        mini.unet, "lora_unet_", "resnets.0.conv"
    )
    text = linear_layers(mini.text_encoder, "lora_te_text_model_", "encoder.layers")
    save_file(lora_tensors(image | text), path / "both.safetensors")
    (path / "sub").mkdir()
    save_file(lora_tensors(image, seed=8), path / "sub" / "image.safetensors")
    return LoraFolder(path)


def picture(mini: Any, canvas: Canvas, folder: LoraFolder) -> np.ndarray:
    return np.asarray(render(mini, canvas, SETTINGS, loras=folder).images[0], float)


def test_a_region_s_lora_changes_its_region_most_and_leaves_nothing(mini: Any, folder: LoraFolder) -> None:
    before = hooks_of(mini.unet), hooks_of_text(mini)
    one = replace(SETTINGS, steps=1)  # later ones see what the first did
    plain, changed, again = (
        np.asarray(render(mini, canvas, one, loras=folder).images[0], float)
        for canvas in (canvas_with(), canvas_with(Lora("image", 1.5)), canvas_with())
    )
    difference = np.abs(changed - plain).mean(axis=2)
    half = difference.shape[1] // 2
    assert difference[:, :half].mean() > 1.5 * difference[:, half:].mean()
    assert difference[:, :half].mean() > 3
    assert np.array_equal(again, plain)
    assert (hooks_of(mini.unet), hooks_of_text(mini)) == before


def test_weight_0_is_no_lora_to_the_last_bit(mini: Any, folder: LoraFolder) -> None:
    assert np.array_equal(picture(mini, canvas_with(Lora("both", 0.0)), folder), picture(mini, canvas_with(), folder))


def test_a_region_of_the_whole_picture_without_its_text_is_the_patched_pipeline(mini: Any, folder: LoraFolder) -> None:
    whole = Rect(0, 90, 0, 90)
    ours = picture(mini, canvas_with(Lora("both", 0.8, 0.0), rect=whole), folder)
    plain = picture(mini, canvas_with(rect=whole), folder)
    patched = copy.copy(mini)
    patched.register_modules(unet=copy.deepcopy(mini.unet))
    with torch.no_grad():
        for name, change in host_of(mini, 1, folder).lora_layers("both").items():
            weight = patched.unet.get_submodule(name).weight
            weight += 0.8 * change.whole.view(weight.shape)
    theirs = picture(patched, canvas_with(rect=whole), folder)
    assert np.abs(ours - theirs).max() <= PIXELS
    assert np.abs(plain - theirs).mean() > 3


def test_the_text_part_is_in_the_region_s_own_bags_alone(mini: Any, folder: LoraFolder) -> None:
    def spans(canvas: Canvas) -> list[torch.Tensor]:
        context = encode_canvas(host_of(mini, 1, folder), canvas, Wording()).context
        return [context.embeddings[span.start : span.stop] for span in context.spans]

    plain, ours = spans(canvas_with()), spans(canvas_with(Lora("both", 1.0, 0.7)))
    without = spans(canvas_with(Lora("both", 1.0, 0.0)))
    rects = [region.rect for region in canvas_with().far_to_near()]
    own = 1 + rects.index(LEFT)
    for place, (one, other) in enumerate(zip(plain, ours, strict=True)):
        assert torch.equal(one, other) == (place != own)
    assert all(torch.equal(one, other) for one, other in zip(plain, without, strict=True))
    expected = copy.deepcopy(mini.text_encoder)
    changed = host_of(mini, 1, folder).loras.named("both").texts[0]
    with torch.no_grad():
        for name, change in changed.items():
            expected.get_submodule(name).weight += 0.7 * change.whole
    patched = copy.copy(mini)
    patched.register_modules(text_encoder=expected)
    context = encode_canvas(host_of(patched, 1), canvas_with(), Wording()).context
    span = context.spans[own]
    assert torch.allclose(ours[own], context.embeddings[span.start : span.stop], atol=1e-4)


def test_a_method_without_regions_says_that_words_stay_as_they_are(mini: Any, folder: LoraFolder) -> None:
    encoded = encode_canvas(host_of(mini, 1, folder), canvas_with(Lora("both")), Wording(method="plain"))
    assert any("change no words" in note for note in encoded.notes)


def test_a_tag_in_a_canvas_that_was_never_read_counts_too(mini: Any, folder: LoraFolder) -> None:
    tagged = canvas_with(description="A red circle <lora:image:1.5>.")
    rendered = render(mini, tagged, SETTINGS, loras=folder)
    assert any("<lora:image:1.5> was taken out" in note for note in rendered.notes)
    assert np.array_equal(np.asarray(rendered.images[0], float), picture(mini, canvas_with(Lora("image", 1.5)), folder))


@pytest.mark.parametrize("name", ["nowhere", "../both", "sub/image.safetensors"])
def test_one_that_is_not_there_is_refused_by_its_name(mini: Any, folder: LoraFolder, name: str) -> None:
    with pytest.raises(BadInputError, match="there is no LoRA") as refused:
        patches_of(host_of(mini, 1, folder), canvas_with(Lora(name)))
    assert name in str(refused.value)
    assert refused.value.hint


def test_a_path_is_taken_where_it_may_be(folder: LoraFolder) -> None:
    assert folder.folder is not None
    path = folder.folder / "both.safetensors"
    assert LoraFolder(None, takes_paths=True).file(str(path)) == path
    assert folder.names() == ["both", "image"]
    assert LoraFolder().names() == []


def test_a_damaged_file_and_one_of_another_model_are_refused(mini: Any, tmp_path: Path) -> None:
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    save_file({"lora_unet_nothing.lora_up.weight": torch.ones(2, 2)}, tmp_path / "flux.safetensors")
    name = f"lora_unet_{ATTENTION.replace('.', '_')}"
    save_file(
        {f"{name}.lora_up.weight": torch.ones(7, 2), f"{name}.lora_down.weight": torch.ones(2, 7)},
        tmp_path / "odd.safetensors",
    )
    norm = "lora_unet_down_blocks_0_resnets_0_norm1"
    save_file({f"{norm}.w_norm": torch.ones(64), f"{norm}.b_norm": torch.ones(64)}, tmp_path / "norm.safetensors")
    host = host_of(mini, 1, LoraFolder(tmp_path))
    for lora, error, match in (
        ("cut", ModelError, "cannot read the LoRA cut"),
        ("flux", BadInputError, "the LoRA flux fits no layer"),
        ("odd", ModelError, "the LoRA odd at lora_unet_down"),
        ("norm", BadInputError, "the LoRA norm cannot hold in a region alone: it changes the norm"),
    ):
        with pytest.raises(error, match=match):
            patches_of(host, canvas_with(Lora(lora)))


def test_another_kind_of_model_is_refused(mini: Any, folder: LoraFolder) -> None:
    host = host_of(mini, 1, folder)
    joint = replace(host, denoiser=replace(host.denoiser, layers=(object(),)))
    with pytest.raises(OmostError, match="this kind of model"):
        patches_of(joint, canvas_with(Lora("both")))
    assert patches_of(joint, canvas_with()) == ()


@pytest.mark.parametrize(
    ("flat", "blocks", "original"),
    [
        ("conv_in", 2, "input_blocks_0_0"),
        ("down_blocks_0_attentions_0_proj_in", 2, "input_blocks_1_1_proj_in"),
        ("down_blocks_1_resnets_1_conv1", 2, "input_blocks_5_0_in_layers_2"),
        ("down_blocks_2_resnets_0_time_emb_proj", 2, "input_blocks_7_0_emb_layers_1"),
        ("down_blocks_0_downsamplers_0_conv", 2, "input_blocks_3_0_op"),
        ("mid_block_resnets_1_conv2", 2, "middle_block_2_out_layers_3"),
        ("mid_block_attentions_0_transformer_blocks_0_attn2_to_k", 2, "middle_block_1_transformer_blocks_0_attn2_to_k"),
        ("up_blocks_1_attentions_2_proj_out", 2, "output_blocks_5_1_proj_out"),
        ("up_blocks_0_upsamplers_0_conv", 2, "output_blocks_2_1_conv"),
        ("up_blocks_1_upsamplers_0_conv", 2, "output_blocks_5_2_conv"),
        ("up_blocks_3_resnets_1_conv_shortcut", 2, "output_blocks_10_0_skip_connection"),
        ("down_blocks_1_attentions_0_proj_in", 1, "input_blocks_3_1_proj_in"),
        ("time_embedding_linear_1", 2, None),
    ],
)
def test_layers_are_known_by_the_original_layout_s_names_too(flat: str, blocks: int, original: str | None) -> None:
    assert original_name(flat, blocks) == original


def test_a_file_with_the_original_layout_s_names_is_the_same_file(mini: Any, lora_tensors: Callable[..., Any]) -> None:
    layers = linear_layers(mini.unet, "", "down_blocks")
    flat = {f"lora_unet_{name}": module for name, module in layers.items()}
    original = {f"lora_unet_{original_name(name, 1)}": module for name, module in layers.items()}
    one, other = (
        read_lora("x", lora_tensors(names), mini.unet, (mini.text_encoder,)).unet for names in (flat, original)
    )
    assert one.keys() == other.keys()
    assert len(one) == len(layers)


def hooks_of_text(mini: Any) -> list[object]:
    return [(name, id(module.__dict__.get("forward"))) for name, module in mini.text_encoder.named_modules()]
