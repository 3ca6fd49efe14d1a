"""The score formulation is the plain one, whichever way it is computed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.layout import place
from lib_omost.attention.score import WAYS, score_attention

WHOLE = (0, 90, 0, 90)
PIXEL = (40, 41, 40, 41)
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
# On a CPU halves are computed in float32: what is lost is the rounding of the result, half a unit in the last place.
ROUNDED_ONCE = {torch.float32: 1e-5, torch.float16: 2**-11 + 1e-5, torch.bfloat16: 2**-8 + 1e-5}
SIZES = [(1, 1), (1, 7), (13, 5), (16, 16), (24, 41), (64, 64)]


def attend(problem, **options):
    layout = place(problem.context, problem.height, problem.width)
    return score_attention(problem.query, problem.key, problem.value, layout, **options)


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_way_is_exact(problems, reference_score, relative_error, way, data) -> None:
    problem = data.draw(problems)
    assert relative_error(attend(problem, way=way), reference_score(problem)) < 1e-5


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_every_way_is_exact_in_double_precision(problems, reference_score, relative_error, way, data) -> None:
    problem = data.draw(problems).to(torch.float64)
    assert relative_error(attend(problem, way=way), reference_score(problem)) < 1e-12


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", [None, *WAYS])
def test_the_dragon_at_real_sizes(
    dragon, make_problem, reference_score, relative_error, height, width, dtype, way
) -> None:
    problem = make_problem(dragon, height, width, heads=1, depth=16).to(dtype)
    out = attend(problem, way=way)
    assert out.dtype == dtype
    assert relative_error(out, reference_score(problem)) < ROUNDED_ONCE[dtype]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_halves_are_rounded_once_on_a_cpu(problems, reference_score, relative_error, way, dtype, data) -> None:
    problem = data.draw(problems).to(dtype)
    out = attend(problem, way=way)
    assert out.dtype == dtype
    assert relative_error(out, reference_score(problem)) < ROUNDED_ONCE[dtype]


def in_its_dtype(problem, way):
    """A way without the float32 that score_attention puts before it on CPUs: as on a GPU in half precision."""
    layout = place(problem.context, problem.height, problem.width)
    query, key, scale = problem.query, score_attention.folded(problem.key, layout), problem.query.shape[-1] ** -0.5
    return WAYS[way](query, key, problem.value, layout, score_attention.scale_of(layout, scale))(query)


# Computed in half precision: a few roundings of the keys, the weights and the result.
COMPUTED_IN_HALVES = {torch.float16: 2e-3, torch.bfloat16: 1e-2}


@pytest.mark.parametrize("dtype", COMPUTED_IN_HALVES)
@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_way_holds_when_it_computes_in_halves(
    problems, reference_score, relative_error, way, dtype, data
) -> None:
    problem = data.draw(problems).to(dtype)
    out = in_its_dtype(problem, way)
    assert out.dtype == dtype
    reference = reference_score(problem)
    # What is rounded are values, of which a mean may come to next to nothing: then they are the measure.
    values = float(problem.value.double().square().mean().sqrt()) * reference.numel() ** 0.5
    cancelled = min(1.0, float(reference.norm()) / values)
    assert relative_error(out, reference) * cancelled < COMPUTED_IN_HALVES[dtype]


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("dtype", COMPUTED_IN_HALVES)
@pytest.mark.parametrize("way", WAYS)
def test_the_dragon_computed_in_halves(
    dragon, make_problem, reference_score, relative_error, height, width, dtype, way
) -> None:
    problem = make_problem(dragon, height, width, heads=1, depth=16).to(dtype)
    assert relative_error(in_its_dtype(problem, way), reference_score(problem)) < COMPUTED_IN_HALVES[dtype]


HALVES_AND_SINGLES = [(way, dtype, in_its_dtype) for way in WAYS for dtype in COMPUTED_IN_HALVES]
HALVES_AND_SINGLES += [(way, dtype, lambda problem, way: attend(problem, way=way)) for way in WAYS for dtype in DTYPES]


@pytest.mark.parametrize(("way", "dtype", "compute"), HALVES_AND_SINGLES)
def test_one_pixel_regions_stay_finite_with_large_keys(make_context, make_problem, way, dtype, compute) -> None:
    rects = [WHOLE, PIXEL, (40, 41, 60, 61), PIXEL]  # factor 4,096 on 64 × 64
    problem = make_problem(make_context(rects, [5, 3, 3, 3]), 64, 64).to(dtype)
    problem.key.mul_(100)
    problem.query.mul_(10)
    out = compute(problem, way)
    assert out.isfinite().all()
    # Every output is a mean of values.
    limit = problem.value.abs().amax(2, keepdim=True)
    assert (out.abs() <= limit * 1.01).all()


@pytest.mark.parametrize(("way", "dtype", "compute"), HALVES_AND_SINGLES)
def test_a_factor_of_4096_keeps_its_precision(
    make_context, make_problem, reference_score, relative_error, way, dtype, compute
) -> None:
    problem = make_problem(make_context([WHOLE, PIXEL], [5, 4]), 64, 64).to(dtype)
    # Small queries make scores' of a few units out of the factor, where rounding shows; we look at that pixel alone.
    problem.query.mul_(1 / 2048)
    layout = place(problem.context, 64, 64)
    top, _, left, _ = layout.spans[1].box
    pixel = top * 64 + left
    out, reference = compute(problem, way), reference_score(problem)
    bound = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}[dtype]
    assert relative_error(out[:, :, pixel], reference[:, :, pixel]) < bound


def test_another_scale_is_obeyed(dragon, make_problem, reference_score, relative_error) -> None:
    problem = make_problem(dragon, 6, 6, depth=16)
    expected = reference_score(problem)
    problem.query.mul_(0.5)
    for way in WAYS:
        assert relative_error(attend(problem, way=way, scale=0.5), expected) < 1e-5


def test_rows_share_keys_or_have_their_own(dragon, make_problem, reference_score, relative_error) -> None:
    shared = make_problem(dragon, 5, 4, rows=3)
    own = make_problem(dragon, 5, 4, rows=3, key_rows=3)
    for way in WAYS:
        assert relative_error(attend(shared, way=way), reference_score(shared)) < 1e-5
        assert relative_error(attend(own, way=way), reference_score(own)) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_inputs_are_left_alone(dragon, make_problem, way) -> None:
    problem = make_problem(dragon, 8, 8)
    before = [tensor.clone() for tensor in (problem.query, problem.key, problem.value)]
    attend(problem, way=way)
    for tensor, copy in zip((problem.query, problem.key, problem.value), before, strict=True):
        assert torch.equal(tensor, copy)


def test_an_unknown_way_is_refused(dragon, make_problem) -> None:
    with pytest.raises(ValueError, match="unknown way 'sideways'; known are by region, masked, grouped"):
        attend(make_problem(dragon, 2, 2), way="sideways")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda q, k, v: (q[:, :, 1:], k, v),
        lambda q, k, v: (q[0], k, v),
        lambda q, k, v: (q, k[:, :, 1:], v[:, :, 1:]),
        lambda q, k, v: (q, k, v[:, :, 1:]),
        lambda q, k, v: (q, k[..., 1:], v[..., 1:]),
        lambda q, k, v: (q, k[:, 1:], v[:, 1:]),
        lambda q, k, v: (q, k.expand(2, -1, -1, -1), v.expand(2, -1, -1, -1)),
    ],
)
def test_tensors_that_do_not_fit_are_refused(dragon, make_problem, spoil) -> None:
    problem = make_problem(dragon, 3, 4, rows=3)
    layout = place(dragon, 3, 4)
    with pytest.raises(ValueError, match="do not fit a layer of 3 × 4 pixels that sees 1771 tokens"):
        score_attention(*spoil(problem.query, problem.key, problem.value), layout)
