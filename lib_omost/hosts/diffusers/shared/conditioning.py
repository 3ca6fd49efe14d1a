"""Canvas and negative prompt → what a pipeline is conditioned on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.host import POOLED, Host
from lib_omost.hosts.negatives import WITHOUT_GUIDANCE, negative_context, negative_regions
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import Bag, greedy_bags, negative_of_region


@dataclass(frozen=True)
class Conditioning:
    """One canvas, encoded.

    context: the tokens of all regions, (T, C) with their rectangles.
    negative: (Tn, C), the negative prompt's tokens.
    pooled, negative_pooled: (P,) with SDXL, else None. The pooled vector is that of the global region's first bag.
    notes: what the user should know, such as a sub-prompt that had to be split.
    negatives: the negative prompt with regions' own words beside it, None where there are none.
    """

    context: RegionalContext
    negative: torch.Tensor
    pooled: torch.Tensor | None
    negative_pooled: torch.Tensor | None
    notes: tuple[str, ...]
    negatives: RegionalContext | None = None


def conditioning_of(
    host: Host,
    pipeline: Pipeline,
    canvas: Canvas,
    wording: Wording,
    *,
    words: str = "",
    negative: str = "",
    cfg: float = 5.0,
) -> Conditioning:
    """Encode all bags of `canvas` and the negative prompt in as few encoder calls as fit.

    Without guidance, at a `cfg` of 1, there are no unconditional rows, and so no negative words of regions.
    """
    packed = greedy_bags((), (negative,) if negative.strip() else (), host.tokenize)
    encoded = encode_canvas(host, canvas, wording, words, beside=packed.bags)
    tokens, others = torch.cat([one.tokens for one in encoded.beside]), encoded.beside[0].others
    if not negative.strip() and pipeline.config.get("force_zeros_for_empty_prompt"):
        tokens, others = torch.zeros_like(tokens), _zeros(others)
    negatives, told = negatives_of(host, canvas, wording, tokens, negative=negative, cfg=cfg)
    return Conditioning(
        context=encoded.context,
        negative=tokens,
        pooled=encoded.others.get(POOLED),
        negative_pooled=others.get(POOLED),
        notes=(*encoded.notes, *packed.notes, *told),
        negatives=negatives,
    )


def negatives_of(
    host: Host, canvas: Canvas, wording: Wording, everywhere: torch.Tensor, *, negative: str, cfg: float
) -> tuple[RegionalContext | None, tuple[str, ...]]:
    """The regions' negative words beside the negative prompt's tokens `everywhere` (T, C), and notes."""
    regions = negative_regions(canvas)
    if not regions or not wording.steers.is_regional:
        return None, ()
    if cfg <= 1:
        return None, (WITHOUT_GUIDANCE,)
    notes: dict[str, None] = {}

    def pack(text: str) -> Sequence[Bag]:
        packed = greedy_bags((), (text,), host.tokenize, host.bag_limit)
        notes.update(dict.fromkeys(packed.notes))
        return packed.bags

    texts = [negative_of_region(negative, region.negative) for region in regions]
    return negative_context(host, regions, everywhere, texts, pack), tuple(notes)


def _zeros(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}
