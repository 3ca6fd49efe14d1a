"""Cross-attention as the place where text meets image: UNets of the Stable Diffusion family, in every host.

A layer is a module `attn2` with `to_q`, `to_k`, `to_v`, `to_out` and `heads`. It is given x (rows, H·W, C) and the
tokens (rows, T, C'), and is not told its height and width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from lib_omost.attention.call import Forward, Part, Parts, RegionalCall
from lib_omost.attention.places import Box
from lib_omost.attention.run import RegionalRun
from lib_omost.attention.tensors import as_image, attend, box_view
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.rows import cut_to, joined, refuse_other_rows, taken

PROJECTIONS = ("to_q", "to_k", "to_v")  # of queries, keys and values
PARTS = (*PROJECTIONS, "to_out", "heads")
NO_PARTS = Parts((), fill=False, touched=None)
Attended = Callable[[torch.Tensor, int | None, Part | None, Box | None], torch.Tensor]  # what queries of a part see
Contexts = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def unchanged(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens for the keys and for the values, where nothing tells them apart."""
    return tokens, tokens


@dataclass(frozen=True)
class CrossAttention:
    """One layer.

    arguments: the names of the forward's first two arguments, x and the tokens.
    to_out: the output projection, (rows, H·W, heads·D) → (rows, H·W, C).
    contexts: (rows, T, C') → what keys and what values are projected from.
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
        others = self._parted(original, call) if any(part.concerns(self.name) for part in call.parts) else original

        def steered(run: RegionalRun, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.to_out(self.attend(call, run, getattr(self.module, self.projections[0])(x)))
            return out

        def forward(*arguments: Any, **keywords: Any) -> Any:
            x = argument(arguments, keywords, 0, self.arguments[0])
            if argument(arguments, keywords, 1, self.arguments[1]) is None:
                return original(*arguments, **keywords)
            if not call.groups:
                return others(*arguments, **keywords)
            refuse_other_rows(call, len(x))
            if len(call.groups) == 1 and call.others is None:
                return steered(call.groups[0][0], x)
            parts = [(rows, steered(run, taken(x, rows))) for run, rows in call.groups]
            if call.others is not None:
                cut, named = cut_to(call.others, arguments, keywords, len(x))
                parts.append((call.others, others(*cut, **named)))
            return joined(parts)

        return forward

    def attend(self, call: RegionalCall, run: RegionalRun, query: torch.Tensor) -> torch.Tensor:
        """(rows, H·W, heads·D) of rows that follow the canvas of `run` → the same shape, before `to_out`."""
        height, width = call.size(query.shape[1])
        dtype = query.dtype

        def attended(heads: torch.Tensor, number: int | None, part: Part | None, box: Box | None) -> torch.Tensor:
            layer = self.name if number is None else (self.name, number)
            _, key_name, value_name = self.projections
            to_key = partial(self._project, key_name, part, dtype)
            to_value = partial(self._project, value_name, part, dtype)
            if call.watch is None:
                given: dict[str, Any] = {"height": height, "width": width, "scale": self.scale, "noise": call.noise}
                return run.attend(layer, heads, to_key, to_value, **given, box=box)
            tokens = run.context.embeddings.to(heads.device, dtype).unsqueeze(0)
            count = getattr(self.module, self.heads)
            key, value = (
                project(tokens).to(heads.dtype).unflatten(-1, (count, -1)).transpose(1, 2)
                for project in (to_key, to_value)
            )
            return call.watch.cross(heads, key, value, run.layout(height, width), self.scale)

        return self._in_parts(call, query, (height, width), attended)

    def _parted(self, original: Forward, call: RegionalCall) -> Forward:
        """The forward of rows without a canvas where keys and values of text are others in parts of the picture.

        All pixels see the same tokens there, each part's under keys and values of its own. Where regions lie in each
        other, the inner one has the LoRA of both; where they only overlap, the later one's text part counts. What no
        part touches is `original`'s.
        """

        def forward(*arguments: Any, **keywords: Any) -> Any:
            x, tokens = (argument(arguments, keywords, place, name) for place, name in enumerate(self.arguments))
            height, width = call.size(x.shape[1])
            query = getattr(self.module, self.projections[0])(x)
            count = getattr(self.module, self.heads)
            contexts = dict(zip(self.projections[1:], self.contexts(tokens), strict=True))
            own = {name: getattr(self.module, name)(context) for name, context in contexts.items()}

            def attended(heads: torch.Tensor, _number: int | None, part: Part | None, _box: Box | None) -> torch.Tensor:
                key, value = (
                    self._projected(name, part, contexts[name], out).unflatten(-1, (count, -1)).transpose(1, 2)
                    for name, out in own.items()
                )
                return attend(heads, key.to(heads.dtype), value.to(heads.dtype), scale=self.scale)

            out = self.to_out(self._in_parts(call, query, (height, width), attended))
            touched = call.parts_of(self.name, height, width, query).touched
            return out if touched is None else torch.where(touched, out, original(*arguments, **keywords))

        return forward

    def _in_parts(
        self, call: RegionalCall, query: torch.Tensor, size: tuple[int, int], attended: Attended
    ) -> torch.Tensor:
        """(rows, H·W, heads·D) → the same: `attended` for all pixels, and anew for those of each part."""
        rows, pixels, _ = query.shape
        heads = query.reshape(rows, pixels, getattr(self.module, self.heads), -1).transpose(1, 2)  # (…, heads, H·W, D)
        if self.query_norm is not None:
            heads = self.query_norm(heads)
        if self.upcasts:
            heads = heads.float()
        parts = call.parts_of(self.name, *size, heads) if call.parts else NO_PARTS
        if parts.fill:
            out = torch.empty_like(heads, memory_format=torch.contiguous_format)  # every pixel is some part's
        else:
            out = attended(heads, None, None, None)
        if parts.placed:
            heads, out = heads.contiguous(), out.contiguous()
        for number, part, box, weights in parts.placed:
            seen = box_view(as_image(heads, *size), box).flatten(2, 3)
            blend(as_image(out, *size), attended(seen, number, part, box), box, weights)
        return out.transpose(1, 2).reshape(rows, pixels, -1).to(query.dtype)

    def _project(self, name: str, part: Part | None, dtype: torch.dtype, tokens: torch.Tensor) -> torch.Tensor:
        """Keys or values of a canvas's tokens, (1, T, C) → (1, T, heads·D)."""
        tokens = self.contexts(tokens.to(dtype))[0 if name == self.projections[1] else 1]
        return self._projected(name, part, tokens, getattr(self.module, name)(tokens))

    def _projected(self, name: str, part: Part | None, tokens: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """Keys or values in a part, from the tokens and `out`, the layer's own projection; normed where models do."""
        if part is not None:
            out = part.changed(f"{self.name}.{name}", tokens, out)
        if name == self.projections[1] and self.key_norm is not None:
            normed: torch.Tensor = self.key_norm(out.unflatten(-1, (getattr(self.module, self.heads), -1)))
            out = normed.flatten(-2)
        return out


def blend(image: torch.Tensor, part: torch.Tensor, box: Box, weights: torch.Tensor | None) -> None:
    """Put a box's pixels (B, heads, h·w, D) into (B, heads, H, W, D), by their weights (h, w)."""
    here = box_view(image, box)
    part = part.unflatten(2, (box.height, box.width)).to(image.dtype)
    here.copy_(part if weights is None else here + weights[..., None] * (part - here))


def cross_attention_layers(denoiser: torch.nn.Module) -> list[tuple[str, Any]]:
    """Name and module of every cross-attention layer; empty where one of them has not the parts that are needed."""
    layers = [(name, module) for name, module in denoiser.named_modules() if name.endswith(".attn2")]
    return layers if all(hasattr(layer, part) for _, layer in layers for part in PARTS) else []
