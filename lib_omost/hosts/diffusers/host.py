"""A diffusers pipeline as a `Host`: its tokenizer and text encoders, and its UNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.canvas import Lora
from lib_omost.hosts.cross_attention import CrossAttention, cross_attention_layers
from lib_omost.hosts.denoiser import Reading, argument, unknown_model
from lib_omost.hosts.diffusers.checkpoint import Pipeline
from lib_omost.hosts.diffusers.encode import encode_bags, tokenize_with
from lib_omost.hosts.diffusers.loras import NO_LORAS, LoraFolder, PipelineLoras
from lib_omost.hosts.host import EncodedText
from lib_omost.loras.difference import Difference
from lib_omost.prompts import Bag

POOLED = "pooled"


@dataclass(frozen=True)
class DiffusersDenoiser:
    """`batch` pictures are drawn at once: their rows are a call's last ones, behind the unconditional ones."""

    module: torch.nn.Module
    layers: tuple[CrossAttention, ...]
    batch: int

    def read(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], _canvases: Sequence[torch.Tensor], /
    ) -> Reading:
        """Rows are told by their place, since what conditions the last ones is never read."""
        sample = argument(arguments, keywords, 0, "sample")
        height, width = sample.shape[-2:]
        return Reading(height, width, [None] * (len(sample) - self.batch) + [0] * self.batch)


@dataclass(frozen=True)
class DiffusersHost:
    """A pipeline, and LoRA beside it. Its prompts have no syntax, and its texts are cut into bags."""

    pipeline: Pipeline
    denoiser: DiffusersDenoiser
    loras: PipelineLoras
    long_texts: bool = False

    def literal(self, text: str, /) -> str:
        """The text itself."""
        return text

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By the pipeline's (first) tokenizer; SDXL's two have one vocabulary."""
        return tokenize_with(self.pipeline.tokenizer)(text)

    def encode(self, bags: Sequence[Bag], loras: Sequence[Lora] = (), /) -> list[EncodedText]:
        """(77, C) a bag, with SDXL's vector (P,) as "pooled"."""
        with self.loras.in_text(loras):
            encoded = encode_bags(self.pipeline, [bag.ids for bag in bags])
        if encoded.pooled is None:
            return [EncodedText(tokens, {}) for tokens in encoded.embeddings]
        pairs = zip(encoded.embeddings, encoded.pooled, strict=True)
        return [EncodedText(tokens, {POOLED: pooled}) for tokens, pooled in pairs]

    def lora_layers(self, name: str, /) -> Mapping[str, Difference]:
        """Those of the file of that name."""
        return self.loras.layers(name)


def host_of(pipeline: Pipeline, batch: int, loras: LoraFolder = NO_LORAS) -> DiffusersHost:
    """The host that draws `batch` pictures at once. Raises OmostError for a denoiser without cross-attention."""
    return DiffusersHost(pipeline, denoiser_of(pipeline.unet, batch), PipelineLoras(pipeline, loras))


def denoiser_of(unet: Any, batch: int) -> DiffusersDenoiser:
    """The UNet of a pipeline. Raises OmostError when it has no cross-attention, or another kind."""
    layers = tuple(_layer(name, attn) for name, attn in cross_attention_layers(unet))
    if not layers:
        raise unknown_model(unet)
    return DiffusersDenoiser(unet, layers, batch)


def _layer(name: str, attn: Any) -> CrossAttention:
    def to_out(hidden: torch.Tensor) -> torch.Tensor:
        projection, dropout = attn.to_out
        dropped: torch.Tensor = dropout(projection(hidden))
        return dropped

    return CrossAttention(name, attn, ("hidden_states", "encoder_hidden_states"), to_out, scale=attn.scale)
