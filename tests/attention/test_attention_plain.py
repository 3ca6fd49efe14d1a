"""Plain attention is one softmax over all tokens, wherever their boxes are."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.layout import place
from lib_omost.attention.plain import plain_attention


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
