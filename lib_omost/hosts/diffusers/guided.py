"""A method's guidance in a diffusers pipeline: the UNet is called for the moved latent, and the scheduler's step begins
from that one too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.gradients import Gradients, Row
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.hosts.replaced import replaced
from lib_omost.methods.method import Method
from lib_omost.methods.row_changes import latent_of, with_latent


@contextmanager
def guided(
    pipeline: Pipeline, denoiser: Denoiser, method: Method, call: RegionalCall, stopped: Callable[[], bool]
) -> Iterator[None]:
    """In this block the pipeline's latents are moved before each of the first steps.

    stopped: whether the user ended the picture; then no further gradient of a step is computed.
    Raises OmostError in a call where there is too little memory.
    """
    if method.guidance is None:
        yield
        return
    scheduler = pipeline.scheduler
    moves = _Moves(scheduler, Gradients(denoiser, call, method.guidance, stopped=stopped))
    with ExitStack() as undo:
        undo.enter_context(forward_replaced(denoiser.module, moves.forward(denoiser.module.forward)))
        undo.enter_context(replaced(scheduler, "scale_model_input", moves.scaling(scheduler.scale_model_input)))
        undo.enter_context(replaced(scheduler, "step", moves.step(scheduler.step)))
        yield


def correcting(pipeline: Pipeline) -> str | None:
    """Why a scheduler takes back where a latent was moved; None for one that does not."""
    scheduler = pipeline.scheduler
    if not hasattr(scheduler, "last_sample"):
        return None
    return f"the scheduler {type(scheduler).__name__} corrects each step by the latent of the one before"


class _Moves:
    """What was moved in the step under way, in the UNet's scale, and how much smaller that scale is."""

    def __init__(self, scheduler: Any, gradients: Gradients) -> None:
        self._scheduler = scheduler
        self._gradients = gradients
        self._scaled: tuple[torch.Tensor, torch.Tensor] | None = None  # before and after
        self._moved: torch.Tensor | None = None  # (pictures, C, H, W)
        self._noise: float | None = None  # in the step before

    def forward(self, original: Any) -> Any:
        """The UNet's forward in place of its own."""

        @wraps(original)
        def forward(*arguments: Any, **keywords: Any) -> Any:
            gradients, call = self._gradients, self._gradients.call
            noise, first_order = call.noise, getattr(self._scheduler, "state_in_first_order", True)
            if noise is None or noise < gradients.guidance.least_noise or not first_order:
                return original(*arguments, **keywords)
            latent = latent_of(arguments, keywords)
            given = [
                Row(original, arguments, keywords, number, call.rows, run)
                for number, run in enumerate(call.followed)
                if run is not None and call.draws(run)
            ]
            rows = [row.number for row in given]
            moved = [gradients.moved(row, noise, self._noise) for row in given]
            self._noise = noise
            self._moved = torch.cat(moved) - latent[rows]
            pictures = [row % len(rows) for row in range(len(latent))]  # unconditional rows are as many, in this order
            others, named = with_latent(arguments, keywords, (latent + self._moved[pictures]).to(latent.dtype))
            return original(*others, **named)

        return forward

    def scaling(self, original: Any) -> Any:
        """`scale_model_input`, whose scale can be told."""

        @wraps(original)
        def scale_model_input(sample: torch.Tensor, *arguments: Any, **keywords: Any) -> torch.Tensor:
            scaled: torch.Tensor = original(sample, *arguments, **keywords)
            self._scaled = sample, scaled
            return scaled

        return scale_model_input

    def _scale(self) -> float:
        """What the latent was multiplied with before the UNet was given it."""
        if self._scaled is None:
            return 1.0
        own, scaled = (each.float().cpu().double() for each in self._scaled)
        return float((scaled * own).sum() / (own * own).sum())

    def step(self, original: Any) -> Any:
        """The scheduler's step, which begins where the latent was moved to."""

        @wraps(original)
        def step(model_output: Any, timestep: Any, sample: torch.Tensor, *arguments: Any, **keywords: Any) -> Any:
            moved, self._moved = self._moved, None
            if moved is not None:
                own = moved[:, : sample.shape[1]]  # an inpainting UNet is given channels beside the latent's
                sample = (sample + own / self._scale()).to(sample.dtype)
            return original(model_output, timestep, sample, *arguments, **keywords)

        return step
