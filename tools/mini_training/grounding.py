"""Which words each place listens to, asked of a denoiser's own attention while it learns.

The noise's error alone ties a thing's name to its place late: a wrong outline is a small part of that error. So half of
the heads are shown where each phrase of a caption belongs, as segmentations show it to TokenCompose (Wang et al. 2023,
arXiv 2312.03626); here the scene itself says it. Nothing of this is in the weights' layout, nor needed to draw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from diffusers import ChromaTransformer2DModel, CosmosTransformer3DModel, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_flux import FluxAttention
from torch.nn import functional

from lib_omost.mini.scenes import SIZE, Scene
from mini_training.architecture import LATENT
from mini_training.segmentation import MOST

_CELL = SIZE // LATENT
_WEIGHT = 0.02  # beside the noise's error
_LEAST = 1e-4  # of a cell's attention: less is no worse


def covers_of(segments: torch.Tensor) -> torch.Tensor:
    """(B, 5, 16, 16): how much of each cell the background and each of up to four things shows; 1 in sum.

    segments: (B, 128, 128), as `segmented` gives them.
    """
    cells = segments.unflatten(2, (LATENT, _CELL)).unflatten(1, (LATENT, _CELL))  # (B, 16, 8, 16, 8)
    numbers = torch.arange(1 + MOST, device=segments.device)[:, None, None, None, None]
    shown: torch.Tensor = (cells[:, None] == numbers).float().mean((3, 5))
    return shown


def tokens_of(
    scenes: Sequence[Scene], rows: np.ndarray, numbers: Callable[[str], Sequence[int]], unknown: int
) -> torch.Tensor:
    """(B, 5, T): which of the tokens in `rows` (B, T) name the background and each of up to four things.

    numbers: those of a phrase's words. unknown: the token of words that mean nothing, which may stand between them.
    """
    found = np.zeros((len(scenes), 1 + MOST, rows.shape[1]), np.float32)
    for owned, scene, row in zip(found, scenes, rows, strict=True):
        known = np.flatnonzero(row != unknown)
        for number, phrase in enumerate((scene.background, *(f"{t.color} {t.shape}" for t in scene.things))):
            words = list(numbers(phrase))
            for at in range(len(known) - len(words) + 1):
                if list(row[known[at : at + len(words)]]) == words:
                    owned[number, known[at : at + len(words)]] = 1
    return torch.from_numpy(found)


class _Watched:
    """A processor of cross-attention that keeps its probabilities, (B, heads, places, tokens)."""

    def __init__(self, seen: list[torch.Tensor]) -> None:
        self._seen = seen

    def __call__(
        self,
        attn: Attention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        **_: object,
    ) -> torch.Tensor:
        def heads_of(states: torch.Tensor) -> torch.Tensor:
            apart: torch.Tensor = states.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            return apart

        query = heads_of(attn.to_q(hidden_states))
        key, value = (heads_of(layer(encoder_hidden_states)) for layer in (attn.to_k, attn.to_v))
        if attn.norm_q is not None:
            query, key = attn.norm_q(query), attn.norm_k(key)
        scores = query @ key.transpose(-1, -2) * attn.scale
        shares = (scores if attention_mask is None else scores + attention_mask).softmax(-1)
        self._seen.append(shares.float())  # also where the rest is in half precision
        out: torch.Tensor = attn.to_out[0]((shares @ value).transpose(1, 2).flatten(2))
        return out


class _WatchedJointly:
    """The same for a block of Flux's kind where text and picture are one sequence: what pictures hear of `texts`.

    Kept is (B, heads, places, texts), in sum 1: how much they hear of each other is left to them.
    """

    def __init__(self, seen: list[torch.Tensor], texts: int) -> None:
        self._seen, self._texts = seen, texts

    def __call__(
        self,
        attn: FluxAttention,
        hidden_states: torch.Tensor,
        _encoder_hidden_states: None = None,
        attention_mask: torch.Tensor | None = None,
        image_rotary_emb: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        query, key, value = (
            layer(hidden_states).unflatten(-1, (-1, attn.head_dim)) for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        query, key = (
            apply_rotary_emb(norm(states), image_rotary_emb, sequence_dim=1).transpose(1, 2)
            for norm, states in ((attn.norm_q, query), (attn.norm_k, key))
        )
        scores = query @ key.transpose(-1, -2) * attn.head_dim**-0.5  # (B, heads, texts + places, texts + places)
        if attention_mask is not None:
            scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
        self._seen.append(scores[:, :, self._texts :, : self._texts].float().softmax(-1))
        out: torch.Tensor = (scores.softmax(-1) @ value.transpose(1, 2)).transpose(1, 2).flatten(2)
        return out


@contextlib.contextmanager
def watching(unet: UNet2DConditionModel) -> Iterator[list[torch.Tensor]]:
    """Inside, the list gets what the cross-attention of the two widest levels on the way up attends to."""
    layers = [block.attn2 for up in unet.up_blocks[-2:] for part in up.attentions for block in part.transformer_blocks]
    with _watched(layers, _Watched) as seen:
        yield seen


@contextlib.contextmanager
def watching_crosswise(transformer: CosmosTransformer3DModel) -> Iterator[list[torch.Tensor]]:
    """Inside, the list gets what the cross-attention of the last half of the blocks attends to."""
    blocks = transformer.transformer_blocks
    with _watched([block.attn2 for block in blocks[len(blocks) // 2 :]], _Watched) as seen:
        yield seen


@contextlib.contextmanager
def watching_jointly(transformer: ChromaTransformer2DModel, texts: int) -> Iterator[list[torch.Tensor]]:
    """Inside, the list gets what the pictures in the last half of the blocks of one stream attend to of the texts.

    texts: how many tokens stand before the pictures'.
    """
    blocks = transformer.single_transformer_blocks
    layers = [block.attn for block in blocks[len(blocks) // 2 :]]
    with _watched(layers, lambda seen: _WatchedJointly(seen, texts)) as seen:
        yield seen


@contextlib.contextmanager
def _watched(layers: Sequence[Any], processor: Callable[[list[torch.Tensor]], Any]) -> Iterator[list[torch.Tensor]]:
    seen: list[torch.Tensor] = []
    before = [layer.processor for layer in layers]
    for layer in layers:
        layer.set_processor(processor(seen))
    try:
        yield seen
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.set_processor(own)


def loss_of(seen: Sequence[torch.Tensor], covers: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """How little of half of the heads' attention goes to the words of what each cell shows, (B,).

    Cells of what a caption does not name count nothing.
    """
    losses = []
    for shares in seen:
        half = shares[:, : shares.shape[1] // 2].mean(1)  # (B, places, 77)
        heard = half @ tokens.transpose(1, 2)  # (B, places, 5)
        side = round(shares.shape[2] ** 0.5)
        shown = functional.adaptive_avg_pool2d(covers, side).flatten(2).transpose(1, 2)  # (B, places, 5)
        asked = shown * tokens.amax(2)[:, None]
        losses.append(-(asked * (heard + _LEAST).log()).sum(2).mean(1))
    return _WEIGHT * torch.stack(losses).mean(0)
