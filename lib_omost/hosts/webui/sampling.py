"""A canvas for the next sampling run of a job: the sampler's own methods are wrapped once, and unwrap themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.replaced import replaced
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.guided import sampling_moved
from lib_omost.hosts.webui.others import on_conditioning
from lib_omost.hosts.webui.refusal import reason_for
from lib_omost.hosts.webui.sketched import sampling_from
from lib_omost.hosts.webui.start import denoising_strength, start_latent
from lib_omost.hosts.webui.steering import NOTE, Drawing, Steering, stopped
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.methods.start import Start

DRAWN = "_omost_drawn"  # the name under which a job keeps that its sampler was called with the canvas
NOT_DRAWN = "the canvas is not in this picture: another extension draws in the sampler's place"
SAMPLER_CALLS = {"sample": 2, "sample_img2img": 3}  # which positional argument is the conditioning


def arm(p: Processing, drawing: Drawing) -> None:
    """Let the next call of the job's sampler draw the canvas. Arming again before that replaces the drawing.

    Everything happens inside that call: there an error ends the job, while the host only logs what scripts raise.
    """
    disarm(p)
    for name in SAMPLER_CALLS:
        original = getattr(p.sampler, name)
        setattr(p.sampler, name, _regional_call(p, name, original, drawing))


def disarm(p: Processing) -> None:
    """Take the wrappers off the job's sampler, if they are still there."""
    for name in SAMPLER_CALLS:
        wrapper = vars(p.sampler).get(name)
        if wrapper is None or not hasattr(wrapper, "omost_original"):
            continue
        delattr(p.sampler, name)
        if getattr(p.sampler, name) != wrapper.omost_original:  # another extension had set its own
            setattr(p.sampler, name, wrapper.omost_original)


def _regional_call(
    p: Processing, name: str, original: Callable[..., torch.Tensor], drawing: Drawing
) -> Callable[..., torch.Tensor]:
    place = SAMPLER_CALLS[name]

    @wraps(original)
    def call(*arguments: Any, **keywords: Any) -> torch.Tensor:
        disarm(p)
        vars(p)[DRAWN] = True
        try:
            return steered_call(*arguments, **keywords)
        except OmostError as error:
            drawing.told.refused(error.told)
            raise reason_for(p, error) from error

    def steered_call(*arguments: Any, **keywords: Any) -> torch.Tensor:
        latent = arguments[1]
        with Steering(p, drawing, latent) as steering:
            unconditional = argument(arguments, keywords, place + 1, "unconditional_conditioning")
            multicond = steering.take_over(arguments[place], unconditional)
            steered = (*arguments[:place], multicond, *arguments[place + 1 :])
            with _conditioning_of_the_job(p, steering.take_over), ExitStack() as guided:
                if drawing.method.guidance is not None:
                    guided.enter_context(sampling_moved(p, lambda: steering.gradients, steering.without_guidance))
                start = drawing.method.start if name == "sample" else None
                if isinstance(start, Start):
                    painted = start_latent(p, start, drawing.canvas, latent)
                    with denoising_strength(p, start.denoise):
                        latents = p.sampler.sample_img2img(p, painted, *steered[1:], **keywords)
                elif start is not None:
                    with sampling_from(p, start, drawing.canvas, latent, steering.without_sketch):
                        latents = original(*steered, **keywords)
                else:
                    latents = original(*steered, **keywords)
            if drawing.method.is_regional and steering.called and not steering.ever and not stopped():
                raise OmostError(
                    "the canvas never reached the image model: another extension changed the conditioning",
                    hint=f"switch off other extensions that work on prompts, one by one{_known_ones()}",
                )
            steering.note_what_never_came()
        return latents

    call.omost_original = original  # type: ignore[attr-defined]
    return call


@contextmanager
def _conditioning_of_the_job(p: Processing, take_over: Callable[[Any, Any], Any]) -> Iterator[None]:
    """The host asks the job for its conditioning anew when a refiner takes over in mid-run."""
    original = getattr(p, "get_conds", None)
    if original is None:
        yield
        return

    def get_conds() -> tuple[Any, Any]:
        conditional, unconditional = original()
        return take_over(conditional, unconditional), unconditional

    with replaced(p, "get_conds", get_conds):
        yield


def note_what_was_not_drawn(p: Any, told: ToldTasks) -> None:
    """After a batch's last pass: the user is told where no call of the job's sampler came by us."""
    if vars(p).pop(DRAWN, False) or stopped():
        return
    note = f"{NOT_DRAWN}{_known_ones()}"
    told.noted(note)
    p.extra_generation_params[f"{NOTE}on the canvas"] = note


def _known_ones() -> str:
    return f" ({names})" if (names := ", ".join(on_conditioning())) else ""
