"""LoraRun: what the layers under regions' LoRA share during one sampling run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import Cells, RectLike
from lib_omost.attention.layout import Box, Place, layer_size, place_on
from lib_omost.errors import OmostError
from lib_omost.loras.difference import Difference

STACKS = 8  # a layer's channels for each factor: with fewer it pays to take each patch's pixels alone


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
class Stacked:
    """down: (r, in). up: (out, r). mask: (H, W, r), where each factor holds. All patches' factors side by side."""

    down: torch.Tensor
    up: torch.Tensor
    mask: torch.Tensor


@dataclass(frozen=True)
class Window:
    """The part of a layer's pixels that it is called for now."""

    height: int
    width: int
    box: Box
    part: TextPart


@dataclass
class LoraRun:
    """Places and tensors by what they depend on, and where the denoiser is in the call under way.

    window: set while cross-attention is called for one region's pixels alone.
    waiting: what a change of the time embedding adds behind the layer that it goes to, by that layer's name.
    """

    patches: tuple[Patch, ...]
    call: RegionalCall
    window: Window | None = None
    waiting: dict[str, list[tuple[Patch, torch.Tensor]]] = field(default_factory=dict)
    _places: dict[tuple[int, int, int], Place] = field(default_factory=dict)
    _weights: dict[tuple[int, int, int, torch.device, torch.dtype], torch.Tensor] = field(default_factory=dict)
    _stacks: dict[tuple[str, int, int, torch.device, torch.dtype], Stacked | None] = field(default_factory=dict)
    _tensors: dict[tuple[int, torch.device, torch.dtype], Difference] = field(default_factory=dict)

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

    def stacked(self, name: str, height: int, width: int, like: torch.Tensor) -> Stacked | None:
        """The changes of a linear layer of pixels side by side, None where they are too many to be taken so."""
        key = (name, height, width, like.device, like.dtype)
        if key not in self._stacks:
            own = [(patch, one) for patch in self.patches for one in patch.layers.get(name, ())]
            ranks = sum(len(one.down) for _, one in own)
            is_narrow = all(one.up is not None and one.bias is None for _, one in own)
            fits = is_narrow and STACKS * ranks <= like.shape[-1]
            self._stacks[key] = self._stack(own, height, width, like) if fits else None
        return self._stacks[key]

    def _stack(self, own: Sequence[tuple[Patch, Difference]], height: int, width: int, like: torch.Tensor) -> Stacked:
        downs, ups, masks = [], [], []
        for patch, one in own:
            place = self.place(patch, height, width)
            mask = torch.zeros(height, width, len(one.down))
            mask[place.box.slices] = 1.0 if place.weights is None else place.weights[..., None]
            downs.append(one.down.flatten(1))
            ups.append(one.up if one.up is not None else one.down)
            masks.append(mask)
        parts = (torch.cat(downs), torch.cat(ups, dim=1), torch.cat(masks, dim=2))
        return Stacked(*(part.to(like.device, like.dtype) for part in parts))

    def size(self, pixels: int) -> tuple[int, int]:
        """Height and width of a layer that is called for that many pixels. Raises OmostError when it cannot be told."""
        if self.window is not None:
            return self.window.height, self.window.width
        try:
            return layer_size(self.call.height, self.call.width, pixels)
        except ValueError as error:
            raise OmostError(
                f"LoRA of a region cannot be drawn: something changes how many pixels a layer sees ({pixels})",
                hint="switch off token merging and hypertiling",
            ) from error

    @contextmanager
    def within(self, window: Window) -> Iterator[None]:
        """In this block cross-attention is called for the window's pixels."""
        before, self.window = self.window, window
        try:
            yield
        finally:
            self.window = before

    @property
    def text_parts(self) -> tuple[TextPart, ...]:
        """One for each patch, the largest first, so that within another the inner one counts."""
        ordered = sorted(self.patches, key=lambda patch: -patch.area)
        return tuple(TextPart(self, one, tuple(other for other in ordered if other.covers(one))) for one in ordered)

    def clear(self) -> None:
        """Let go of everything that was kept."""
        for kept in (self.waiting, self._places, self._weights, self._stacks, self._tensors):
            kept.clear()


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
        for patch in self.inside:
            for difference in patch.layers.get(projection, ()):
                out = out + linear(self.run.ready(difference, tokens), tokens).to(out.dtype)
        return out


def linear(difference: Difference, x: torch.Tensor) -> torch.Tensor:
    """ΔW·x + Δb of the last axis: (…, in) → (…, out)."""
    out = torch.nn.functional.linear(x, difference.down.flatten(1))
    if difference.up is not None:
        out = torch.nn.functional.linear(out, difference.up)
    return out if difference.bias is None else out + difference.bias
