"""`bench gradients`: what a guidance's gradient takes in memory beside the model, and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.bench.live_memory import LiveMemory
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.gradients import Gradients, Row
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.methods.registry import METHODS

BAG = 77
RECTS = ((0, 90, 0, 90), (10, 60, 0, 40), (30, 90, 50, 90))  # of the whole picture and of two regions
NOISE = 0.9  # a share at which every guidance moves the latent


@dataclass(frozen=True)
class Cost:
    """Of one gradient of a picture of size × size pixels.

    kept, whole: the most bytes at once with blocks that keep their input alone and are computed twice, and without.
    told: bytes that a job is told it needs. seconds, seconds_whole: medians.
    """

    method: str
    size: int
    kept: int
    whole: int
    told: int
    seconds: float
    seconds_whole: float


def measure(unet: Any, method: str, *, size: int, rounds: int) -> Cost:
    """One of the guided methods on a UNet of diffusers, with two regions. Raises OmostError for another denoiser."""
    (kept, told, seconds), (whole, _, seconds_whole) = (
        _gradient(unet, method, size // LATENT_CELL, rounds, recomputes=recomputes) for recomputes in (True, False)
    )
    return Cost(method, size, kept, whole, told, seconds, seconds_whole)


def _gradient(unet: Any, method: str, cells: int, rounds: int, *, recomputes: bool) -> tuple[int, int, float]:
    """The most bytes at once, the bytes that are told before, and the median seconds of a gradient."""
    own = METHODS[method]
    assert own.guidance is not None  # the command offers no others
    once = replace(own.guidance, moves=1, refinement=None)
    channels, dtype, device = unet.config.cross_attention_dim, unet.dtype, unet.device
    random = torch.Generator().manual_seed(1)
    latents = torch.randn(2, unet.config.in_channels, cells, cells, generator=random).to(device, dtype)
    context = RegionalContext(torch.randn(BAG * len(RECTS), channels, generator=random).to(device, dtype), _spans())
    with ExitStack() as undo:
        denoiser = denoiser_of(unet, 1)
        call = undo.enter_context(regional_attention(denoiser, [context], own, height=cells, width=cells))
        call.begin([None, 0], NOISE)
        tokens = torch.zeros(2, BAG, channels, device=device, dtype=dtype)
        keywords = {"encoder_hidden_states": tokens, **_of_sdxl(unet)}
        row = Row(unet.forward, (latents, torch.tensor(900, device=device)), keywords, 1, 2, call.runs[0])
        gradients = Gradients(denoiser, call, once, recomputes=recomputes)
        gradients.moved(row, NOISE, None)  # finds out what is looked at
        with LiveMemory() as memory:
            gradients.moved(row, NOISE, None)
        times = []
        for _ in range(rounds):
            begun = perf_counter()
            float(gradients.moved(row, NOISE, None).sum())  # waits for a graphics card
            times.append(perf_counter() - begun)
    assert gradients.size is not None
    return memory.peak, gradients.size.needed, median(times)


def _spans() -> tuple[Span, ...]:
    return tuple(
        Span(BAG * n, BAG * n + BAG, rect, ((BAG * n + 2, BAG * n + 6),) if n else ()) for n, rect in enumerate(RECTS)
    )


def _of_sdxl(unet: Any) -> dict[str, Any]:
    """What an SDXL UNet is given beside the tokens."""
    if unet.config.addition_embed_type != "text_time":
        return {}
    ids = 6  # original size, crop and target size
    pooled = unet.config.projection_class_embeddings_input_dim - ids * unet.config.addition_time_embed_dim
    like = {"device": unet.device, "dtype": unet.dtype}
    return {"added_cond_kwargs": {"text_embeds": torch.ones(2, pooled, **like), "time_ids": torch.ones(2, ids, **like)}}


def format_table(costs: Sequence[Cost]) -> str:
    """The costs as text for people."""
    lines = [f"{'method':<20} {'pixels':>11} {'MiB':>7} {'all kept':>9} {'told':>7} {'seconds':>8} {'all kept':>9}"]
    lines += [
        f"{cost.method:<20} {cost.size:>4} × {cost.size:>4} {cost.kept / 2**20:>7.1f} {cost.whole / 2**20:>9.1f} "
        f"{cost.told / 2**20:>7.1f} {cost.seconds:>8.3f} {cost.seconds_whole:>9.3f}"
        for cost in costs
    ]
    return "\n".join(lines)
