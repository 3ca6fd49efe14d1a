"""DenseDiffusion's modulation: the formula of its paper, pixel by pixel, and the steps that it holds for."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.crop import cropped
from lib_omost.attention.formulation import timed
from lib_omost.attention.layout import place
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.modulation import MOST_SCORES, Modulation
from lib_omost.attention.places import Box
from lib_omost.attention.plain import plain_attention
from tests.attention.test_attention_own_words import with_own_words

WHOLE = (0, 90, 0, 90)
CROSS, PIXELS = Modulation(weight=1.0), Modulation(weight=0.3, pixels=True)


def reference(query, key, value, segments, members, strength, weights=None):
    """segments: for each pixel the numbers of those that it is in; members: for each number its tokens."""
    query, key, value = (part.double() for part in (query, key, value))
    pixels = query.shape[2]
    out = torch.empty_like(query)
    for row in range(len(query)):
        for head in range(query.shape[1]):
            keys, values = key[row % len(key), head], value[row % len(key), head]
            for pixel in range(pixels):
                scores = [float(query[row, head, pixel] @ one) / query.shape[-1] ** 0.5 for one in keys]
                own = segments[pixel]
                size = min(1.0, sum(sum(number in other for other in segments) for number in own) / pixels)
                pull = strength * (1 - size)
                high, low = max(scores), min(scores)
                drawn = []
                for token, score in enumerate(scores):
                    is_own = any(token in members[number] for number in own)
                    drawn.append(score + pull * (high - score) if is_own else score - pull * (score - low))
                    drawn[-1] += 0.0 if weights is None else weights[token]
                out[row, head, pixel] = torch.tensor(drawn, dtype=torch.float64).softmax(0) @ values
    return out


def segments_of(problem, reference_mask):
    masks = [reference_mask(span.rect, problem.height, problem.width).flatten() for span in problem.context.spans]
    local = [[number for number, mask in enumerate(masks) if number and mask[pixel]] for pixel in range(len(masks[0]))]
    return [own or [0] for own in local]


def tokens_of(span):
    return {token for start, stop in span.own or ((span.start, span.stop),) for token in range(start, stop)}


@given(data=st.data(), noise=st.sampled_from([0.7, 0.85, 1.0]))
@settings(max_examples=25, deadline=None)
def test_cross_attention_is_the_papers_formula(problems, reference_mask, relative_error, data, noise) -> None:
    problem = data.draw(with_own_words(problems))
    layout = place(problem.context, problem.height, problem.width)
    out = timed(CROSS, noise)(problem.query, problem.key, problem.value, layout)
    members = [tokens_of(span) for span in problem.context.spans]
    segments = segments_of(problem, reference_mask)
    expected = reference(problem.query, problem.key, problem.value, segments, members, noise**5)
    assert relative_error(out, expected) < 1e-4


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_self_attention_is_the_papers_formula(problems, reference_mask, relative_error, data) -> None:
    problem = data.draw(problems)
    layout = place(problem.context, problem.height, problem.width)
    segments = segments_of(problem, reference_mask)
    members = [
        {pixel for pixel, own in enumerate(segments) if number in own} for number in range(len(problem.context.spans))
    ]
    key, value = problem.query.flip(-1), problem.query.roll(1, 2)
    out = timed(PIXELS, 0.9)(problem.query, key, value, layout)
    expected = reference(problem.query, key, value, segments, members, 0.3 * 0.9**5)
    assert relative_error(out, expected) < 1e-4


def small(edge: float = 0.0, weight: float = 1.0):
    spans = (Span(0, 4, WHOLE), Span(4, 10, (0, 45, 0, 90), ((5, 8),), weight=weight, edge=edge))
    layout = place(RegionalContext(torch.zeros(10, 4), spans), 8, 8)
    query, key, value = (torch.randn(1, 2, n, 8, generator=torch.Generator().manual_seed(n)) for n in (64, 10, 10))
    return query, key, value + key, layout


@pytest.mark.parametrize("noise", [0.0, 0.3, 0.69])
def test_later_steps_are_as_they_are(noise) -> None:
    query, key, value, layout = small()
    assert torch.equal(timed(CROSS, noise)(query, key, value, layout), plain_attention(query, key, value, layout))
    alike = torch.nn.functional.scaled_dot_product_attention(query, query, query)
    assert torch.equal(timed(PIXELS, noise)(query, query, query, layout), alike)


def test_where_noise_is_not_told_it_is_as_strong_as_it_can_be() -> None:
    query, key, value, layout = small()
    assert torch.equal(timed(CROSS, None)(query, key, value, layout), timed(CROSS, 1.0)(query, key, value, layout))
    assert torch.equal(CROSS(query, key, value, layout), timed(CROSS, 1.0)(query, key, value, layout))


def test_pixels_look_at_their_own_words_more_and_at_others_less() -> None:
    query, key, _, layout = small()
    value = torch.zeros(1, 2, 10, 8)
    value[:, :, 5:8] = 1  # how much of a pixel's attention goes to the region's own words
    before = masked_attention(
        query, key, value, place(RegionalContext(torch.zeros(10, 4), (Span(0, 10, WHOLE),)), 8, 8)
    )
    after = timed(CROSS, 0.9)(query, key, value, layout)
    inside, outside = ((after - before)[0, :, rows, 0] for rows in (slice(0, 32), slice(32, 64)))
    assert (inside > 0).all()
    assert outside.mean() < -0.05  # where BOS and the like had less, they lose less


def test_a_region_without_weight_is_not_seen_and_a_soft_edge_lies_between() -> None:
    query, key, value, layout = small(weight=0.0)
    fewer = value.clone()
    fewer[:, :, 4:] = 9.0
    out, other = (timed(CROSS, 1.0)(query, key, each, layout) for each in (value, fewer))
    assert torch.allclose(out, other)
    query, key, value, layout = small(edge=40.0)
    hard = timed(CROSS, 1.0)(query, key, value, small()[3])
    soft = timed(CROSS, 1.0)(query, key, value, layout)
    assert not torch.allclose(soft, hard, atol=1e-3)
    assert torch.isfinite(soft).all()


def test_many_pixels_are_taken_in_parts(monkeypatch) -> None:
    query, key, value, layout = small()
    whole = timed(CROSS, 1.0)(query, key, value, layout)
    monkeypatch.setattr("lib_omost.attention.modulation.MOST_SCORES", 8 * 20 * 2)
    assert MOST_SCORES > 8 * 20 * 2
    assert torch.allclose(timed(CROSS, 1.0)(query, key, value, layout), whole, atol=1e-6)


def test_a_box_of_a_layer_has_the_numbers_of_the_whole_layer() -> None:
    query, key, value, layout = small()
    whole = timed(CROSS, 0.9)(query, key, value, layout)
    box = Box(2, 7, 1, 5)
    part = cropped(layout, box)
    rows = torch.arange(64).view(8, 8)[box.slices].flatten()
    out = timed(CROSS, 0.9)(query[:, :, rows], part.tokens_of(key), part.tokens_of(value), part)
    assert torch.allclose(out, whole[:, :, rows], atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_come_back_as_halves(dtype) -> None:
    query, key, value, layout = small()
    exact = timed(CROSS, 0.9)(query, key, value, layout)
    out = timed(CROSS, 0.9)(query.to(dtype), key.to(dtype), value.to(dtype), layout)
    assert out.dtype == dtype
    assert torch.allclose(out.float(), exact, atol=0.1)


def test_tokens_that_do_not_fit_the_layout_are_refused() -> None:
    query, key, value, layout = small()
    with pytest.raises(ValueError, match="do not fit"):
        CROSS(query, key[:, :, :9], value[:, :, :9], layout)
