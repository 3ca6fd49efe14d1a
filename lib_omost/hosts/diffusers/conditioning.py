"""Canvas and negative prompt → what a pipeline is conditioned on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.diffusers.pipeline import Pipeline
from lib_omost.hosts.host import POOLED, Host
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import greedy_bags


@dataclass(frozen=True)
class Conditioning:
    """One canvas, encoded.

    context: the tokens of all regions, (T, C) with their rectangles.
    negative: (Tn, C), the negative prompt's tokens.
    pooled, negative_pooled: (P,) with SDXL, else None. The pooled vector is that of the global region's first bag.
    notes: what the user should know, such as a sub-prompt that had to be split.
    """

    context: RegionalContext
    negative: torch.Tensor
    pooled: torch.Tensor | None
    negative_pooled: torch.Tensor | None
    notes: tuple[str, ...]


def conditioning_of(
    host: Host, pipeline: Pipeline, canvas: Canvas, wording: Wording, *, words: str = "", negative: str = ""
) -> Conditioning:
    """Encode all bags of `canvas` and the negative prompt in as few encoder calls as fit."""
    packed = greedy_bags((), (negative,) if negative.strip() else (), host.tokenize)
    encoded = encode_canvas(host, canvas, wording, words, beside=packed.bags)
    tokens, others = torch.cat([one.tokens for one in encoded.beside]), encoded.beside[0].others
    if not negative.strip() and pipeline.config.get("force_zeros_for_empty_prompt"):
        tokens, others = torch.zeros_like(tokens), _zeros(others)
    return Conditioning(
        context=encoded.context,
        negative=tokens,
        pooled=encoded.others.get(POOLED),
        negative_pooled=others.get(POOLED),
        notes=(*encoded.notes, *packed.notes),
    )


def _zeros(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}
