"""Regional attention inside a real UNet: what it computes, whom it leaves alone, what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.functional import interpolate

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.hosts.cross_attention import CrossAttention, cross_attention_layers
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.registry import METHODS

SPANS = (Span(0, 77, (0, 90, 0, 90)), Span(77, 154, (10, 50, 0, 33)), Span(154, 231, (40, 90, 50, 90)))


class NaiveScore:
    """The score formulation as written in the paper's readme, masks and all, in float64."""

    def __init__(self, context: RegionalContext, latent: tuple[int, int]) -> None:
        self.context = context
        self.latent = latent

    def __call__(self, attn: Any, hidden_states: torch.Tensor, encoder_hidden_states: Any = None, *_: Any, **__: Any):
        rows, pixels, _channels = hidden_states.shape
        height, width = self.latent
        while height * width > pixels:
            height, width = -(-height // 2), -(-width // 2)
        masks = []
        for span in self.context.spans:
            top, bottom, left, right = span.rect
            mask = torch.zeros(90, 90)
            mask[top:bottom, left:right] = 1
            resized = interpolate(mask[None, None], (height, width), mode="nearest-exact").flatten()
            masks.append(resized[:, None].expand(-1, span.stop - span.start))
        mask = torch.cat(masks, dim=1).double()
        tokens = self.context.embeddings[None].expand(rows, -1, -1)

        def heads(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.double().unflatten(-1, (attn.heads, -1)).transpose(1, 2)

        query, key, value = heads(attn.to_q(hidden_states)), heads(attn.to_k(tokens)), heads(attn.to_v(tokens))
        scores = query @ key.transpose(-1, -2) * attn.scale * (pixels / mask.sum(0))
        weights = scores.masked_fill(mask == 0, -torch.inf).softmax(-1)
        return attn.to_out[0]((weights @ value).transpose(1, 2).flatten(2).to(hidden_states.dtype))


def context_for(pipeline: Any, spans: tuple[Span, ...] = SPANS) -> RegionalContext:
    width = pipeline.unet.config.cross_attention_dim
    return RegionalContext(torch.randn(spans[-1].stop, width, generator=torch.Generator().manual_seed(3)), spans)


def regional(
    pipeline: Any, context: RegionalContext, method: str = "score", batch: int = 1, size: tuple[int, int] = (16, 16)
) -> Any:
    height, width = size
    return regional_attention(denoiser_of(pipeline.unet, batch), [context], METHODS[method], height=height, width=width)


def unet_call(pipeline: Any, sample: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    extra = {}
    if pipeline.unet.config.addition_embed_type == "text_time":
        rows = sample.shape[0]
        extra = {"added_cond_kwargs": {"text_embeds": torch.ones(rows, 48), "time_ids": torch.ones(rows, 6)}}
    with torch.no_grad():
        return pipeline.unet(sample, torch.tensor(500), encoder_hidden_states=context, **extra).sample


@pytest.mark.parametrize("model", ["mini", "tiny_sdxl"])
@pytest.mark.parametrize("size", [(16, 16), (11, 18)])
def test_conditional_rows_follow_the_formulation_and_others_stay_as_they_were(
    request: pytest.FixtureRequest, untouched: Any, model: str, size: tuple[int, int]
) -> None:
    pipeline = request.getfixturevalue(model)
    context = context_for(pipeline)
    generator = torch.Generator().manual_seed(1)
    sample = torch.randn(4, 4, *size, generator=generator)  # two unconditional rows, then two conditional ones
    plain_context = torch.randn(4, 77, context.embeddings.shape[1], generator=generator)
    undisturbed = unet_call(pipeline, sample, plain_context)
    with untouched(pipeline), regional(pipeline, context, batch=2, size=size):
        steered = unet_call(pipeline, sample, plain_context)

    layers = cross_attention_layers(pipeline.unet)
    originals = [attn.processor for _, attn in layers]
    for _, attn in layers:
        attn.set_processor(NaiveScore(context, size))
    try:
        expected = unet_call(pipeline, sample[2:], plain_context[2:])
    finally:
        for (_, attn), original in zip(layers, originals, strict=True):
            attn.set_processor(original)

    assert torch.allclose(steered[:2], undisturbed[:2], atol=1e-5)
    assert torch.linalg.norm(steered[2:] - expected) < 1e-4 * torch.linalg.norm(expected)
    assert torch.linalg.norm(steered[2:] - undisturbed[2:]) > 1e-3 * torch.linalg.norm(expected)


@pytest.mark.parametrize("method", ["score", "decomposition"])
def test_one_region_over_everything_is_plain_cross_attention(mini: Any, method: str) -> None:
    context = context_for(mini, (Span(0, 154, (0, 90, 0, 90)),))
    sample = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    expected = unet_call(mini, sample, context.embeddings[None])
    with regional(mini, context, method):
        steered = unet_call(mini, sample, torch.zeros(1, 77, mini.unet.config.cross_attention_dim))
    assert torch.allclose(steered, expected, atol=1e-4)


def test_keys_and_values_are_projected_once_a_run(mini: Any) -> None:
    calls = []
    handles = [
        attn.to_k.register_forward_hook(lambda *_: calls.append("key")) for _, attn in cross_attention_layers(mini.unet)
    ]
    sample = torch.randn(1, 4, 16, 16)
    try:
        with regional(mini, context_for(mini)) as call:
            for _ in range(3):
                unet_call(mini, sample, torch.zeros(1, 77, mini.unet.config.cross_attention_dim))
            assert call.runs[0].cached_bytes > 0
        assert call.runs[0].cached_bytes == 0
    finally:
        for handle in handles:
            handle.remove()
    assert len(calls) == len(cross_attention_layers(mini.unet))


@pytest.mark.parametrize("fault", [RuntimeError("out of memory"), KeyboardInterrupt()])
def test_every_processor_is_put_back_whatever_happens(mini: Any, untouched: Any, fault: BaseException) -> None:
    with untouched(mini), pytest.raises(type(fault)), regional(mini, context_for(mini)):
        raise fault


def test_a_fault_while_hooks_are_installed_undoes_those_already_there(
    mini: Any, untouched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = cross_attention_layers(mini.unet)
    _, last = layers[-1]

    original = CrossAttention.regional

    def refuse(layer: CrossAttention, *arguments: Any) -> Any:
        if layer.module is last:
            raise RuntimeError("no")
        return original(layer, *arguments)

    with untouched(mini), monkeypatch.context() as patch:
        patch.setattr(CrossAttention, "regional", refuse)
        with pytest.raises(RuntimeError, match="no"), regional(mini, context_for(mini)):
            pytest.fail("never reached")


def test_runs_one_after_another_share_nothing(mini: Any) -> None:
    sample = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    context, other = context_for(mini), context_for(mini)
    other = RegionalContext(other.embeddings * 2, other.spans)

    def run(context: RegionalContext) -> torch.Tensor:
        with regional(mini, context):
            return unet_call(mini, sample, torch.zeros(1, 77, mini.unet.config.cross_attention_dim))

    first, second, again = run(context), run(other), run(context)
    assert torch.equal(first, again)
    assert not torch.allclose(first, second)
