"""A method's sketch in txt2img: the host's sampling function is given a later part of its own schedule.

The host makes noise, schedule and sampler as always, and calls `sampler.func(model, x, sigmas=…, …)`. There the part of
the schedule that the sketch stands for is left out. The steps left out count as done: for [from:to:when], a refiner,
ControlNet's range and the progress bar the picture is where it is in the schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.replaced import replaced
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.sampler_runs import count_calls, counting_on
from lib_omost.hosts.webui.start import encoded, encoded_over
from lib_omost.methods.sketch import Sketch, sigma_of


@contextmanager
def sampling_from(
    p: Processing, sketch: Sketch, canvas: Canvas, noise: torch.Tensor, without: Callable[[str], None]
) -> Iterator[None]:
    """The sampler's next run begins from the sketch, in this block. `noise` (B, C, H, W) is the job's, of deviation 1.

    without: told why the run begins from noise all the same.
    """
    sampler: Any = p.sampler
    original = getattr(sampler, "func", None)
    if original is None:
        without("this sampler has no schedule that can be entered later")
        yield
        return
    rows, high, wide = len(noise), *noise.shape[-2:]
    noise = noise.reshape(rows, -1, high, wide)  # some have an axis of time
    first, cell = encoded_over(p, high, wide, lambda *size: sketch.paint(canvas, *size))
    others = sketch.pictures(canvas, wide * cell, high * cell)[1:]
    latents = [_flat(first), *(_flat(encoded(p, picture)) for picture in others)]  # before the denoiser is loaded

    @wraps(original)
    def func(model: Any, x: torch.Tensor, *arguments: Any, **keywords: Any) -> Any:
        sigmas = keywords.get("sigmas")
        if arguments or not isinstance(sigmas, torch.Tensor) or sigmas.dim() != 1:
            without("this sampler has no schedule that can be entered later")
            return original(model, x, *arguments, **keywords)

        mixes = mixes_noise(sampler, float(sigmas[0]))
        known = [sigma_of(float(sigma)) if mixes else float(sigma) for sigma in sigmas]

        def given(latent: torch.Tensor, index: int) -> torch.Tensor:
            scaled = latent / (1 + known[index]) if mixes else latent
            return scaled.to(x).expand(len(x), -1, -1, -1).reshape(x.shape).contiguous()

        def denoised(latent: torch.Tensor, index: int) -> torch.Tensor:
            expected: torch.Tensor = model(
                given(latent, index), sigmas[index] * x.new_ones(len(x)), **keywords["extra_args"]
            )
            return _flat(expected[:1])

        step = getattr(model, "step", 0)
        begun = sketch.begin(canvas, noise, known, latents, denoised, packed=max(1, cell // LATENT_CELL))
        count_calls(model, step)
        if begun.latent is None:
            without("the canvas has no regions to sketch")
            return original(model, x, **keywords)
        count_calls(model, step + begun.index * _calls_a_step(model))
        later = sigmas[begun.index :]
        x = given(begun.latent.to(x) + known[begun.index] * begun.noise.to(x), begun.index)
        callback = counting_on(keywords.get("callback"), begun.index)
        return original(model, x, **{**keywords, "sigmas": later, "callback": callback})

    with replaced(sampler, "func", func):
        yield


def mixes_noise(sampler: Any, first: float) -> bool:
    """Whether a sampler's model is one of flow matching: x = (1 - σ) · latent + σ · noise, else latent + σ · noise.

    first: σ of its schedule's first step, by which it is told where a WebUI does not say.
    """
    scaling = getattr(getattr(getattr(sampler, "model_wrap", None), "predictor", None), "noise_scaling", None)
    if scaling is None:
        return first <= 1  # noise on top of a latent begins many times as strong as that
    one = torch.ones(1, 1, 1, 1)
    return float(scaling(torch.tensor(0.25), torch.zeros_like(one), one, max_denoise=False)) < 1


def _flat(latent: torch.Tensor) -> torch.Tensor:
    """(1, C, H, W) of a latent that may have an axis of time, of one picture."""
    return latent.reshape(1, -1, *latent.shape[-2:])


def _calls_a_step(model: Any) -> int:
    """Two with samplers that call the denoiser twice a step."""
    steps, total = getattr(model, "steps", None), getattr(model, "total_steps", None)
    return max(1, round(total / steps)) if steps and total else 1
