"""Regions' reference pictures as tokens of the image's own kind, which stand behind it in a transformer's sequence.

Models that edit pictures (Flux Kontext, Flux.2) are given those to edit so. Who sees them is `attention/joint.py`'s
matter; here they are put into the denoiser's call, and what it makes of them is taken off again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.call import Forward
from lib_omost.attention.context import GRID, Cells, RectLike, Span
from lib_omost.attention.places import place_on
from lib_omost.hosts.denoiser import argument

LATENT, PLACES = "hidden_states", "img_ids"  # (rows, positions, C), and (positions, P) with rows or without


@dataclass(frozen=True)
class ShownPictures:
    """Pictures that stand behind the image.

    spans: where their tokens hold, counted from the first one's first. shown: a denoiser's forward → the one that is
    given them.
    """

    spans: tuple[Span, ...]
    shown: Callable[[Forward], Forward]


@dataclass(frozen=True)
class ReferenceTokens:
    """One region's. rect, edge, cells: as a LoRA's `Patch` has them. weight: of its share of a pixel's attention.

    tokens: (N, C), as the denoiser's latent is packed. places: (N, P), where they stand.
    """

    rect: RectLike
    edge: float
    cells: Cells | None
    weight: float
    tokens: torch.Tensor
    places: torch.Tensor


def shown_tokens(pictures: Sequence[ReferenceTokens]) -> ShownPictures | None:
    """None where there are none."""
    return ShownPictures(spans_of(pictures), lambda original: with_tokens(original, pictures)) if pictures else None


def spans_of(pictures: Sequence[ReferenceTokens]) -> tuple[Span, ...]:
    """Where they hold, counted from the first one's first token."""
    found: list[Span] = []
    for one in pictures:
        start = found[-1].stop if found else 0
        span = Span(start, start + len(one.tokens), one.rect, weight=one.weight, edge=one.edge, cells=one.cells)
        found.append(span)
    return tuple(found)


def numbers(places: Sequence[tuple[RectLike, float, Cells | None]], grid: int = GRID) -> list[int]:
    """For each picture's rectangle, edge and cells the least number, from 0, that none before it on the same cells has.

    So pictures that a pixel sees together differ, and one that it sees alone is the first.
    """
    masks: list[torch.Tensor] = []
    found: list[int] = []
    for rect, edge, cells in places:
        place = place_on(rect, edge, grid, grid, cells=cells)
        mask = torch.zeros(grid, grid, dtype=torch.bool)
        mask[place.box.slices] = True if place.weights is None else place.weights > 0
        taken = {number for number, other in zip(found, masks, strict=True) if bool((mask & other).any())}
        found.append(next(number for number in range(len(places)) if number not in taken))
        masks.append(mask)
    return found


def with_tokens(original: Forward, pictures: Sequence[ReferenceTokens]) -> Forward:
    """A denoiser's forward, given the pictures' tokens behind its latent; what comes of these is left out."""
    tokens = torch.cat([one.tokens for one in pictures])
    places = torch.cat([one.places for one in pictures])

    def forward(*arguments: Any, **keywords: Any) -> Any:
        latent, ids = argument(arguments, keywords, 0, LATENT), keywords[PLACES]
        behind = places.to(ids.device, ids.dtype)
        keywords[LATENT] = torch.cat([latent, tokens.to(latent).expand(len(latent), -1, -1)], dim=1)
        if arguments:
            arguments = (keywords.pop(LATENT), *arguments[1:])
        keywords[PLACES] = torch.cat([ids, behind if ids.dim() == 2 else behind.expand(len(ids), -1, -1)], dim=-2)
        out = original(*arguments, **keywords)
        count = latent.shape[1]
        if isinstance(out, tuple):
            return (out[0][:, :count], *out[1:])
        out.sample = out.sample[:, :count]
        return out

    return forward
