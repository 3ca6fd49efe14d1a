"""Chroma: Flux's blocks, T5's text without its padding but for one sign, and guidance by an unconditional call.

Chroma was trained to attend to the first sign of padding behind each text and to no other, so every region has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.families.flux import flux_denoiser
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage, of_same_parts
from lib_omost.hosts.diffusers.shared.full_masks import with_full_masks
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.t5 import T5_PARTS, encode_t5
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.prompts import Bag

LENGTH = 512


@dataclass(frozen=True)
class ChromaTexts:
    """T5, whose texts do not attend to their padding."""

    pipeline: Pipeline
    limit: int = LENGTH - 1

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By T5's tokenizer."""
        ids: list[int] = self.pipeline.tokenizer(text, add_special_tokens=False, truncation=False).input_ids
        return ids

    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens + 2, C) a bag: with the end sign and the first sign of padding, as far as that fits."""
        pipeline = self.pipeline
        states = encode_t5(pipeline.text_encoder, pipeline.tokenizer, bags, LENGTH, masked=True)
        return [EncodedText(state[: len(bag.ids) + 2], {}) for bag, state in zip(bags, states, strict=True)]


def condition_chroma(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """All that is given can be seen, so the pipeline's masks are full."""
    return with_full_masks(
        host, canvas, settings, scale="guidance_scale", mask="prompt_attention_mask", dtype=torch.bool
    )


def _size(pipeline: Pipeline) -> tuple[int, int]:
    own = pipeline.vae.config.sample_size
    return own, own


CHROMA = Family(
    name="Chroma",
    pipeline="ChromaPipeline",
    parts={
        "vae": ("AutoencoderKL",),
        "transformer": ("ChromaTransformer2DModel",),
        "text_encoder": T5_PARTS["encoder"],
        "tokenizer": T5_PARTS["tokenizer"],
    },
    cfg=5.0,
    size=_size,
    texts=ChromaTexts,
    denoiser=flux_denoiser,
    condition=condition_chroma,
    images=ImageToImage(of_same_parts("ChromaImg2ImgPipeline")),
)
