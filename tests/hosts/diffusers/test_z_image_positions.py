"""Z-Image's positions: each region's text is counted as if it were alone, and the image stays behind the longest."""

from __future__ import annotations

import pytest
import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import Layout, place
from lib_omost.hosts.diffusers.families.z_image import image_positions, text_positions
from tests.hosts.tiny_transformers import z_image_transformer

WHOLE, HALF = (0, 90, 0, 90), (0, 90, 0, 45)


def layout_of(*lengths: int) -> Layout:
    spans: list[Span] = []
    for number, length in enumerate(lengths):
        start = spans[-1].stop if spans else 0
        spans.append(Span(start, start + length, HALF if number else WHOLE))
    return place(RegionalContext(torch.zeros(sum(lengths), 2), tuple(spans)), 5, 3)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 64, 100])
def test_one_region_stands_where_diffusers_puts_it(length: int) -> None:
    transformer = z_image_transformer()
    latent, text = torch.zeros(4, 1, 10, 6), torch.zeros(length, 32)
    *_, images, texts, _, _ = transformer.patchify_and_embed([latent], [text], 2, 1)
    ours = text_positions(layout_of(length))
    assert torch.equal(ours, texts[0][: len(ours)].to(ours))
    assert torch.equal(image_positions(layout_of(length)), images[0].to(ours))


def test_each_region_begins_where_it_would_alone() -> None:
    positions = text_positions(layout_of(40, 7, 12))
    assert positions.shape == (64, 3)
    assert not positions[:, 1:].any()
    starts = {0: 40, 40: 7, 47: 12}
    for start, length in starts.items():
        assert positions[start : start + length, 0].tolist() == list(range(1, length + 1))
    assert positions[59:, 0].tolist() == list(range(41, 46))


def test_the_image_does_not_move_with_the_number_of_regions() -> None:
    alone = image_positions(layout_of(40))
    assert torch.equal(image_positions(layout_of(40, 7, 12, 60)), alone)
    assert int(image_positions(layout_of(40, 65))[0, 0]) == 97  # it never stands within a region's text
