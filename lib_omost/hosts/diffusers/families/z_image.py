"""Z-Image: one stream, the image before the text, after refiners that hold each alone.

Text and image are padded to multiples of 32 with signs that the model attends to. A token's first position is its
number in the text, and the image's lies behind the text: so each region's tokens are counted as if it were alone, and
the image lies behind the longest of them, not behind all of them in a row.
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
from lib_omost.hosts.diffusers.shared.family import (
    Conditioned,
    Family,
    ImageToImage,
    joined,
    negative_bags,
    of_same_parts,
)
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.positions import LongerPositions
from lib_omost.hosts.diffusers.shared.qwen3 import Qwen3Message
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.joint_attention import Arguments, Followed, JointAttention, depths
from lib_omost.prompts import Bag

PADS_TO = 32  # what text and image are padded to a multiple of
FRAME = ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n")  # how Qwen3 is shown a prompt


@dataclass(frozen=True)
class QwenTexts(Qwen3Message):
    """Qwen3's second-last states of a text, as a user's message."""

    frame: tuple[str, str] = FRAME

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens and frame, C) a bag. A token of Qwen3 sees those before it alone, so padding changes nothing."""
        encoder = self.pipeline.text_encoder
        found = []
        for bag in bags:
            ids = torch.tensor([self.framed(bag.text)], device=encoder.device)
            found.append(EncodedText(encoder(input_ids=ids, output_hidden_states=True).hidden_states[-2][0], {}))
        return found


def z_image_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without its refiners, or that reads pictures."""
    transformer = pipeline.transformer
    kinds = ("context_refiner", "noise_refiner", "layers")
    if not all(hasattr(transformer, kind) for kind in (*kinds, "rope_embedder")):
        raise unknown_model(transformer)
    if getattr(transformer, "siglip_refiner", None) is not None:
        raise unknown_model(transformer)
    follows = (_follow_text, _follow_image, _follow_both)
    layers: list[Layer] = []
    for kind, follow in zip(kinds, follows, strict=True):
        blocks = getattr(transformer, kind)
        for number, (block, depth) in enumerate(zip(blocks, depths(len(blocks)), strict=True)):
            how = partial(follow, transformer.rope_embedder)
            place = depth if kind == "layers" else None
            layers.append(JointAttention(f"{kind}.{number}.attention", block.attention, place, how))
    rope = transformer.rope_embedder

    def lengthened(needed: int) -> Any:
        return rope.precompute_freqs_cis(rope.axes_dims, [needed, *rope.axes_lens[1:]], theta=rope.theta)

    spare = 2 * PADS_TO + 2
    layers.insert(1, LongerPositions("rope_embedder", transformer, rope, rope.axes_lens[0], spare, lengthened))
    return TransformerDenoiser(transformer, tuple(layers), read_z_image)


def read_z_image(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """Latents are (C, T, H, W), texts (T, C), in lists; the timestep counts up from noise to picture."""
    latents = argument(arguments, keywords, 0, "x")
    texts = argument(arguments, keywords, 2, "cap_feats")
    share = noise_of(argument(arguments, keywords, 1, "t"))
    height, width = latents[0].shape[-2:]
    return Reading(height, width, carried(texts, canvases), None if share is None else 1 - share)


def text_positions(lengths: Sequence[int]) -> torch.Tensor:
    """(T padded, 3) int32: tokens from 1 on in each text, the padding on behind the first one's."""
    counts = [torch.arange(1, length + 1) for length in lengths]
    tokens = sum(lengths)
    counts.append(torch.arange(lengths[0] + 1, lengths[0] + 1 + padded(tokens) - tokens))
    positions = torch.zeros(padded(tokens), 3, dtype=torch.int32)
    positions[:, 0] = torch.cat(counts)
    return positions


def image_positions(layout: Layout, lengths: Sequence[int]) -> torch.Tensor:
    """(H·W padded, 3) int32: behind the longest text as it would be padded alone; row, column; padding is at 0."""
    positions = torch.zeros(padded(layout.pixels), 3, dtype=torch.int32)
    places = positions[: layout.pixels].view(layout.height, layout.width, 3)
    places[..., 0] = max(map(padded, lengths)) + 1
    places[..., 1] = torch.arange(layout.height)[:, None]
    places[..., 2] = torch.arange(layout.width)[None, :]
    return positions


def padded(length: int) -> int:
    """The length with padding."""
    return -(-length // PADS_TO) * PADS_TO


def _follow_text(rope: Any, followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    layout = followed.layout
    order = Order(argument(arguments, keywords, 0, "hidden_states").shape[1], text=0, end=padded(layout.tokens))
    return _followed(rope, followed, arguments, keywords, order)


def _follow_image(rope: Any, followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    order = Order(argument(arguments, keywords, 0, "hidden_states").shape[1], image=0)
    return _followed(rope, followed, arguments, keywords, order)


def _follow_both(rope: Any, followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    text = padded(followed.layout.pixels)
    total = argument(arguments, keywords, 0, "hidden_states").shape[1]
    order = Order(total, text=text, image=0, end=text + padded(followed.layout.tokens))
    return _followed(rope, followed, arguments, keywords, order)


def _followed(
    rope: Any, followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any], order: Order
) -> Arguments:
    """The mask of the order, where there is any, and the canvas's own positions."""
    hidden, given = argument(arguments, keywords, 0, "hidden_states"), keywords["freqs_cis"]

    def rotations() -> torch.Tensor:
        lengths = followed.run.context.lengths
        parts = [] if order.image is None else [image_positions(followed.layout, lengths)]
        parts += [] if order.text is None else [text_positions(lengths)]
        found: torch.Tensor = rope(torch.cat(parts).to(given.device))
        rest = found.new_zeros(order.total - len(found), found.shape[1])
        return torch.cat([found, rest])

    name = ("rotations", order, followed.layout.height, followed.layout.width, given.device)
    own = followed.run.kept(name, rotations)
    keywords = {**keywords, "freqs_cis": own.expand(len(hidden), -1, -1)}
    bias = followed.bias(order, hidden)
    return arguments, keywords if bias is None else {**keywords, "attention_mask": bias}


def condition_z_image(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """Texts of their own lengths; the pipeline's scale counts from 0, where ours does from 1."""
    cfg = settings.cfg or 1.0
    beside = negative_bags(host, settings.negative_of(canvas)) if cfg > 1 else ()
    encoded = encode_canvas(host, canvas, settings.wording, settings.words, beside=beside)
    arguments: dict[str, Any] = {
        "prompt_embeds": [encoded.context.embeddings] * settings.batch,
        "guidance_scale": cfg - 1,
    }
    if cfg > 1:
        arguments["negative_prompt_embeds"] = [joined(encoded.beside)] * settings.batch
    return Conditioned(encoded.context, arguments, encoded.notes)


Z_IMAGE = Family(
    name="Z-Image",
    pipeline="ZImagePipeline",
    parts={
        "vae": ("AutoencoderKL",),
        "transformer": ("ZImageTransformer2DModel",),
        "text_encoder": ("Qwen3Model", "Qwen3ForCausalLM"),
        "tokenizer": ("Qwen2Tokenizer", "Qwen2TokenizerFast"),
    },
    cfg=1.0,
    texts=QwenTexts,
    denoiser=z_image_denoiser,
    condition=condition_z_image,
    images=ImageToImage(of_same_parts("ZImageImg2ImgPipeline")),
)
