"""`bench steps --device`: what a whole step of a UNet costs under a canvas, beside its own with as many tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from lib_omost.bench.attention import BAG_TOKENS, dragon_context
from lib_omost.bench.lora_steps import inputs_of
from lib_omost.bench.timing import clock, medians_in_turns, waits
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.names import SCORE, SKETCH
from lib_omost.methods.registry import METHODS

STEPS = 3  # that are timed together, behind the first one
MIB = 2**20


@dataclass(frozen=True)
class Row:
    """Steps of one kind, each with an unconditional row and a conditional one.

    first, later: seconds, the first one with what is kept for the others. ratio: of later ones, to the plain step of as
    many tokens. peak: bytes at the most, beyond the model's and what it was given. waits: how often a step waits for
    the device, None where that cannot be told.
    """

    kind: str
    tokens: int
    first: float
    later: float
    ratio: float
    peak: int
    waits: int | None


@dataclass(frozen=True)
class _Rival:
    tokens: int
    step: Callable[[], object]
    steered: Callable[[], AbstractContextManager[object]]


def measure(unet: Any, *, height: int, width: int, rounds: int) -> list[Row]:
    """Time steps of a UNet of diffusers in turns: plain ones, and under the dragon canvas by the methods.

    height, width: of the latent. The unconditional row of regional steps has one bag, as the pipeline gives it, and
    plain ones have as many tokens as the canvas in both rows. Raises ValueError for less than one round.
    """
    like = next(unet.parameters())
    context = dragon_context(unet.config.cross_attention_dim)
    context = replace(context, embeddings=context.embeddings.to(like.device, like.dtype))
    tokens, denoiser = len(context.embeddings), denoiser_of(unet, 1)
    few, many = (inputs_of(unet, height, width, count) for count in (BAG_TOKENS, tokens))
    plain = f"plain, {tokens} tokens"
    rivals = {
        plain: _Rival(tokens, partial(unet, **many), nullcontext),
        f"plain, {BAG_TOKENS} tokens": _Rival(BAG_TOKENS, partial(unet, **few), nullcontext),
    }
    for name in (SCORE, SKETCH):
        steered = partial(regional_attention, denoiser, [context], METHODS[name], height=height, width=width)
        rivals[name] = _Rival(tokens, partial(unet, **few), steered)
    with torch.no_grad():
        peaks = {name: _peak_and_waits(rival, like.device) for name, rival in rivals.items()}
        medians = medians_in_turns({name: partial(_times, one, like.device) for name, one in rivals.items()}, rounds)
    return [
        Row(name, rivals[name].tokens, first, later, later / medians[plain][1], *peaks[name])
        for name, (first, later) in medians.items()
    ]


def format_table(rows: Sequence[Row]) -> str:
    """The rows as text for people."""
    lines = [f"{'step':<22}{'first':>12}{'later':>12}{'ratio':>9}{'peak':>12}  waits"]
    for row in rows:
        first, later, peak = f"{row.first * 1e3:.1f} ms", f"{row.later * 1e3:.1f} ms", f"{row.peak / MIB:.0f} MiB"
        told = "" if row.waits is None else str(row.waits)
        lines.append(f"{row.kind:<22}{first:>12}{later:>12}{row.ratio:>7.3f} ×{peak:>12}  {told}")
    return "\n".join(lines)


def _times(rival: _Rival, device: torch.device) -> tuple[float, float]:
    def several() -> None:
        for _ in range(STEPS):
            rival.step()

    with rival.steered():
        return clock(rival.step, device), clock(several, device) / STEPS


def _peak_and_waits(rival: _Rival, device: torch.device) -> tuple[int, int | None]:
    """Of a run of three steps, waits those of the last one."""
    is_cuda = device.type == "cuda"
    before = torch.cuda.memory_allocated(device) if is_cuda else 0
    if is_cuda:
        torch.cuda.reset_peak_memory_stats(device)
    with rival.steered():
        rival.step()
        rival.step()
        found = waits(rival.step, device)
    return torch.cuda.max_memory_allocated(device) - before if is_cuda else 0, found
