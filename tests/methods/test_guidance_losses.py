"""The losses that guide a latent, against references written by hand in float64, pixel by pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import Layout, place
from lib_omost.methods.attend_and_excite import LeastAttended
from lib_omost.methods.attention_maps import smoothed, subject_masks, subjects_of
from lib_omost.methods.bounded_guidance import WithinBounds, pixel_bias, subject_bias
from lib_omost.methods.boxdiff import BoxConstraints
from tests.attention.conftest import RECTS, WHOLE, Rect, _mask

HEIGHT, WIDTH, HEADS = 9, 7, 2
WORDS = (2, 4)  # of each text of 5 tokens, behind BOS and a shared word
MEASURES = (BoxConstraints(), LeastAttended(), WithinBounds())
Image = list[list[float]]


def layout_of(rects: Sequence[Rect], **fields: object) -> Layout:
    texts = [Span(0, 5, WHOLE), Span(5, 15, rects[0], ((7, 9), (12, 14)), bags=2, **fields)]  # type: ignore[arg-type]
    for rect in rects[1:]:
        start = texts[-1].stop
        texts.append(Span(start, start + 5, rect, ((start + 2, start + 4),)))
    return place(RegionalContext(torch.zeros(texts[-1].stop, 3), tuple(texts)), HEIGHT, WIDTH)


def probabilities_of(layout: Layout, seed: int, tokens: int | None = None) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    scores = torch.randn(HEADS, layout.pixels, tokens or layout.tokens, generator=random, dtype=torch.float64)
    return scores.softmax(-1)


def naive_maps(mean: torch.Tensor, layout: Layout) -> list[Image]:
    """The published recipe: times 100, softmax without BOS, a 3 × 3 Gaussian of deviation 0.5 on a mirrored edge."""
    first = [start for span in layout.spans for start in range(span.start, span.stop, 5)]
    images = []
    for span in layout.spans[1:]:
        own = [token for start, stop in span.own for token in range(start, stop)]
        image = [[0.0] * WIDTH for _ in range(HEIGHT)]
        for pixel in range(layout.pixels):
            seen = {token: math.exp(100 * float(mean[pixel, token])) for token in range(layout.tokens)}
            total = sum(value for token, value in seen.items() if token not in first)
            image[pixel // WIDTH][pixel % WIDTH] = sum(seen[token] for token in own) / total
        images.append(naive_smoothed(image))
    return images


def naive_smoothed(image: Image) -> Image:
    weights = {-1: math.exp(-1), 0: 1.0, 1: math.exp(-1)}
    total = sum(weights.values()) ** 2

    def at(row: int, column: int) -> float:
        row, column = abs(row), abs(column)
        row = 2 * (HEIGHT - 1) - row if row >= HEIGHT else row
        column = 2 * (WIDTH - 1) - column if column >= WIDTH else column
        return image[row][column]

    return [
        [
            sum(weights[y] * weights[x] * at(row + y, column + x) for y in weights for x in weights) / total
            for column in range(WIDTH)
        ]
        for row in range(HEIGHT)
    ]


def naive_boxdiff(mean: torch.Tensor, layout: Layout, masks: Sequence[torch.Tensor]) -> float:
    loss = 0.0
    for image, mask in zip(naive_maps(mean, layout), masks, strict=True):
        inside = [(row, column) for row in range(HEIGHT) for column in range(WIDTH) if mask[row, column]]
        values = {
            (row, column): image[row][column] if (row, column) in inside else 0.0
            for row in range(HEIGHT)
            for column in range(WIDTH)
        }
        outside = {cell: image[cell[0]][cell[1]] if cell not in inside else 0.0 for cell in values}
        loss += 1 - top(values.values(), int(len(inside) * 0.2))
        loss += top(outside.values(), int((HEIGHT * WIDTH - len(inside)) * 0.2))
        rows, columns = {row for row, _ in inside}, {column for _, column in inside}
        for lines, found in (
            ([max(image[row]) for row in range(HEIGHT)], rows),
            ([max(image[row][column] for row in range(HEIGHT)) for column in range(WIDTH)], columns),
        ):
            sides = (min(found), max(found) + 1)
            near = {place for side in sides for place in (side - 1, side, side + 1)}
            differences = [abs(value - (place in found)) for place, value in enumerate(lines) if place in near]
            loss += sum(differences) / len(lines)
    return loss


def top(values: object, count: int) -> float:
    largest = sorted(values, reverse=True)[: max(1, count)]  # type: ignore[call-overload]
    return sum(largest) / len(largest)


@given(rects=st.lists(RECTS, min_size=1, max_size=3), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_boxdiffs_three_constraints(rects: list[Rect], seed: int) -> None:
    layout = layout_of(rects)
    probabilities = probabilities_of(layout, seed)
    measure = BoxConstraints()
    loss = measure.loss(measure.of_tokens(probabilities, layout), None, layout)
    expected = naive_boxdiff(probabilities.mean(0), layout, [_mask(rect, HEIGHT, WIDTH) for rect in rects])
    assert float(loss) == pytest.approx(expected, rel=1e-9)


@given(rects=st.lists(RECTS, min_size=1, max_size=3), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_the_subject_that_is_attended_least_counts_wherever_its_box_is(rects: list[Rect], seed: int) -> None:
    layout = layout_of(rects)
    probabilities = probabilities_of(layout, seed)
    measure = LeastAttended()
    loss = measure.loss(measure.of_tokens(probabilities, layout), None, layout)
    maps = naive_maps(probabilities.mean(0), layout)
    assert float(loss) == pytest.approx(max(1 - max(map(max, image)) for image in maps), rel=1e-9)
    elsewhere = layout_of([(0, 30, 0, 30)] * len(rects))
    assert float(measure.loss(probabilities.mean(0), None, elsewhere)) == pytest.approx(float(loss))


@given(rects=st.lists(RECTS, min_size=1, max_size=3), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_bounded_attentions_shares_of_words_and_of_pixels(rects: list[Rect], seed: int) -> None:
    layout = layout_of(rects)
    to_tokens, to_pixels = probabilities_of(layout, seed), probabilities_of(layout, seed + 1, layout.pixels)
    measure = WithinBounds()
    loss = measure.loss(measure.of_tokens(to_tokens, layout), measure.of_pixels(to_pixels, layout), layout)
    masks = [_mask(rect, HEIGHT, WIDTH).flatten().tolist() for rect in rects]
    expected = 0.0
    for span, mask in zip(layout.spans[1:], masks, strict=True):
        words = [token for start, stop in span.own for token in range(start, stop)]
        own_pixels = [pixel for pixel, inside in enumerate(mask) if inside]
        for attention, looked_at, weight in ((to_tokens, words, 1.5), (to_pixels, own_pixels, 0.5)):
            own = background = 0.0
            for pixel in range(layout.pixels):
                seen = sum(float(attention[head, pixel, one]) for head in range(HEADS) for one in looked_at)
                own += seen if mask[pixel] else 0
                background += 0 if any(other[pixel] for other in masks) else seen
            expected += weight * (1 - own / (own + len(rects) * background)) ** 2
    assert float(loss) == pytest.approx(expected, rel=1e-9)


@given(rects=st.lists(RECTS, min_size=1, max_size=3))
@settings(max_examples=15, deadline=None)
def test_while_bounded_attention_is_measured_only_subjects_are_kept_apart(rects: list[Rect]) -> None:
    layout = layout_of(rects)
    masks = [_mask(rect, HEIGHT, WIDTH).flatten() for rect in rects]
    free = ~torch.stack(masks).any(0)
    bias = subject_bias(layout, torch.zeros(1))
    apart = pixel_bias(layout, torch.zeros(1))
    assert set(bias.unique().tolist()) | set(apart.unique().tolist()) <= {0.0, float("-inf")}
    for pixel in range(layout.pixels):
        assert bool((bias[pixel, :5] == 0).all())  # the whole picture's words
        for span, mask in zip(layout.spans[1:], masks, strict=True):
            assert bool((bias[pixel, span.start : span.stop] == 0).all()) is bool(mask[pixel] | free[pixel])
        for other in range(layout.pixels):
            of_one = any(mask[pixel] and mask[other] for mask in masks)
            assert bool(apart[pixel, other] == 0) is bool(of_one or free[pixel] or free[other])


def test_a_mask_takes_the_boxs_place_and_a_soft_edge_counts_to_its_middle() -> None:
    cells = tuple(((1 << 30) - 1) << 10 if 20 <= row < 40 or 60 <= row < 80 else 0 for row in range(90))
    hollow = layout_of([(20, 80, 10, 40)], cells=cells)
    soft, sharp = layout_of([(20, 70, 20, 70)], edge=20.0), layout_of([(20, 70, 20, 70)])
    like = torch.zeros(1, dtype=torch.float64)
    (inside,) = subject_masks(hollow, like)
    assert inside[2:4].any(1).all()
    assert not inside[4:5].any()
    assert torch.equal(subject_masks(soft, like), subject_masks(sharp, like))
    probabilities, measure = probabilities_of(hollow, 1), BoxConstraints()
    loss = measure.loss(probabilities.mean(0), None, hollow)
    assert float(loss) == pytest.approx(naive_boxdiff(probabilities.mean(0), hollow, [inside.bool()]), rel=1e-9)


def test_a_region_that_is_switched_off_or_has_no_words_of_its_own_is_no_subject() -> None:
    assert len(subjects_of(layout_of([(0, 40, 0, 40), (50, 90, 0, 40)]))) == 2
    assert len(subjects_of(layout_of([(0, 40, 0, 40), (50, 90, 0, 40)], weight=0.0))) == 1
    spans = (Span(0, 5, WHOLE), Span(5, 10, (0, 40, 0, 40)))
    assert subjects_of(place(RegionalContext(torch.zeros(10, 3), spans), HEIGHT, WIDTH)) == []


@pytest.mark.parametrize("measure", MEASURES)
def test_losses_fall_as_attention_goes_where_it_should(measure: object) -> None:
    layout = layout_of([(0, 90, 0, 40), (0, 90, 50, 90)])
    at_random = probabilities_of(layout, 3)
    masks = subject_masks(layout, at_random).flatten(1)
    ideal = torch.full_like(at_random, 1e-6)
    for span, mask in zip(subjects_of(layout), masks, strict=True):
        for start, stop in span.own:
            ideal[:, :, start:stop] += mask[None, :, None]
    ideal[:, :, 1] += 1 - masks.amax(0)
    ideal = ideal / ideal.sum(-1, keepdim=True)
    tokens: Callable = measure.of_tokens  # type: ignore[attr-defined]
    loss: Callable = measure.loss  # type: ignore[attr-defined]
    assert float(loss(tokens(ideal, layout), None, layout)) < float(loss(tokens(at_random, layout), None, layout))


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2, 2)])
def test_maps_of_few_pixels_are_smoothed_too(size: tuple[int, int]) -> None:
    assert torch.allclose(smoothed(torch.full((1, *size), 0.5)), torch.tensor(0.5))
