"""Stable Diffusion 3 and 3.5: two streams, the image before the text; CLIP's two and T5's tokens in a row.

A text is two CLIPs' 77 tokens side by side, padded to T5's width, and T5's behind them. The model attends to the
padding of T5's texts, and was trained so: the global region keeps it, local texts stand without. Texts have no
positions. The layers take no mask, so torch's attention within them is given it. Unconditional rows are in the same
call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn import functional

from lib_omost.attention.joint import Order
from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.denoiser import Layer, Reading, argument, unknown_model
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.encode import LENGTH, padded, tokenize_with
from lib_omost.hosts.diffusers.shared.family import (
    Conditioned,
    Family,
    ImageToImage,
    joined,
    negative_bags,
    of_same_parts,
)
from lib_omost.hosts.diffusers.shared.own_length import OwnLength
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.t5 import T5_PARTS, encode_t5
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of
from lib_omost.hosts.host import LATENT_CELL, POOLED, EncodedText, Host
from lib_omost.hosts.joint_attention import Followed, JointAttention, as_given, depths
from lib_omost.prompts import BAG_LIMIT, Bag

T5_LENGTH = 256
NOISE = 1000.0  # the timestep of noise alone
NEGATIVE_CUT = (
    "The negative prompt is longer than the 75 tokens that this kind of model reads of it: the rest was left out."
)
_CLIP = ("CLIPTokenizer", "CLIPTokenizerFast")


@dataclass(frozen=True)
class SD3Texts:
    """Both CLIPs and T5, as the pipeline has them; T5 may be left out, for zeros."""

    pipeline: Pipeline
    limit: int = BAG_LIMIT

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By CLIP's tokenizer, which has the least room; both have one vocabulary."""
        return tokenize_with(self.pipeline.tokenizer)(text)

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(77 + T5's tokens + 1, C) a bag, T5's padding, and both CLIPs' vectors (P,) as "pooled"."""
        pipeline = self.pipeline
        pairs = ((pipeline.text_encoder, pipeline.tokenizer), (pipeline.text_encoder_2, pipeline.tokenizer_2))
        ids = [bag.ids for bag in bags]
        seen = [clip(padded(ids, tokens).to(clip.device), output_hidden_states=True) for clip, tokens in pairs]
        words = torch.cat([one.hidden_states[-2] for one in seen], dim=-1)
        vectors = torch.cat([one.text_embeds for one in seen], dim=-1)
        states, ends = self._t5(bags, words)
        words = functional.pad(words, (0, states.shape[-1] - words.shape[-1]))
        rows = zip(words, states.to(words), ends, vectors, strict=True)
        return [
            EncodedText(torch.cat([own, state[:end]]), {POOLED: vector}, state[end:])
            for own, state, end, vector in rows
        ]

    def _t5(self, bags: Sequence[Bag], like: torch.Tensor) -> tuple[torch.Tensor, list[int]]:
        """(N, 256, C), and where each text ends."""
        encoder, tokenizer = self.pipeline.text_encoder_3, self.pipeline.tokenizer_3
        if encoder is None:
            width = self.pipeline.transformer.config.joint_attention_dim
            return like.new_zeros(len(bags), T5_LENGTH, width), [0] * len(bags)
        tokenize = tokenize_with(tokenizer)
        read = [replace(bag, ids=tuple(tokenize(bag.text)[: T5_LENGTH - 1])) for bag in bags]
        return encode_t5(encoder, tokenizer, read, T5_LENGTH, masked=False), [len(bag.ids) + 1 for bag in read]


def sd3_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without its blocks."""
    transformer = pipeline.transformer
    blocks = [getattr(block, "attn", None) for block in getattr(transformer, "transformer_blocks", ())]
    if not blocks or not all(hasattr(attn, "add_q_proj") for attn in blocks):
        raise unknown_model(transformer)
    layers: list[Layer] = []
    for number, (block, depth) in enumerate(zip(transformer.transformer_blocks, depths(len(blocks)), strict=True)):
        name = f"transformer_blocks.{number}"
        if getattr(block, "attn2", None) is not None:
            layers.append(JointAttention(f"{name}.attn2", block.attn2, depth, as_given, ordered=_image_alone))
        layers.append(JointAttention(f"{name}.attn", block.attn, depth, as_given, ordered=_image_first))
    layers.insert(1, OwnLength("texts", transformer, LENGTH + T5_LENGTH))
    return TransformerDenoiser(transformer, tuple(layers), read_sd3)


def read_sd3(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """The latent is (rows, C, H, W)."""
    latent = argument(arguments, keywords, 0, "hidden_states")
    texts = argument(arguments, keywords, 1, "encoder_hidden_states")
    height, width = latent.shape[-2:]
    return Reading(height, width, carried(list(texts), canvases), noise_of(keywords.get("timestep"), NOISE))


def condition_sd3(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """The negative prompt's tokens with zeros behind, as many as the canvas has: `OwnLength` takes them off again."""
    guided = settings.cfg is not None and settings.cfg > 1
    beside = negative_bags(host, settings.negative_of(canvas)) if guided else ()
    encoded = encode_canvas(host, canvas, settings.wording, settings.words, beside=beside[:1])
    text = encoded.context.embeddings

    def rows(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.expand(settings.batch, *tensor.shape)

    arguments: dict[str, Any] = {
        "prompt_embeds": rows(text),
        "pooled_prompt_embeds": rows(encoded.others[POOLED]),
        "guidance_scale": settings.cfg,
    }
    if guided:
        negative = joined(encoded.beside)
        arguments["negative_prompt_embeds"] = rows(functional.pad(negative, (0, 0, 0, len(text) - len(negative))))
        arguments["negative_pooled_prompt_embeds"] = rows(encoded.beside[0].others[POOLED])
    notes = (*encoded.notes, NEGATIVE_CUT) if len(beside) > 1 else encoded.notes
    return Conditioned(encoded.context, arguments, notes)


def _image_first(_followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    image, text = argument(arguments, keywords, 0, "hidden_states"), keywords["encoder_hidden_states"]
    return Order(image.shape[1] + text.shape[1], text=image.shape[1], image=0)


def _image_alone(_followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    return Order(argument(arguments, keywords, 0, "hidden_states").shape[1], image=0)


def _size(pipeline: Pipeline) -> tuple[int, int]:
    own = pipeline.transformer.config.sample_size * LATENT_CELL
    return own, own


SD3 = Family(
    name="SD3",
    pipeline="StableDiffusion3Pipeline",
    parts={
        "vae": ("AutoencoderKL",),
        "transformer": ("SD3Transformer2DModel",),
        "text_encoder": ("CLIPTextModelWithProjection",),
        "tokenizer": _CLIP,
        "text_encoder_2": ("CLIPTextModelWithProjection",),
        "tokenizer_2": _CLIP,
        "text_encoder_3": T5_PARTS["encoder"],
        "tokenizer_3": T5_PARTS["tokenizer"],
    },
    cfg=4.5,
    half=torch.float16,
    size=_size,
    texts=SD3Texts,
    denoiser=sd3_denoiser,
    condition=condition_sd3,
    images=ImageToImage(of_same_parts("StableDiffusion3Img2ImgPipeline")),
)
