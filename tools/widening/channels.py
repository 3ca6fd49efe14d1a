"""Which narrow channel each wide channel repeats, and what that makes of the tensors around them.

A wide channel is a copy of a narrow one or always zero. What *produces* the channels is repeated; what *consumes* them
is repeated and divided by the number of copies, so that the sum over the copies is the old term. Means, variances and
everything done channel by channel stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

ZERO = -1  # in `Channels.source`: a wide channel that carries nothing
Widen = Callable[[int], "Channels"]  # number of narrow channels → the wide ones


@dataclass(frozen=True)
class Channels:
    """`source` (wide,): the narrow channel that each wide one repeats, or ZERO."""

    source: torch.Tensor

    def produced(self, tensor: torch.Tensor, dim: int = 0) -> torch.Tensor:
        """`tensor` with the wide channels along `dim`, as what gives them (a weight's rows, a bias, a norm's scale)."""
        wide = tensor.index_select(dim, self.source.clamp(min=0))
        wide.index_fill_(dim, (self.source == ZERO).nonzero().flatten(), 0)
        return wide

    def consumed(self, tensor: torch.Tensor, dim: int = 1) -> torch.Tensor:
        """`tensor` with the wide channels along `dim`, as what takes them in (a weight's columns)."""
        copies = torch.bincount(self.source[self.source != ZERO], minlength=tensor.shape[dim])
        shape = [1] * tensor.ndim
        shape[dim] = -1
        return self.produced(tensor / copies.to(tensor.dtype).view(shape), dim)


def copies(times: int, *, groups: int = 1, wide_groups: int = 1) -> Widen:
    """Every channel `times` times, so that group norm over `wide_groups` sees what it saw over `groups`.

    A wide group then holds equally many copies of every channel of one narrow group, in order.
    Raises ValueError when that cannot be.
    """
    tiles, rest = divmod(wide_groups, groups)
    if rest or times % tiles:
        raise ValueError(f"{times} copies of {groups} groups cannot make {wide_groups} groups")
    return lambda narrow: Channels(torch.arange(narrow).repeat_interleave(times // tiles).repeat(tiles))


def heads(times: int, *, narrow_heads: int, wide_heads: int) -> Widen:
    """The channels of attention heads: each narrow head leads a wide one, the rest of it and of the heads is zero.

    Raises ValueError, when used, if a wide head is smaller than a narrow one or there are fewer of them.
    """

    def widen(narrow: int) -> Channels:
        small, large = narrow // narrow_heads, narrow * times // wide_heads
        if large < small or wide_heads < narrow_heads:
            raise ValueError(f"{narrow_heads} heads of {small} do not fit {wide_heads} of {large}")
        source = torch.full((wide_heads, large), ZERO)
        source[:narrow_heads, :small] = torch.arange(narrow).view(narrow_heads, small)
        return Channels(source.flatten())

    return widen


def query_gain(times: int, *, narrow_heads: int, wide_heads: int) -> float:
    """What queries are multiplied by, since attention divides by the root of the wide head's size: √(wide / small)."""
    return math.sqrt(times * narrow_heads / wide_heads)


def sinusoids(times: int) -> Widen:
    """The time embedding, cosines then sines: the narrow frequencies are every `times`-th of the wide ones."""

    def widen(narrow: int) -> Channels:
        source = torch.full((narrow, times), ZERO)
        source[:, 0] = torch.arange(narrow)
        return Channels(source.flatten())

    return widen
