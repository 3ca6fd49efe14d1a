"""Lumina 2: one stream, the text before the image, after refiners that hold each alone.

A token's first position is its number in the text, and the image's lies behind the text: each text is counted as if it
were alone, and the image lies behind the longest. The layers take no full mask, so torch's attention is given it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from lib_omost.attention.joint import Order
from lib_omost.attention.layout import Layout
from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.denoiser import Layer, Reading, argument, unknown_model
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.positions import LongerPositions
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.joint_attention import Arguments, Followed, JointAttention, Ordered, depths
from lib_omost.prompts import Bag

LENGTH = 256
KINDS = ("context_refiner", "noise_refiner", "layers")


@dataclass(frozen=True)
class GemmaTexts:
    """Gemma 2's second-last states of a text behind the pipeline's own instruction."""

    pipeline: Pipeline

    @property
    def limit(self) -> int:
        """What the instruction leaves."""
        return LENGTH - len(self._framed(""))

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By Gemma's tokenizer."""
        ids: list[int] = self.pipeline.tokenizer(text, add_special_tokens=False, truncation=False).input_ids
        return ids

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(instruction and tokens, C) a bag. A token sees those before it alone, so padding changes nothing."""
        encoder = self.pipeline.text_encoder
        found = []
        for bag in bags:
            ids = torch.tensor([self._framed(bag.text)[:LENGTH]], device=encoder.device)
            states = encoder(ids, attention_mask=torch.ones_like(ids), output_hidden_states=True).hidden_states
            found.append(EncodedText(states[-2][0], {}))
        return found

    def _framed(self, text: str) -> list[int]:
        ids: list[int] = self.pipeline.tokenizer(f"{self.pipeline.system_prompt} <Prompt Start> {text}").input_ids
        return ids


def lumina2_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without its refiners."""
    transformer = pipeline.transformer
    if not all(hasattr(transformer, kind) for kind in (*KINDS, "rope_embedder")):
        raise unknown_model(transformer)
    orders: tuple[Ordered, ...] = (_text_order, _image_order, _whole_order)
    layers: list[Layer] = []
    for kind, ordered in zip(KINDS, orders, strict=True):
        blocks = getattr(transformer, kind)
        for number, (block, depth) in enumerate(zip(blocks, depths(len(blocks)), strict=True)):
            place = depth if kind == "layers" else None
            follow = partial(_with_positions, transformer.rope_embedder, kind)
            layers.append(JointAttention(f"{kind}.{number}.attn", block.attn, place, follow, ordered=ordered))
    rope = transformer.rope_embedder

    def lengthened(needed: int) -> Any:
        return rope._precompute_freqs_cis(rope.axes_dim, [needed, *rope.axes_lens[1:]], rope.theta)

    layers.insert(1, LongerPositions("rope_embedder", transformer, rope, rope.axes_lens[0], 1, lengthened))
    return TransformerDenoiser(transformer, tuple(layers), read_lumina2)


