"""Own words: the formulation is the plain one, whichever way it is computed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.attention.own_words import WAYS, OwnWords

WHOLE = (0, 90, 0, 90)
OWN = OwnWords(weight=2.5, few=3)


def reference(query, key, value, context, masks, weight, few):
    """Pixel by pixel, token by token, in float64, from the definition alone."""
    query, key, value = query.double(), key.double(), value.double()
    out = torch.empty_like(query)
    flat = [mask.flatten().tolist() for mask in masks]
    for pixel in range(query.shape[2]):
        local = [number for number in range(1, len(context.spans)) if flat[number][pixel]]
        tokens, added = [], []
        for span in (context.spans[number] for number in local or [0]):
            words = {token for start, stop in span.own for token in range(start, stop)}
            raised = weight - math.log(max(len(words) / span.bags / few, 1))
            for token in range(span.start, span.stop):
                tokens.append(token)
                added.append(max(raised, 0) if local and token in words else 0)
        keys, values = (part[:, :, tokens].expand(len(query), -1, -1, -1) for part in (key, value))
        scores = torch.einsum("bhd,bhtd->bht", query[:, :, pixel], keys)
        shares = (scores / math.sqrt(query.shape[-1]) + torch.tensor(added)).softmax(-1)
        out[:, :, pixel] = torch.einsum("bht,bhtd->bhd", shares, values)
    return out


@st.composite
def with_own_words(draw, problems):
    """A problem whose local spans have words of their own, some of them none."""
    problem = draw(problems)
    spans = []
    for span in problem.context.spans:
        edges = sorted(draw(st.sets(st.integers(span.start, span.stop), max_size=4)))
        own = tuple(zip(edges[::2], edges[1::2], strict=False))
        spans.append(Span(span.start, span.stop, span.rect, own, draw(st.integers(1, 3))))
    return replace(problem, context=RegionalContext(problem.context.embeddings, tuple(spans)))


@pytest.mark.parametrize("way", [None, *WAYS])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_way_is_exact(problems, reference_mask, relative_error, way, data) -> None:
    problem = data.draw(with_own_words(problems))
    layout = place(problem.context, problem.height, problem.width)
    out = OWN(problem.query, problem.key, problem.value, layout, way=way)
    masks = [reference_mask(span.rect, problem.height, problem.width) for span in problem.context.spans]
    expected = reference(problem.query, problem.key, problem.value, problem.context, masks, 2.5, 3)
    assert relative_error(out, expected) < 1e-5


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_come_back_as_halves(way, dtype) -> None:
    query, key, value = (torch.randn(1, 2, n, 8, generator=torch.Generator().manual_seed(n)) for n in (64, 10, 10))
    value = value + key
    spans = (Span(0, 4, WHOLE), Span(4, 10, (0, 45, 0, 90), ((5, 8),)))
    layout = place(RegionalContext(torch.zeros(10, 4), spans), 8, 8)
    exact = OWN(query, key, value, layout)
    out = OWN(query.to(dtype), key.to(dtype), value.to(dtype), layout, way=way)
    assert out.dtype == dtype
    assert torch.allclose(out.float(), exact, atol=0.05)


def test_long_texts_are_raised_less_and_short_ones_by_all() -> None:
    spans = (
        Span(0, 10, WHOLE, ((1, 9),)),
        Span(10, 87, (0, 45, 0, 90), ((11, 14),)),
        Span(87, 164, (0, 45, 0, 90), ((88, 118),)),
        Span(164, 318, (0, 45, 0, 90), ((165, 168), (242, 245)), bags=2),
        Span(318, 395, (45, 90, 0, 90), ((319, 394),)),
    )
    layout = place(RegionalContext(torch.zeros(395, 4), spans), 4, 4)
    bias = OwnWords(weight=2.5, few=3).token_bias(layout)
    assert bias[:11].eq(0).all()  # the global region's, and a BOS
    assert bias[11:14].eq(2.5).all()
    assert bias[14:88].eq(0).all()
    assert bias[88:118].numpy() == pytest.approx(2.5 - math.log(10), abs=1e-6)
    assert bias[165:168].eq(2.5).all()
    assert bias[242:245].eq(2.5).all()  # three a bag
    assert bias[319:394].eq(0).all()  # 25 times as many: never lowered


def test_what_is_outside_of_local_boxes_sees_the_global_words_alone() -> None:
    spans = (Span(0, 3, WHOLE), Span(3, 6, (0, 45, 0, 90), ((4, 5),)))
    layout = place(RegionalContext(torch.zeros(6, 4), spans), 4, 4)
    query, key = torch.zeros(1, 1, 16, 8), torch.zeros(1, 1, 6, 8)
    value = torch.zeros(1, 1, 6, 8)
    value[:, :, :3] = 1
    out = OWN(query, key, value, layout)[0, 0, :, 0].reshape(4, 4)
    assert out.tolist() == [[0] * 4, [0] * 4, [1] * 4, [1] * 4]


@pytest.mark.parametrize("own", [((2, 2),), ((3, 9),), ((5, 7), (4, 6)), ((7, 9),)])
def test_own_words_that_are_no_ranges_of_the_span_are_refused(own) -> None:
    with pytest.raises(ValueError, match="own words"):
        RegionalContext(torch.zeros(8, 4), (Span(0, 3, WHOLE), Span(3, 8, (0, 45, 0, 90), own)))


def test_an_unknown_way_is_refused() -> None:
    layout = place(RegionalContext(torch.zeros(3, 4), (Span(0, 3, WHOLE),)), 2, 2)
    with pytest.raises(ValueError, match="unknown way"):
        OWN(torch.zeros(1, 1, 4, 8), torch.zeros(1, 1, 3, 8), torch.zeros(1, 1, 3, 8), layout, way="guess")
