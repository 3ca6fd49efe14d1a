"""Decomposition: one softmax a region, blended by masks normalised per pixel, with a share for the global prompt."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention import ways
from lib_omost.attention.decomposition import Decomposition, decomposition_attention
from lib_omost.attention.layout import place

WHOLE = (0, 90, 0, 90)


def attend(problem, formulation=decomposition_attention):
    layout = place(problem.context, problem.height, problem.width)
    return formulation(problem.query, problem.key, problem.value, layout)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_it_is_exact(problems, reference_decomposition, relative_error, data) -> None:
    problem = data.draw(problems)
    assert relative_error(attend(problem), reference_decomposition(problem)) < 1e-5


# (on a CPU, where only the result is rounded; where halves are computed with, as on a GPU)
BOUNDS = {torch.float16: (2**-11 + 1e-5, 2e-3), torch.bfloat16: (2**-8 + 1e-5, 1e-2)}


@pytest.mark.parametrize("dtype", BOUNDS)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_it_holds_in_halves(problems, reference_decomposition, relative_error, dtype, data) -> None:
    problem = data.draw(problems).to(dtype)
    expected = reference_decomposition(problem)
    on_a_cpu = attend(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "is_suited_to_device", lambda _tensor: True)
        elsewhere = attend(problem)
    assert on_a_cpu.dtype == elsewhere.dtype == dtype
    assert relative_error(on_a_cpu, expected) < BOUNDS[dtype][0]
    assert relative_error(elsewhere, expected) < BOUNDS[dtype][1]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_base_share_is_obeyed(dragon, make_problem, reference_decomposition, relative_error, share) -> None:
    problem = make_problem(dragon, 9, 7)
    assert relative_error(attend(problem, Decomposition(share)), reference_decomposition(problem, share)) < 1e-5


def test_pixels_without_a_region_have_the_global_prompt_whole(make_context, make_problem) -> None:
    problem = make_problem(make_context([WHOLE, (0, 45, 0, 90)], [3, 3]), 4, 4)
    alone = make_problem(make_context([WHOLE], [3]), 4, 4)
    object.__setattr__(alone, "key", problem.key[:, :, :3])
    object.__setattr__(alone, "value", problem.value[:, :, :3])
    out, expected = attend(problem), attend(alone)
    assert torch.allclose(out[:, :, 8:], expected[:, :, 8:], atol=1e-6)
    assert not torch.allclose(out[:, :, :8], expected[:, :, :8], atol=1e-2)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_other_shares_are_refused(share) -> None:
    with pytest.raises(ValueError, match="base_share must be within 0 and 1"):
        Decomposition(share)


def test_tensors_that_do_not_fit_are_refused(dragon, make_problem) -> None:
    problem = make_problem(dragon, 3, 4)
    with pytest.raises(ValueError, match="do not fit a layer of 4 × 3"):
        decomposition_attention(problem.query[:, :, 1:], problem.key, problem.value, place(dragon, 4, 3))
