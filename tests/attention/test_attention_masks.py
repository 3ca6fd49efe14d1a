"""Masks of regions: every formulation is its definition pixel by pixel, and a full mask is the rectangle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.crop import cropped
from lib_omost.attention.joint import JointRule, Order, joint_bias, joint_mask
from lib_omost.attention.layout import place
from lib_omost.attention.masks import span_masks
from lib_omost.attention.places import Box, place_on
from tests.attention.test_attention_shares import FORMULATIONS, by_definition, decomposed

WHOLE = (0, 90, 0, 90)


def rows_of(mask: torch.Tensor) -> tuple[int, ...]:
    return tuple(sum(1 << x for x, cell in enumerate(row) if cell) for row in mask.tolist())


def box_of(mask: torch.Tensor) -> tuple[int, int, int, int]:
    rows, columns = (torch.nonzero(mask.any(axis)).flatten().tolist() for axis in (1, 0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def ring() -> torch.Tensor:
    centres = torch.arange(90) - 44.5
    away = torch.hypot(centres[:, None], centres)
    return (away < 40) & (away > 20)


@st.composite
def grids(draw: st.DrawFn) -> torch.Tensor:
    """(90, 90) bool with a cell at least: blots, thin lines and speckles."""
    mask = torch.zeros(90, 90, dtype=torch.bool)
    for _ in range(draw(st.integers(1, 4))):
        top, left = draw(st.integers(0, 89)), draw(st.integers(0, 89))
        mask[top : top + draw(st.sampled_from([1, 4, 30])), left : left + draw(st.sampled_from([1, 4, 30]))] = True
    if draw(st.booleans()):
        mask &= torch.rand(90, 90, generator=torch.Generator().manual_seed(draw(st.integers(0, 99)))) < 0.5
        mask[draw(st.integers(0, 89)), draw(st.integers(0, 89))] = True
    return mask


def fade_of(mask: torch.Tensor, edge: float, height: int, width: int, rectangle: Callable[..., torch.Tensor]):
    """(H, W) float64, pixel by pixel from the definition."""
    if edge:
        inside = [(y, x) for y, x in torch.nonzero(mask).tolist()]
        outside = [(y, x) for y, x in torch.nonzero(~mask).tolist()]
        soft = torch.ones(height, width, dtype=torch.float64)
        for row in range(height):
            for column in range(width):
                y, x = (row + 0.5) * 90 / height, (column + 0.5) * 90 / width

                def away(cells: list[tuple[int, int]], y: float = y, x: float = x) -> float:
                    return min((max(a - y, y - a - 1, b - x, x - b - 1, 0) for a, b in cells), default=math.inf)

                soft[row, column] = min(1.0, max(0.0, 0.5 + (away(outside) - away(inside)) / edge))
        if bool((soft.float() > 0).any()):
            return soft
    sharp = interpolate(mask[None, None].float(), size=(height, width), mode="nearest-exact")[0, 0].double()
    top, bottom, left, right = box_of(mask)
    if mask[top:bottom, left:right].all():
        return rectangle(box_of(mask), height, width).double()
    if not sharp.any():  # it keeps the pixel that most of its cells lie in
        counts = torch.zeros(height, width)
        for y, x in torch.nonzero(mask).tolist():
            counts[y * height // 90, x * width // 90] += 1
        sharp.view(-1)[int(counts.argmax())] = 1
    return sharp


@st.composite
def masked(draw, problems, rectangle):
    """A problem whose local spans have masks, some with weights and edges, and the fade of each span."""
    problem = draw(problems)
    spans, faded = [], []
    for number, span in enumerate(problem.context.spans[:4]):
        if number == 0:
            spans.append(span)
            faded.append(torch.ones(problem.height, problem.width, dtype=torch.float64))
            continue
        mask = draw(grids())
        edge = draw(st.sampled_from([0.0, 0.0, 6.0, 30.0]))
        own = ((span.start, span.start + 1),) if draw(st.booleans()) else ()
        weight = draw(st.sampled_from([1.0, 1.0, 0.5, 2.0]))
        spans.append(Span(span.start, span.stop, box_of(mask), own, 1, weight, edge, rows_of(mask)))
        faded.append(fade_of(mask, edge, problem.height, problem.width, rectangle))
    stop = spans[-1].stop
    context = RegionalContext(problem.context.embeddings[:stop], tuple(spans))
    return replace(problem, context=context, key=problem.key[:, :, :stop], value=problem.value[:, :, :stop]), faded


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_each_is_its_definition(problems, reference_mask, relative_error, kind, attend, data) -> None:
    problem, faded = data.draw(masked(problems, reference_mask))
    out = attend(problem.query, problem.key, problem.value, place(problem.context, problem.height, problem.width))
    expected = decomposed(problem, faded) if kind == "decomposition" else by_definition(problem, faded, kind)
    assert torch.isfinite(out).all()
    assert relative_error(out, expected) < 2e-5


@given(data=st.data(), edge=st.sampled_from([0.0, 0.5, 5.0, 45.0]), height=st.integers(1, 14), width=st.integers(1, 14))
@settings(max_examples=40, deadline=None)
def test_a_place_is_its_definition(reference_mask, data, edge: float, height: int, width: int) -> None:
    mask = data.draw(grids())
    found = place_on(box_of(mask), edge, height, width, cells=rows_of(mask))
    ours = torch.zeros(height, width)
    ours[found.box.slices] = torch.ones(()) if found.weights is None else found.weights
    assert torch.allclose(ours.double(), fade_of(mask, edge, height, width, reference_mask), atol=1e-5)
    assert bool((ours > 0).any())
    assert found.box == Box(*box_of(ours > 0))


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_mask_of_a_whole_rectangle_is_the_rectangle_to_the_last_bit(problems, data) -> None:
    problem = data.draw(problems)
    spans = []
    for number, span in enumerate(problem.context.spans):
        top, bottom, left, right = span.rect
        rows = (*(0,) * top, *((1 << right) - (1 << left),) * (bottom - top), *(0,) * (90 - bottom))
        edge = data.draw(st.sampled_from([0.0, 7.0])) if number else 0.0
        spans.append(replace(span, edge=edge, cells=rows if number else None))
    masked_ones = replace(problem.context, spans=tuple(spans))
    plain = replace(problem.context, spans=tuple(replace(span, cells=None) for span in spans))
    for one, other in zip(
        place(masked_ones, problem.height, problem.width).spans,
        place(plain, problem.height, problem.width).spans,
        strict=True,
    ):
        assert one._replace(fade=None) == other._replace(fade=None)
        assert (one.fade is None) == (other.fade is None)
        assert one.fade is None or other.fade is None or torch.equal(one.fade.values, other.fade.values)


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
def test_what_lies_outside_two_rings_sees_nothing_of_them(make_context, make_problem, kind, attend) -> None:
    """Two boxes that overlap where neither mask is: that part is the whole picture's words' alone."""
    context = make_context([WHOLE, WHOLE, WHOLE], [3, 4, 4])
    inner = torch.zeros(90, 90, dtype=torch.bool)
    inner[:, :10] = inner[:, 80:] = True
    spans = (context.spans[0], *(replace(span, cells=rows_of(inner)) for span in context.spans[1:]))
    problem = make_problem(context, 9, 9)
    value = torch.zeros_like(problem.value)
    value[:, :, 3:] = 1.0  # what comes out is the local regions' share
    out = attend(problem.query, problem.key, value, place(replace(context, spans=spans), 9, 9)).unflatten(2, (9, 9))
    assert torch.isfinite(out).all()
    assert not out[..., 1:8, :].any()
    assert (out[..., [0, 8], :] > 0.1).all()


@pytest.mark.parametrize(("kind", "attend"), FORMULATIONS)
def test_a_box_of_a_layer_has_the_numbers_of_the_layer(
    make_context, make_problem, relative_error, kind, attend
) -> None:
    context = make_context([WHOLE, (0, 90, 0, 80), WHOLE], [3, 4, 5])
    shape = ring()
    shape[:, 80:] = False
    spans = (
        context.spans[0],
        replace(context.spans[1], cells=rows_of(shape), rect=box_of(shape), own=((4, 6),)),
        replace(context.spans[2], cells=rows_of(ring()), rect=box_of(ring()), edge=9.0, weight=1.5),
    )
    problem = make_problem(replace(context, spans=spans), 12, 11)
    layout = place(problem.context, 12, 11)
    whole = attend(problem.query, problem.key, problem.value, layout).unflatten(2, (12, 11))
    for box in (Box(0, 12, 0, 11), Box(3, 9, 2, 5), Box(5, 7, 5, 6), Box(0, 1, 0, 1)):  # the third in the ring's hole
        inside = cropped(layout, box)
        query = problem.query.unflatten(2, (12, 11))[(..., *box.slices, slice(None))].flatten(2, 3)
        ours = attend(query, inside.tokens_of(problem.key), inside.tokens_of(problem.value), inside)
        assert relative_error(ours, whole[(..., *box.slices, slice(None))].flatten(2, 3).double()) < 2e-5


def test_joint_attention_keeps_text_and_pixels_apart_outside_the_mask(make_context) -> None:
    context = make_context([WHOLE, WHOLE], [2, 3])
    spans = (context.spans[0], replace(context.spans[1], cells=rows_of(ring()), rect=box_of(ring())))
    layout = place(replace(context, spans=spans), 9, 9)
    inside = span_masks(layout)[1]
    naive = interpolate(ring()[None, None].float(), size=(9, 9), mode="nearest-exact")[0, 0] > 0
    assert torch.equal(inside, naive)
    order = Order(5 + 81, text=0, image=5)
    sees = joint_mask(layout, order)
    assert torch.equal(sees[5:, 2:5], naive.flatten()[:, None].expand(-1, 3))
    assert torch.equal(sees[2:5, 5:], naive.flatten()[None].expand(3, -1))
    bias = joint_bias(layout, order, JointRule(), torch.device("cpu"), torch.float32)
    assert torch.equal(bias == 0, sees)
    assert torch.equal(bias.isneginf(), ~sees)


@pytest.mark.parametrize(
    ("cells", "rect"),
    [
        ((0,) * 90, WHOLE),
        ((1,) * 89, WHOLE),
        ((1,) * 90, (0, 90, 1, 90)),
        ((1,) * 90, (0, 89, 0, 90)),
        ((1 << 90,) * 90, WHOLE),
        ((-1,) * 90, WHOLE),
    ],
)
def test_cells_that_are_none_or_leave_their_rectangle_are_refused(cells, rect) -> None:
    with pytest.raises(ValueError, match="its cells"):
        RegionalContext(torch.zeros(2, 1), (Span(0, 1, WHOLE), Span(1, 2, rect, cells=cells)))
    with pytest.raises(ValueError, match="span 0 holds everywhere"):
        RegionalContext(torch.zeros(1, 1), (Span(0, 1, WHOLE, cells=((1 << 90) - 1,) * 90),))
