"""RegionalRun: what regional cross-attention remembers during one sampling run."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.attention.crop import CroppedLayout, cropped
from lib_omost.attention.formulation import Attention, Binding, Formulation, timed
from lib_omost.attention.joint import JointRule
from lib_omost.attention.layout import Layout, place
from lib_omost.attention.places import Box
from lib_omost.attention.score import score_attention

# SDXL's 70 layers take 0.55 GiB in half precision for the 1,771 tokens of the reference's longer canvas.
CACHE_BYTES = 2**30

Projection = Callable[[torch.Tensor], torch.Tensor]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class _Projected:
    """Keys and values of a layer, (1, heads, T, D). layout: what the keys were changed for, None where for none."""

    key: torch.Tensor
    value: torch.Tensor
    layout: Layout | None

    @property
    def nbytes(self) -> int:
        return sum(tensor.numel() * tensor.element_size() for tensor in (self.key, self.value))


class RegionalRun:
    """Regional attention of one canvas, for one sampling run of one model.

    `formulation` is that of cross-attention; `joint` how joint attention follows the layout, None where it does not.

    Keys and values of the context are projected on a layer's first call and kept for the next steps while all that is
    kept stays within `cache_bytes`; a layer that would go beyond it projects on every call instead. (The embeddings
    themselves are kept once more for each device and dtype that differs from theirs.) Where a formulation is a
    `Binding`, its keys are kept in place of the layer's own, and what it does once is kept beside them. What is kept
    goes with the object: make one for a run, and another when the context or the model's weights change.

    No gradients flow.
    """

    def __init__(
        self,
        context: RegionalContext,
        formulation: Formulation = score_attention,
        *,
        joint: JointRule | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.context = context
        self.joint = joint
        self.cache_bytes = cache_bytes
        self._formulation = formulation
        self._binding = formulation if isinstance(formulation, Binding) else None
        self._embeddings: dict[tuple[torch.device, torch.dtype], torch.Tensor] = {}
        self._projected: dict[Hashable, _Projected] = {}
        self._bound: dict[tuple[Hashable, ...], Attention] = {}  # by the layer's name first
        self._layouts: dict[tuple[int, int], Layout] = {}
        self._kept: dict[Hashable, object] = {}
        self._crops: dict[tuple[int, int, Box], CroppedLayout] = {}
        self._cached_bytes = 0

    @property
    def cached_bytes(self) -> int:
        """Bytes of the keys and values kept now; never more than `cache_bytes`."""
        return self._cached_bytes

    @property
    def keeps(self) -> bool:
        """Whether anything is kept now."""
        return bool(self._projected or self._kept)

    def attend(
        self,
        layer: Hashable,
        query: torch.Tensor,
        to_key: Projection,
        to_value: Projection,
        *,
        height: int,
        width: int,
        scale: float | None = None,
        box: Box | None = None,
        noise: float | None = None,
    ) -> torch.Tensor:
        """One cross-attention of the rows that the canvas conditions.

        layer: names the layer within the model; the same on every step.
        query: (B, heads, H·W, D). The canvas is the same for all B rows.
        to_key, to_value: (1, T, C) → (1, T, heads·D), the layer's projections.
        height, width: H and W of this layer (see `layout.layer_size`).
        scale: of the scores; None means 1/√D.
        box: only these pixels of the layer are attended for, and `query` and the result have these alone.
        noise: the share of noise in the latent, None where that is not told.
        Returns (B, heads, H·W, D). Raises ValueError when the shapes do not fit each other.
        """
        name = (layer, height, width, box, query.shape, query.dtype, query.device, scale)
        bound = self._bound.get(name)
        if bound is not None and not torch.is_grad_enabled():
            return bound(query)
        layout = self.layout(height, width) if box is None else self._cropped(height, width, box)
        if query.dim() != 4 or query.shape[2] != layout.pixels:
            size = f"{layout.height}·{layout.width}"
            raise ValueError(f"query must be (B, heads, {size}, D), not {tuple(query.shape)}")
        with torch.no_grad():
            projected, is_kept = self._keys_and_values(layer, query, to_key, to_value, layout)
            parts = projected.key, projected.value, layout
            if self._binding is None:
                return timed(self._formulation, noise)(query, *parts, scale=scale)
            bound = self._binding.bind(query, *parts, scale=scale)
            if is_kept:
                self._bound[name] = bound
            return bound(query)

    def layout(self, height: int, width: int) -> Layout:
        """Where the context's spans lie on a layer of `height` × `width` pixels."""
        if (height, width) not in self._layouts:
            self._layouts[height, width] = place(self.context, height, width)
        return self._layouts[height, width]

    def kept(self, name: Hashable, make: Callable[[], Kept]) -> Kept:
        """What `make` gives, made once a run: masks and positions, which no step changes."""
        if name not in self._kept:
            self._kept[name] = make()
        found: Kept = self._kept[name]  # type: ignore[assignment]  # one name, one kind
        return found

    def _cropped(self, height: int, width: int, box: Box) -> CroppedLayout:
        key = (height, width, box)
        if key not in self._crops:
            self._crops[key] = cropped(self.layout(height, width), box)
        return self._crops[key]

    def clear(self) -> None:
        """Let go of everything that was kept."""
        self._kept.clear()
        self._embeddings.clear()
        self._bound.clear()
        self._projected.clear()
        self._cached_bytes = 0
        self._layouts.clear()
        self._crops.clear()

    def _keys_and_values(
        self, layer: Hashable, query: torch.Tensor, to_key: Projection, to_value: Projection, layout: Layout
    ) -> tuple[_Projected, bool]:
        """With whether they are kept."""
        kind = (query.device, query.dtype)
        name = (layer, layout.ranges if isinstance(layout, CroppedLayout) else (), *kind)
        kept = self._projected.get(name)
        if kept is not None and kept.layout in (None, layout):
            return kept, True
        if kept is not None:  # a layer of another size than before
            self._cached_bytes -= self._projected.pop(name).nbytes
            self._bound = {other: bound for other, bound in self._bound.items() if other[0] != layer}
        if kind not in self._embeddings:
            self._embeddings[kind] = self.context.embeddings.to(*kind)
        embeddings = self._embeddings[kind].unsqueeze(0)
        if isinstance(layout, CroppedLayout):
            embeddings = layout.tokens_of(embeddings)
        own, value = (_heads(project(embeddings), query, layer) for project in (to_key, to_value))
        key = own if self._binding is None else self._binding.keys(own, layout)
        projected = _Projected(key, value, None if key is own else layout)
        fits = self._cached_bytes + projected.nbytes <= self.cache_bytes
        if fits:
            self._projected[name] = projected
            self._cached_bytes += projected.nbytes
        return projected, fits


def _heads(projected: torch.Tensor, query: torch.Tensor, layer: Hashable) -> torch.Tensor:
    """(1, T, heads·D) → (1, heads, T, D), in the query's dtype."""
    heads, width = query.shape[1], query.shape[3]
    if projected.dim() != 3 or projected.shape[2] != heads * width:
        raise ValueError(f"layer {layer!r}: {tuple(projected.shape)} does not split into {heads} heads of {width}")
    return projected.to(query.dtype).reshape(*projected.shape[:2], heads, width).transpose(1, 2)
