"""Regional attention in a diffusers UNet for one sampling run, and every processor put back after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.attention.layout import layer_size
from lib_omost.attention.run import RegionalRun
from lib_omost.hosts.diffusers.checkpoint import Pipeline


class _LatentSize:
    """Height and width of the latent that the UNet works on now; attention layers are not told."""

    def __init__(self) -> None:
        self.height = 0
        self.width = 0

    def read(self, _unet: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        """The UNet's forward pre-hook."""
        sample = arguments[0] if arguments else keywords["sample"]
        self.height, self.width = sample.shape[-2:]


class _RegionalProcessor:
    """A cross-attention processor: the last `batch` rows see the canvas, the ones before them what they saw anyway."""

    def __init__(self, name: str, run: RegionalRun, size: _LatentSize, batch: int, original: Any) -> None:
        self.name = name
        self.run = run
        self.size = size
        self.batch = batch
        self.original = original

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        **keywords: Any,
    ) -> torch.Tensor:
        """(rows, H·W, C) → (rows, H·W, C); diffusers stacks [unconditional rows, conditional rows]."""
        others = hidden_states.shape[0] - self.batch
        regional = self._attend(attn, hidden_states[others:])
        if not others:
            return regional
        context = None if encoder_hidden_states is None else encoder_hidden_states[:others]
        mask = None if attention_mask is None else attention_mask[:others]
        plain = self.original(attn, hidden_states[:others], context, mask, **keywords)
        return torch.cat([plain, regional])

    def _attend(self, attn: Any, hidden: torch.Tensor) -> torch.Tensor:
        query = attn.to_q(hidden).unflatten(-1, (attn.heads, -1)).transpose(1, 2)  # (B, heads, H·W, D)
        height, width = layer_size(self.size.height, self.size.width, hidden.shape[1])
        out = self.run.attend(self.name, query, attn.to_k, attn.to_v, height=height, width=width, scale=attn.scale)
        out = attn.to_out[0](out.transpose(1, 2).flatten(2).to(hidden.dtype))
        dropped: torch.Tensor = attn.to_out[1](out)
        return dropped


@contextmanager
def regional_attention(unet: Pipeline, context: RegionalContext, method: str, batch: int) -> Iterator[RegionalRun]:
    """Steer the cross-attention of `unet` by `context` while the block runs; `batch` pictures are drawn at once.

    Every processor is the object it was before when the block ends, however it ends, and what was kept is let go.
    """
    run = RegionalRun(context, method)
    size = _LatentSize()
    with ExitStack() as undo:
        undo.callback(run.clear)
        undo.callback(unet.register_forward_pre_hook(size.read, with_kwargs=True).remove)
        for name, attn in cross_attention_layers(unet):
            original = attn.processor
            undo.callback(attn.set_processor, original)
            attn.set_processor(_RegionalProcessor(name, run, size, batch, original))
        yield run


def cross_attention_layers(unet: Pipeline) -> list[tuple[str, Any]]:
    """Name and module of every cross-attention layer; diffusers calls them attn2."""
    return [(name, module) for name, module in unet.named_modules() if name.endswith(".attn2")]
