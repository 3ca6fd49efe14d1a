"""SD1.x and SDXL: UNets with cross-attention, CLIP's bags of 75 tokens, unconditional rows before the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.conditioning import conditioning_of
from lib_omost.hosts.diffusers.shared.encode import encode_bags, tokenize_with
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.unet import UNetDenoiser, denoiser_of
from lib_omost.hosts.host import LATENT_CELL, POOLED, EncodedText, Host
from lib_omost.methods.names import UNET_METHODS
from lib_omost.prompts import BAG_LIMIT, Bag

_SHARED = {
    "vae": ("AutoencoderKL", "AsymmetricAutoencoderKL", "AutoencoderTiny"),
    "unet": ("UNet2DConditionModel",),
    "text_encoder": ("CLIPTextModel",),
    "tokenizer": ("CLIPTokenizer", "CLIPTokenizerFast"),
}
_SECOND = {"text_encoder_2": ("CLIPTextModelWithProjection",), "tokenizer_2": ("CLIPTokenizer", "CLIPTokenizerFast")}


@dataclass(frozen=True)
class ClipTexts:
    """One CLIP encoder, or SDXL's two side by side."""

    pipeline: Pipeline
    limit: int = BAG_LIMIT

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By the pipeline's (first) tokenizer; SDXL's two have one vocabulary."""
        return tokenize_with(self.pipeline.tokenizer)(text)

    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(77, C) a bag, with SDXL's vector (P,) as "pooled"."""
        encoded = encode_bags(self.pipeline, [bag.ids for bag in bags])
        if encoded.pooled is None:
            return [EncodedText(tokens, {}) for tokens in encoded.embeddings]
        pairs = zip(encoded.embeddings, encoded.pooled, strict=True)
        return [EncodedText(tokens, {POOLED: pooled}) for tokens, pooled in pairs]


def condition_clip(host: Host, pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """The conditional rows follow the canvas, so what stands there is only of the right shape."""
    negative = settings.negative_of(canvas)
    cfg = 1.0 if settings.cfg is None else settings.cfg
    encoded = conditioning_of(
        host, pipeline, canvas, settings.wording, words=settings.words, negative=negative, cfg=cfg
    )
    batch = settings.batch
    arguments: dict[str, Any] = {
        "prompt_embeds": encoded.negative.expand(batch, -1, -1),
        "negative_prompt_embeds": encoded.negative.expand(batch, -1, -1),
        "guidance_scale": settings.cfg,
    }
    if encoded.pooled is not None and encoded.negative_pooled is not None:
        arguments["pooled_prompt_embeds"] = encoded.pooled.expand(batch, -1)
        arguments["negative_pooled_prompt_embeds"] = encoded.negative_pooled.expand(batch, -1)
    return Conditioned(encoded.context, arguments, encoded.notes, encoded.negatives)


def unet_denoiser(pipeline: Pipeline, pictures: int) -> UNetDenoiser:
    """The UNet of a pipeline. Raises OmostError when it has no cross-attention, or another kind."""
    return denoiser_of(pipeline.unet, pictures)


def _from_images(pipeline: Pipeline) -> Pipeline:
    from diffusers import AutoPipelineForImage2Image

    return AutoPipelineForImage2Image.from_pipe(pipeline)


def _size(pipeline: Pipeline) -> tuple[int, int]:
    own = pipeline.unet.config.sample_size * LATENT_CELL
    return own, own


def _family(name: str, pipeline: str, parts: Mapping[str, tuple[str, ...]]) -> Family:
    return Family(
        name=name,
        pipeline=pipeline,
        parts=MappingProxyType(parts),
        scheduler="DPMSolverMultistepScheduler",
        methods=UNET_METHODS,
        cfg=5.0,
        multiple=LATENT_CELL,
        half=torch.float16,
        size=_size,
        texts=ClipTexts,
        denoiser=unet_denoiser,
        condition=condition_clip,
        images=ImageToImage(_from_images, takes_size=False, rounds_up=False),
    )


SD1 = _family("SD1.x", "StableDiffusionPipeline", _SHARED)
SDXL = _family("SDXL", "StableDiffusionXLPipeline", {**_SHARED, **_SECOND})
