"""One call a region: what is fused is the weighted mean of what each region's call gives, and nothing else changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.run import RegionalRun
from lib_omost.errors import OmostError
from lib_omost.methods import fused
from lib_omost.methods.fused import Fused, complementary_weights, gaussian_weights, mean_weights
from lib_omost.methods.row_changes import with_rows

HEIGHT, WIDTH = 12, 10
WHOLE = (0, 90, 0, 90)
RECTS = ((0, 60, 0, 45), (30, 90, 27, 90))


class Denoiser:
    """Each cell becomes its square times what its row follows; no cell is told of others."""

    def __init__(self, call: RegionalCall) -> None:
        self.call = call
        self.rows: list[int] = []

    def __call__(self, x: torch.Tensor, timestep: Any = None, *, hints: Any = None) -> torch.Tensor:
        assert len(x) == self.call.rows == len(self.call.followed)
        assert x.shape[-2:] == (self.call.height, self.call.width)
        if hints is not None:
            assert len(hints["down"][0]) == len(x)
        self.rows.append(len(x))
        words = torch.tensor(
            [0.5 if run is None else float(run.context.embeddings.sum()) for run in self.call.followed]
        )
        return x**2 * words[:, None, None, None]


def a_context(rects: Sequence[tuple[int, int, int, int]], **fields: Any) -> RegionalContext:
    spans = [Span(0, 2, WHOLE)] + [Span(2 * n, 2 * n + 2, rect, **fields) for n, rect in enumerate(rects, 1)]
    return RegionalContext(torch.arange(1.0, 2 * len(spans) + 1)[:, None], tuple(spans))


def a_call(*contexts: RegionalContext, negatives: int = 0) -> RegionalCall:
    runs = tuple(RegionalRun(one) for one in contexts)
    return RegionalCall(HEIGHT, WIDTH, runs, drawn=len(runs) - negatives)


def words_of(context: RegionalContext) -> list[float]:
    return [float(context.embeddings[span.start : span.stop].sum()) for span in context.spans]


def masks_of(reference_mask: Any, rects: Sequence[Any]) -> torch.Tensor:
    return torch.stack([reference_mask(rect, HEIGHT, WIDTH).double() for rect in rects])


@pytest.fixture
def reference_mask() -> Any:
    from tests.attention.conftest import _mask

    return _mask


def latents(rows: int) -> torch.Tensor:
    return torch.randn(rows, 4, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(rows))


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_mean_over_masks_is_taken_cell_by_cell(data: st.DataObject) -> None:
    from tests.attention.conftest import RECTS as ANY
    from tests.attention.conftest import _mask

    rects = data.draw(st.lists(ANY, max_size=4))
    context = a_context(rects)
    call = a_call(context)
    call.begin([None, 0, 0])
    x = latents(3)
    out = Fused(mean_weights)(Denoiser(call), call)(x)
    words, masks = words_of(context), [_mask(rect, HEIGHT, WIDTH) for rect in rects]
    assert torch.allclose(out[0], x[0] ** 2 * 0.5)
    for row in (1, 2):
        for down in range(HEIGHT):
            for across in range(WIDTH):
                own = [words[n] for n, mask in enumerate(masks, 1) if mask[down, across]] or [words[0]]
                expected = x[row, :, down, across] ** 2 * sum(own) / len(own)
                assert torch.allclose(out[row, :, down, across], expected, rtol=1e-4)


def test_a_share_goes_to_the_whole_pictures_words(reference_mask: Any) -> None:
    context, x = a_context(RECTS[:1]), latents(1)
    call = a_call(context)
    call.begin([0])
    out = Fused(complementary_weights)(Denoiser(call), call)(x)
    (inside,) = masks_of(reference_mask, RECTS[:1]).float()
    base, own = words_of(context)
    assert torch.allclose(out, x**2 * (inside * (0.3 * base + 0.7 * own) + (1 - inside) * base), rtol=1e-4)


def test_calls_for_boxes_are_joined_by_normal_distributions() -> None:
    context, x = a_context(RECTS), latents(2)
    call = a_call(context)
    call.begin([None, 0])
    denoiser = Denoiser(call)
    out = Fused(gaussian_weights, crops=True)(denoiser, call)(x)

    def bell(cell: int, first: int, last: int) -> float:
        side = last - first
        return math.exp(-(((cell - first - (side - 1) / 2) / side) ** 2) / 0.02)

    boxes = [(0, 12, 0, 10), (0, 8, 0, 8), (4, 12, 2, 10)]  # of 8 × 5 and 8 × 7 cells, at least 8 a side
    words = words_of(context)
    for down in range(HEIGHT):
        for across in range(WIDTH):
            counts = [
                bell(down, top, bottom) * bell(across, left, right)
                if top <= down < bottom and left <= across < right
                else 0.0
                for top, bottom, left, right in boxes
            ]
            mean = sum(count * word for count, word in zip(counts, words, strict=True)) / sum(counts)
            assert torch.allclose(out[1, :, down, across], x[1, :, down, across] ** 2 * mean, rtol=1e-3)
    assert torch.allclose(out[0], x[0] ** 2 * 0.5, rtol=1e-4)
    assert sorted(denoiser.rows) == [2, 4]  # whole latents, and boxes of one size


def test_rows_go_through_the_denoiser_together_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    context, x = a_context(RECTS), latents(5)
    call = a_call(context)
    call.begin([None, 0, 0, None, 0])
    denoiser = Denoiser(call)
    whole = Fused(mean_weights)(denoiser, call)(x)
    assert denoiser.rows == [8, 3]  # two as they are, and three times three
    monkeypatch.setattr(fused, "MOST_ROWS", 1)
    assert torch.allclose(Fused(mean_weights)(denoiser, call)(x), whole)


def test_the_call_is_afterwards_what_it_was_also_when_the_denoiser_fails() -> None:
    call = a_call(a_context(RECTS))
    call.begin([None, 0])
    before = (call.height, call.width, call.rows, call.groups, call.others)

    def broken(_x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("out of memory")

    for one in (Denoiser(call), broken):
        for method in (Fused(mean_weights), Fused(gaussian_weights, crops=True)):
            try:
                method(one, call)(latents(2))
            except RuntimeError:
                assert one is broken
            assert (call.height, call.width, call.rows, call.groups, call.others) == before


def test_a_call_without_a_canvas_and_a_late_one_are_left_alone() -> None:
    call = a_call(a_context(RECTS))
    x = latents(2)
    call.begin([None, None])
    denoiser = Denoiser(call)
    assert torch.equal(Fused(mean_weights)(denoiser, call)(x), denoiser(x))
    call.begin([None, 0], noise=0.4)
    early, late = Fused(mean_weights, least_noise=0.3), Fused(mean_weights, least_noise=0.5)
    assert late.follows_noise
    assert torch.equal(late(denoiser, call)(x), denoiser(x))
    assert not torch.allclose(early(denoiser, call)(x), denoiser(x))


def test_rows_of_negative_words_are_called_for_once() -> None:
    call = a_call(a_context(RECTS), a_context(RECTS[:1]), negatives=1)
    call.begin([1, 0])
    denoiser, x = Denoiser(call), latents(2)
    out = Fused(mean_weights)(denoiser, call)(x)
    assert denoiser.rows == [4]
    assert torch.allclose(out[0], x[0] ** 2 * sum(words_of(a_context(RECTS[:1]))))
    with pytest.raises(OmostError, match="negative words of a region") as refused:
        Fused(gaussian_weights, crops=True)(denoiser, call)(x)
    assert refused.value.hint


def test_lora_of_a_region_are_refused_where_calls_are_for_boxes() -> None:
    call = a_call(a_context(RECTS))
    call.parts = (SimpleNamespace(),)
    call.begin([0])
    Fused(mean_weights)(Denoiser(call), call)(latents(1))
    with pytest.raises(OmostError, match="LoRA of a region"):
        Fused(gaussian_weights, crops=True)(Denoiser(call), call)(latents(1))


@pytest.mark.parametrize("form", ["tensor", "tuple", "output"])
def test_what_comes_back_has_the_hosts_form(form: str) -> None:
    class Output(SimpleNamespace):
        pass

    call = a_call(a_context(RECTS))
    call.begin([0])
    plain = Denoiser(call)
    wrap = {"tensor": lambda out: out, "tuple": lambda out: (out, "more"), "output": lambda out: Output(sample=out)}[
        form
    ]
    expected = wrap(Fused(mean_weights)(plain, call)(latents(1)))
    out = Fused(mean_weights)(lambda *arguments: wrap(plain(*arguments)), call)(latents(1))
    assert type(out) is type(expected)
    first = {"tensor": lambda one: one, "tuple": lambda one: one[0], "output": lambda one: one.sample}[form]
    assert torch.equal(first(out), first(expected))
    assert form != "tuple" or out[1] == "more"


def test_what_has_one_row_a_picture_is_repeated_wherever_it_stands() -> None:
    call = a_call(a_context(RECTS))
    call.begin([None, 0])
    hints = {"down": [torch.zeros(2, 3, 4, 4)], "name": "canny"}
    Fused(mean_weights)(Denoiser(call), call)(latents(2), torch.tensor(3), hints=hints)
    with pytest.raises(OmostError, match="parts of the picture"):
        Fused(gaussian_weights, crops=True)(Denoiser(call), call)(latents(2), torch.tensor(3), hints=hints)
    given, _ = with_rows([torch.arange(3), torch.arange(4), 7], {}, torch.tensor([2, 2, 0]), 3)
    assert given[0].tolist() == [2, 2, 0]
    assert (given[1].tolist(), given[2]) == ([0, 1, 2, 3], 7)
