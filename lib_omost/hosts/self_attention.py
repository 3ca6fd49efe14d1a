"""Self-attention of UNets, where pixels see each other: beside each cross-attention layer `attn2` stands one `attn1`.

It is made of the same parts, and is given x (rows, H·W, C) alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.formulation import timed
from lib_omost.attention.layout import layer_size
from lib_omost.attention.run import RegionalRun
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import Contexts, CrossAttention, unchanged
from lib_omost.hosts.denoiser import Layer, argument
from lib_omost.hosts.rows import by_rows
from lib_omost.methods.method import PixelRule

CROSS, OWN = ".attn2", ".attn1"


@dataclass(frozen=True)
class SelfAttention:
    """One layer. arguments: the names of the forward's x and of what else may be given to look at.

    rule: what pixels see. contexts, scale, upcasts: as in `CrossAttention`.
    """

    name: str
    module: Any
    arguments: tuple[str, str]
    rule: PixelRule
    contexts: Contexts = unchanged
    scale: float | None = None
    upcasts: bool = False

    def regional(self, original: Forward, call: RegionalCall) -> Forward:
        """The forward that takes the place of `original`. It raises OmostError where others choose what is seen."""

        def steer(run: RegionalRun, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            if not call.draws(run):  # negative words have their place in cross-attention alone
                return original(*arguments, **keywords)
            return self.attend(call, run, argument(arguments, keywords, 0, self.arguments[0]))

        def forward(*arguments: Any, **keywords: Any) -> Any:
            x, seen = (argument(arguments, keywords, place, name) for place, name in enumerate(self.arguments))
            if seen is not None and seen is not x:
                raise OmostError(
                    f"Omost cannot steer this picture: another extension changes what pixels look at ({self.name})",
                    hint="switch it off, or choose another method",
                )
            if call.watch is not None:
                return self.attend(call, call.groups[0][0], x)
            if self.rule.everywhere and call.runs:
                return self.attend(call, call.runs[0], x)
            if not call.groups:
                return original(*arguments, **keywords)
            return by_rows(call, arguments, keywords, given=len(x), original=original, steer=steer)

        return forward

    def attend(self, call: RegionalCall, run: RegionalRun, x: torch.Tensor) -> torch.Tensor:
        """(rows, H·W, C) → the same, by the layout of the run's canvas."""
        attn = self.module
        layout = run.layout(*layer_size(call.height, call.width, x.shape[1]))
        projected = zip(_projections(attn), (x, *self.contexts(x)), strict=True)
        split = (project(one).unflatten(-1, (attn.heads, -1)).transpose(1, 2) for project, one in projected)
        query, key, value = (part.float() if self.upcasts else part for part in split)
        formulation = timed(self.rule.formulation, call.noise)
        if call.watch is None:
            out = formulation(query, key, value, layout, scale=self.scale)
        else:
            out = call.watch.own(query, key, value, layout, scale=self.scale, formulation=formulation)
        hidden = out.transpose(1, 2).flatten(2).to(x.dtype)
        for part in attn.to_out:  # a projection, and the dropout of training
            hidden = part(hidden)
        return hidden


def self_attention_layers(
    denoiser: torch.nn.Module, layers: Sequence[Layer], rule: PixelRule
) -> tuple[SelfAttention, ...]:
    """Those beside the cross-attention of a UNet. Raises OmostError for a denoiser that is built in another way."""
    modules = dict(denoiser.named_modules())
    found = []
    for layer in layers:
        beside = modules.get(layer.name.removesuffix(CROSS) + OWN)
        if not isinstance(layer, CrossAttention) or not layer.name.endswith(CROSS) or beside is None:
            raise OmostError(
                f"the method needs self-attention beside cross-attention, which {layer.name} has not",
                hint="choose another method",
            )
        found.append(
            SelfAttention(
                layer.name.removesuffix(CROSS) + OWN,
                beside,
                layer.arguments,
                rule,
                contexts=layer.contexts,
                scale=layer.scale,
                upcasts=layer.upcasts,
            )
        )
    return tuple(found)


def _projections(attn: Any) -> tuple[Forward, Forward, Forward]:
    return attn.to_q, attn.to_k, attn.to_v
