"""Joint attention's mask: what each position of a sequence sees, against a rule written out pixel by pixel."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.joint import JointRule, Order, joint_bias, joint_mask
from lib_omost.attention.layout import Layout, place
from lib_omost.attention.masks import ALIGNMENT, span_masks

CPU = torch.device("cpu")
WHOLE = (0, 90, 0, 90)
SIDES = st.tuples(st.integers(0, 89), st.integers(1, 90)).filter(lambda side: side[0] < side[1])


def layout_of(rects: list[tuple[int, int, int, int]], tokens: list[int], height: int, width: int) -> Layout:
    spans: list[Span] = []
    for rect, count in zip(rects, tokens, strict=True):
        start = spans[-1].stop if spans else 0
        spans.append(Span(start, start + count, rect))
    return place(RegionalContext(torch.zeros(spans[-1].stop, 2), tuple(spans)), height, width)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Layout, Order]:
    """A layout, and a sequence in either order with other positions before, between, behind, and padding at its end."""
    local = draw(st.lists(st.tuples(SIDES, SIDES), max_size=4))
    rects = [WHOLE, *((*rows, *columns) for rows, columns in local)]
    tokens = draw(st.lists(st.integers(1, 4), min_size=len(rects), max_size=len(rects)))
    layout = layout_of(rects, tokens, draw(st.integers(1, 6)), draw(st.integers(1, 6)))
    gaps = draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
    if draw(st.booleans()):
        text, image = gaps[0], gaps[0] + layout.tokens + gaps[1]
        last = image + layout.pixels
    else:
        image, text = gaps[0], gaps[0] + layout.pixels + gaps[1]
        last = text + layout.tokens
    end = last + gaps[2]
    return layout, Order(end + gaps[3], text, image, end)


def kind(layout: Layout, order: Order, position: int) -> tuple[str, int]:
    """("pixel", number), ("text", span), ("padding", number) or ("other", number)."""
    assert order.text is not None
    assert order.image is not None
    if position >= (order.total if order.end is None else order.end):
        return "padding", position
    if order.image <= position < order.image + layout.pixels:
        return "pixel", position - order.image
    for number, span in enumerate(layout.spans):
        if span.start <= position - order.text < span.stop:
            return "text", number
    return "other", position


def sees(layout: Layout, masks: torch.Tensor, one: tuple[str, int], other: tuple[str, int]) -> bool:
    """The rule as the module's head says it."""
    if "padding" in (one[0], other[0]):
        return one == other
    for local, beside in ((one, other), (other, one)):
        if local[0] == "text" and local[1] > 0:
            if beside[0] == "pixel":
                return bool(masks[local[1]].flatten()[beside[1]])
            return beside == local
    return True


@settings(max_examples=60, deadline=None)
@given(problems())
def test_each_position_sees_what_the_rule_says(problem: tuple[Layout, Order]) -> None:
    layout, order = problem
    masks, kinds = span_masks(layout), [kind(layout, order, position) for position in range(order.total)]
    expected = torch.tensor([[sees(layout, masks, one, other) for other in kinds] for one in kinds])
    mask = joint_mask(layout, order)
    assert torch.equal(mask, expected)
    assert mask.any(dim=1).all()
    assert torch.equal(mask, mask.T)


