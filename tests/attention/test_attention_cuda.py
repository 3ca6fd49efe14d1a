"""On a graphics card every way agrees with float64, and none waits for the card once a layout is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.attention.cost import BY_REGION
from lib_omost.attention.fused_calls import has_log_sum_exp
from lib_omost.attention.layout import place
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.own_words import WAYS as OWN_WAYS
from lib_omost.attention.own_words import OwnWords
from lib_omost.attention.score import WAYS, score_attention
from lib_omost.bench.timing import waits

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card")

BOUNDS = {torch.float16: 3e-3, torch.bfloat16: 2e-2, torch.float32: 1e-5}
WIDTHS = [8, 40, 64, 80, 160, 256]
OWN = OwnWords(weight=2.5, few=3)
CASES = [("score", way, score_attention) for way in (None, *WAYS)] + [("own", way, OWN) for way in (None, *OWN_WAYS)]


@pytest.fixture(autouse=True)
def exact_products():
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32 = before


def on_card(problem, dtype):
    return [one.to("cuda", dtype) for one in (problem.query, problem.key, problem.value)]


def with_words(context, edge=0.0, weight=1.0):
    own = [((span.start + 1, span.start + 9),) if number else () for number, span in enumerate(context.spans)]
    spans = [replace(span, own=words) for span, words in zip(context.spans, own, strict=True)]
    spans[1:] = [replace(span, edge=edge, weight=weight) for span in spans[1:]]
    return RegionalContext(context.embeddings, tuple(spans))


def attend(formulation, way, tensors, layout):
    return formulation(*tensors, layout) if way is None else formulation(*tensors, layout, way=way)


@pytest.mark.parametrize("edge", [0.0, 9.0])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize(("name", "way", "formulation"), CASES)
def test_cuda_agrees_with_double_precision(
    dragon, make_problem, relative_error, name, way, formulation, dtype, width, edge
) -> None:
    context = with_words(dragon, edge, 1.5 if edge else 1.0)
    problem = make_problem(context, 24, 41, rows=2, depth=width)
    tensors = on_card(problem, dtype)
    if way == BY_REGION and not has_log_sum_exp(tensors[0].device):
        pytest.skip("this card has no such call")
    out = attend(formulation, way, tensors, place(context, 24, 41))
    exact = formulation(*(one.cpu().double() for one in tensors), place(context, 24, 41), way=BY_REGION)
    assert out.dtype == dtype
    assert relative_error(out.cpu(), exact) < BOUNDS[dtype]


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize(("name", "way", "formulation"), CASES)
def test_cuda_rows_with_keys_of_their_own(dragon, make_problem, relative_error, name, way, formulation, dtype) -> None:
    context = with_words(dragon)
    problem = make_problem(context, 16, 16, rows=3, key_rows=3, depth=64)
    tensors = on_card(problem, dtype)
    out = attend(formulation, way, tensors, place(context, 16, 16))
    exact = formulation(*(one.cpu().double() for one in tensors), place(context, 16, 16), way=BY_REGION)
    assert relative_error(out.cpu(), exact) < BOUNDS[dtype]


@pytest.mark.parametrize("edge", [0.0, 9.0])
@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize(("name", "way", "formulation"), [*CASES, ("layout", None, masked_attention)])
def test_cuda_is_never_waited_for_after_the_first_call(
    dragon, make_problem, name, way, formulation, dtype, edge
) -> None:
    context = with_words(dragon, edge)
    tensors = on_card(make_problem(context, 16, 16, depth=64), dtype)
    layout = place(context, 16, 16)
    attend(formulation, way, tensors, layout)
    assert waits(lambda: attend(formulation, way, tensors, layout), tensors[0].device) == 0
