"""Where the method `sketch` begins: its discs, its noise, and what it does when the model expects other colours."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Mask, Rect, Region
from lib_omost.methods.sketch import Sketch, background, cleaned, start_index

SKETCH = Sketch(filled=0.8, longest=1.0, noise=0.3, agreement=0.35, look=0.1, standing_out=1.5, doubt=2.0)
SIGMAS = [14.6, 11.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.5, 1.0, 0.5, 0.0]


def region(rect: tuple[int, int, int, int], color: str = "red", far: float = 1.0) -> Region:
    return Region("in the center", "no offset", "a small square area", far, "A thing.", color_name=color,
                  free_rect=Rect(*rect))  # fmt: skip


def canvas(*regions: Region) -> Canvas:
    return Canvas("A white background.", color_name="white", regions=regions)


rects = st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(5, 90), st.integers(5, 90)).map(
    lambda sides: (sides[0], min(90, sides[0] + sides[2]), sides[1], min(90, sides[1] + sides[3]))
)


@given(st.lists(rects, min_size=1, max_size=4), st.integers(4, 40), st.integers(4, 40))
@settings(max_examples=60, deadline=None)
def test_a_disc_is_what_its_definition_says(boxes, width: int, height: int) -> None:
    """Cell by cell: within the ellipse of 0.8 of the box's shorter side, larger boxes behind smaller ones."""
    asked = canvas(*(region(box, far=number + 1.0) for number, box in enumerate(boxes)))
    labels = SKETCH.labels(asked, width, height)
    by_size = sorted(sorted(asked.regions, key=lambda one: -one.distance_to_viewer),
                     key=lambda one: -(one.rect.bottom - one.rect.top) * (one.rect.right - one.rect.left))  # fmt: skip
    for row in range(height):
        for column in range(width):
            expected = 0
            for number, one in enumerate(by_size, 1):
                top, bottom, left, right = one.rect
                radius = 0.8 * min(bottom - top, right - left) / 2
                y = (row + 0.5) * 90 / height - (top + bottom) / 2
                x = (column + 0.5) * 90 / width - (left + right) / 2
                if math.hypot(x / radius, y / radius) <= 1 - 1e-9:
                    expected = number
                elif math.hypot(x / radius, y / radius) <= 1 + 1e-9:
                    expected = int(labels[row, column])  # on the edge: either
            assert int(labels[row, column]) == expected


def test_the_picture_has_the_regions_colours_on_the_canvass() -> None:
    asked = canvas(region((0, 40, 0, 40)), region((50, 90, 50, 90), "blue"))
    picture = SKETCH.paint(asked, 180, 90)
    assert picture.shape == (90, 180, 3)
    assert tuple(picture[20, 40]) == asked.regions[0].rgb
    assert tuple(picture[70, 140]) == asked.regions[1].rgb
    assert tuple(picture[45, 90]) == tuple(picture[0, 0]) == asked.rgb
    assert np.array_equal(background(asked, 180, 90), np.broadcast_to(np.uint8(asked.rgb), (90, 180, 3)))


def test_a_long_box_gets_a_longer_disc_up_to_its_cap() -> None:
    wide = canvas(region((30, 60, 0, 90)))
    for longest, expected in ((1.0, 0.8 * 30), (2.0, 0.8 * 60), (9.0, 0.8 * 90)):
        across = replace(SKETCH, longest=longest).labels(wide, 900, 900)[450].sum() / 10
        assert float(across) == pytest.approx(expected, abs=0.2)


