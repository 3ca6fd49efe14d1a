"""Anima, which is Cosmos-Predict2's transformer: true cross-attention, in latents with an axis of time."""

from __future__ import annotations

from typing import Any

import torch

from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.webui.transformers.parts import is_linear, takes

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "output_proj")


def cosmos_layers(transformer: Any) -> tuple[CrossAttention, ...]:
    """The cross-attention of every block; none where it is of another kind."""
    found = [getattr(block, "cross_attn", None) for block in getattr(transformer, "blocks", ())]
    if not found or not all(_is_cosmos(attn) for attn in found):
        return ()
    return tuple(_layer(f"blocks.{number}.cross_attn", attn) for number, attn in enumerate(found))


def _is_cosmos(attn: Any) -> bool:
    norms = ("q_norm", "k_norm", "v_norm", "output_dropout", "n_heads")
    projections = all(is_linear(getattr(attn, name, None)) for name in PROJECTIONS)
    return projections and all(hasattr(attn, name) for name in norms) and takes(attn, "x", "context")


def _layer(name: str, attn: Any) -> CrossAttention:
    def to_out(hidden: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = attn.output_dropout(attn.output_proj(hidden))
        return out

    return CrossAttention(
        name,
        attn,
        ("x", "context"),
        to_out,
        query_norm=attn.q_norm,
        key_norm=attn.k_norm,
        projections=("q_proj", "k_proj", "v_proj"),
        heads="n_heads",
    )
