"""Who sees a region's reference picture in joint attention, against the rule by positions."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.joint import JointRule, Order, joint_bias, joint_mask
from lib_omost.attention.layout import Layout, place

WHOLE = (0, 90, 0, 90)
HEIGHT, WIDTH = 3, 4
CPU = torch.device("cpu")


@st.composite
def rects(draw: st.DrawFn) -> tuple[int, int, int, int]:
    top, left = draw(st.sampled_from([0, 30, 45])), draw(st.sampled_from([0, 30, 45]))
    return (top, draw(st.sampled_from([60, 90])), left, draw(st.sampled_from([60, 90])))


@st.composite
def contexts(draw: st.DrawFn) -> RegionalContext:
    texts = [WHOLE, *draw(st.lists(st.one_of(rects(), st.just(WHOLE)), max_size=2))]
    pictures = draw(st.lists(st.one_of(rects(), st.just(WHOLE), st.sampled_from(texts)), min_size=1, max_size=3))
    spans = tuple(Span(2 * number, 2 * number + 2, rect) for number, rect in enumerate(texts))
    shown = tuple(Span(3 * number, 3 * number + 3, rect) for number, rect in enumerate(pictures))
    return RegionalContext(torch.zeros(2 * len(texts), 1), spans, pictures=shown)


def by_rule(layout: Layout, order: Order) -> torch.Tensor:
    """Each position is a pixel, or reaches a set of pixels."""
    everywhere = frozenset(range(layout.pixels))

    def reached(span: object) -> frozenset[int]:
        return frozenset(torch.nonzero(layout.inside(span)).flatten().tolist())  # type: ignore[arg-type]

    kinds: list[tuple[str, int, frozenset[int]]] = []
    for position in range(order.total):
        pixel, token, shown = position - order.image, position - order.text, position - order.pictures  # type: ignore[operator]
        text = next((n for n, span in enumerate(layout.spans) if span.start <= token < span.stop), None)
        picture = next((n for n, span in enumerate(layout.pictures) if span.start <= shown < span.stop), None)
        if 0 <= pixel < layout.pixels:
            kinds.append(("pixel", pixel, everywhere))
        elif picture is not None:
            kinds.append(("picture", picture, reached(layout.pictures[picture])))
        elif text:
            kinds.append(("text", text, reached(layout.spans[text])))
        else:
            kinds.append(("common", 0, everywhere))

    def sees(one: tuple[str, int, frozenset[int]], other: tuple[str, int, frozenset[int]]) -> bool:
        both = {one[0], other[0]}
        if both == {"pixel"} or both == {"common"} or both == {"pixel", "common"}:
            return True
        if "pixel" in both:
            pixel, region = (one, other) if one[0] == "pixel" else (other, one)
            return pixel[1] in region[2]
        if "picture" in both:
            return one[2] <= other[2]  # what takes it up reaches no pixel that does not see it
        return one[:2] == other[:2]

    return torch.tensor([[sees(one, other) for other in kinds] for one in kinds])


@given(contexts(), st.integers(0, 2), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_mask_follows_the_rule(context: RegionalContext, gap: int, text_first: bool) -> None:
    layout = place(context, HEIGHT, WIDTH)
    text, image = (0, layout.tokens) if text_first else (layout.pixels, 0)
    pictures = layout.tokens + layout.pixels + gap  # what stands in the gap is a picture of the whole picture
    order = Order(pictures + layout.pictured, text, image, pictures=pictures)
    assert torch.equal(joint_mask(layout, order), by_rule(layout, order))


@given(contexts())
@settings(max_examples=30, deadline=None)
def test_no_pixel_outside_is_reached_by_any_road(context: RegionalContext) -> None:
    """Through texts and pictures, however many layers there are; pixels tell each other what they saw anyway."""
    layout = place(context, HEIGHT, WIDTH)
    first = layout.tokens + layout.pixels
    order = Order(first + layout.pictured, 0, layout.tokens, pictures=first)
    mask = joint_mask(layout, order)
    pixels = slice(layout.tokens, first)
    for span in layout.pictures:
        holds = torch.zeros(order.total, dtype=torch.bool)
        holds[first + span.start : first + span.stop] = True
        for _ in range(order.total):
            holds |= (mask & holds).any(dim=1) & ~_is_pixel(order.total, pixels)
        outside = ~layout.inside(span)
        assert not (mask[pixels][outside] & holds).any()


def _is_pixel(total: int, pixels: slice) -> torch.Tensor:
    found = torch.zeros(total, dtype=torch.bool)
    found[pixels] = True
    return found


def test_over_everything_nothing_is_masked() -> None:
    context = RegionalContext(torch.zeros(2, 1), (Span(0, 2, WHOLE),), pictures=(Span(0, 3, WHOLE), Span(3, 5, WHOLE)))
    layout = place(context, HEIGHT, WIDTH)
    order = Order(2 + 12 + 5, text=0, image=2, pictures=14)
    assert joint_mask(layout, order).all()
    assert not joint_bias(layout, order, JointRule(), CPU, torch.float32).any()


def test_weight_and_edge_are_added_where_pixels_see_the_picture() -> None:
    plain = Span(0, 3, (0, 90, 0, 45))
    own = RegionalContext(torch.zeros(2, 1), (Span(0, 2, WHOLE),), pictures=(plain,))
    order = Order(2 + 12 + 3, text=0, image=2, pictures=14)
    without = joint_bias(place(own, HEIGHT, WIDTH), order, JointRule(), CPU, torch.float32)
    weighed = replace(own, pictures=(replace(plain, weight=0.5),))
    bias = joint_bias(place(weighed, HEIGHT, WIDTH), order, JointRule(), CPU, torch.float32)
    expected = without.clone()
    expected[2:14, 14:] += math.log(0.5)
    assert torch.allclose(bias, expected)
    fading = replace(own, pictures=(replace(plain, edge=45.0),))
    layout = place(fading, HEIGHT, WIDTH)
    fade = layout.pictures[0].fade
    assert fade is not None
    bias = joint_bias(layout, order, JointRule(), CPU, torch.float32)
    shown = torch.full((HEIGHT, WIDTH), -torch.inf)
    shown[layout.pictures[0].box.slices] = fade.values.log()
    assert torch.allclose(bias[2:14, 14], shown.flatten())
    assert torch.allclose(bias[14, 2:14], shown.flatten())


@pytest.mark.parametrize("pictures", [(Span(1, 3, WHOLE),), (Span(0, 2, (0, 91, 0, 90)),)])
def test_pictures_that_do_not_fit_are_refused(pictures: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="span 0"):
        RegionalContext(torch.zeros(2, 1), (Span(0, 2, WHOLE),), pictures=pictures)


def test_pictures_beyond_the_sequence_are_refused() -> None:
    context = RegionalContext(torch.zeros(2, 1), (Span(0, 2, WHOLE),), pictures=(Span(0, 3, WHOLE),))
    for order in (Order(16, 0, 2, pictures=14), Order(17, 0, 2, pictures=13)):
        with pytest.raises(ValueError, match="do not fit"):
            joint_mask(place(context, HEIGHT, WIDTH), order)
