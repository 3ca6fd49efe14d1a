"""A canvas for the next sampling run of a job: the sampler's own methods are wrapped once, and unwrap themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import torch

from lib_omost.attention.run import RegionalRun
from lib_omost.canvas import Canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.parts import PLAIN
from lib_omost.hosts.webui.conditioning import Wording, encode_canvas, with_canvas
from lib_omost.hosts.webui.detect import host_of
from lib_omost.hosts.webui.draft import denoising_strength, draft_latent
from lib_omost.hosts.webui.host import Processing
from lib_omost.hosts.webui.unet import regional_attention

METHODS = {"sample": 2, "sample_img2img": 3}  # which positional argument is the conditioning
LATENT_CELL = 8


@dataclass(frozen=True)
class Drawing:
    """What the next sampling run draws, and how.

    `denoise`: txt2img starts from the draft with that much noise; None starts from noise alone. A hires pass and
    img2img have a picture to start from and take no draft.
    """

    canvas: Canvas
    wording: Wording
    denoise: float | None = None


def arm(p: Processing, drawing: Drawing) -> None:
    """Let the next call of the job's sampler draw the canvas. Arming again before that replaces the drawing.

    Everything happens inside that call: there an error ends the job, while the host only logs what scripts raise.
    """
    disarm(p)
    for name in METHODS:
        original = getattr(p.sampler, name)
        setattr(p.sampler, name, _regional_call(p, name, original, drawing))


def disarm(p: Processing) -> None:
    """Take the wrappers off the job's sampler, if they are still there."""
    for name in METHODS:
        wrapper = vars(p.sampler).get(name)
        if wrapper is None or not hasattr(wrapper, "omost_original"):
            continue
        delattr(p.sampler, name)
        if getattr(p.sampler, name) != wrapper.omost_original:  # another extension had set its own
            setattr(p.sampler, name, wrapper.omost_original)


def _regional_call(
    p: Processing, name: str, original: Callable[..., torch.Tensor], drawing: Drawing
) -> Callable[..., torch.Tensor]:
    @wraps(original)
    def call(*arguments: Any, **keywords: Any) -> torch.Tensor:
        disarm(p)
        host = host_of(p)
        if host.taken_by is not None:
            raise OmostError(f"Omost cannot steer this picture: {host.taken_by}", hint="switch one of the two off")
        latent = arguments[1]
        height, width = (int(side) * LATENT_CELL for side in latent.shape[-2:])
        encoded = encode_canvas(host, drawing.canvas, drawing.wording, width=width, height=height)
        for number, note in enumerate(encoded.notes, 1):
            p.extra_generation_params[f"Omost note {number}"] = note
        place = METHODS[name]
        steered = (*arguments[:place], with_canvas(arguments[place], encoded.conditioning), *arguments[place + 1 :])
        method = "score" if drawing.wording.method == PLAIN else drawing.wording.method
        with regional_attention(host.unet, RegionalRun(encoded.context, method)) as unet_call:
            if name == "sample" and drawing.denoise is not None:
                start = draft_latent(p, drawing.canvas, width=width, height=height, batch=len(latent))
                with denoising_strength(p, drawing.denoise):
                    latents = p.sampler.sample_img2img(p, start, *steered[1:], **keywords)
            else:
                latents = original(*steered, **keywords)
        if not unet_call.ever and not _stopped():
            raise OmostError(
                "the canvas never reached the image model: another extension changed the conditioning",
                hint="switch off other extensions that work on prompts, one by one",
            )
        return latents

    call.omost_original = original  # type: ignore[attr-defined]
    return call


def _stopped() -> bool:
    from modules import shared

    return bool(shared.state.interrupted or shared.state.skipped)
