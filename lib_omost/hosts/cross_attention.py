"""Cross-attention as the place where text meets image: UNets of the Stable Diffusion family, in every host.

A layer is a module `attn2` with `to_q`, `to_k`, `to_v`, `to_out` and `heads`. It is given x (rows, H·W, C) and the
tokens (rows, T, C'), and is not told its height and width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.call import Forward, Part, RegionalCall
from lib_omost.attention.layout import Box, filled, layer_size
from lib_omost.attention.run import Projection, RegionalRun
from lib_omost.attention.tensors import as_image, box_view
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.rows import by_rows

PROJECTIONS = ("to_q", "to_k", "to_v")  # of queries, keys and values
PARTS = (*PROJECTIONS, "to_out", "heads")
Contexts = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def unchanged(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens for the keys and for the values, where nothing tells them apart."""
    return tokens, tokens


@dataclass(frozen=True)
class CrossAttention:
    """One layer.

    arguments: the names of the forward's first two arguments, x and the tokens.
    to_out: the output projection, (rows, H·W, heads·D) → (rows, H·W, C).
    contexts: (1, T, C') → what keys and what values are projected from.
    scale: of the scores; None means 1/√D. upcasts: they are computed in float32 whatever the model's dtype.
    query_norm, key_norm: what queries and keys go through, (…, D) → (…, D), where a model has such.
    projections, heads: what the module calls the projections of queries, keys and values, and its number of heads.
    """

    name: str
    module: Any
    arguments: tuple[str, str]
    to_out: Forward
    contexts: Contexts = unchanged
    scale: float | None = None
    upcasts: bool = False
    query_norm: Forward | None = None
    key_norm: Forward | None = None
    projections: tuple[str, str, str] = PROJECTIONS
    heads: str = "heads"

    def regional(self, original: Forward, call: RegionalCall) -> Forward:
        """The forward that takes the place of `original`. It raises OmostError for other rows than the call's."""

        def steer(run: RegionalRun, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> torch.Tensor:
            x = argument(arguments, keywords, 0, self.arguments[0])
            steered: torch.Tensor = self.to_out(self.attend(call, run, getattr(self.module, self.projections[0])(x)))
            return steered

        def forward(*arguments: Any, **keywords: Any) -> Any:
            x, tokens = (argument(arguments, keywords, place, name) for place, name in enumerate(self.arguments))
            if tokens is None or not call.groups:
                return original(*arguments, **keywords)
            return by_rows(call, arguments, keywords, given=len(x), original=original, steer=steer)

        return forward

    def attend(self, call: RegionalCall, run: RegionalRun, query: torch.Tensor) -> torch.Tensor:
        """(rows, H·W, heads·D) of rows that follow the canvas of `run` → the same shape, before `to_out`."""
        count = getattr(self.module, self.heads)
        to_key, to_value = self.projections[1:]
        heads = query.unflatten(-1, (count, -1)).transpose(1, 2)  # (rows, heads, H·W, D)
        height, width = layer_size(call.height, call.width, query.shape[1])
        dtype = query.dtype

        def projection(name: str, part: Part | None) -> Projection:
            def project(tokens: torch.Tensor) -> torch.Tensor:
                tokens = self.contexts(tokens.to(dtype))[0 if name == to_key else 1]
                projected: torch.Tensor = getattr(self.module, name)(tokens)
                if part is not None:
                    projected = part.changed(f"{self.name}.{name}", tokens, projected)
                if name == to_key and self.key_norm is not None:
                    normed: torch.Tensor = self.key_norm(projected.unflatten(-1, (count, -1)))
                    projected = normed.flatten(-2)
                return projected

            return project

        if self.query_norm is not None:
            heads = self.query_norm(heads)
        if self.upcasts:
            heads = heads.float()
        if call.watch is not None:
            layout = run.layout(height, width)
            tokens = run.context.embeddings.to(heads.device, dtype).unsqueeze(0)
            key, value = (
                projection(name, None)(tokens).to(heads.dtype).unflatten(-1, (count, -1)).transpose(1, 2)
                for name in (to_key, to_value)
            )
            out = call.watch.cross(heads, key, value, layout, self.scale)
            return out.transpose(1, 2).flatten(2).to(dtype)
        size: dict[str, Any] = {"height": height, "width": width, "scale": self.scale, "noise": call.noise}
        parts = [
            (number, part, *part.place(height, width, heads))
            for number, part in enumerate(call.parts)
            if part.concerns(self.name)
        ]
        if filled((box for *_, box, weights in parts if weights is None), height, width):
            out = torch.empty_like(heads, memory_format=torch.contiguous_format)  # every pixel is some part's
        else:
            out = run.attend(self.name, heads, projection(to_key, None), projection(to_value, None), **size)
        for number, part, box, weights in parts:
            seen = box_view(as_image(heads, height, width), box).flatten(2, 3)
            own = projection(to_key, part), projection(to_value, part)
            ours = run.attend((self.name, number), seen, *own, **size, box=box)
            out = out.contiguous()
            blend(as_image(out, height, width), ours, box, weights)
        return out.transpose(1, 2).flatten(2).to(dtype)


def blend(image: torch.Tensor, part: torch.Tensor, box: Box, weights: torch.Tensor | None) -> None:
    """Put a box's pixels (B, heads, h·w, D) into (B, heads, H, W, D), by their weights (h, w)."""
    here = box_view(image, box)
    part = part.unflatten(2, (box.height, box.width)).to(image.dtype)
    here.copy_(part if weights is None else here + weights[..., None] * (part - here))


def cross_attention_layers(denoiser: torch.nn.Module) -> list[tuple[str, Any]]:
    """Name and module of every cross-attention layer; empty where one of them has not the parts that are needed."""
    layers = [(name, module) for name, module in denoiser.named_modules() if name.endswith(".attn2")]
    return layers if all(hasattr(layer, part) for _, layer in layers for part in PARTS) else []
