"""Negative words of regions: unconditional rows see a region's own text inside it, the negative prompt elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.negatives import NEGATIVE, mark_of
from lib_omost.methods.registry import METHODS
from tests.hosts.test_host_contract import HEIGHT, SPANS, WIDTH, Adapter, adapter, latents, modules

__all__ = ["adapter", "modules"]  # the fixtures
WHOLE, LEFT = (0, 90, 0, 90), (0, 90, 0, 45)


@pytest.fixture(autouse=True)
def _cross_attention_alone(modules: None, adapter: Adapter) -> None:
    if adapter.method != "score":
        pytest.skip("text is a stream of this kind of model, which refuses negative words of regions")


def negatives(adapter: Adapter, rect: tuple[int, int, int, int], **fields: Any) -> RegionalContext:
    tokens = torch.randn(462, adapter.channels, generator=torch.Generator().manual_seed(9))
    return RegionalContext(tokens, (Span(0, 231, WHOLE), Span(231, 462, rect, **fields)))


def drawn(adapter: Adapter, unconditional: torch.Tensor, kept_away: list[RegionalContext]) -> torch.Tensor:
    """Four rows, of which the first two carry the negative prompt."""
    context = adapter.context(SPANS)
    tokens = torch.stack([unconditional, unconditional, context.embeddings, context.embeddings])
    steered = regional_attention(
        adapter.denoiser, [context], METHODS["score"], height=HEIGHT, width=WIDTH, negatives=kept_away
    )
    with steered as call:
        out = adapter.call(latents(), tokens)
        assert call.ever
        assert call.ever_kept_away is bool(kept_away)
    return out


def test_a_region_of_the_whole_picture_is_the_negative_prompt_with_its_words(adapter: Adapter) -> None:
    both, before = negatives(adapter, WHOLE), adapter.traces()
    ours = drawn(adapter, mark_of(both), [both])
    theirs = drawn(adapter, both.embeddings[231:], [])
    assert torch.allclose(ours, theirs, atol=1e-4)
    plain = drawn(adapter, mark_of(both), [])
    assert torch.equal(plain[2:], ours[2:])  # what is drawn stays as it is
    assert (plain[:2] - ours[:2]).abs().max() > 1e-3
    assert adapter.traces() == before


def test_outside_its_region_the_negative_prompt_is_attended_for_alone(adapter: Adapter) -> None:
    """The naive way, in float64: one softmax over the text that a pixel sees."""
    both = negatives(adapter, LEFT)
    layout = place(both, 6, 8)
    query, (key, value) = (
        torch.randn(1, 2, 48, 4, generator=torch.Generator().manual_seed(2)),
        torch.randn(2, 1, 2, 462, 4, generator=torch.Generator().manual_seed(3)),
    )
    out = NEGATIVE(query, key, value, layout).unflatten(2, (6, 8)).double()
    for tokens, columns in ((slice(0, 231), slice(4, 8)), (slice(231, 462), slice(0, 4))):
        pixels = query.unflatten(2, (6, 8))[:, :, :, columns].flatten(2, 3).double()
        shares = (pixels @ key[:, :, tokens].double().mT / 2).softmax(-1)
        assert torch.allclose(out[:, :, :, columns].flatten(2, 3), shares @ value[:, :, tokens].double(), atol=1e-5)
