"""Plain attention is one softmax over all tokens, wherever their boxes are."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.attention.plain import plain_attention, weighted_attention


def reference(problem) -> torch.Tensor:
    query, key, value = (tensor.double() for tensor in (problem.query, problem.key, problem.value))
    scores = torch.einsum("bhid,bhjd->bhij", query, key.expand(len(query), -1, -1, -1)) / query.shape[-1] ** 0.5
    return torch.einsum("bhij,bhjd->bhid", scores.softmax(-1), value.expand(len(query), -1, -1, -1))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_it_is_exact(problems, relative_error, dtype, error, data) -> None:
    problem = data.draw(problems).to(dtype)
    layout = place(problem.context, problem.height, problem.width)
    out = plain_attention(problem.query, problem.key, problem.value, layout)
    assert out.dtype == dtype
    assert relative_error(out, reference(problem)) < error


def test_tensors_that_do_not_fit_are_refused(dragon, make_problem) -> None:
    problem = make_problem(dragon, 3, 4)
    with pytest.raises(ValueError, match="do not fit a layer of 4 × 3"):
        plain_attention(problem.query[:, :, 1:], problem.key, problem.value, place(dragon, 4, 3))


def test_a_spans_weight_multiplies_its_share_everywhere() -> None:
    random = torch.Generator().manual_seed(3)
    query, key, value = (torch.randn(1, 2, size, 4, generator=random) for size in (12, 7, 7))
    spans = (
        Span(0, 3, (0, 90, 0, 90)),
        Span(3, 5, (0, 40, 0, 90), weight=2.5),
        Span(5, 7, (40, 90, 0, 90), weight=0.0),
    )
    layout = place(RegionalContext(torch.zeros(7, 3), spans), 4, 3)
    shares = (query.double() @ key.double().transpose(-1, -2) / 2).exp() * torch.tensor([1.0, 1, 1, 2.5, 2.5, 0, 0])
    expected = shares / shares.sum(-1, keepdim=True) @ value.double()
    assert torch.allclose(weighted_attention(query, key, value, layout).double(), expected, atol=1e-6)


def test_without_weights_it_is_the_plain_one_to_the_last_bit() -> None:
    random = torch.Generator().manual_seed(3)
    query, key, value = (torch.randn(1, 2, size, 4, generator=random) for size in (12, 7, 7))
    spans = (Span(0, 3, (0, 90, 0, 90)), Span(3, 7, (0, 40, 0, 90)))
    layout = place(RegionalContext(torch.zeros(7, 3), spans), 4, 3)
    assert torch.equal(weighted_attention(query, key, value, layout), plain_attention(query, key, value, layout))
