"""Positions by number: each text is counted as if it were alone, and the image stays where it is."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.hosts.diffusers.families.z_image import image_positions, text_positions
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.registry import METHODS
from tests.hosts.tiny_transformers import tiny_klein, tiny_qwen_image, z_image_transformer

LAYOUT = place(RegionalContext(torch.zeros(1, 2), (Span(0, 1, (0, 90, 0, 90)),)), 5, 3)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 100])
def test_one_region_stands_where_diffusers_puts_it(length: int) -> None:
    transformer = z_image_transformer()
    latent, text = torch.zeros(4, 1, 10, 6), torch.zeros(length, 32)
    *_, images, texts, _, _ = transformer.patchify_and_embed([latent], [text], 2, 1)
    ours = text_positions([length])
    assert torch.equal(ours, texts[0][: len(ours)].to(ours))
    assert torch.equal(image_positions(LAYOUT, [length]), images[0].to(ours))


def test_each_region_begins_where_it_would_alone() -> None:
    positions = text_positions([40, 7, 12])
    assert positions.shape == (64, 3)
    assert not positions[:, 1:].any()
    starts = {0: 40, 40: 7, 47: 12}
    for start, length in starts.items():
        assert positions[start : start + length, 0].tolist() == list(range(1, length + 1))
    assert positions[59:, 0].tolist() == list(range(41, 46))


def test_the_image_does_not_move_with_the_number_of_regions() -> None:
    alone = image_positions(LAYOUT, [40])
    assert torch.equal(image_positions(LAYOUT, [40, 7, 12, 60]), alone)
    assert int(image_positions(LAYOUT, [40, 65])[0, 0]) == 97  # it never stands within a region's text


def test_texts_of_qwen_image_begin_where_they_would_alone_and_the_image_stays() -> None:
    tiny, given = tiny_qwen_image(), []
    spans = (Span(0, 9, (0, 90, 0, 90)), Span(9, 20, (0, 90, 0, 45)))
    context = RegionalContext(torch.randn(20, tiny.channels), spans, texts=(9, 4, 7))
    x = torch.zeros(1, 4, 8, 12)

    layer = tiny.denoiser.layers[0].module
    own_forward = layer.forward

    def recorded(*arguments: Any, **keywords: Any) -> Any:
        given.append(keywords["image_rotary_emb"])
        return own_forward(*arguments, **keywords)

    layer.__dict__["forward"] = recorded
    tiny.call(x, context.embeddings[None])
    with regional_attention(tiny.denoiser, [context], METHODS["layout"], height=8, width=12):
        tiny.call(x, context.embeddings[None])
    (image, plain), (same_image, own) = given
    assert torch.equal(image, same_image)
    assert torch.equal(own, torch.cat([plain[:9], plain[:4], plain[:7]]))


@pytest.mark.parametrize("number", [0, 3])  # of two streams, and of one
def test_texts_of_klein_begin_where_they_would_alone_and_the_image_stays(number: int) -> None:
    tiny, given = tiny_klein(), []
    spans = (Span(0, 9, (0, 90, 0, 90)), Span(9, 20, (0, 90, 0, 45)))
    context = RegionalContext(torch.randn(20, tiny.channels), spans, texts=(9, 4, 7))
    layer = tiny.denoiser.layers[number].module
    own_forward = layer.forward

    def recorded(*arguments: Any, **keywords: Any) -> Any:
        given.append(keywords["image_rotary_emb"])
        return own_forward(*arguments, **keywords)

    layer.__dict__["forward"] = recorded
    tiny.call(torch.zeros(1, 4, 8, 12), context.embeddings[None])
    with regional_attention(tiny.denoiser, [context], METHODS["layout"], height=8, width=12):
        tiny.call(torch.zeros(1, 4, 8, 12), context.embeddings[None])
    for plain, own in zip(*given, strict=True):  # cosines, sines
        assert torch.equal(own, torch.cat([plain[:9], plain[:4], plain[:7], plain[20:]]))
