"""Weights and soft edges: every formulation is the plain one of its definition, and without them is what it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention import score
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.cost import BY_REGION
from lib_omost.attention.crop import cropped
from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.fused_calls import has_log_sum_exp
from lib_omost.attention.joint import JointRule, Order, joint_bias
from lib_omost.attention.layout import place
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.own_words import OwnWords
from lib_omost.attention.places import Box
from lib_omost.attention.score import score_attention

WHOLE = (0, 90, 0, 90)
WEIGHT, FEW, BASE = 2.5, 3, 0.3
OWN = OwnWords(WEIGHT, FEW)


def fades(context: RegionalContext, height: int, width: int, mask: Callable[..., torch.Tensor]) -> list[torch.Tensor]:
    """(H, W) float64 each, from the definition of an edge."""
    found = []
    for span in context.spans:
        top, bottom, left, right = span.rect
        naive = torch.zeros(height, width, dtype=torch.float64)
        for row in range(height):
            for column in range(width):
                y, x = (row + 0.5) * 90 / height, (column + 0.5) * 90 / width
                sides = [y - top] * (top > 0) + [bottom - y] * (bottom < 90)
                sides += [x - left] * (left > 0) + [right - x] * (right < 90)
                slopes = [max(0.0, 0.5 + side / span.edge) for side in sides] if span.edge else [-1.0]
                naive[row, column] = min([1.0, *slopes])
        is_soft = span.edge > 0 and bool((naive.float() > 0).any())
        found.append(naive if is_soft else mask(span.rect, height, width).double())
    return found


def softmax_of(problem, added: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """(H·W, T) added to scores that are multiplied by (T,), in float64."""
    query, key, value = (part.double() for part in (problem.query, problem.key, problem.value))
    scores = torch.einsum("bhid,bhjd->bhij", query, key.expand(len(query), -1, -1, -1)) / query.shape[-1] ** 0.5
    shares = (scores * factors + added).softmax(-1)
    return torch.einsum("bhij,bhjd->bhid", shares, value.expand(len(query), -1, -1, -1))


def by_definition(problem, faded: list[torch.Tensor], kind: str) -> torch.Tensor:
    spans, tokens = problem.context.spans, len(problem.context.embeddings)
    omega = [(fade * span.weight).flatten() for fade, span in zip(faded, spans, strict=True)]
    added = torch.empty(problem.height * problem.width, tokens, dtype=torch.float64)
    factors = torch.ones(tokens, dtype=torch.float64)
    for span, share, fade in zip(spans, omega, faded, strict=True):
        added[:, span.start : span.stop] = share.log()[:, None]
        if kind == "score":
            factors[span.start : span.stop] = fade.numel() / float(fade.sum())
    if kind == "own words":
        taken = torch.zeros(len(added), dtype=torch.float64)
        for span, fade in zip(spans[1:], faded[1:], strict=True):
            words = {token for start, stop in span.own for token in range(start, stop)}
            raised = max(0.0, WEIGHT - math.log(max(len(words) / span.bags / FEW, 1)))
            capped = fade.flatten() * min(1.0, span.weight)
            taken = torch.maximum(taken, capped)
            for token in range(span.start, span.stop):
                own = (fade.flatten() * span.weight).log() + raised
                added[:, token] = own if token in words else capped.log()
        added[:, : spans[0].stop] = (1 - taken).log()[:, None]
    return softmax_of(problem, added, factors)


def decomposed(problem, faded: list[torch.Tensor]) -> torch.Tensor:
    """Every region by itself, and the shares pixel by pixel."""
    outs = []
    for span in problem.context.spans:
        alone = torch.full((problem.height * problem.width, len(problem.context.embeddings)), -math.inf).double()
        alone[:, span.start : span.stop] = 0
        outs.append(softmax_of(problem, alone, torch.ones(alone.shape[1], dtype=torch.float64)))
    out = torch.empty_like(outs[0])
    for pixel in range(out.shape[2]):
        there = [float(fade.flatten()[pixel]) for fade in faded[1:]]
        shares = [BASE if any(there) else 1.0]
        for fade, span in zip(there, problem.context.spans[1:], strict=True):
            shares.append((1 - BASE) * fade * span.weight / max(1.0, sum(there)))
        out[:, :, pixel] = sum(share / sum(shares) * one[:, :, pixel] for share, one in zip(shares, outs, strict=True))
    return out


@st.composite
def weighed(draw, problems):
    """A problem whose local spans have weights, edges and words of their own."""
    problem = draw(problems)
    spans = []
    for number, span in enumerate(problem.context.spans):
        edges = sorted(draw(st.sets(st.integers(span.start, span.stop), max_size=4)))
        own = tuple(zip(edges[::2], edges[1::2], strict=False))
        weight = draw(st.sampled_from([0.0, 0.25, 1.0, 1.5, 2.0])) if number else 1.0
        edge = draw(st.sampled_from([0.0, 1.0, 8.0, 45.0])) if number else 0.0
        spans.append(Span(span.start, span.stop, span.rect, own, draw(st.integers(1, 3)), weight, edge))
    return replace(problem, context=RegionalContext(problem.context.embeddings, tuple(spans)))


# By region needs what older ones lack, and is not chosen there.
WAYS = [way for way in score.WAYS if way != BY_REGION or has_log_sum_exp(torch.device("cpu"))]
FORMULATIONS = [
    *(("score", lambda *parts, way=way: score_attention(*parts, way=way)) for way in WAYS),
    *(("own words", lambda *parts, way=way: OWN(*parts, way=way)) for way in WAYS),
    ("layout", masked_attention),
    ("decomposition", decomposition_attention),
]


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_each_is_its_definition(problems, reference_mask, relative_error, kind, attend, data) -> None:
    problem = data.draw(weighed(problems))
    out = attend(problem.query, problem.key, problem.value, place(problem.context, problem.height, problem.width))
    faded = fades(problem.context, problem.height, problem.width, reference_mask)
    expected = decomposed(problem, faded) if kind == "decomposition" else by_definition(problem, faded, kind)
    assert torch.isfinite(out).all()
    assert relative_error(out, expected) < 2e-5


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_box_of_a_layer_has_the_numbers_of_the_layer(problems, relative_error, kind, attend, data) -> None:
    problem = data.draw(weighed(problems))
    height, width = problem.height, problem.width
    layout = place(problem.context, height, width)
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    box = Box(top, data.draw(st.integers(top + 1, height)), left, data.draw(st.integers(left + 1, width)))
    inside = cropped(layout, box)
    query = problem.query.unflatten(2, (height, width))[(..., *box.slices, slice(None))].flatten(2, 3)
    ours = attend(query, inside.tokens_of(problem.key), inside.tokens_of(problem.value), inside)
    whole = attend(problem.query, problem.key, problem.value, layout)
    assert (
        relative_error(
            ours, whole.unflatten(2, (height, width))[(..., *box.slices, slice(None))].flatten(2, 3).double()
        )
        < 2e-5
    )


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
def test_weight_1_and_edge_0_are_none_to_the_last_bit(make_context, make_problem, kind, attend) -> None:
    context = make_context([WHOLE, (0, 50, 0, 60), (30, 90, 20, 90)], [3, 4, 5])
    said = tuple(replace(span, weight=1.0, edge=0.0) for span in context.spans)
    problem = make_problem(context, 8, 9)
    parts = problem.query, problem.key, problem.value
    assert place(replace(context, spans=said), 8, 9).is_plain
    assert torch.equal(attend(*parts, place(context, 8, 9)), attend(*parts, place(replace(context, spans=said), 8, 9)))


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
def test_a_heavier_region_takes_more_and_one_without_weight_nothing(make_context, make_problem, kind, attend) -> None:
    context = make_context([WHOLE, (0, 90, 0, 45)], [4, 4])
    problem = make_problem(context, 6, 6)
    context = replace(context, spans=(context.spans[0], replace(context.spans[1], own=((5, 7),))))
    value = torch.zeros_like(problem.value)
    value[:, :, 4:] = 1.0  # what comes out is the region's share
    if kind == "own words":
        value[:, :, 4:], value[:, :, 5:7] = 0.5, 1.0
    shares = []
    for weight in (0.0, 0.5, 1.0, 2.0):
        spans = (context.spans[0], replace(context.spans[1], weight=weight))
        out = attend(problem.query, problem.key, value, place(replace(context, spans=spans), 6, 6))
        shares.append(out.unflatten(2, (6, 6)))
    assert not shares[0].any()
    for less, more in pairwise(shares):
        assert (less[..., :3, :] < more[..., :3, :]).all()
        assert not more[..., 3:, :].any()  # outside nothing changes


def test_a_joint_bias_has_them_both_ways(make_context) -> None:
    context = make_context([WHOLE, (0, 90, 0, 45)], [2, 3])
    order, rule, cpu = Order(21, text=0, image=5), JointRule(own_words=0.5), torch.device("cpu")
    plain = joint_bias(place(context, 4, 4), order, rule, cpu, torch.float32)
    spans = (context.spans[0], replace(context.spans[1], weight=2.0, edge=30.0))
    layout = place(replace(context, spans=spans), 4, 4)
    bias = joint_bias(layout, order, rule, cpu, torch.float32)
    fade = torch.zeros(4, 4)
    for column in range(4):
        fade[:, column] = min(1.0, max(0.0, 0.5 + (45 - (column + 0.5) * 22.5) / 30))
    assert torch.allclose(bias[5:, 2:5], (2 * fade).log().flatten()[:, None] + 0.5)
    assert torch.allclose(bias[2:5, 5:], fade.log().flatten()[None])
    assert torch.equal(bias[:2], plain[:2])
    assert torch.equal(bias[5:, 5:], plain[5:, 5:])
    alone = joint_bias(layout, order, replace(rule, local_alone=True), cpu, torch.float32)
    assert torch.allclose(alone[5:, :2], (1 - fade).log().flatten()[:, None].expand(-1, 2))  # what fades gives way
    assert torch.equal(alone[:, 2:], bias[:, 2:])


@pytest.mark.parametrize("span", [Span(0, 1, WHOLE, weight=2.0), Span(0, 1, WHOLE, edge=1.0)])
def test_the_whole_picture_s_words_hold_everywhere(span: Span) -> None:
    with pytest.raises(ValueError, match="weight is 1"):
        RegionalContext(torch.zeros(1, 2), (span,))


@pytest.mark.parametrize("fault", [{"weight": -1.0}, {"edge": math.inf}, {"weight": math.nan}])
def test_a_number_that_is_none_is_refused(fault: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        RegionalContext(torch.zeros(2, 2), (Span(0, 1, WHOLE), Span(1, 2, WHOLE, **fault)))
