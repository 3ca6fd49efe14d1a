"""Regional attention in a WebUI's UNet for one sampling run, and every forward put back after it.

A1111 and Forge call the modules of the original Stable Diffusion layout: `attn2` with `to_q`, `to_k`, `to_v`, `to_out`
and `heads`, given x (rows, H·W, C) and context (rows, T, C). Neither tells a layer its height and width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.attention.layout import layer_size
from lib_omost.attention.run import CACHE_BYTES, RegionalRun
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.conditioning import carriers
from lib_omost.hosts.webui.host import Host

Forward = Callable[..., torch.Tensor]


@dataclass
class UNetCall:
    """The UNet's call under way: the run's latent size, and which rows carry which canvas.

    groups: a run and the rows that it steers. others: the rows without a canvas. ever: a call so far had a canvas.
    """

    height: int
    width: int
    rows: int = 0
    groups: tuple[tuple[RegionalRun, torch.Tensor], ...] = ()
    others: torch.Tensor | None = None
    ever: bool = False

    def read(self, sample: torch.Tensor, context: torch.Tensor, runs: Sequence[RegionalRun]) -> None:
        """Note the size of the latent `sample` (rows, 4, H, W), and what the rows of `context` (rows, T, C) carry.

        Raises OmostError when it is a tile: a region's place in it cannot be told.
        """
        height, width = sample.shape[-2:]
        if (height, width) != (self.height, self.width):
            raise OmostError(
                f"Omost cannot steer this picture: another extension draws it in tiles ({height} × {width} of a latent "
                f"of {self.height} × {self.width})",
                hint="switch off tiled diffusion, or Omost",
            )
        self.rows = len(context)
        found = carriers(context, [run.context.embeddings for run in runs])

        def rows(number: int | None) -> torch.Tensor:
            return torch.tensor([row for row, one in enumerate(found) if one == number], device=context.device)

        self.groups = tuple((run, rows(number)) for number, run in enumerate(runs) if number in found)
        self.others = rows(None) if None in found else None
        self.ever = self.ever or bool(self.groups)


@dataclass
class RegionalUNet:
    """A UNet under regional attention: its call, its layers, and how one of them attends to the canvas."""

    host: Host
    runs: tuple[RegionalRun, ...]
    call: UNetCall

    def attend(self, name: str, layer: Any, run: RegionalRun, query: torch.Tensor) -> torch.Tensor:
        """(rows, H·W, heads·D) of rows that `run` steers → the same shape, before the layer's output projection."""
        heads = query.unflatten(-1, (layer.heads, -1)).transpose(1, 2)  # (rows, heads, H·W, D)
        height, width = layer_size(self.call.height, self.call.width, query.shape[1])
        dtype = query.dtype

        def projected(which: int, projection: Forward) -> Forward:
            return lambda embeddings: projection(self.host.contexts(embeddings.to(dtype))[which])

        if self.host.upcasts_attention:
            heads = heads.float()
        out = run.attend(
            name, heads, projected(0, layer.to_k), projected(1, layer.to_v), height=height, width=width
        )  # (rows, heads, H·W, D)
        return out.transpose(1, 2).flatten(2).to(dtype)


@contextmanager
def regional_attention(
    host: Host, contexts: Sequence[RegionalContext], method: str, *, height: int, width: int
) -> Iterator[RegionalUNet]:
    """Steer the rows of the host's UNet that carry one of `contexts`; all others see what they saw anyway.

    `height` and `width` are the latent's.

    Every forward is the object it was before when the block ends, however it ends, and what was kept is let go. Inside,
    OmostError is raised when another extension calls cross-attention with other rows than the UNet was given.
    """
    share = CACHE_BYTES // max(1, len(contexts))
    runs = tuple(RegionalRun(one, method, cache_bytes=share) for one in contexts)
    regional = RegionalUNet(host, runs, UNetCall(height, width))

    def before(_unet: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        context = keywords["context"] if "context" in keywords else arguments[2]
        sample = keywords["x"] if "x" in keywords else arguments[0]
        regional.call.read(sample, context, regional.runs)

    with ExitStack() as undo:
        for run in regional.runs:
            undo.callback(run.clear)
        undo.callback(host.unet.register_forward_pre_hook(before, with_kwargs=True).remove)
        for name, layer in cross_attention_layers(host.unet):
            undo.enter_context(_forward_replaced(layer, _regional_forward(name, layer, regional)))
        yield regional


def cross_attention_layers(unet: torch.nn.Module) -> list[tuple[str, Any]]:
    """Name and module of every cross-attention layer."""
    return [(name, module) for name, module in unet.named_modules() if name.endswith(".attn2")]


@contextmanager
def _forward_replaced(layer: torch.nn.Module, forward: Forward) -> Iterator[None]:
    """An instance's own forward hides its class's, which the host exchanges when settings change."""
    before = layer.__dict__.get("forward")
    layer.__dict__["forward"] = forward
    try:
        yield
    finally:
        if before is None:
            layer.__dict__.pop("forward", None)
        else:
            layer.__dict__["forward"] = before


def _regional_forward(name: str, layer: Any, regional: RegionalUNet) -> Forward:
    original: Forward = layer.forward
    call = regional.call

    def forward(x: torch.Tensor, context: torch.Tensor | None = None, *others: Any, **keywords: Any) -> torch.Tensor:
        if context is None or not call.groups:
            return original(x, context, *others, **keywords)
        if len(x) != call.rows:
            raise OmostError(
                f"Omost cannot steer this picture: cross-attention was called for {len(x)} rows and the UNet for "
                f"{call.rows}, so another extension changes how many there are",
                hint="switch off other extensions that work on regions or attention, one by one",
            )
        steered = [layer.to_out(regional.attend(name, layer, run, layer.to_q(x[rows]))) for run, rows in call.groups]
        if len(call.groups) == 1 and call.others is None:
            return steered[0]  # type: ignore[no-any-return]
        plain = None
        if call.others is not None:
            rest = _rows_of_keywords(keywords, call.others, len(x))
            plain = original(x[call.others], context[call.others], *others, **rest)
        out = torch.empty_like(x, dtype=steered[0].dtype) if plain is None else plain.new_empty(x.shape)
        for (_, rows), part in zip(call.groups, steered, strict=True):
            out[rows] = part.to(out.dtype)
        if plain is not None:
            out[call.others] = plain
        return out

    return forward


def _rows_of_keywords(keywords: dict[str, Any], rows: torch.Tensor, of: int) -> dict[str, Any]:
    """Tensors with one row a picture, such as Forge's `value`, are cut down to `rows`."""
    return {
        name: value[rows] if isinstance(value, torch.Tensor) and len(value) == of else value
        for name, value in keywords.items()
    }
