"""Whether the user wants attention's scores in float32 whatever the model's dtype."""

from __future__ import annotations

from typing import Any


def upcasts_attention(patcher: Any) -> bool:
    """The host's option; a UNet behind a patcher attends by its backend, which does not read it."""
    from modules import shared

    return patcher is None and bool(getattr(shared.opts, "upcast_attn", False))
