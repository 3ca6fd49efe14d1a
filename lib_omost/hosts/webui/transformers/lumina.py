"""Lumina 2 and Z-Image: one stream, the text before the image, after refiners that hold each alone.

A token's first position is its number, from 1, and the image's lies behind the text: so each region's tokens are
counted as if it were alone, and the image lies behind the longest of them. Where a model pads, to a multiple, it
attends to the padding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from lib_omost.attention.joint import Order
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.joint_attention import Arguments, Followed, JointAttention, depths
from lib_omost.hosts.webui.transformers.parts import is_linear, takes

TEXT, IMAGE, BOTH = "context_refiner", "noise_refiner", "layers"


def lumina_layers(transformer: Any) -> tuple[JointAttention, ...]:
    """The attention of every block; none where blocks are of another kind, or positions are not made by an embedder."""
    blocks = {kind: tuple(getattr(transformer, kind, ())) for kind in (TEXT, IMAGE, BOTH)}
    attentions = [getattr(block, "attention", None) for several in blocks.values() for block in several]
    if not blocks[BOTH] or not callable(getattr(transformer, "rope_embedder", None)):
        return ()
    if not all(
        takes(attn, "x", "x_mask", "freqs_cis") and is_linear(getattr(attn, "qkv", None)) for attn in attentions
    ):
        return ()
    multiple = getattr(transformer, "pad_tokens_multiple", None) or 1
    layers = []
    for kind, several in blocks.items():
        follow = partial(_follow, Stream(kind, transformer.rope_embedder, multiple))
        for number, (block, depth) in enumerate(zip(several, depths(len(several)), strict=True)):
            name, place = f"{kind}.{number}.attention", depth if kind == BOTH else None
            layers.append(JointAttention(name, block.attention, place, follow, "x", transformer.patch_size))
    return tuple(layers)


@dataclass(frozen=True)
class Stream:
    """What a kind of layers holds. `rope`: positions (1, N, 3) → rotations. `multiple`: what each part is padded to."""

    kind: str
    rope: Callable[[torch.Tensor], torch.Tensor]
    multiple: int

    def padded(self, length: int) -> int:
        """The length with padding."""
        return -(-length // self.multiple) * self.multiple

    def order(self, followed: Followed, total: int) -> Order:
        """Of a sequence of so many positions."""
        if self.kind == IMAGE:
            return Order(total, image=0)
        image = self.padded(followed.tokens) if self.kind == BOTH else None
        return Order(total, text=0, image=image, unseen=followed.unseen(0))

    def positions(self, followed: Followed, total: int) -> torch.Tensor:
        """(total, 3): tokens from 1 on in each text, padding on behind the first; the image behind the longest."""
        lengths, layout = followed.run.context.lengths, followed.layout
        places = torch.zeros(total, 3)
        start = 0
        if self.kind != IMAGE:
            counts = torch.cat([torch.arange(1, length + 1) for length in lengths])
            places[: len(counts), 0] = counts.float()
            start = self.padded(followed.tokens)
            pads = start - followed.tokens
            places[followed.tokens : start, 0] = torch.arange(lengths[0] + 1, lengths[0] + 1 + pads).float()
        if self.kind != TEXT:
            image = places[start : start + layout.pixels].view(layout.height, layout.width, 3)
            image[..., 0] = max(map(self.padded, lengths)) + 1
            image[..., 1] = torch.arange(layout.height)[:, None]
            image[..., 2] = torch.arange(layout.width)[None, :]
        return places


def _follow(stream: Stream, followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """The canvas's own positions, and its mask."""
    x, mask, given = (
        argument(arguments, keywords, place, name) for place, name in enumerate(("x", "x_mask", "freqs_cis"))
    )
    total = x.shape[1]

    def rotations() -> torch.Tensor:
        found: torch.Tensor = stream.rope(stream.positions(followed, total)[None].to(given.device))
        return found.movedim(1, 2).to(given.dtype)

    layout = followed.layout
    key = ("rotations", stream.kind, total, layout.height, layout.width, followed.tokens, given.device, given.dtype)
    own = followed.run.kept(key, rotations).expand(len(given), *given.shape[1:])
    bias = followed.bias(stream.order(followed, total), x)
    rest = {name: value for name, value in keywords.items() if name not in ("x", "x_mask", "freqs_cis")}
    return (x, mask if bias is None else bias, own, *arguments[3:]), rest
