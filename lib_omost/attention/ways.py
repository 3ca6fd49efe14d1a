"""A formulation that can be computed in several exact ways: the cheapest for a layer's shapes, or one by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from lib_omost.attention.cost import cheapest_way
from lib_omost.attention.layout import Layout
from lib_omost.attention.tensors import check_shapes, suited_to_device


def by_way(
    ways: Mapping[str, Callable[..., torch.Tensor]],
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    way: str | None,
    scale: float | None,
    **others: Any,
) -> torch.Tensor:
    """`ways[way]` of (B, heads, H·W, D) and twice (B or 1, heads, T, D), in the query's dtype; None is the cheapest.

    scale: of the scores; None means 1/√D. others: what a way is given beside them.
    Raises ValueError when the shapes do not fit or the way is unknown.
    """
    check_shapes(query, key, value, layout)
    way = way or cheapest_way(query, layout)
    if way not in ways:
        raise ValueError(f"unknown way {way!r}; known are {', '.join(ways)}")
    if scale is None:
        scale = query.shape[-1] ** -0.5
    dtype = query.dtype
    query, key, value = suited_to_device(query, key, value)
    return ways[way](query, key, value, layout, scale=scale, **others).to(dtype)
