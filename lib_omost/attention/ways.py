"""A formulation that can be computed in several exact ways: the cheapest for a layer's shapes, or one by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from lib_omost.attention.cost import cheapest_way
from lib_omost.attention.formulation import Attention
from lib_omost.attention.layout import Layout
from lib_omost.attention.tensors import check_shapes, is_suited_to_device, suited_to_device

Way = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Layout, float], Attention]


class ByWay:
    """A `Binding`. Ways differ in time and rounding only."""

    way: str | None  # its name; None takes the cheapest for a layer's shapes

    def ways(self) -> Mapping[str, Way]:
        """Each by its name: what queries are like, keys as `folded`, values, the layout and `scale_of` the keys."""
        raise NotImplementedError

    def folded(self, key: torch.Tensor, layout: Layout) -> torch.Tensor:  # noqa: ARG002 (of those that do)
        """Keys with what the layout changes in their scores."""
        return key

    def scale_of(self, layout: Layout, scale: float) -> float:  # noqa: ARG002 (of those that do)
        """The scale that goes with `folded` keys."""
        return scale

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None = None,
        way: str | None = None,
    ) -> torch.Tensor:
        """query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D); scale None means 1/√D.

        way: instead of this one's own. Returns (B, heads, H·W, D). Raises ValueError when the shapes do not fit or the
        way is unknown.
        """
        check_shapes(query, key, value, layout)
        return self.bind(query, self.keys(key, layout), value, layout, scale=scale, way=way)(query)

    def keys(self, key: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """`folded`, where they are not computed with in another dtype."""
        return self.folded(key, layout) if is_suited_to_device(key) else key

    def bind(
        self,
        like: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None = None,
        way: str | None = None,
    ) -> Attention:
        """Raises ValueError as a call does."""
        check_shapes(like, key, value, layout)
        way = way or self.way or cheapest_way(like, layout)
        ways = self.ways()
        if way not in ways:
            raise ValueError(f"unknown way {way!r}; known are {', '.join(ways)}")
        scale = self.scale_of(layout, like.shape[-1] ** -0.5 if scale is None else scale)
        if is_suited_to_device(like):
            return ways[way](like, key, value, layout, scale)

        def raised(query: torch.Tensor) -> torch.Tensor:
            wide, keys, values = suited_to_device(query, key, value)
            return ways[way](wide, self.folded(keys, layout), values, layout, scale)(wide).to(query.dtype)

        return raised