@settings(max_examples=30, deadline=None)
@given(problems(), st.floats(0, 3), st.booleans(), st.booleans())
def test_attention_under_the_bias_is_the_naive_one_in_float64(
    problem: tuple[Layout, Order], own: float, alone: bool, apart: bool
) -> None:
    layout, order = problem
    random = torch.Generator().manual_seed(5)
    query, key, value = torch.randn(3, 2, 2, order.total, 8, generator=random)
    rule = JointRule(own_words=own, local_alone=alone)
    bias = joint_bias(layout, order, rule, CPU, torch.float32, apart=apart)
    out = scaled_dot_product_attention(query, key, value, attn_mask=bias)

    masks, kinds = span_masks(layout), [kind(layout, order, position) for position in range(order.total)]
    expected = torch.empty(2, 2, order.total, 8, dtype=torch.float64)
    scores = query.double() @ key.double().transpose(-1, -2) / 8**0.5
    regions = masks[1:].flatten(1)
    for row, one in enumerate(kinds):
        is_local = one[0] == "pixel" and bool(regions[:, one[1]].any())
        hidden = [("text", 0)] if alone and is_local else []
        if apart and is_local:
            others = ~(regions & regions[:, [one[1]]]).any(0)
            hidden += [("pixel", int(pixel)) for pixel in others.nonzero()]
        seen = [n for n, other in enumerate(kinds) if sees(layout, masks, one, other) and other not in hidden]
        raised = [
            own if one[0] == "pixel" and kinds[column][0] == "text" and kinds[column][1] else 0 for column in seen
        ]
        weights = (scores[..., row, seen] + torch.tensor(raised, dtype=torch.float64)).softmax(-1)
        expected[..., row, :] = (weights.unsqueeze(-1) * value[..., seen, :].double()).sum(-2)
    assert torch.allclose(out.double(), expected, atol=1e-5)


def test_one_region_hides_nothing_but_padding() -> None:
    layout = layout_of([WHOLE], [3], 2, 2)
    assert joint_mask(layout, Order(9, text=0, image=3)).all()
    assert not joint_bias(layout, Order(9, text=0, image=3), JointRule(own_words=2.0), CPU, torch.float32).any()


def test_text_alone_is_kept_apart_and_image_alone_is_whole() -> None:
    layout = layout_of([WHOLE, (0, 45, 0, 90)], [2, 3], 2, 2)
    alone = joint_mask(layout, Order(6, text=0))
    assert alone.tolist() == [[True, True, False, False, False, True]] * 2 + [
        [False] * 2 + [True] * 3 + [False]
    ] * 3 + [[True, True, False, False, False, True]]
    assert joint_mask(layout, Order(5, image=1)).all()


@pytest.mark.parametrize("total", [3, 17, 24])
def test_the_rows_of_a_bias_start_aligned(total: int) -> None:
    layout = layout_of([WHOLE, (0, 45, 0, 90)], [1, 1], 1, 1)
    bias = joint_bias(layout, Order(total, text=0, image=2), JointRule(), CPU, torch.bfloat16)
    assert bias.shape == (total, total)
    assert bias.stride() == (-(-total // ALIGNMENT) * ALIGNMENT, 1)


@pytest.mark.parametrize("order", [Order(6, 0, 1), Order(5, 0, 2), Order(6, 0, 2, 5), Order(6), Order(6, -1, 2)])
def test_a_sequence_that_does_not_hold_text_and_image_is_refused(order: Order) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        joint_mask(layout_of([WHOLE, (0, 45, 0, 90)], [1, 1], 2, 2), order)


@pytest.mark.parametrize(
    "wrong", [{"blocks": (0.5, 0.2)}, {"blocks": (-0.1, 1)}, {"least_noise": 1.5}, {"apart_noise": -1}]
)
def test_a_schedule_outside_the_run_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="shares"):
        JointRule(**wrong)


def test_a_schedule_covers_its_blocks_and_the_steps_with_noise_enough() -> None:
    rule = JointRule(blocks=(0.25, 0.75), least_noise=0.4)
    assert [rule.covers(depth, 0.5) for depth in (0, 0.25, 0.75, 1)] == [False, True, True, False]
    assert [rule.covers(0.5, noise) for noise in (1, 0.4, 0.39, None)] == [True, True, False, True]
    assert all(JointRule().covers(depth, noise) for depth in (0, 1) for noise in (0, 1, None))


def test_pixels_are_parted_in_steps_that_are_known_to_have_noise_enough() -> None:
    parts = [JointRule(apart_noise=0.8).parts_pixels(noise) for noise in (1, 0.8, 0.79, None)]
    assert parts == [True, True, False, False]
    assert not JointRule().parts_pixels(1.0)
    assert [JointRule(apart_noise=0.8).follows_noise, JointRule(least_noise=0.1).follows_noise] == [True, True]
    assert not JointRule().follows_noise
