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
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.sampler_runs import count_calls, counting_on, func_replaced
from lib_omost.hosts.webui.start import encoded
from lib_omost.methods.sketch import Sketch


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
    if noise.dim() != 4:
        without("this kind of model has latents with an axis of time")
        yield
        return
    height, width = (side * LATENT_CELL for side in noise.shape[-2:])
    latents = [encoded(p, picture) for picture in sketch.pictures(canvas, width, height)]  # before the UNet is loaded

    @wraps(original)
    def func(model: Any, x: torch.Tensor, *arguments: Any, **keywords: Any) -> Any:
        sigmas = keywords.get("sigmas")
        if arguments or not isinstance(sigmas, torch.Tensor) or sigmas.dim() != 1:
            without("this sampler has no schedule that can be entered later")
            return original(model, x, *arguments, **keywords)

        def denoised(latent: torch.Tensor, index: int) -> torch.Tensor:
            rows = latent.to(x).expand(len(x), -1, -1, -1).contiguous()
            expected: torch.Tensor = model(rows, sigmas[index] * x.new_ones(len(x)), **keywords["extra_args"])
            return expected[:1]

        step = getattr(model, "step", 0)
        begun = sketch.begin(canvas, noise, [float(sigma) for sigma in sigmas], latents, denoised)
        count_calls(model, step)
        if begun.latent is None:
            without("the canvas has no regions to sketch")
            return original(model, x, **keywords)
        count_calls(model, step + begun.index * _calls_a_step(model))
        later = sigmas[begun.index :]
        x = (begun.latent.to(x) + later[0] * begun.noise.to(x)).to(x.dtype)
        callback = counting_on(keywords.get("callback"), begun.index)
        return original(model, x, **{**keywords, "sigmas": later, "callback": callback})

    with func_replaced(sampler, func):
        yield


def _calls_a_step(model: Any) -> int:
    """Two with samplers that call the denoiser twice a step."""
    steps, total = getattr(model, "steps", None), getattr(model, "total_steps", None)
    return max(1, round(total / steps)) if steps and total else 1