@given(st.integers(1, 3), st.integers(1, 5), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_cleaned_noise_has_no_mean_in_a_label_and_keeps_its_strength(batch: int, channels: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    noise = torch.randn(batch, channels, 12, 10, generator=random, dtype=torch.float64)
    labels = torch.randint(0, 4, (12, 10), generator=random)
    labels[0, 0] = 9  # alone
    clean = cleaned(noise, labels)
    for row in range(batch):
        for channel in range(channels):
            for label in set(labels.flatten().tolist()):
                cells = [(y, x) for y in range(12) for x in range(10) if labels[y, x] == label]
                before = [float(noise[row, channel, y, x]) for y, x in cells]
                after = [float(clean[row, channel, y, x]) for y, x in cells]
                if len(cells) == 1:
                    assert after == before
                    continue
                mean = sum(before) / len(before)
                share = math.sqrt(len(cells) / (len(cells) - 1))
                assert after == pytest.approx([(value - mean) * share for value in before])
    assert float(cleaned(torch.randn(64, 4, 12, 10, generator=random), labels).std()) == pytest.approx(1, abs=0.05)


def test_sigma_grows_with_the_regions_and_with_the_latent() -> None:
    one, two = canvas(region((0, 30, 0, 30))), canvas(region((0, 30, 0, 30)), region((0, 90, 0, 90)))
    assert SKETCH.sigma(one, 90, 90) == pytest.approx(0.3 * 30)
    assert SKETCH.sigma(two, 90, 90) == pytest.approx(0.3 * 60)
    assert SKETCH.sigma(one, 180, 180) == pytest.approx(0.3 * 60)
    assert SKETCH.sigma(canvas(), 90, 90) == 0


@given(st.floats(0, 20))
def test_the_start_is_the_first_noise_that_is_weak_enough(sigma: float) -> None:
    found = start_index(sigma, SIGMAS)
    fits = [one for one in SIGMAS[:-1] if one <= sigma]
    middle = SIGMAS[len(SIGMAS[:-1]) // 2]
    assert (None if found is None else SIGMAS[found]) == (None if sigma == 0 else max(fits) if fits else middle)


class Model:
    """Latents are pictures: 3 channels in -1…1. It expects what it is told to, and remembers what it was asked."""

    def __init__(self, expected: torch.Tensor) -> None:
        self.expected, self.asked = expected, []

    def encode(self, picture: np.ndarray) -> torch.Tensor:
        small = torch.from_numpy(picture[4::8, 4::8].astype(np.float32) / 127.5 - 1)
        return small.permute(2, 0, 1).unsqueeze(0)

    def denoised(self, latent: torch.Tensor, index: int) -> torch.Tensor:
        self.asked.append((latent, index))
        return self.expected


ASKED = canvas(region((5, 45, 5, 45)), region((45, 85, 45, 85), "blue"))


def begin(expected: torch.Tensor, asked: Canvas = ASKED, seed: int = 3, batch: int = 2):
    model = Model(expected)
    noise = torch.randn(batch, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    latents = [model.encode(picture) for picture in SKETCH.pictures(asked, 128, 128)]
    return SKETCH.begin(asked, noise, SIGMAS, latents, model.denoised), noise, model


def test_cells_that_hold_four_of_a_latents_count_for_as_many() -> None:
    fine = [torch.zeros(1, 3, 32, 32)] * 4
    coarse = [torch.zeros(1, 12, 16, 16)] * 4
    begun = SKETCH.begin(ASKED, torch.zeros(1, 3, 32, 32), SIGMAS, fine, lambda *_: fine[0])
    patched = SKETCH.begin(ASKED, torch.zeros(1, 12, 16, 16), SIGMAS, coarse, lambda *_: coarse[0], packed=2)
    assert patched.index == begun.index < SKETCH.begin(ASKED, coarse[0], SIGMAS, coarse, lambda *_: coarse[0]).index


def sketched(asked: Canvas = ASKED) -> torch.Tensor:
    return Model(torch.empty(0)).encode(SKETCH.paint(asked, 128, 128))


def test_where_the_model_expects_these_colours_it_begins_from_the_sketch() -> None:
    begun, noise, model = begin(sketched())
    assert SIGMAS[begun.index] == 2.0  # 0.3 · 7.1 cells
    assert torch.equal(begun.latent, sketched())
    assert torch.equal(begun.noise, cleaned(noise, SKETCH.labels(ASKED, 16, 16)))
    ((latent, index),) = model.asked  # one look, at a tenth of the steps, from the background alone
    assert index == 1
    behind = model.encode(background(ASKED, 128, 128))
    assert (latent - behind)[..., SKETCH.labels(ASKED, 16, 16) == 1].mean(-1).abs().max() < 1e-4


@pytest.mark.parametrize("painted", ["yellow", "white"])
def test_where_it_expects_another_colour_that_one_is_taken_under_more_noise(painted: str) -> None:
    other = canvas(region((5, 45, 5, 45)), region((45, 85, 45, 85), painted))
    begun, noise, _ = begin(sketched(other))
    assert SIGMAS[begun.index] == 4.0  # twice the noise: 4.3 at most
    labels = SKETCH.labels(ASKED, 16, 16)
    assert torch.equal(begun.noise, cleaned(noise, labels))
    first, second = (begun.latent[0, :, labels == number] for number in (1, 2))
    assert torch.equal(first, sketched()[0, :, labels == 1])
    color = second - 1  # from white
    assert torch.allclose(color, color[:, :1].expand_as(color), atol=1e-5)
    if painted == "yellow":
        assert torch.allclose(color[:, 0], torch.tensor([0.0, 0.0, -1.5]), atol=0.02)


def test_a_colour_that_does_not_stand_out_is_not_kept() -> None:
    pale = canvas(region((5, 45, 5, 45), "white"))
    begun, _, _ = begin(sketched(ASKED), pale)
    assert SIGMAS[begun.index] == 4.0
    red = begun.latent[0, :, SKETCH.labels(pale, 16, 16) == 1]
    assert float(red[0].mean()) > float(red[1].mean()) + 1


def test_what_comes_of_the_look_is_the_canvass_whatever_the_seed() -> None:
    looks = [begin(sketched(), seed=seed, batch=batch)[2].asked[0][0] for seed, batch in ((1, 1), (2, 3))]
    assert torch.equal(*looks)


def test_without_regions_there_is_nothing_to_sketch() -> None:
    begun, noise, model = begin(sketched(), canvas())
    assert (begun.index, begun.latent, model.asked) == (0, None, [])
    assert torch.equal(begun.noise, noise)


def test_a_region_whose_words_do_not_count_is_not_sketched() -> None:
    kept = region((0, 40, 0, 40))
    silent = replace(region((50, 90, 50, 90), "blue"), weight=0.0)
    assert np.array_equal(SKETCH.paint(canvas(kept, silent), 64, 64), SKETCH.paint(canvas(kept), 64, 64))
    assert SKETCH.sigma(canvas(kept, silent), 16, 16) == SKETCH.sigma(canvas(kept), 16, 16)
    begun, noise, _ = begin(sketched(), canvas(silent))
    assert (begun.index, begun.latent) == (0, None)
    assert torch.equal(begun.noise, noise)


def test_a_colour_is_kept_by_its_cosine_with_the_models_from_the_background() -> None:
    labels = torch.tensor([[0, 1, 2, 3]])
    behind, said = torch.zeros(2), [torch.tensor(one) for one in ([1.0, 0.0], [0.0, 3.0], [0.0, 1.0])]
    expected = torch.tensor([[[[9.0, 2.0, 2.0, 3.0]], [[9.0, 0.1, 1.0, 0.9]]]])  # cosines 1.0, 0.45, 0.29
    others = SKETCH.other_colors(expected, labels, behind, said)
    assert list(others) == [3]
    assert others[3].tolist() == pytest.approx([1.5 * 3 / math.hypot(3, 0.9), 1.5 * 0.9 / math.hypot(3, 0.9)])
    assert SKETCH.other_colors(expected, torch.zeros_like(labels), behind, said) == {}


RING = Mask(9, (*(0b111111111,) * 3, *(0b111000111,) * 3, *(0b111111111,) * 3))


def test_a_region_with_a_mask_begins_as_its_own_shape() -> None:
    plain = region((0, 90, 0, 90))
    asked = canvas(replace(plain, mask=RING), region((40, 50, 40, 50), "blue"))
    labels = SKETCH.labels(asked, 18, 9)
    expected = torch.ones(9, 18, dtype=torch.long)
    expected[3:6, 6:12] = 0
    expected[4, 8:10] = 2  # the disc in the ring's hole
    assert torch.equal(labels, expected)
    picture = SKETCH.paint(asked, 90, 90)
    assert tuple(picture[45, 32]) == asked.rgb  # in the hole, outside the disc
    assert tuple(picture[15, 45]) == plain.rgb
    alone, whole = canvas(replace(plain, mask=RING)), canvas(plain)
    assert SKETCH.sigma(alone, 16, 16) == pytest.approx(SKETCH.sigma(whole, 16, 16) * math.sqrt(72 / 81))
    full = canvas(replace(plain, mask=Mask(1, (1,))))
    assert torch.equal(SKETCH.labels(full, 16, 16), SKETCH.labels(whole, 16, 16))