def read_lumina2(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """The latent is (rows, C, H, W); the timestep counts up from noise to picture."""
    latent = argument(arguments, keywords, 0, "hidden_states")
    share = noise_of(argument(arguments, keywords, 1, "timestep"))
    texts = argument(arguments, keywords, 2, "encoder_hidden_states")
    height, width = latent.shape[-2:]
    return Reading(height, width, carried(list(texts), canvases), None if share is None else 1 - share)


def text_places(lengths: Sequence[int]) -> torch.Tensor:
    """(T, 3) int32: tokens from 0 on in each text."""
    places = torch.zeros(sum(lengths), 3, dtype=torch.int32)
    places[:, 0] = torch.cat([torch.arange(length) for length in lengths])
    return places


def image_places(layout: Layout, lengths: Sequence[int]) -> torch.Tensor:
    """(H·W, 3) int32: behind the longest text; row, column."""
    places = torch.zeros(layout.height, layout.width, 3, dtype=torch.int32)
    places[..., 0] = max(lengths)
    places[..., 1] = torch.arange(layout.height)[:, None]
    places[..., 2] = torch.arange(layout.width)[None, :]
    return places.flatten(0, 1)


def _text_order(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    total = argument(arguments, keywords, 0, "hidden_states").shape[1]
    return Order(total, text=0, end=followed.layout.tokens)


def _image_order(_followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    return Order(argument(arguments, keywords, 0, "hidden_states").shape[1], image=0)


def _whole_order(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    total, text = argument(arguments, keywords, 0, "hidden_states").shape[1], followed.layout.tokens
    return Order(total, text=0, image=text, end=text + followed.layout.pixels)


def _with_positions(
    rope: Any, kind: str, followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> Arguments:
    """The canvas's own positions, turned into rotations by the model's own embedder."""
    given = keywords["image_rotary_emb"]
    total, device = given.shape[1], given.device

    def rotations() -> torch.Tensor:
        lengths = followed.run.context.lengths
        parts = [] if kind == "noise_refiner" else [text_places(lengths)]
        parts += [] if kind == "context_refiner" else [image_places(followed.layout, lengths)]
        places = torch.cat(parts)
        places = torch.cat([places, places.new_zeros(total - len(places), 3)])
        found: torch.Tensor = rope._get_freqs_cis(places[None].to(device))
        return found

    name = ("rotations", kind, total, followed.layout.height, followed.layout.width, device)
    own = followed.run.kept(name, rotations)
    return arguments, {**keywords, "image_rotary_emb": own.expand(len(given), -1, -1)}


def condition_lumina2(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """All that is given can be seen; the negative prompt goes as it was typed, for embeddings must be equally long."""
    encoded = encode_canvas(host, canvas, settings.wording, settings.words)
    rows = encoded.context.embeddings.expand(settings.batch, -1, -1)
    arguments: dict[str, Any] = {
        "prompt_embeds": rows,
        "prompt_attention_mask": torch.ones(rows.shape[:2], dtype=torch.long, device=rows.device),
        "guidance_scale": settings.cfg,
        "negative_prompt": [settings.negative_of(canvas)] * settings.batch,
        "max_sequence_length": LENGTH,
    }
    return Conditioned(encoded.context, arguments, encoded.notes)


def lumina2_from_images(pipeline: Pipeline) -> Pipeline:
    """The pipeline that begins from pictures; its schedule's shift counts channels in place of tokens, as its own."""
    from diffusers import Lumina2Pipeline
    from diffusers.pipelines.lumina2.pipeline_lumina2 import calculate_shift

    from lib_omost.hosts.diffusers.shared.from_pictures import FromPictures

    class Lumina2FromPictures(FromPictures, Lumina2Pipeline):  # type: ignore[misc]
        def encoded(self, image: torch.Tensor, width: int, height: int) -> torch.Tensor:
            pixels = self.image_processor.preprocess(image, height=height, width=width)
            found = self.vae.encode(pixels.to(self.vae.device, self.vae.dtype)).latent_dist.mode()
            scaled: torch.Tensor = (found - self.vae.config.shift_factor) * self.vae.config.scaling_factor
            return scaled

        def shift(self, latents: torch.Tensor, _steps: int) -> float:
            names = ("base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift")
            usual = (256, 4096, 0.5, 1.15)
            known = (self.scheduler.config.get(name, value) for name, value in zip(names, usual, strict=True))
            return float(calculate_shift(latents.shape[1], *known))

    return Lumina2FromPictures(**pipeline.components)


LUMINA2 = Family(
    name="Lumina 2",
    pipeline="Lumina2Pipeline",
    parts={
        "vae": ("AutoencoderKL",),
        "transformer": ("Lumina2Transformer2DModel",),
        "text_encoder": ("Gemma2Model",),
        "tokenizer": ("GemmaTokenizer", "GemmaTokenizerFast"),
    },
    cfg=4.0,
    texts=GemmaTexts,
    denoiser=lumina2_denoiser,
    condition=condition_lumina2,
    images=ImageToImage(lumina2_from_images),
)
