"""Regions' reference pictures in cross-attention: what an IP-Adapter adds to a layer, where the region is.

The tokens that an adapter made of a picture have keys and values of their own in each layer, K' and V'. With a region's
mask m and its reference's weight w, a layer gives out(A) + m · w · (out(softmax(Q·K'ᵀ·s)·V') - out(0)) in place of
out(A), its own attention or the regions'. Rows without what is drawn, the unconditional ones, see the tokens that the
adapter makes of no picture. After "IP-Adapter: Text Compatible Image Prompt Adapter for Text-to-Image Diffusion Models"
(Ye et al. 2023), with a mask as its authors' code and diffusers have it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall, rows_with
from lib_omost.attention.context import Cells, RectLike
from lib_omost.attention.layout import layer_size
from lib_omost.attention.places import Box, place_on
from lib_omost.attention.tensors import as_image, attend, box_view
from lib_omost.hosts.cross_attention import PROJECTIONS, CrossAttention
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.rows import refuse_other_rows, taken


@dataclass(frozen=True)
class LayerPicture:
    """What one layer sees of a picture, and of none: keys and values, (N, heads·D) each."""

    seen: tuple[torch.Tensor, torch.Tensor]
    unseen: tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class PictureReference:
    """One region's. rect, edge, cells: as a LoRA's `Patch` has them. layers: by the cross-attention's name."""

    rect: RectLike
    edge: float
    cells: Cells | None
    weight: float
    layers: Mapping[str, LayerPicture]
    _shares: dict[Hashable, tuple[Box, torch.Tensor | None]] = field(default_factory=dict, repr=False, compare=False)

    def share(self, height: int, width: int, like: torch.Tensor) -> tuple[Box, torch.Tensor | None]:
        """The pixels of a layer of that size, and m·w of each, (h, w, 1) on the device and in the dtype of `like`; None
        where m is 1 in all of them. Made once."""
        key = (height, width, like.device, like.dtype)
        if key not in self._shares:
            place = place_on(self.rect, self.edge, height, width, cells=self.cells)
            weights = place.weights
            share = None if weights is None else self.weight * weights.to(like.device, like.dtype)[..., None]
            self._shares[key] = (place.box, share)
        return self._shares[key]


def following(
    layer: CrossAttention, own: Forward, references: Sequence[PictureReference], call: RegionalCall
) -> Forward:
    """The forward that adds to `own` what the layer sees of the references; others are not touched.

    It raises OmostError for other rows than the call's.
    """
    mine = [one for one in references if layer.name in one.layers]

    def forward(*arguments: Any, **keywords: Any) -> Any:
        out = own(*arguments, **keywords)
        x, tokens = (argument(arguments, keywords, place, name) for place, name in enumerate(layer.arguments))
        if tokens is None:
            return out
        refuse_other_rows(call, len(x))
        height, width = layer_size(call.height, call.width, x.shape[1])
        query = getattr(layer.module, PROJECTIONS[0])(x)
        added = _seen(layer, query, mine, call, (height, width))
        changed = layer.to_out(added) - layer.to_out(torch.zeros_like(added))  # its bias is in `out` already
        out = out.clone()
        for one in mine:  # outside of all boxes not even a rounding is
            box_of = (slice(None), *one.share(height, width, query)[0].slices)
            out.unflatten(1, (height, width))[box_of] += changed.unflatten(1, (height, width))[box_of].to(out.dtype)
            changed.unflatten(1, (height, width))[box_of] = 0  # of two that overlap each pixel is added once
        return out

    return forward


def _seen(
    layer: CrossAttention,
    query: torch.Tensor,
    references: Sequence[PictureReference],
    call: RegionalCall,
    size: tuple[int, int],
) -> torch.Tensor:
    """(rows, H·W, heads·D) of queries → Σ m · w · softmax(Q·K'ᵀ·s)·V' of the same shape, before `to_out`."""
    count = getattr(layer.module, layer.heads)
    heads = query.unflatten(-1, (count, -1)).transpose(1, 2)  # (rows, heads, H·W, D)
    added = torch.zeros_like(heads, memory_format=torch.contiguous_format)
    image = as_image(added, *size)
    drawn = [run is not None and call.draws(run) for run in call.followed]
    for one in references:
        box, share = one.share(*size, query)
        asked = box_view(as_image(heads.contiguous(), *size), box)
        here = box_view(image, box)
        for is_drawn in dict.fromkeys(drawn):
            rows = rows_with(drawn, is_drawn)
            picture = one.layers[layer.name]
            key, value = (
                each.to(query.device, query.dtype).unflatten(-1, (count, -1)).transpose(0, 1)[None]
                for each in (picture.seen if is_drawn else picture.unseen)
            )
            found = attend(taken(asked, rows).flatten(2, 3), key, value, scale=layer.scale)
            found = (one.weight if share is None else share) * found.unflatten(2, (box.height, box.width))
            for number, each in zip([n for n, own in enumerate(drawn) if own is is_drawn], found, strict=True):
                here[number] += each
    return added.transpose(1, 2).flatten(2)
