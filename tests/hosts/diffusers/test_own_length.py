"""SD3, whose call has unconditional rows beside the others: these see their own text and nothing put behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn import functional

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.families.sd3 import NEGATIVE_CUT, SD3Texts
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.steering import steer
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.registry import METHODS
from tests.hosts.tiny_pipelines import sd3_pipeline
from tests.hosts.tiny_transformers import tiny_sd3

OWN, CANVAS = 333, 420
SPANS = (Span(0, OWN, (0, 90, 0, 90)), Span(OWN, 380, (0, 90, 0, 45)), Span(380, CANVAS, (40, 90, 30, 90)))
SMALL = RenderSettings(width=64, height=64, steps=2, cfg=3.0, negative="blurry")


@pytest.fixture(scope="module")
def pipeline() -> Any:
    made = sd3_pipeline()
    made.set_progress_bar_config(disable=True)
    return made


def test_rows_of_both_kinds_are_those_called_alone_to_the_last_bit() -> None:
    tiny = tiny_sd3()
    random = torch.Generator().manual_seed(1)
    x = torch.randn(3, 4, 8, 12, generator=random)
    context = RegionalContext(torch.randn(CANVAS, tiny.channels, generator=random), SPANS)
    own = torch.randn(OWN, tiny.channels, generator=random)
    filled = functional.pad(own, (0, 0, 0, CANVAS - OWN))
    unconditional = tiny.call(x[:1], own[None])
    with regional_attention(tiny.denoiser, [context], METHODS["layout"], height=8, width=12) as call:
        texts = torch.stack([filled, context.embeddings, context.embeddings])
        together = tiny.call(x, texts)
        carried = tiny.call(x[1:], texts[1:])
        assert (call.rows, call.others) == (2, None)
    assert torch.equal(together[:1], unconditional)
    assert torch.equal(together[1:], carried)
    assert (tiny.call(x[:1], filled[None]) - unconditional).abs().max() > 1e-4  # what it would see of the zeros


def test_a_fault_within_leaves_the_call_as_it_was() -> None:
    tiny = tiny_sd3()
    context = RegionalContext(torch.randn(CANVAS, tiny.channels), SPANS)
    texts = torch.stack([torch.zeros(CANVAS, tiny.channels), context.embeddings])

    def stop(*_call: Any) -> None:
        raise KeyboardInterrupt

    handle = tiny.denoiser.module.transformer_blocks[1].register_forward_pre_hook(stop)
    with regional_attention(tiny.denoiser, [context], METHODS["layout"], height=8, width=8) as call:
        with pytest.raises(KeyboardInterrupt):
            tiny.call(torch.randn(2, 4, 8, 8), texts)
        assert (call.rows, call.others, [rows for _, rows in call.groups]) == (2, slice(0, 1), [slice(1, 2)])
        handle.remove()
        assert tiny.call(torch.randn(2, 4, 8, 8), texts).isfinite().all()


def test_what_the_pipeline_is_given_for_negative_is_what_it_makes_itself(
    pipeline: Any, circle_and_square: Canvas
) -> None:
    with steer(pipeline, circle_and_square, SMALL) as inputs:
        negative, pooled = inputs["negative_prompt_embeds"], inputs["negative_pooled_prompt_embeds"]
        assert negative.shape == inputs["prompt_embeds"].shape
    theirs = pipeline.encode_prompt("blurry", None, None, do_classifier_free_guidance=False)
    assert torch.allclose(negative[:, :OWN], theirs[0], atol=1e-5)
    assert not negative[:, OWN:].any()
    assert torch.allclose(pooled, theirs[2], atol=1e-5)


def test_a_negative_prompt_that_is_too_long_is_cut_and_that_is_told(pipeline: Any, circle_and_square: Canvas) -> None:
    long = ", ".join(["blurry people on a plain background"] * 20)
    assert NEGATIVE_CUT in render(pipeline, circle_and_square, replace(SMALL, negative=long)).notes
    assert NEGATIVE_CUT not in render(pipeline, circle_and_square, SMALL).notes
    assert NEGATIVE_CUT not in render(pipeline, circle_and_square, replace(SMALL, negative=long, cfg=1.0)).notes


def test_a_pipeline_without_t5_has_zeros_in_its_place(pipeline: Any, circle_and_square: Canvas) -> None:
    without = type(pipeline)(**{**pipeline.components, "text_encoder_3": None, "tokenizer_3": None})
    theirs = without.encode_prompt("a red circle.", None, None, do_classifier_free_guidance=False)[0]
    with steer(without, Canvas("a red circle"), SMALL) as inputs:
        assert torch.allclose(inputs["prompt_embeds"], theirs, atol=1e-5)
    assert SD3Texts(without).limit == 75
