"""The layout alone: every pixel sees the tokens of its regions, with the scores that the model gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch

from lib_omost.attention.cost import MASKED
from lib_omost.attention.formulation import Attention
from lib_omost.attention.layout import Layout
from lib_omost.attention.masks import kept_bias
from lib_omost.attention.tensors import attention_to
from lib_omost.attention.ways import ByWay, Way


@dataclass(frozen=True)
class LayoutAlone(ByWay):
    """A `Formulation`: softmax(q kᵀ · scale) v over the tokens whose box the pixel is in. It has one way."""

    way: str | None = MASKED

    def ways(self) -> Mapping[str, Way]:
        """The one."""
        return _WAYS


masked_attention = LayoutAlone()


def _masked(like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float) -> Attention:
    bias = kept_bias(layout, like) if len(layout.spans) > 1 else None
    return attention_to(like, key, value, scale=scale, bias=bias)


_WAYS: Mapping[str, Way] = MappingProxyType({MASKED: _masked})
