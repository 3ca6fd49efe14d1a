"""Which layers are computed in pieces, with sums W + ΔW, and what each piece needs; planned once and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from lib_omost.attention.places import Place
from lib_omost.autocast import autocast_dtype
from lib_omost.loras.convolution import convolved
from lib_omost.loras.cost import pieces_pay
from lib_omost.loras.difference import Difference
from lib_omost.loras.merged import Layer, Weights, changes_of, computed, computes_with, fits, merged, wake
from lib_omost.loras.pieces import Area, Piece, Pixels, in_areas, in_pixels, shares

Changes = tuple[Difference, ...]


@dataclass(frozen=True)
class Mix:
    """A layer of one size in pieces, each with its weights. summed: which of its places are in these."""

    pieces: tuple[tuple[Piece, Weights], ...]
    summed: frozenset[int]

    def of_pixels(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, H·W, C) → (rows, H·W, C')."""
        out: torch.Tensor | None = None
        for piece, weights in self.pieces:
            assert isinstance(piece, Pixels)
            y = torch.nn.functional.linear(x.index_select(1, piece.index), *weights)
            if piece.counts is not None:
                y[:, piece.ones :].mul_(piece.counts)
            out = y.new_empty(*x.shape[:2], y.shape[-1]) if out is None else out
            out.index_copy_(1, piece.index[: piece.fresh], y[:, : piece.fresh])
            if piece.fresh < piece.area:
                out.index_add_(1, piece.index[piece.fresh :], y[:, piece.fresh :])
            del y  # before the next one is made
        assert out is not None  # every pixel has a piece
        return out

    def of_maps(self, module: Any, x: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """(rows, C, …) → (rows, C', H, W)."""
        out: torch.Tensor | None = None
        for piece, weights in self.pieces:
            assert isinstance(piece, Area)
            y = convolved(module, *weights, x, piece.box)
            if piece.counts is not None:
                y.mul_(piece.counts)
            if out is None:
                size = (len(y), y.shape[1], height, width)
                out = y.new_empty(size) if all(one.fresh for one, _ in self.pieces) else y.new_zeros(size)
            here = out[piece.slices]
            if piece.fresh:
                here.copy_(y)
            else:
                here.add_(y)
            del y
        assert out is not None
        return out


@dataclass
class Mixes:
    """The mixes of one sampling run, by what they depend on.

    held: the weights that a layer had when its sums were made, how often they had been changed in place, and whether
    its forward computes with them.
    """

    held: dict[str, tuple[Weights, tuple[int | None, ...], bool]] = field(default_factory=dict)
    _mixes: dict[tuple[object, ...], Mix | None] = field(default_factory=dict)
    _sums: dict[tuple[str, int], Weights] = field(default_factory=dict)
    _exact: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def mix(
        self,
        name: str,
        layer: Layer,
        own: Callable[[], Sequence[tuple[Place, Changes]]],
        size: tuple[int, int],
        x: torch.Tensor,
    ) -> Mix | None:
        """How a layer that gives `size` computes `x`; None where pieces are no gain, or do not give its own numbers.

        own: each place where something changes in it, with all that does; asked once a size.
        """
        if not fits(layer.module, x):
            return None
        key = (name, *size, x.shape[0], x.dtype, x.device, autocast_dtype(x.device.type))
        if key in self._mixes and (self._mixes[key] is None or self._is_held(name, layer, x)) and key in self._mixes:
            return self._mixes[key]  # where the weights changed, it is not there any more
        self._mixes[key] = self._mixed(name, layer, own(), size, x)
        return self._mixes[key]

    def clear(self) -> None:
        """Let go of everything."""
        kept: tuple[dict[Any, Any], ...] = (self.held, self._mixes, self._sums, self._exact)
        for each in kept:
            each.clear()

    def _is_held(self, name: str, layer: Layer, x: torch.Tensor) -> bool:
        """Whether the layer computes with the weights that it holds; sums of earlier ones are let go."""
        wake(layer, x)
        weights = layer.weights
        if (known := self.held.get(name)) is not None:
            same = all(one is other for one, other in zip(weights, known[0], strict=True))
            if same and changes_of(weights) == known[1]:
                return known[2]
        for mixes in [key for key in self._mixes if key[0] == name]:
            del self._mixes[mixes]
        for sums in [key for key in self._sums if key[0] == name]:
            del self._sums[sums]
        self.held[name] = weights, changes_of(weights), computes_with(layer, weights, x)
        return self.held[name][2]

    def _mixed(
        self,
        name: str,
        layer: Layer,
        own: Sequence[tuple[Place, Changes]],
        size: tuple[int, int],
        x: torch.Tensor,
    ) -> Mix | None:
        module = layer.module
        for numbers in _candidates([changes for _, changes in own]):
            places = [own[number][0] for number in numbers]
            counted = shares(places, *size)
            split: Sequence[Sequence[Piece]] = in_pixels(counted) if x.dim() == 3 else in_areas(counted, places)
            areas = [[piece.area for piece in pieces] for pieces in split]
            taken, boxes = [own[number][1] for number in numbers], [place.box.area for place in places]
            if not pieces_pay(module.weight, taken, boxes, areas, rows=len(x), pixels=size[0] * size[1]):
                continue
            if not (self._is_held(name, layer, x) and self._gives_its_own_numbers(layer, split[0], counted[0], x)):
                return None
            weights = [layer.weights, *(self._sum(name, layer, number, own[number][1]) for number in numbers)]
            pieces = [(piece.like(x), one) for each, one in zip(split, weights, strict=True) for piece in each]
            return Mix(tuple(pieces), frozenset(numbers))
        return None

    def _sum(self, name: str, layer: Layer, number: int, changes: Changes) -> Weights:
        key = (name, number)  # the same in every size
        if key not in self._sums:
            self._sums[key] = merged(layer.weights, changes)
        return self._sums[key]

    @torch.no_grad()
    def _gives_its_own_numbers(
        self, layer: Layer, pieces: Sequence[Piece], counts: torch.Tensor, x: torch.Tensor
    ) -> bool:
        """Whether some pixels by themselves come out as among all, to the last bit, which is a matter of shapes alone.

        Libraries choose their kernels by size, and another kernel may sum in another order.
        """
        untouched = counts == 1
        if not bool(untouched.any()):
            return True
        module, weights = layer.module, layer.weights
        kinds = tuple(str(getattr(module, part, "")) for part in ("stride", "padding", "dilation", "padding_mode"))
        where = tuple(piece.box if isinstance(piece, Area) else tuple(piece.index.tolist()) for piece in pieces)
        key = (weights[0].shape, weights[1] is None, kinds, x.shape, x.stride(), x.dtype, where)
        if key not in self._exact:
            random = torch.Generator(x.device).manual_seed(0)
            probe = torch.empty_like(x).normal_(generator=random)
            whole = computed(module, weights, probe)
            self._exact[key] = all(
                torch.equal(whole.index_select(1, index := piece.index.to(x.device)), _linear(probe, index, weights))
                if isinstance(piece, Pixels)
                else torch.equal(whole[piece.slices], convolved(module, *weights, probe, piece.box))
                for piece in pieces
            )
        return self._exact[key]


def _linear(x: torch.Tensor, index: torch.Tensor, weights: Weights) -> torch.Tensor:
    return torch.nn.functional.linear(x.index_select(1, index), *weights)


def _candidates(changes: Sequence[Changes]) -> list[tuple[int, ...]]:
    """Which places could have sums: all, or those with a ΔW that is whole and so takes the memory of one anyway."""
    whole = tuple(number for number, own in enumerate(changes) if not all(one.is_narrow for one in own))
    every = tuple(range(len(changes)))
    return [every] if whole == every else [one for one in (every, whole) if one]
