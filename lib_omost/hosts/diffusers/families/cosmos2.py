"""Cosmos-Predict2, text to image: true cross-attention, and T5's texts with zeros behind them up to 512 tokens.

The transformer attends to the zeros, which damp what the words say, and was trained so: the whole picture's text keeps
them, those of regions would damp once more with each region, and do without. The pipeline scales the difference to the
negative prompt from 0, and without it up to 1. Its licence asks for its guardrail, which reads every text here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError, MissingPackageError
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.diffusers.families.cosmos import cosmos_denoiser
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.conditioning import negatives_of
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, joined, negative_bags
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.t5 import T5_PARTS, encode_t5
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.methods.names import CROSS_METHODS
from lib_omost.prompts import Bag

LENGTH = 512
NO_GUIDANCE = "Cosmos-Predict2 has no guidance at a CFG scale up to 2; 8 is usual."


@dataclass(frozen=True)
class Cosmos2Texts:
    """T5, whose texts do not attend to their padding."""

    pipeline: Pipeline
    limit: int = LENGTH - 1

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By T5's tokenizer."""
        ids: list[int] = self.pipeline.tokenizer(text, add_special_tokens=False, truncation=False).input_ids
        return ids

    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens + 1, C) a bag, and the zeros behind it. Raises BadInputError.

        The guardrail that the licence asks for reads every text, and one that it refuses is the error.
        """
        pipeline = self.pipeline
        for bag in bags:
            if not pipeline.safety_checker.check_text_safety(bag.text):
                raise BadInputError(
                    f"Cosmos' guardrail refuses the text {bag.text[:200]!r}",
                    hint="word it otherwise: the licence asks it",
                )
        states = encode_t5(pipeline.text_encoder, pipeline.tokenizer, bags, LENGTH, masked=True)
        rows = [(state, len(bag.ids) + 1) for state, bag in zip(states, bags, strict=True)]
        return [EncodedText(state[:end], {}, torch.zeros_like(state[end:])) for state, end in rows]


def condition_cosmos2(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """The canvas's tokens as the prompt's, and those of the negative prompt in a call of its own."""
    cfg = settings.cfg or 1.0
    guided = cfg > 2
    words = settings.negative_of(canvas)
    beside = negative_bags(host, words) if guided else ()
    encoded = encode_canvas(host, canvas, settings.wording, settings.words, beside=beside)
    negative = joined(encoded.beside) if guided else torch.zeros(0)
    negatives, told = negatives_of(host, canvas, settings.wording, negative, negative=words, cfg=cfg if guided else 1.0)
    arguments: dict[str, Any] = {
        "prompt_embeds": encoded.context.embeddings.expand(settings.batch, -1, -1),
        "guidance_scale": cfg - 1,
    }
    if guided:
        arguments["negative_prompt_embeds"] = negative.expand(settings.batch, -1, -1)
    notes = (*encoded.notes, *told, *((NO_GUIDANCE,) if 1 < cfg <= 2 else ()))
    return Conditioned(encoded.context, arguments, notes, negatives)


def _make(parts: dict[str, Any]) -> Pipeline:
    from diffusers import Cosmos2TextToImagePipeline

    if parts["transformer"].config.concat_padding_mask and find_spec("torchvision") is None:
        raise MissingPackageError("torchvision", "drawing with Cosmos-Predict2")
    if find_spec("cosmos_guardrail") is None:
        raise MissingPackageError("cosmos_guardrail", "drawing with Cosmos-Predict2, as its licence asks,")
    return Cosmos2TextToImagePipeline(**parts)


COSMOS2 = Family(
    name="Cosmos-Predict2",
    pipeline="Cosmos2TextToImagePipeline",
    parts={
        "vae": ("AutoencoderKLWan",),
        "transformer": ("CosmosTransformer3DModel",),
        "text_encoder": T5_PARTS["encoder"],
        "tokenizer": T5_PARTS["tokenizer"],
    },
    methods=CROSS_METHODS,
    cfg=8.0,
    size=lambda _pipeline: (1360, 768),
    texts=Cosmos2Texts,
    denoiser=cosmos_denoiser,
    condition=condition_cosmos2,
    make=_make,
)
