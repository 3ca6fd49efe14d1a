"""The transformer of Cosmos-Predict2, Anima's too: true cross-attention, and latents with an axis of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from lib_omost.hosts.cross_attention import CrossAttention, cross_attention_layers
from lib_omost.hosts.denoiser import Reading, argument, unknown_model
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of


def cosmos_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without its cross-attention, or that reads pictures."""
    transformer = pipeline.transformer
    found = cross_attention_layers(transformer)
    if not found or any(hasattr(attn, "q_img") or getattr(attn, "norm_q", None) is None for _, attn in found):
        raise unknown_model(transformer)
    return TransformerDenoiser(transformer, tuple(_layer(name, attn) for name, attn in found), read_cosmos)


def read_cosmos(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """The latent is (rows, C, T, H, W); the timestep is the share of noise."""
    latent = argument(arguments, keywords, 0, "hidden_states")
    texts = argument(arguments, keywords, 2, "encoder_hidden_states")
    height, width = latent.shape[-2:]
    return Reading(
        height, width, carried(list(texts), canvases), noise_of(argument(arguments, keywords, 1, "timestep"))
    )


def _layer(name: str, attn: Any) -> CrossAttention:
    def to_out(hidden: torch.Tensor) -> torch.Tensor:
        projection, dropout = attn.to_out
        dropped: torch.Tensor = dropout(projection(hidden))
        return dropped

    return CrossAttention(
        name,
        attn,
        ("hidden_states", "encoder_hidden_states"),
        to_out,
        query_norm=attn.norm_q,
        key_norm=attn.norm_k,
    )
