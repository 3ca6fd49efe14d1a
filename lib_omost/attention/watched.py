"""Attention that is looked at while a gradient by the latent is computed: it is differentiable, and its maps are kept.

A layer of the resolution that is looked at computes its probabilities one by one, in float32 at least; all others go
through torch's fused attention. What a `Measure` takes of a layer's probabilities is small, so maps of many layers can
be kept until the loss is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import torch

from lib_omost.attention.formulation import Formulation
from lib_omost.attention.layout import Layout
from lib_omost.attention.tensors import attend, full_precision, suited_to_device

Bias = Callable[[Layout, torch.Tensor], torch.Tensor | None]
"""A layout → (H·W or 1, T) that is added to scores, on the device and in the dtype of the tensor; None is nothing."""


class Measure(Protocol):
    """A loss of attention: what it takes of each layer, and what it makes of the mean over layers."""

    @property
    def bias(self) -> Bias:
        """What pixels see of tokens while it is measured."""
        ...

    @property
    def pixel_bias(self) -> Bias | None:
        """What pixels see of each other, T being H·W; None where self-attention is not measured."""
        ...

    @property
    def per_subject(self) -> bool:
        """Whether the loss is told as its share of one subject where it is compared with a bound."""
        ...

    def of_tokens(self, probabilities: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """(heads, H·W, T), each pixel's summing to 1 → what is kept of a cross-attention layer."""
        ...

    def of_pixels(self, probabilities: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """(heads, H·W, H·W) → what is kept of a self-attention layer."""
        ...

    def loss(self, tokens: torch.Tensor, pixels: torch.Tensor | None, layout: Layout, /) -> torch.Tensor:
        """The means over layers → a number, the smaller the better. Only layouts with `subjects` are asked."""
        ...


@dataclass(frozen=True)
class Seen:
    """What was kept of one layer; of cross-attention where `is_tokens`, else of self-attention."""

    is_tokens: bool
    kept: torch.Tensor


@dataclass
class Total:
    """The sum of what was kept of layers, and of how many."""

    kept: torch.Tensor
    layers: int = 1


@dataclass
class Watch:
    """What the layers of a call show. One row follows the canvas in such a call.

    pixels: how many the layers have that are looked at; None while that is found out, which needs `sizes` alone.
    sizes: for each cross-attention layer that was called, (pixels, heads, tokens).
    """

    measure: Measure
    pixels: int | None = None
    sizes: list[tuple[int, int, int]] = field(default_factory=list)
    _totals: dict[bool, Total] = field(default_factory=dict)
    _aside: list[Seen] | None = None

    @property
    def layers(self) -> int:
        """How many were looked at since `begin`."""
        return sum(total.layers for total in self._totals.values())

    def begin(self) -> None:
        """Forget what was seen."""
        self._totals.clear()

    def add(self, seen: Seen) -> None:
        """A layer was looked at."""
        if self._aside is not None:
            self._aside.append(seen)
        elif seen.is_tokens in self._totals:
            total = self._totals[seen.is_tokens]
            self._totals[seen.is_tokens] = Total(total.kept + seen.kept, total.layers + 1)
        else:
            self._totals[seen.is_tokens] = Total(seen.kept)

    @contextmanager
    def aside(self) -> Iterator[list[Seen]]:
        """What is seen in this block comes into a list of its own, and does not count."""
        before, self._aside = self._aside, []
        try:
            yield self._aside
        finally:
            self._aside = before

    def cross(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float | None
    ) -> torch.Tensor:
        """(1, heads, H·W, D), twice (1, heads, T, D) → (1, heads, H·W, D)."""
        self.sizes.append((layout.pixels, query.shape[1], key.shape[2]))
        dtype = query.dtype
        if layout.pixels != self.pixels:
            query, key, value = suited_to_device(query, key, value)
            return attend(query, key, value, scale=scale, bias=self.measure.bias(layout, query)).to(dtype)
        out, probabilities = _explicit(query, key, value, self.measure.bias(layout, full_precision(query)), scale)
        self.add(Seen(True, self.measure.of_tokens(probabilities[0], layout)))
        return out.to(dtype)

    def own(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None,
        formulation: Formulation,
    ) -> torch.Tensor:
        """Self-attention, (1, heads, H·W, D) each, by `formulation` where it is not looked at."""
        if layout.pixels != self.pixels or self.measure.pixel_bias is None:
            return formulation(query, key, value, layout, scale=scale)
        bias = self.measure.pixel_bias(layout, full_precision(query))
        out, probabilities = _explicit(query, key, value, bias, scale)
        self.add(Seen(False, self.measure.of_pixels(probabilities[0], layout)))
        return out.to(query.dtype)

    def loss(self, layout: Layout) -> torch.Tensor:
        """Of all that was seen, on the layout of the layers that were looked at."""
        means = {is_tokens: total.kept / total.layers for is_tokens, total in self._totals.items()}
        return self.measure.loss(means[True], means.get(False), layout)


def _explicit(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor | None, scale: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention (B, heads, P, D), and its probabilities (B, heads, P, T)."""
    query, key, value = (full_precision(one) for one in (query, key, value))
    scores = query @ key.transpose(-1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale)
    probabilities = (scores if bias is None else scores + bias).softmax(-1)
    return probabilities @ value, probabilities
