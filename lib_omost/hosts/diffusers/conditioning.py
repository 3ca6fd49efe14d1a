"""Canvas → what the UNet is conditioned on: the regional context, the pooled vector and the negative prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import WHOLE_GRID, Canvas, Rect
from lib_omost.hosts.diffusers.checkpoint import Pipeline
from lib_omost.hosts.diffusers.encode import LENGTH, encode_bags, tokenize_with
from lib_omost.hosts.diffusers.settings import PLAIN
from lib_omost.prompts import BagResult, RegionPath, TagStyle, greedy_bags, region_paths


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


@dataclass(frozen=True)
class _Part:
    """The bags that go to one rectangle."""

    rect: Rect
    bags: BagResult


def encode_canvas(pipeline: Pipeline, canvas: Canvas, *, negative: str, method: str, style: TagStyle) -> Conditioning:
    """Encode all bags of `canvas` and the negative prompt in as few encoder calls as fit.

    `method` "plain" joins every sub-prompt for the whole picture; any other keeps each region's own.
    """
    tokenize = tokenize_with(pipeline.tokenizer)
    paths = region_paths(canvas, style)
    parts = joined_part(paths, tokenize) if method == PLAIN else regional_parts(paths, tokenize)
    negative_bags = greedy_bags((), (negative,) if negative.strip() else (), tokenize)
    all_bags = [bag.ids for part in parts for bag in part.bags.bags] + [bag.ids for bag in negative_bags.bags]
    encoded = encode_bags(pipeline, all_bags)

    bag_count = len(all_bags) - len(negative_bags.bags)
    negative_embeddings = encoded.embeddings[bag_count:].flatten(0, 1)  # (Tn, C)
    negative_pooled = None if encoded.pooled is None else encoded.pooled[bag_count]
    if not negative.strip() and pipeline.config.get("force_zeros_for_empty_prompt"):
        negative_embeddings = torch.zeros_like(negative_embeddings)
        negative_pooled = None if negative_pooled is None else torch.zeros_like(negative_pooled)
    return Conditioning(
        context=RegionalContext(encoded.embeddings[:bag_count].flatten(0, 1), spans_of(parts)),
        negative=negative_embeddings,
        pooled=None if encoded.pooled is None else encoded.pooled[0],
        negative_pooled=negative_pooled,
        notes=tuple(note for bags in (*(part.bags for part in parts), negative_bags) for note in bags.notes),
    )


def regional_parts(paths: Sequence[RegionPath], tokenize: Callable[[str], Sequence[int]]) -> list[_Part]:
    """Each region's path in bags of its own."""
    return [_Part(path.rect, greedy_bags(path.prefixes, path.suffixes, tokenize)) for path in paths]


def joined_part(paths: Sequence[RegionPath], tokenize: Callable[[str], Sequence[int]]) -> list[_Part]:
    """Every sub-prompt once, in order, for the whole picture: the ordinary prompt that regions are compared with."""
    sub_prompts = dict.fromkeys(sub_prompt for path in paths for sub_prompt in (*path.prefixes, *path.suffixes))
    return [_Part(WHOLE_GRID, greedy_bags((), tuple(sub_prompts), tokenize))]


def spans_of(parts: Sequence[_Part]) -> tuple[Span, ...]:
    """Where each part's tokens lie when the bags of all parts stand side by side, 77 tokens a bag."""
    spans, start = [], 0
    for part in parts:
        stop = start + LENGTH * len(part.bags.bags)
        spans.append(Span(start, stop, part.rect))
        start = stop
    return tuple(spans)
