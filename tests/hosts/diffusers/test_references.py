"""Reference pictures of regions: the masking against plain sums, a whole UNet against diffusers' own IP-Adapter."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.places import place_on
from lib_omost.attention.plain import plain_attention
from lib_omost.attention.run import RegionalRun
from lib_omost.canvas import Canvas, Rect, Reference, Region
from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.diffusers.references import References
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.references import LayerPicture, PictureReference, following
from lib_omost.methods.registry import method_named
from lib_omost.mini.folder import mini_folder
from lib_omost.pictures.references import AdapterFiles, ReferencePictures
from tests.hosts.conftest import hooks_of

SETTINGS = RenderSettings(steps=3, seed=3, cfg=5.0, method="score")
LEFT, WHOLE = Rect(0, 90, 0, 45), Rect(0, 90, 0, 90)
WIDTH, HIDDEN = 24, 32
CONTEXT = json.loads((mini_folder() / "unet" / "config.json").read_text())["cross_attention_dim"]
Make = Callable[..., References]


def canvas_with(reference: Reference | None, rect: Rect = LEFT, **fields: Any) -> Canvas:
    region = Region("on the left", "no offset", "a small square area", 2.0, "A red circle.", free_rect=rect)
    other = Region("on the right", "no offset", "a small square area", 2.0, "A blue square.")
    regions = (replace(region, reference=reference, **fields), other)
    return Canvas("A white background.", color_name="white", regions=regions)


def adapter_tensors(unet: nn.Module, kind: str) -> dict[str, torch.Tensor]:
    """A random IP-Adapter in its authors' key layout: the plain one, or the one that reads every patch."""
    torch.manual_seed(5)
    if kind == "plain":
        found = {"proj.weight": torch.randn(4 * CONTEXT, WIDTH), "proj.bias": torch.randn(4 * CONTEXT)}
        found |= {"norm.weight": torch.ones(CONTEXT), "norm.bias": torch.zeros(CONTEXT)}
    else:
        found = {"proj.0.weight": torch.randn(HIDDEN, HIDDEN), "proj.0.bias": torch.randn(HIDDEN)}
        found |= {"proj.2.weight": torch.randn(CONTEXT, HIDDEN), "proj.2.bias": torch.randn(CONTEXT)}
        found |= {"proj.3.weight": torch.ones(CONTEXT), "proj.3.bias": torch.zeros(CONTEXT)}
    tensors = {f"image_proj.{name}": one for name, one in found.items()}
    layers = [module for name, module in unet.named_modules() if name.endswith(".attn2")]
    for number, layer in enumerate(layers):
        for part in ("k", "v"):
            made = torch.randn(layer.to_q.weight.shape[0], CONTEXT) / CONTEXT**0.5
            tensors[f"ip_adapter.{2 * number + 1}.to_{part}_ip.weight"] = made
    return tensors


