"""Bootstrapping: in the first steps a region's call sees a flat colour under noise around its region."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.methods.bootstrap import Bootstrap, alpha_bar
from lib_omost.methods.fused import Fused, mean_weights
from lib_omost.methods.method import Method
from tests.methods.test_fused import RECTS, Denoiser, a_call, a_context, latents

COLORS = torch.arange(12.0).view(3, 4)


def a_layout(edge: float = 0.0) -> Any:
    spans = (Span(0, 2, (0, 90, 0, 90)), Span(2, 4, (0, 45, 0, 90), edge=edge))
    return place(RegionalContext(torch.zeros(4, 1), spans), 12, 10)


def test_alpha_bar_is_that_of_the_schedule_of_stable_diffusion() -> None:
    diffusers = pytest.importorskip("diffusers")

    known = diffusers.DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").alphas_cumprod
    for step in (0, 1, 500, 999):
        assert alpha_bar(step / 1000) == pytest.approx(float(known[step]), rel=1e-4)
    assert alpha_bar(1.0) == pytest.approx(float(known[999]), rel=1e-4)


def test_inside_stays_and_outside_is_a_colour_under_the_noise_of_the_step() -> None:
    latent = latents(1)[0]
    out = Bootstrap().around(latent, a_layout(), 1, COLORS, 0.5)
    assert torch.equal(out[:, :6], latent[:, :6])
    kept = alpha_bar(0.5)
    rest = [(out[:, 6:] - math.sqrt(kept) * color[:, None, None]) / math.sqrt(1 - kept) for color in COLORS]
    (noise,) = [one for one in rest if one.mean((1, 2)).abs().max() < 0.5]  # of the colour that was drawn
    assert noise.std() == pytest.approx(1, abs=0.15)


def test_what_an_inpainting_model_is_given_beside_the_picture_stays() -> None:
    latent = torch.cat([latents(1)[0], torch.ones(5, 12, 10)])
    out = Bootstrap().around(latent, a_layout(), 1, COLORS, 0.9)
    assert torch.equal(out[4:], latent[4:])
    assert torch.equal(out[:4], Bootstrap().around(latent[:4], a_layout(), 1, COLORS, 0.9))


def test_what_is_around_depends_on_the_region_and_the_step_alone() -> None:
    steps, layout, latent = Bootstrap(), a_layout(), latents(1)[0]
    one, again = (steps.around(latent, layout, 1, COLORS, 0.9) for _ in range(2))
    assert torch.equal(one, again)
    others = [steps.around(latent, layout, 1, COLORS, noise)[:, 6:].mean() for noise in (0.95, 0.9, 0.85, 0.8, 0.75)]
    assert len({round(float(each), 4) for each in others}) > 1
    soft = steps.around(latent, a_layout(edge=45.0), 1, COLORS, 0.9)
    assert torch.equal(soft[:, 0], latent[:, 0])
    assert not torch.allclose(soft[:, 5], latent[:, 5])


@pytest.mark.parametrize(
    ("noise", "colors", "is_seen"), [(0.9, COLORS, True), (0.5, COLORS, False), (0.9, None, False)]
)
def test_regions_see_it_early_and_the_whole_pictures_words_never(noise: float, colors: Any, is_seen: bool) -> None:
    call = a_call(a_context(RECTS))
    call.begin([None, 0], noise=noise)
    call.colors = colors
    seen: list[torch.Tensor] = []

    def denoiser(x: torch.Tensor) -> torch.Tensor:
        seen.append(x)
        return Denoiser(call)(x)

    x = latents(2)
    out = Fused(mean_weights, bootstrap=Bootstrap())(denoiser, call)(x)
    (given,) = seen
    assert torch.equal(given[:2], torch.stack([x[0], x[1]]))
    assert all(torch.equal(row, x[1]) is not is_seen for row in given[2:])
    without = Fused(mean_weights)(Denoiser(call), call)(x)
    assert torch.allclose(out, without)  # this denoiser sees no other cell, and what was put around is masked out


def test_methods_without_it_ask_for_no_pictures() -> None:
    assert Method("mean", denoiser_call=Fused(mean_weights)).flat_pictures == []
    pictures = Method("mean", denoiser_call=Fused(mean_weights, bootstrap=Bootstrap(colors=3))).flat_pictures
    assert [picture.shape for picture in pictures] == [(128, 128, 3)] * 3
    assert all((picture == picture[0, 0]).all() for picture in pictures)
    assert len({tuple(picture[0, 0]) for picture in pictures}) == 3
