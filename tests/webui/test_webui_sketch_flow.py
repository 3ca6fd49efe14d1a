"""The method `sketch` in a WebUI whose model learned flow matching: x = (1 - σ) · latent + σ · noise there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import parse_canvas
from lib_omost.hosts.webui import sketched, start
from lib_omost.methods.sketch import cleaned, sigma_of
from lib_omost.methods.tuning import MINI
from tests.webui.test_webui_sketch import CANVAS

SHARES = [1.0, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1, 0.0]
CANVASES = parse_canvas(CANVAS)


def mixing(sigma: Any, noise: Any, latent: Any, max_denoise: bool = False) -> Any:
    return sigma * noise + (1 - sigma) * latent


def adding(sigma: Any, noise: Any, latent: Any, max_denoise: bool = False) -> Any:
    return latent + sigma * noise


def sampler(scaling: Any, seen: list[Any]) -> SimpleNamespace:
    """As the Forge family's: its model's schedule says how noise is put over a latent."""

    def func(model: Any, x: torch.Tensor, extra_args: Any = None, callback: Any = None, sigmas: Any = None) -> Any:
        for number, sigma in enumerate(sigmas[:-1]):
            model(x, sigma * x.new_ones(len(x)), **extra_args)
            callback({"i": number})
        return x

    wrap = SimpleNamespace() if scaling is None else SimpleNamespace(predictor=SimpleNamespace(noise_scaling=scaling))
    return SimpleNamespace(func=func, model_wrap=wrap, seen=seen)


def run(scaling: Any, noise: torch.Tensor, monkeypatch: pytest.MonkeyPatch, cell: int = 8) -> list[Any]:
    """What the model was called with: x and sigma."""

    def encoded(_p: Any, picture: np.ndarray) -> torch.Tensor:
        height, width = (side // cell for side in picture.shape[:2])
        shape = (1, noise.shape[1], *noise.shape[2:-2], height, width)
        pixels = torch.from_numpy(picture[::cell, ::cell, 0].copy())[:height, :width].float() / 127.5 - 1
        return pixels.expand(shape)

    seen: list[Any] = []

    def model(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen.append((x.clone(), float(sigma[0])))
        return torch.zeros_like(x)

    for module in (sketched, start):
        monkeypatch.setattr(module, "encoded", encoded)
    p: Any = SimpleNamespace(sampler=sampler(scaling, seen))
    with sketched.sampling_from(p, MINI.sketch, CANVASES, noise, pytest.fail):
        p.sampler.func(model, noise * 1.0, extra_args={}, callback=lambda _: None, sigmas=torch.tensor(SHARES))
    return seen


@pytest.mark.parametrize("axes", [(), (1,)], ids=["an image", "an image on an axis of time"])
def test_it_begins_under_a_share_of_the_jobs_noise_cleaned(axes: tuple[int, ...], monkeypatch: Any) -> None:
    noise = torch.randn(2, 4, *axes, 11, 8, generator=torch.Generator().manual_seed(1))
    (look, looked), (x, share), *_ = run(mixing, noise, monkeypatch)
    assert looked == pytest.approx(0.9)
    assert look.shape == x.shape == noise.shape
    sigma = MINI.sketch.sigma(CANVASES, 11, 8)
    assert sigma_of(share) <= sigma * MINI.sketch.doubt
    labels = MINI.sketch.labels(CANVASES, 8, 11)
    latent = (x.reshape(2, 4, 11, 8) - share * cleaned(noise.reshape(2, 4, 11, 8), labels)) / (1 - share)
    assert torch.allclose(latent[0], latent[1], atol=1e-4)  # one sketch under each picture's own noise
    for label in (0, 1):
        assert latent[0, :, labels == label].std(-1).max() < 1e-4


def test_the_first_look_is_under_the_same_kind_of_noise(monkeypatch: Any) -> None:
    noise = torch.randn(1, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    (look, share), *_ = run(mixing, noise, monkeypatch)
    lit = torch.randn(1, 4, 11, 8, generator=torch.Generator().manual_seed(0))
    behind = (look - share * cleaned(lit, MINI.sketch.labels(CANVASES, 8, 11))) / (1 - share)
    assert torch.allclose(behind, torch.ones_like(behind), atol=1e-4)  # a white background


def test_larger_cells_are_painted_larger(monkeypatch: Any) -> None:
    noise = torch.randn(1, 128, 6, 4, generator=torch.Generator().manual_seed(1))
    (look, _), (x, share), *_ = run(mixing, noise, monkeypatch, cell=16)
    assert look.shape == x.shape == noise.shape
    _, (_, alike), *_ = run(mixing, torch.randn(1, 4, 12, 8), monkeypatch)
    assert share == alike  # as much noise as over the same picture in cells of 8


def test_other_models_have_noise_on_top(monkeypatch: Any) -> None:
    noise = torch.randn(1, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    (_, _), (x, share), *_ = run(adding, noise, monkeypatch)
    labels = MINI.sketch.labels(CANVASES, 8, 11)
    latent = x - share * cleaned(noise, labels)
    for label in (0, 1):
        assert latent[0, :, labels == label].std(-1).max() < 1e-4


@pytest.mark.parametrize(("first", "mixes"), [(1.0, True), (0.998, True), (14.6, False), (80.0, False)])
def test_where_a_webui_does_not_say_its_schedule_does(first: float, mixes: bool) -> None:
    assert sketched.mixes_noise(sampler(None, []), first) is mixes
    assert sketched.mixes_noise(SimpleNamespace(), first) is mixes
    assert sketched.mixes_noise(sampler(mixing, []), first)
    assert not sketched.mixes_noise(sampler(adding, []), first)