@pytest.fixture(scope="session")
def folder(mini: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Adapters, a tiny image encoder, and a picture's folder."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    path = tmp_path_factory.mktemp("references")
    torch.manual_seed(6)
    config = CLIPVisionConfig(
        hidden_size=HIDDEN,
        intermediate_size=48,
        num_attention_heads=2,
        num_hidden_layers=3,
        image_size=32,
        patch_size=8,
        projection_dim=WIDTH,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(path / "encoder")
    for kind in ("plain", "full"):
        save_file(adapter_tensors(mini.unet, kind), path / f"{kind}.safetensors")
    return path


@pytest.fixture(scope="session")
def name(folder: Path) -> str:
    file = io.BytesIO()
    Image.effect_noise((50, 40), 90).convert("RGB").save(file, "PNG")
    return ReferencePictures(folder / "pictures").keep(file.getvalue())


@pytest.fixture
def references(folder: Path) -> Make:
    def make(kind: str = "plain", encoder: str = "encoder") -> References:
        files = AdapterFiles(folder / f"{kind}.safetensors", folder / encoder)
        return References(ReferencePictures(folder / "pictures"), files)

    return make


class Attention(nn.Module):
    """A cross-attention with parts of its own, to hold the sum against."""

    heads = 2

    def __init__(self) -> None:
        super().__init__()
        self.to_q, self.to_k, self.to_v = (nn.Linear(8, 8, bias=False) for _ in range(3))
        self.to_out = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        return self.to_out(_attention(self.to_q(x), self.to_k(context), self.to_v(context)))


def _attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """(…, P, 8), (…, T, 8) twice, in two heads, written out."""
    out = torch.zeros_like(query)
    for part in (slice(0, 4), slice(4, 8)):
        scores = query[..., part] @ key[..., part].transpose(-1, -2) / 2.0
        out[..., part] = scores.softmax(-1) @ value[..., part]
    return out


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_layer_gives_the_sum_inside_and_its_own_to_the_last_bit_outside(data: st.DataObject) -> None:
    height, width = data.draw(st.sampled_from([(4, 6), (9, 5), (6, 6)]))
    torch.manual_seed(data.draw(st.integers(0, 99)))
    module = Attention()
    layer = CrossAttention("a", module, ("x", "context"), module.to_out)
    x, context = torch.randn(3, height * width, 8), torch.randn(3, 7, 8)

    def picture() -> LayerPicture:
        return LayerPicture(*((torch.randn(4, 8), torch.randn(4, 8)) for _ in range(2)))

    made = []
    for _ in range(data.draw(st.integers(1, 2))):
        top, left = data.draw(st.integers(0, 60)), data.draw(st.integers(0, 60))
        rect = Rect(top, data.draw(st.integers(top + 5, 90)), left, data.draw(st.integers(left + 5, 90)))
        edge = data.draw(st.sampled_from([0.0, 12.0]))
        made.append(PictureReference(rect, edge, None, data.draw(st.floats(0.1, 2)), {"a": picture()}))
    run = RegionalRun(RegionalContext(torch.randn(7, 8), (Span(0, 7, WHOLE),)), plain_attention)
    call = RegionalCall(height, width, (run,))
    call.begin([None, 0, 0])
    own = module(x, context)
    out = following(layer, module.forward, made, call)(x, context)
    added = torch.zeros_like(x)
    touched = torch.zeros(height, width, dtype=torch.bool)
    for one in made:
        place = place_on(one.rect, one.edge, height, width)
        mask = torch.zeros(height, width)
        mask[place.box.slices] = 1.0 if place.weights is None else place.weights
        touched |= mask > 0
        for row in range(3):
            key, value = one.layers["a"].unseen if row == 0 else one.layers["a"].seen
            added[row] += one.weight * mask.flatten()[:, None] * _attention(module.to_q(x[row]), key, value)
    expected = own + added @ module.to_out.weight.T
    assert torch.allclose(out, expected, atol=1e-5)
    outside = ~touched.flatten()
    assert torch.equal(out[:, outside], own[:, outside])


@pytest.mark.parametrize("kind", ["plain", "full"])
@pytest.mark.parametrize("rect", [WHOLE, LEFT])
def test_a_unet_is_diffusers_own_with_its_ip_adapter(
    mini: Any, references: Make, name: str, kind: str, rect: Rect
) -> None:
    """Conditional and unconditional rows; with a mask, where it is a region's."""
    torch.manual_seed(2)
    texts, latent = torch.randn(2, 77, CONTEXT), torch.randn(1, 4, 16, 16).repeat(2, 1, 1, 1)
    context = RegionalContext(texts[1], (Span(0, 77, WHOLE),))
    denoiser, made = denoiser_of(mini.unet, 1), references(kind)
    seen = made.of(mini, denoiser, canvas_with(Reference(name, 0.7), rect))
    method = method_named("score")
    with torch.no_grad():
        with regional_attention(denoiser, [context], method, height=16, width=16, references=seen):
            ours = mini.unet(latent, 500, encoder_hidden_states=texts).sample
        with regional_attention(denoiser, [context], method, height=16, width=16):
            without = mini.unet(latent, 500, encoder_hidden_states=texts).sample
        theirs = _by_diffusers(mini, made, name, kind, rect, latent, texts)
    assert torch.allclose(ours, theirs, atol=2e-4), (ours - theirs).abs().max()
    assert (without - theirs).abs().mean() > 100 * (ours - theirs).abs().mean()


def _by_diffusers(
    mini: Any, made: References, name: str, kind: str, rect: Rect, latent: torch.Tensor, texts: torch.Tensor
) -> torch.Tensor:
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    assert made.files.encoder is not None
    encoder = CLIPVisionModelWithProjection.from_pretrained(made.files.encoder)
    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    pixels = processor(made.pictures.image(name), return_tensors="pt").pixel_values
    if kind == "plain":
        embeds = encoder(pixels).image_embeds
        both = torch.cat([torch.zeros_like(embeds), embeds])[:, None]  # (rows, pictures, width)
    else:
        both = torch.cat(
            [encoder(each, output_hidden_states=True).hidden_states[-2] for each in (torch.zeros_like(pixels), pixels)]
        )[:, None]
    unet = copy.deepcopy(mini.unet)
    tensors = adapter_tensors(unet, kind)
    parts: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for key, one in tensors.items():
        part, _, rest = key.partition(".")
        parts[part][rest] = one
    unet._load_ip_adapter_weights([parts], low_cpu_mem_usage=False)
    for processor_of_layer in unet.attn_processors.values():
        if hasattr(processor_of_layer, "scale"):
            processor_of_layer.scale = [0.7]
    mask = torch.zeros(1, 1, 128, 128)
    mask[..., rect.left * 128 // 90 : rect.right * 128 // 90] = 1
    result: torch.Tensor = unet(
        latent,
        500,
        encoder_hidden_states=texts,
        added_cond_kwargs={"image_embeds": [both]},
        cross_attention_kwargs={"ip_adapter_masks": [mask]},
    ).sample
    return result


def picture(mini: Any, canvas: Canvas, made: References, **changes: Any) -> np.ndarray:
    drawn = render(mini, canvas, replace(SETTINGS, **changes), references=made)
    return np.asarray(drawn.images[0], float)


def test_a_regions_picture_changes_its_region_most_and_leaves_nothing(mini: Any, references: Make, name: str) -> None:
    before, made = hooks_of(mini.unet), references()
    plain = picture(mini, canvas_with(None), made)
    changed = picture(mini, canvas_with(Reference(name, 0.3)), made)
    difference = np.abs(changed - plain).mean(axis=2)
    half = difference.shape[1] // 2
    assert difference[:, :half].mean() > 1.3 * difference[:, half:].mean()
    assert difference[:, :half].mean() > 2
    assert np.array_equal(picture(mini, canvas_with(None), made), plain)
    assert np.array_equal(picture(mini, canvas_with(Reference(name, 0.0)), made), plain)
    assert np.array_equal(picture(mini, canvas_with(Reference("gone.png", 0.0)), made), plain)
    assert hooks_of(mini.unet) == before


def test_what_cannot_be_drawn_is_refused_by_name(
    mini: Any, tiny_sdxl: Any, references: Make, folder: Path, name: str, tmp_path: Path
) -> None:
    canvas = canvas_with(Reference(name))
    with pytest.raises(BadInputError, match="needs an IP-Adapter") as caught:
        render(mini, canvas, SETTINGS)
    assert "--ip-adapter" in caught.value.hint
    with pytest.raises(BadInputError, match=r"no reference picture 'gone\.png'"):
        picture(mini, canvas_with(Reference("gone.png")), references())
    with pytest.raises(OmostError, match="made for another kind of checkpoint"):
        picture(tiny_sdxl, canvas, references(), width=64, height=64)
    with pytest.raises(OmostError, match="can draw no reference pictures"):
        picture(mini, canvas, references(), method="multidiffusion")
    with pytest.raises(BadInputError, match="no IP-Adapter"):
        picture(mini, canvas, references("none"))
    with pytest.raises(ModelError, match="holds no image encoder"):
        picture(mini, canvas, references(encoder="pictures"))
    for file, told in (({"ip_adapter.0.to_q_lora.down.weight": 0}, "reads faces"), ({"x": 0}, "is no IP-Adapter")):
        save_file({key: torch.zeros(1) for key in file}, folder / "other.safetensors")
        with pytest.raises(BadInputError, match=told):
            picture(mini, canvas, references("other"))
    (folder / "other.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot read"):
        picture(mini, canvas, references("other"))
