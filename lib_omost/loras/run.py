"""LoraRun: what regions' LoRA keep during one sampling run, so that a step only multiplies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import Cells, RectLike
from lib_omost.attention.places import Box, Place, place_on
from lib_omost.loras.cost import pays_side_by_side
from lib_omost.loras.difference import Difference, side_by_side
from lib_omost.loras.merged import Layer
from lib_omost.loras.mixes import Mix, Mixes


@dataclass(frozen=True)
class Patch:
    """What the LoRA of one region change: differences by the layer's name within the denoiser, their weights in them.

    rect: in cells of the grid. edge: over how many cells they fade. cells: those of the rectangle that they hold in;
    None is all.
    """

    rect: RectLike
    edge: float
    layers: Mapping[str, Sequence[Difference]]
    cells: Cells | None = None

    @property
    def rows(self) -> Cells:
        """The rows of the grid down to the last that it holds in, as bits."""
        top, bottom, left, right = self.rect
        return self.cells or (*(0,) * top, *((1 << right) - (1 << left),) * (bottom - top))

    @property
    def area(self) -> int:
        """Cells that it holds in."""
        return sum(row.bit_count() for row in self.rows)

    def covers(self, other: Patch) -> bool:
        """Whether the other's cells are all this one's."""
        return all(not theirs & ~own for own, theirs in zip_longest(self.rows, other.rows, fillvalue=0))


@dataclass(frozen=True)
class Held:
    """One difference and where it holds in a layer: in `box`, by `weights` (h, w), None where all are 1."""

    difference: Difference
    box: Box
    weights: torch.Tensor | None


@dataclass(frozen=True)
class Plan:
    """What changes in a layer of one size.

    stacked: the narrow factors of several differences side by side; None where there are none. mask: where each of
    these factors holds, (H·W, r), of maps (r, H, W). apart: the other differences, each in its own box.
    """

    stacked: Difference | None
    mask: Any
    apart: tuple[Held, ...]


@dataclass
class LoraRun:
    """Places, tensors and plans by what they depend on.

    waiting: what a change of the time embedding adds behind the layer that it goes to, by that layer's name.
    """

    patches: tuple[Patch, ...]
    call: RegionalCall
    waiting: dict[str, list[tuple[Patch, torch.Tensor]]] = field(default_factory=dict)
    _places: dict[tuple[int, int, int], Place] = field(default_factory=dict)
    _weights: dict[tuple[int, int, int, torch.device, torch.dtype], torch.Tensor] = field(default_factory=dict)
    _masks: dict[tuple[object, ...], torch.Tensor] = field(default_factory=dict)
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)
    _tensors: dict[tuple[int, torch.device, torch.dtype], Difference] = field(default_factory=dict)
    _stacked: dict[tuple[object, ...], Difference] = field(default_factory=dict)
    _texts: dict[tuple[int, str, torch.device, torch.dtype], tuple[Difference, ...]] = field(default_factory=dict)
    _mixes: Mixes = field(default_factory=Mixes)

    def place(self, patch: Patch, height: int, width: int) -> Place:
        """Where a patch holds on a layer of that size."""
        key = (id(patch), height, width)
        if key not in self._places:
            self._places[key] = place_on(patch.rect, patch.edge, height, width, cells=patch.cells)
        return self._places[key]

    def weights(self, patch: Patch, height: int, width: int, like: torch.Tensor) -> torch.Tensor | None:
        """(h, w) of the place's box, on the device and in the dtype of `like`; None where all are 1."""
        weights = self.place(patch, height, width).weights
        if weights is None:
            return None
        key = (id(patch), height, width, like.device, like.dtype)
        if key not in self._weights:
            self._weights[key] = weights.to(like.device, like.dtype)
        return self._weights[key]

    def ready(self, difference: Difference, like: torch.Tensor) -> Difference:
        """The difference on the device and in the dtype of `like`; kept for the next steps."""
        key = (id(difference), like.device, like.dtype)
        if key not in self._tensors:
            self._tensors[key] = difference.to(like.device, like.dtype)
        return self._tensors[key]

    def mix(self, name: str, layer: Layer | None, height: int, width: int, x: torch.Tensor) -> Mix | None:
        """How a layer that gives an output of that size computes `x` in pieces; None where that is no gain."""
        if layer is None:
            return None

        def own() -> list[tuple[Place, tuple[Difference, ...]]]:
            return [
                (self.place(patches[0], height, width), tuple(one for patch in patches for one in patch.layers[name]))
                for patches in self._alike(name)
            ]

        return self._mixes.mix(name, layer, own, (height, width), x)

    def _alike(self, name: str) -> list[list[Patch]]:
        """The patches that change a layer, those of one place together."""
        found: dict[tuple[object, ...], list[Patch]] = {}
        for patch in self.patches:
            if patch.layers.get(name):
                found.setdefault((tuple(patch.rect), patch.edge, patch.cells), []).append(patch)
        return list(found.values())

    def plan(
        self, name: str, height: int, width: int, like: torch.Tensor, summed: frozenset[int] = frozenset()
    ) -> Plan:
        """What changes in a layer that gives `like`, (rows, H·W, C) or (rows, C, H, W); made once and kept.

        summed: the places whose changes are in it already (`Mix.summed`).
        """
        key = (name, len(like), height, width, like.device, like.dtype, summed)
        plan = self._plans.get(key)
        if plan is None:
            left = [patches for number, patches in enumerate(self._alike(name)) if number not in summed]
            own = [(patch, one) for patches in left for patch in patches for one in patch.layers[name]]
            plan = self._plans[key] = self._planned(name, own, height, width, like)
        return plan

    def _planned(
        self, name: str, own: Sequence[tuple[Patch, Difference]], height: int, width: int, like: torch.Tensor
    ) -> Plan:
        if not own:
            return Plan(None, None, ())
        places = [self.place(patch, height, width) for patch, _ in own]
        changes = [one for _, one in own]
        if not pays_side_by_side(changes, [place.box.area for place in places], len(like), height * width, like.device):
            held = (
                Held(self.ready(one, like), place.box, self.weights(patch, height, width, like))
                for (patch, one), place in zip(own, places, strict=True)
            )
            return Plan(None, None, tuple(held))
        ranks = tuple((id(patch), len(one.down)) for patch, one in own)
        key = (ranks, height, width, like.dim(), like.device, like.dtype)
        if key not in self._masks:
            mask = _side_by_side(places, [rank for _, rank in ranks], height, width)
            mask = mask if like.dim() == 4 else mask.flatten(1).t().contiguous()
            self._masks[key] = mask.to(like.device, like.dtype)
        factors = (name, *ranks, like.device, like.dtype)  # the same however many rows there are, and in what size
        if factors not in self._stacked:
            self._stacked[factors] = side_by_side(changes).to(like.device, like.dtype)
        return Plan(self._stacked[factors], self._masks[key], ())

    @property
    def text_parts(self) -> tuple[TextPart, ...]:
        """One for each patch, the largest first, so that within another the inner one counts."""
        ordered = sorted(self.patches, key=lambda patch: -patch.area)
        return tuple(TextPart(self, one, tuple(other for other in ordered if other.covers(one))) for one in ordered)

    def in_text(self, part: TextPart, projection: str, like: torch.Tensor) -> tuple[Difference, ...]:
        """What changes in the keys or values of a part, in as few differences as can be."""
        key = (id(part), projection, like.device, like.dtype)
        if key not in self._texts:
            own = [one for patch in part.inside for one in patch.layers.get(projection, ())]
            narrow = [one for one in own if one.is_narrow]
            whole = [one for one in own if not one.is_narrow]
            found = [side_by_side(narrow), *whole] if narrow else whole
            self._texts[key] = tuple(one.to(like.device, like.dtype) for one in found)
        return self._texts[key]

    def clear(self) -> None:
        """Let go of everything that was kept."""
        tensors = (self._weights, self._masks, self._plans, self._tensors, self._stacked, self._texts)
        for kept in (self.waiting, self._places, *tensors):
            kept.clear()
        self._mixes.clear()


