"""Bounded Attention: pixels of one subject do not see those of another, pixel by pixel."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.bounded import bounded_pixels
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place

WHOLE = (0, 90, 0, 90)


def reference(query, key, value, masks):
    """masks: (S, H·W) bool of the subjects."""
    query, key, value = (part.double() for part in (query, key, value))
    out = torch.empty_like(query)
    of = [{number for number, mask in enumerate(masks) if mask[pixel]} for pixel in range(query.shape[2])]
    for pixel, own in enumerate(of):
        seen = [other for other, theirs in enumerate(of) if not own or not theirs or own & theirs]
        scores = torch.einsum("bhd,bhjd->bhj", query[:, :, pixel], key[:, :, seen]) / query.shape[-1] ** 0.5
        out[:, :, pixel] = torch.einsum("bhj,bhjd->bhd", scores.softmax(-1), value[:, :, seen])
    return out


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_it_is_exact(problems, reference_mask, relative_error, data) -> None:
    problem = data.draw(problems)
    layout = place(problem.context, problem.height, problem.width)
    masks = [reference_mask(span.rect, problem.height, problem.width).flatten() for span in problem.context.spans[1:]]
    key, value = problem.query.flip(-1), problem.query.roll(1, 2)
    out = bounded_pixels(problem.query, key, value, layout)
    assert out.dtype == problem.query.dtype
    assert relative_error(out, reference(problem.query, key, value, masks)) < 1e-5


def test_without_local_regions_it_is_self_attention() -> None:
    layout = place(RegionalContext(torch.zeros(3, 4), (Span(0, 3, WHOLE),)), 4, 4)
    query = torch.randn(2, 2, 16, 8, generator=torch.Generator().manual_seed(1))
    expected = torch.nn.functional.scaled_dot_product_attention(query, query, query)
    assert torch.allclose(bounded_pixels(query, query, query, layout), expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_come_back_as_halves(dtype) -> None:
    layout = place(RegionalContext(torch.zeros(4, 4), (Span(0, 3, WHOLE), Span(3, 4, (0, 45, 0, 90)))), 4, 4)
    query = torch.randn(1, 2, 16, 8, generator=torch.Generator().manual_seed(1))
    out = bounded_pixels(*(query.to(dtype) for _ in range(3)), layout)
    assert out.dtype == dtype
    assert torch.allclose(out.float(), bounded_pixels(query, query, query, layout), atol=0.05)


def test_a_region_without_weight_is_no_subject_and_a_soft_edge_begins_in_its_middle() -> None:
    spans = (
        Span(0, 3, WHOLE),
        Span(3, 4, (0, 45, 0, 90), weight=0.0),
        Span(4, 5, (45, 90, 0, 90), edge=45.0),
    )
    (mask,) = place(RegionalContext(torch.zeros(5, 4), spans), 8, 2).subjects
    assert mask.all(1).tolist() == [False] * 4 + [True] * 4
