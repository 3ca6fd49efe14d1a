"""Regional attention in a WebUI's UNet for one sampling run, and every forward put back after it.

A1111 and Forge call the modules of the original Stable Diffusion layout: `attn2` with `to_q`, `to_k`, `to_v`, `to_out`
and `heads`, given x (rows, H·W, C) and context (rows, T, C). Neither tells a layer its height and width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from lib_omost.attention.layout import layer_size
from lib_omost.attention.run import RegionalRun
from lib_omost.hosts.webui.conditioning import rows_of

Forward = Callable[..., torch.Tensor]


@dataclass
class UNetCall:
    """The UNet's call under way: its latent's size, which rows carry the canvas, and whether any call ever had such."""

    height: int = 0
    width: int = 0
    rows: torch.Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))
    ever: bool = False

    def read(self, sample: torch.Tensor, context: torch.Tensor, embeddings: torch.Tensor) -> None:
        """Note the size of the latent `sample` (rows, 4, H, W) and which rows of `context` are the canvas's."""
        self.height, self.width = sample.shape[-2:]
        self.rows = rows_of(context, embeddings)
        self.ever = self.ever or bool(self.rows.any())


@contextmanager
def regional_attention(unet: torch.nn.Module, run: RegionalRun) -> Iterator[UNetCall]:
    """Steer the rows of `unet` that carry the run's canvas; all others see what they saw anyway.

    Every forward is the object it was before when the block ends, however it ends, and what was kept is let go.
    """
    call = UNetCall()

    def before(_unet: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        context = keywords["context"] if "context" in keywords else arguments[2]
        sample = keywords["x"] if "x" in keywords else arguments[0]
        call.read(sample, context, run.context.embeddings)

    with ExitStack() as undo:
        undo.callback(run.clear)
        undo.callback(unet.register_forward_pre_hook(before, with_kwargs=True).remove)
        for name, layer in cross_attention_layers(unet):
            undo.enter_context(_forward_replaced(layer, _regional_forward(name, layer, run, call)))
        yield call


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
            del layer.__dict__["forward"]
        else:
            layer.__dict__["forward"] = before


def _regional_forward(name: str, layer: Any, run: RegionalRun, call: UNetCall) -> Forward:
    original: Forward = layer.forward

    def forward(x: torch.Tensor, context: torch.Tensor | None = None, *others: Any, **keywords: Any) -> torch.Tensor:
        if context is None or len(call.rows) != len(x) or not call.rows.any():
            return original(x, context, *others, **keywords)
        regional = _attend(name, layer, run, call, x[call.rows])
        if call.rows.all():
            return regional
        plain = original(x[~call.rows], context[~call.rows], *others, **_rows_of_keywords(keywords, ~call.rows))
        out = torch.empty(len(x), *plain.shape[1:], dtype=plain.dtype, device=plain.device)
        out[call.rows], out[~call.rows] = regional.to(plain.dtype), plain
        return out

    return forward


def _attend(name: str, layer: Any, run: RegionalRun, call: UNetCall, x: torch.Tensor) -> torch.Tensor:
    query = layer.to_q(x).unflatten(-1, (layer.heads, -1)).transpose(1, 2)  # (B, heads, H·W, D)
    height, width = layer_size(call.height, call.width, x.shape[1])
    out = run.attend(name, query, layer.to_k, layer.to_v, height=height, width=width)
    projected: torch.Tensor = layer.to_out(out.transpose(1, 2).flatten(2).to(x.dtype))
    return projected


def _rows_of_keywords(keywords: dict[str, Any], rows: torch.Tensor) -> dict[str, Any]:
    """Tensors with one row a picture, such as Forge's `value`, are cut down to `rows`."""
    return {
        name: value[rows] if isinstance(value, torch.Tensor) and len(value) == len(rows) else value
        for name, value in keywords.items()
    }