@dataclass(frozen=True)
class TextPart:
    """A patch's pixels, which see tokens under the keys and values of `inside`: its own patch, and those around it."""

    run: LoraRun
    patch: Patch
    inside: tuple[Patch, ...]

    def concerns(self, layer: str, /) -> bool:
        """Whether one of them changes the keys or values of that cross-attention."""
        return any(f"{layer}.{name}" in patch.layers for patch in self.inside for name in ("to_k", "to_v"))

    def place(self, height: int, width: int, like: torch.Tensor, /) -> tuple[Box, torch.Tensor | None]:
        """Where the patch holds, and how strongly."""
        place = self.run.place(self.patch, height, width)
        return place.box, self.run.weights(self.patch, height, width, like)

    def changed(self, projection: str, tokens: torch.Tensor, out: torch.Tensor, /) -> torch.Tensor:
        """(…, T, C') of the patched projection."""
        for difference in self.run.in_text(self, projection, out):
            out = out + difference.of(tokens.to(out.dtype))
        return out


def _side_by_side(places: Sequence[Place], ranks: Sequence[int], height: int, width: int) -> torch.Tensor:
    """(Σ ranks, H, W): the weights of each place, as often as its rank says."""
    masks = []
    for place, rank in zip(places, ranks, strict=True):
        mask = torch.zeros(rank, height, width)
        mask[:, place.box.top : place.box.bottom, place.box.left : place.box.right] = (
            1.0 if place.weights is None else place.weights
        )
        masks.append(mask)
    return torch.cat(masks)
