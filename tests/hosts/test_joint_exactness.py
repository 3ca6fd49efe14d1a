"""Transformers of the real architectures, small: what reaches their attention, and what comes of it, is exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.joint import JointRule
from lib_omost.attention.layout import place
from lib_omost.attention.masks import span_masks
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.method import Method
from lib_omost.methods.registry import METHODS
from tests.hosts.naive_joint import naive
from tests.hosts.tiny_transformers import TRANSFORMERS, Tiny

HEIGHT, WIDTH = 8, 12
SPANS = (Span(0, 9, (0, 90, 0, 90)), Span(9, 14, (0, 90, 0, 45)), Span(14, 20, (40, 90, 30, 90)))
JOINT = [name for name in TRANSFORMERS if name != "cosmos"]


@pytest.fixture(params=JOINT)
def tiny(request: pytest.FixtureRequest) -> Tiny:
    return TRANSFORMERS[request.param]()


def context_of(tiny: Tiny, spans: tuple[Span, ...] = SPANS) -> RegionalContext:
    return RegionalContext(torch.randn(20, tiny.channels, generator=torch.Generator().manual_seed(3)), spans)


def latents(rows: int = 1) -> torch.Tensor:
    return torch.randn(rows, 4, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))


def steered(tiny: Tiny, context: RegionalContext, method: Method | None = None) -> Any:
    return regional_attention(tiny.denoiser, [context], method or METHODS["layout"], height=HEIGHT, width=WIDTH)


@dataclass(frozen=True)
class Attended:
    """One call of torch's fused attention: (rows, heads, positions, D) each, but for the bias."""

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    bias: torch.Tensor | None
    out: torch.Tensor


