"""Anima: Cosmos-Predict2's transformer behind Qwen3 and an adapter that puts T5's ids into words for it.

Each region's text goes through encoder and adapter alone. The adapter pads a text with zeros to 512 tokens, and the
transformer attends to them: they damp what the words say, and it was trained so. The whole picture's text keeps its
zeros; those of regions would damp once more with each region, and do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch

from lib_omost.canvas import Canvas
from lib_omost.errors import MissingPackageError
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.diffusers.families.cosmos import cosmos_denoiser
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.conditioning import negatives_of
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage, joined, negative_bags
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.t5 import T5_PARTS
from lib_omost.hosts.host import LATENT_CELL, EncodedText, Host
from lib_omost.methods.names import CROSS_METHODS
from lib_omost.prompts import Bag

SIDE = 1024  # pixels, as usual


@dataclass(frozen=True)
class AnimaTexts:
    """Qwen3's states of a text and T5's ids of it, joined by the adapter."""

    pipeline: Pipeline
    limit: int = 511

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By T5's tokenizer, whose ids are what comes out as tokens."""
        ids: list[int] = self.pipeline.t5_tokenizer(text, add_special_tokens=False, truncation=False).input_ids
        return ids

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens + 1, C) a bag, and the zeros behind it."""
        return [self._encoded(bag) for bag in bags]

    def _encoded(self, bag: Bag) -> EncodedText:
        pipeline, device = self.pipeline, self.pipeline.text_encoder.device
        words = pipeline.tokenizer(bag.text, truncation=True, max_length=512).input_ids or [0]
        read = torch.tensor([words], device=device)
        states = pipeline.text_encoder(input_ids=read).last_hidden_state
        ids = torch.tensor([[*bag.ids, pipeline.t5_tokenizer.eos_token_id]], device=device)
        found = pipeline.text_conditioner(states.to(pipeline.text_conditioner.dtype), ids)[0]
        found = found.to(pipeline.transformer.dtype)
        return EncodedText(found[: ids.shape[1]], {}, found[ids.shape[1] :])


def condition_anima(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """The canvas's tokens as the prompt's, and those of the negative prompt."""
    guided = settings.cfg is not None and settings.cfg > 1
    beside = negative_bags(host, settings.negative_of(canvas)) if guided else ()
    encoded = encode_canvas(host, canvas, settings.wording, settings.words, beside=beside)
    negative = joined(encoded.beside) if guided else torch.zeros(0)
    words, cfg = settings.negative_of(canvas), settings.cfg or 1.0
    negatives, told = negatives_of(host, canvas, settings.wording, negative, negative=words, cfg=cfg)
    arguments: dict[str, Any] = {
        "prompt_embeds": encoded.context.embeddings.expand(settings.batch, -1, -1),
        "negative_prompt_embeds": negative.expand(settings.batch, -1, -1) if guided else None,
        "guidance_scale": settings.cfg,
    }
    return Conditioned(encoded.context, arguments, (*encoded.notes, *told), negatives)


def _make(parts: dict[str, Any]) -> Pipeline:
    from lib_omost.hosts.diffusers.families.anima_pipeline import AnimaModularPipeline

    if parts["transformer"].config.concat_padding_mask and find_spec("torchvision") is None:
        raise MissingPackageError("torchvision", "drawing with Anima")  # diffusers resizes the mask of padding with it
    return AnimaModularPipeline(**parts)


def _size(pipeline: Pipeline) -> tuple[int, int]:
    """As usual, or as far as the transformer's positions reach."""
    _, height, width = pipeline.transformer.config.max_size
    return min(SIDE, width * LATENT_CELL), min(SIDE, height * LATENT_CELL)


ANIMA = Family(
    name="Anima",
    pipeline="AnimaModularPipeline",
    parts={
        "vae": ("AutoencoderKLQwenImage",),
        "transformer": ("CosmosTransformer3DModel",),
        "text_conditioner": ("AnimaTextConditioner",),
        "text_encoder": ("Qwen3Model",),
        "tokenizer": ("Qwen2Tokenizer", "Qwen2TokenizerFast"),
        "t5_tokenizer": T5_PARTS["tokenizer"],
    },
    methods=CROSS_METHODS,
    cfg=4.0,
    size=_size,
    texts=AnimaTexts,
    denoiser=cosmos_denoiser,
    condition=condition_anima,
    images=ImageToImage(lambda pipeline: pipeline),
    make=_make,
)
