"""What every formulation of regional attention is called like, so that a method picks one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch

from lib_omost.attention.layout import Layout

Attention = Callable[[torch.Tensor], torch.Tensor]  # queries (B, heads, H·W, D) → what they see, of the same shape


class Formulation(Protocol):
    """Attention that follows a layout.

    In cross-attention T are the layout's tokens; in self-attention they are its H·W pixels.
    """

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None = None,
    ) -> torch.Tensor:
        """(B, heads, H·W, D), (B or 1, heads, T, D), (B or 1, heads, T, D) → (B, heads, H·W, D)."""
        ...


@runtime_checkable
class Binding(Protocol):
    """A formulation that does once what no step changes, and leaves to each step what its queries need."""

    def keys(self, key: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """The keys of a layer as `bind` takes them: these themselves, or others in their place."""
        ...

    def bind(
        self, like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, *, scale: float | None = None
    ) -> Attention:
        """Attention of queries that are like `like` to what `keys` gave and to these values."""
        ...


@runtime_checkable
class Timed(Protocol):
    """A formulation that is another one at each share of noise in the latent, from 1 at a run's start to 0."""

    def at(self, noise: float | None, /) -> Formulation:
        """The one for a step with that much noise; None, where the host does not tell, is as much as there can be."""
        ...


def timed(formulation: Formulation, noise: float | None) -> Formulation:
    """The formulation for a step with that much noise."""
    at = getattr(formulation, "at", None)  # asking for the protocol takes ten times as long, at every layer
    return formulation if at is None else at(noise)