class Spy(TorchFunctionMode):
    """What reaches torch's attention at last, whoever gave it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Attended] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func is torch.nn.functional.scaled_dot_product_attention:
            given = dict(zip(("query", "key", "value", "attn_mask"), args, strict=False)) | (kwargs or {})
            bias = given.get("attn_mask")
            self.seen.append(Attended(given["query"], given["key"], given["value"], bias, out))
        return out


def attended(tiny: Tiny, context: RegionalContext, method: Method | None = None) -> list[Attended]:
    """Every call of attention while one row is drawn."""
    with Spy() as spy, steered(tiny, context, method):
        tiny.call(latents(), context.embeddings[None])
    return spy.seen


def allowed(
    tiny: Tiny, context: RegionalContext, positions: int, *, apart: bool = False, textless: bool = False
) -> torch.Tensor:
    """(positions, positions) bool, from the rule alone: who is a pixel, who a token, who neither.

    apart: whether a pixel of local regions sees no pixel but those of its own. textless: whether the image is alone.
    """
    layout = place(context, HEIGHT // 2, WIDTH // 2)
    masks = span_masks(layout).flatten(1)
    tokens = len(context.embeddings)
    owners = [tiny.where(positions, tokens, layout.pixels, position) for position in range(positions)]
    if textless:
        owners = [("image", place) if place < layout.pixels else ("other", 0) for place in range(positions)]

    def region(token: int) -> int:
        return next(number for number, span in enumerate(context.spans) if span.start <= token < span.stop)

    def sees(one: tuple[str, int], other: tuple[str, int]) -> bool:
        for own, beside in ((one, other), (other, one)):
            if own[0] == "text" and region(own[1]) > 0:
                if beside[0] == "image":
                    return bool(masks[region(own[1]), beside[1]])
                return beside[0] == "text" and region(beside[1]) == region(own[1])
        if apart and one[0] == other[0] == "image":
            own_regions = masks[1:, one[1]]
            return not bool(own_regions.any()) or bool((own_regions & masks[1:, other[1]]).any())
        return True

    return torch.tensor([[sees(one, other) for other in owners] for one in owners])


def test_every_layers_masked_attention_is_the_naive_one_in_float64(tiny: Tiny) -> None:
    context = context_of(tiny)
    masked = [one for one in attended(tiny, context) if one.bias is not None]
    assert len(masked) == len(tiny.scheduled) + tiny.always
    for one in masked:
        expected = naive(one, allowed(tiny, context, one.query.shape[2]))
        assert torch.allclose(one.out.double(), expected, atol=1e-5)


def test_one_region_over_everything_is_the_plain_prompt_to_the_last_bit(tiny: Tiny) -> None:
    context = context_of(tiny, (Span(0, 20, (0, 90, 0, 90)),))
    plain = tiny.call(latents(2), context.embeddings.expand(2, -1, -1))
    with steered(tiny, context) as call:
        assert torch.equal(tiny.call(latents(2), context.embeddings.expand(2, -1, -1)), plain)
    assert call.ever


def test_before_and_after_the_same_bytes_and_between_other_ones(tiny: Tiny) -> None:
    context = context_of(tiny)
    x, tokens = latents(), context.embeddings[None]
    before = tiny.call(x, tokens)
    with steered(tiny, context):
        between = tiny.call(x, tokens)
        assert torch.equal(tiny.call(x, tokens), between)
        other = torch.randn(1, 7, tiny.channels, generator=torch.Generator().manual_seed(8))
        unconditional = tiny.call(x, other)
    assert torch.equal(tiny.call(x, tokens), before)
    assert torch.equal(tiny.call(x, other), unconditional)
    assert (between - before).abs().max() > 1e-3


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0), (0, 1, 0)])
def test_rows_in_any_order_are_the_rows_one_by_one(tiny: Tiny, order: tuple[int, ...]) -> None:
    context = context_of(tiny)
    other = torch.randn(20, tiny.channels, generator=torch.Generator().manual_seed(8))
    x, texts = latents(len(order)), torch.stack([(other, context.embeddings)[one] for one in order])
    with steered(tiny, context):
        together = tiny.call(x, texts)
        alone = torch.cat([tiny.call(x[[row]], texts[[row]]) for row in range(len(order))])
    assert torch.allclose(together, alone, atol=1e-5)


def test_two_canvases_each_have_their_rows(tiny: Tiny) -> None:
    one, other = context_of(tiny), context_of(tiny, (SPANS[0], Span(9, 20, (0, 45, 0, 90))))
    other = replace(other, embeddings=other.embeddings + 1)
    x, texts = latents(2), torch.stack([one.embeddings, other.embeddings])
    with regional_attention(tiny.denoiser, [one, other], METHODS["layout"], height=HEIGHT, width=WIDTH):
        together = tiny.call(x, texts)
    for row, context in enumerate((one, other)):
        with steered(tiny, context):
            assert torch.allclose(tiny.call(x[[row]], texts[[row]]), together[[row]], atol=1e-5)


def test_own_words_turn_a_region_to_its_text_and_its_schedule_is_kept(tiny: Tiny) -> None:
    context = context_of(tiny)

    def masks(rule: JointRule) -> list[torch.Tensor]:
        calls = attended(tiny, context, Method("own", joint=rule))
        return [one.bias for one in calls if one.bias is not None]

    values = {float(value) for bias in masks(JointRule(own_words=1.5)) for value in bias[0, 0].unique()}
    assert values == {float("-inf"), 0.0, 1.5}
    assert len(masks(JointRule(least_noise=0.6))) == tiny.always  # these calls have half of the noise
    assert len(masks(JointRule(least_noise=0.5))) == tiny.always + len(tiny.scheduled)
    assert len(masks(JointRule(blocks=(0.0, 0.0)))) == tiny.always + 1
    assert len(tiny.scheduled) > 1


def test_with_noise_enough_pixels_of_different_regions_do_not_see_each_other(tiny: Tiny) -> None:
    context = context_of(tiny)
    whole, apart = JointRule(apart_noise=0.6), JointRule(apart_noise=0.5)  # these calls have half of the noise
    for rule in (whole, apart):
        calls = attended(tiny, context, Method("own", joint=rule))
        masked = {number: one for number, one in enumerate(calls) if one.bias is not None}
        assert len(masked) >= len(tiny.scheduled)
        assert (tiny.textless in masked) == (tiny.textless is not None and rule is apart)
        for number, one in masked.items():
            textless = number == tiny.textless
            seen = allowed(tiny, context, one.query.shape[2], apart=rule is apart, textless=textless)
            assert torch.allclose(one.out.double(), naive(one, seen), atol=1e-5)


@pytest.mark.parametrize("name", ["z_image", "lumina2"])
def test_more_tokens_than_a_model_has_positions_for_are_drawn_and_its_table_stays(name: str) -> None:
    """Three texts of which each could stand alone, and together more than the model's own table has."""
    tiny = TRANSFORMERS[name]()
    rope = tiny.denoiser.module.rope_embedder
    each = rope.axes_lens[0] // 2 - 40
    spans = tuple(Span(number * each, (number + 1) * each, one.rect) for number, one in enumerate(SPANS))
    context = RegionalContext(torch.randn(3 * each, tiny.channels), spans)
    table = rope.freqs_cis
    with steered(tiny, context):
        assert tiny.call(latents(), context.embeddings[None]).isfinite().all()
    assert rope.freqs_cis is table
