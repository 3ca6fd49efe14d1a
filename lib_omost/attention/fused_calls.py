"""Fused attention beyond torch's `scaled_dot_product_attention`, where a device has it: with log-sum-exps, and of
sequences of various lengths.

None of these calls is public in torch: what is not there as it is expected is not offered.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

WIDTHS = 8  # kernels take channels in multiples of it
HALVES = (torch.float16, torch.bfloat16)


def has_log_sum_exp(device: torch.device) -> bool:
    """Whether `with_log_sum_exp` runs there: on CPUs since torch 2.2 (on CUDA a mask is faster than such calls)."""
    return device.type == "cpu" and hasattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu")


def with_log_sum_exp(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention (B, heads, P, D), and the logarithm of what each pixel's softmax is divided by, (B, heads, P) in
    float32 or float64.

    query: (B, heads, P, D); key, value: (B or 1, heads, T, D).
    """
    rows = query.shape[0]
    parts = query, key.expand(rows, -1, -1, -1), value.expand(rows, -1, -1, -1)
    found: tuple[torch.Tensor, torch.Tensor] = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        *parts, scale=scale
    )
    return found


def has_packed(query: torch.Tensor) -> bool:
    """Whether `packed_attention` can be called for (N, heads, D) like these: in half precision on CUDA, torch 2.5."""
    width = query.shape[-1]
    return _is_cuda(query) and width % WIDTHS == 0 and _has_stretches() and _has_flash(query.device, query.dtype, width)


def packed_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    bounds: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    most: tuple[int, int],
    scale: float,
) -> torch.Tensor:
    """Attention of G sequences in one call, by FlashAttention 2.

    query: (N, heads, D), sequence after sequence; key, value: (M, heads, D), in which sequences may share tokens.
    bounds: where each one's queries and where its keys begin, (G + 1,) int32 each, and how many keys, (G,) int32.
    most: the most queries and the most keys of one.
    """
    query_starts, key_starts, key_lengths = bounds
    out: torch.Tensor = torch.ops.aten._flash_attention_forward(
        query,
        key,
        value,
        query_starts,
        key_starts,
        *most,
        0.0,
        False,
        False,
        scale=scale,
        seqused_k=key_lengths,
    )[0]
    return out


def _is_cuda(query: torch.Tensor) -> bool:
    """Whether it is NVIDIA's: torch calls AMD's cards by the same name, and other kernels run there."""
    return query.device.type == "cuda" and torch.version.hip is None


@lru_cache
def _has_stretches() -> bool:
    """Whether keys may begin anywhere, by a length of their own."""
    schema = torch.ops.aten._flash_attention_forward.default._schema
    return any(argument.name == "seqused_k" for argument in schema.arguments)


@lru_cache
def _has_flash(device: torch.device, dtype: torch.dtype, width: int) -> bool:
    """Whether torch would take FlashAttention there: by the card, torch's build, and what its user switched off."""
    cuda: Any = torch.backends.cuda
    if dtype not in HALVES or not hasattr(cuda, "can_use_flash_attention"):
        return False
    parts = (*(torch.empty(1, 1, WIDTHS, width, device=device, dtype=dtype),) * 3, None, 0.0, False)
    try:
        asked = cuda.SDPAParams(*parts, False)
    except TypeError:  # before torch 2.5
        asked = cuda.SDPAParams(*parts)
    return bool(cuda.can_use_flash_attention(asked))
