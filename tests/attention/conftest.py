"""A plain float64 reference for the attention room, and problems to try both on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest
import torch
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from lib_omost.attention.context import RegionalContext, Span

Rect = tuple[int, int, int, int]
WHOLE: Rect = (0, 90, 0, 90)


@dataclass(frozen=True)
class Problem:
    context: RegionalContext
    height: int
    width: int
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor

    def to(self, dtype: torch.dtype) -> Problem:
        tensors = (tensor.to(dtype) for tensor in (self.query, self.key, self.value))
        return Problem(self.context, self.height, self.width, *tensors)


def _context(rects: list[Rect], tokens: list[int], channels: int = 4) -> RegionalContext:
    spans: list[Span] = []
    for rect, count in zip(rects, tokens, strict=True):
        start = spans[-1].stop if spans else 0
        spans.append(Span(start, start + count, rect))
    random = torch.Generator().manual_seed(7)
    return RegionalContext(torch.randn(spans[-1].stop, channels, generator=random), tuple(spans))


def _problem(
    context: RegionalContext,
    height: int,
    width: int,
    *,
    rows: int = 1,
    key_rows: int = 1,
    heads: int = 2,
    depth: int = 8,
) -> Problem:
    random = torch.Generator().manual_seed(height * 1000 + width)
    tokens = len(context.embeddings)
    # Hosts give queries as a transposed view of (B, H·W, heads, D).
    query = torch.randn(rows, height * width, heads, depth, generator=random).transpose(1, 2)
    key, value = torch.randn(2, key_rows, tokens, heads, depth, generator=random).transpose(2, 3)
    return Problem(context, height, width, query, key, value)


def _profile(low: int, high: int, pixels: int) -> torch.Tensor:
    """Which of `pixels` pixels in a line are inside low…high, by torch's resize, or else the nearest one."""
    line = torch.zeros(1, 1, 90)
    line[..., low:high] = 1
    inside = interpolate(line, size=pixels, mode="nearest-exact").flatten() > 0.5
    if not inside.any():
        distance = [abs(Fraction(2 * i + 1, 2) * Fraction(90, pixels) - Fraction(low + high, 2)) for i in range(pixels)]
        inside[max(i for i in range(pixels) if distance[i] == min(distance))] = True
    return inside


def _mask(rect: Rect, height: int, width: int) -> torch.Tensor:
    top, bottom, left, right = rect
    return _profile(top, bottom, height)[:, None] & _profile(left, right, width)[None, :]


def _reference_score(problem: Problem) -> torch.Tensor:
    query, key, value = (tensor.double() for tensor in (problem.query, problem.key, problem.value))
    seen = torch.cat(
        [
            _mask(span.rect, problem.height, problem.width).flatten()[:, None].expand(-1, span.stop - span.start)
            for span in problem.context.spans
        ],
        dim=1,
    )
    scores = torch.einsum("bhid,bhjd->bhij", query, key.expand(len(query), -1, -1, -1)) / query.shape[-1] ** 0.5
    scores = scores * problem.height * problem.width / seen.sum(0)
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    return torch.einsum("bhij,bhjd->bhid", weights, value.expand(len(query), -1, -1, -1))


def _reference_decomposition(problem: Problem, base_share: float = 0.3) -> torch.Tensor:
    query, key, value = (tensor.double() for tensor in (problem.query, problem.key, problem.value))
    masks = [_mask(span.rect, problem.height, problem.width).flatten() for span in problem.context.spans]
    out = torch.zeros_like(query)
    for row in range(len(query)):
        for pixel in range(query.shape[2]):
            local = [number for number, mask in enumerate(masks) if number and mask[pixel]]
            shares = {0: base_share if local else 1.0} | {number: (1 - base_share) / len(local) for number in local}
            for number, share in shares.items():
                span = problem.context.spans[number]
                keys, values = (tensor[row % len(key), :, span.start : span.stop] for tensor in (key, value))
                weights = (keys @ query[row, :, pixel, :, None] / query.shape[-1] ** 0.5).softmax(1)  # (heads, t, 1)
                out[row, :, pixel] += share * (weights * values).sum(1)
    return out


def _relative_error(out: torch.Tensor, reference: torch.Tensor) -> float:
    return float((out.double() - reference).norm() / reference.norm())


@st.composite
def _intervals(draw: st.DrawFn) -> tuple[int, int]:
    low = draw(st.integers(0, 89))
    return low, draw(st.integers(low + 1, 90))


@st.composite
def _rects(draw: st.DrawFn) -> Rect:
    return (*draw(_intervals()), *draw(_intervals()))


@st.composite
def _problems(draw: st.DrawFn) -> Problem:
    rects = [WHOLE, *draw(st.lists(_rects(), max_size=20))]
    tokens = draw(st.lists(st.integers(1, 5), min_size=len(rects), max_size=len(rects)))
    rows = draw(st.integers(1, 3))
    return _problem(
        _context(rects, tokens),
        draw(st.integers(1, 13)),
        draw(st.integers(1, 13)),
        rows=rows,
        key_rows=draw(st.sampled_from([1, rows])),
        heads=draw(st.integers(1, 3)),
        depth=draw(st.sampled_from([1, 5, 8, 16])),
    )


PROBLEMS, RECTS = _problems(), _rects()


@pytest.fixture(scope="session")
def problems() -> st.SearchStrategy[Problem]:
    return PROBLEMS


@pytest.fixture(scope="session")
def make_context() -> Callable[..., RegionalContext]:
    """(rects, tokens of each, channels=4) → a context; the first rectangle must be the whole grid."""
    return _context


@pytest.fixture(scope="session")
def make_problem() -> Callable[..., Problem]:
    return _problem


@pytest.fixture(scope="session")
def reference_mask() -> Callable[[Rect, int, int], torch.Tensor]:
    return _mask


@pytest.fixture(scope="session")
def reference_score() -> Callable[[Problem], torch.Tensor]:
    return _reference_score


@pytest.fixture(scope="session")
def reference_decomposition() -> Callable[..., torch.Tensor]:
    return _reference_decomposition


@pytest.fixture(scope="session")
def relative_error() -> Callable[[torch.Tensor, torch.Tensor], float]:
    return _relative_error


@pytest.fixture(scope="session")
def dragon() -> RegionalContext:
    """The spans of the longer canvas of the Omost readme: 23 bags of 77 tokens over 5 regions."""
    rects = [WHOLE, (0, 45, 0, 90), (10, 80, 10, 80), (15, 75, 0, 60), (45, 90, 0, 90)]
    return _context(rects, [308, 385, 385, 385, 308])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The way by region needs what torch before 2.2 lacks; that one computes a mask whole on a CPU, past our bound."""
    from lib_omost.attention.cost import BY_REGION
    from lib_omost.attention.fused_calls import has_log_sum_exp

    if has_log_sum_exp(torch.device("cpu")):
        return
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if BY_REGION in parameters.values() or item.path.name == "test_attention_memory.py":
            item.add_marker(pytest.mark.skip(reason="torch before 2.2"))
