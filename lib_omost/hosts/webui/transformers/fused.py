"""Blocks that take no mask: their code asks for attention by a name, and one of several programs stands behind it.

While a block of regions runs, torch's own stands there, which `given_bias` gives the mask.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

CHOSEN, HELPER = "attention_function", "attention"


def names_of(block: Any) -> MutableMapping[str, Any] | None:
    """The names of the code in which a block's forward asks for attention; None where it does not, or asks torch."""
    own = getattr(type(block).forward, "__globals__", {})
    helpers = getattr(own.get(HELPER), "__globals__", own)  # a block's file may have it from another
    return helpers if CHOSEN in helpers else None


@contextmanager
def torch_attention(names: MutableMapping[str, Any]) -> Iterator[None]:
    """Torch's in the place of what is chosen there, which is put back when the block ends."""
    before = names[CHOSEN]
    names[CHOSEN] = _torch_attention
    try:
        yield
    finally:
        names[CHOSEN] = before


def _torch_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, mask: torch.Tensor | None = None, **options: Any
) -> torch.Tensor:
    """(rows, positions, heads · D), or (rows, heads, positions, D) where nothing is to be reshaped → (rows, positions,
    heads · D), by the arguments of the Forge family's."""
    if not options.get("skip_reshape"):
        q, k, v = (one.unflatten(-1, (heads, -1)).transpose(1, 2) for one in (q, k, v))
    return scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)
