"""Negative words of a canvas's regions: what the unconditional rows of a denoiser's call follow.

A region's pixels see the negative prompt with the region's own words behind it, as one text; all other pixels see the
negative prompt. So a region of the whole picture is the negative prompt with those words in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.formulation import Formulation
from lib_omost.attention.own_words import OwnWords
from lib_omost.canvas import WHOLE_GRID, Canvas, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.host import Host
from lib_omost.prompts import Bag

NEGATIVE: Formulation = OwnWords(0.0, 1)  # a region's pixels see its text alone, and no words are raised
WITHOUT_GUIDANCE = "The negative words of the regions do nothing at CFG scale 1."

Pack = Callable[[str], Sequence[Bag]]


def negative_regions(canvas: Canvas) -> tuple[Region, ...]:
    """Those with negative words, far to near; without weight none of a region's words count."""
    return tuple(region for region in canvas.far_to_near() if region.negative and region.weight)


def refuse_negatives(host: Host, canvas: Canvas) -> None:
    """Raise OmostError for a kind of model in which regions have no negative words, where the canvas has some."""
    denoiser = host.denoiser
    if negative_regions(canvas) and not all(isinstance(layer, CrossAttention) for layer in denoiser.layers):
        raise OmostError(
            f"negative words of a region cannot be drawn with this kind of model ({type(denoiser.module).__name__})",
            hint="move them to the negative prompt, or choose a checkpoint of SD1.x or SDXL",
        )


def negative_context(
    host: Host, regions: Sequence[Region], everywhere: torch.Tensor, texts: Sequence[str], pack: Pack
) -> RegionalContext:
    """The tokens of the negative prompt `everywhere` (T, C), and beside them those of each region's own text.

    texts: one a region. pack: a text in the host's syntax → its bags.
    """
    tokens, spans = [everywhere], [Span(0, len(everywhere), WHOLE_GRID)]
    for region, text in zip(regions, texts, strict=True):
        loras = tuple(lora for lora in region.loras if lora.text)
        bags = pack(text)
        encoded = host.encode(bags, loras) if loras else host.encode(bags)
        padding = [] if encoded[-1].padding is None else [encoded[-1].padding]  # as the negative prompt has it
        own = torch.cat([*(one.tokens for one in encoded), *padding]).to(everywhere)
        start = spans[-1].stop
        tokens.append(own)
        stop = start + len(own)
        span = Span(start, stop, region.rect, (), len(bags), region.weight, region.edge, region.cells)
        spans.append(span)
    return RegionalContext(torch.cat(tokens), tuple(spans), texts=tuple(map(len, tokens)))


def mark_of(context: RegionalContext) -> torch.Tensor:
    """(T, C): what rows are conditioned on that follow this context: the negative prompt alone, as the host made it."""
    return context.embeddings[: context.spans[0].stop]
