"""Canvas → what the UNet is conditioned on: the regional context, the pooled vector and the negative prompt."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.checkpoint import Pipeline
from lib_omost.hosts.diffusers.encode import LENGTH, encode_bags, tokenize_with
from lib_omost.hosts.parts import bags_of, notes_of, parts_of, spans_of
from lib_omost.prompts import PromptMixing, TagStyle, greedy_bags, mix_prompt, region_paths


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


def encode_canvas(
    pipeline: Pipeline,
    canvas: Canvas,
    *,
    negative: str,
    method: str,
    style: TagStyle,
    words: str = "",
    mixing: PromptMixing = PromptMixing.EVERY_REGION,
) -> Conditioning:
    """Encode all bags of `canvas` and the negative prompt in as few encoder calls as fit.

    `method` "plain" joins every sub-prompt for the whole picture; any other keeps each region's own. `words` are those
    of the prompt box, which join the regions that `mixing` names.
    """
    tokenize = tokenize_with(pipeline.tokenizer)
    parts = parts_of(mix_prompt(region_paths(canvas, style), words, mixing), tokenize, method=method)
    negative_bags = greedy_bags((), (negative,) if negative.strip() else (), tokenize)
    bags = bags_of(parts)
    encoded = encode_bags(pipeline, [bag.ids for bag in (*bags, *negative_bags.bags)])

    bag_count = len(bags)
    negative_embeddings = encoded.embeddings[bag_count:].flatten(0, 1)  # (Tn, C)
    negative_pooled = None if encoded.pooled is None else encoded.pooled[bag_count]
    if not negative.strip() and pipeline.config.get("force_zeros_for_empty_prompt"):
        negative_embeddings = torch.zeros_like(negative_embeddings)
        negative_pooled = None if negative_pooled is None else torch.zeros_like(negative_pooled)
    return Conditioning(
        context=RegionalContext(encoded.embeddings[:bag_count].flatten(0, 1), spans_of(parts, [LENGTH] * bag_count)),
        negative=negative_embeddings,
        pooled=None if encoded.pooled is None else encoded.pooled[0],
        negative_pooled=negative_pooled,
        notes=(*notes_of(parts), *negative_bags.notes),
    )
