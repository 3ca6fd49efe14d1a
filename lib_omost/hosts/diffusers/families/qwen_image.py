"""Qwen-Image: two streams, the text before the image; guidance by a call without the prompt.

The image's positions count from its middle and the text's from the picture's edge, so the image stays where it is; each
region's tokens are counted as if it were alone. The layers take no mask, so torch's attention within them is given it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.joint import Order
from lib_omost.canvas import Canvas
from lib_omost.hosts.denoiser import Reading, argument, unknown_model
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage, of_same_parts
from lib_omost.hosts.diffusers.shared.full_masks import with_full_masks
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.joint_attention import PATCH, Arguments, Followed, JointAttention, depths
from lib_omost.prompts import Bag


@dataclass(frozen=True)
class QwenVLTexts:
    """Qwen2.5-VL's last states of a text, as a message behind the pipeline's own instruction, which is left out."""

    pipeline: Pipeline

    @property
    def limit(self) -> int:
        """What the frame leaves of the longest text."""
        frame = len(self.tokenize(self.pipeline.prompt_template_encode.format("")))
        longest: int = self.pipeline.tokenizer_max_length + self.pipeline.prompt_template_encode_start_idx
        return longest - frame

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By Qwen's tokenizer."""
        ids: list[int] = self.pipeline.tokenizer(text, truncation=False).input_ids
        return ids

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens and the frame's end, C) a bag. A token sees those before it alone, so padding changes nothing."""
        encoder, start = self.pipeline.text_encoder, self.pipeline.prompt_template_encode_start_idx
        longest = self.pipeline.tokenizer_max_length + start
        found = []
        for bag in bags:
            framed = self.pipeline.prompt_template_encode.format(bag.text)
            ids = torch.tensor([list(self.tokenize(framed))[:longest]], device=encoder.device)
            states = encoder(input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
            found.append(EncodedText(states.hidden_states[-1][0, start:], {}))
        return found


def qwen_image_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without its blocks."""
    transformer = pipeline.transformer
    blocks = [getattr(block, "attn", None) for block in getattr(transformer, "transformer_blocks", ())]
    if not blocks or not all(hasattr(attn, "add_q_proj") for attn in blocks):
        raise unknown_model(transformer)
    layers = tuple(
        JointAttention(f"transformer_blocks.{number}.attn", attn, depth, _with_positions, ordered=_order)
        for number, (attn, depth) in enumerate(zip(blocks, depths(len(blocks)), strict=True))
    )
    return TransformerDenoiser(transformer, layers, read_qwen_image)


def read_qwen_image(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """The latent is packed in patches; its first shape is the picture's, others are reference pictures'."""
    texts = argument(arguments, keywords, 1, "encoder_hidden_states")
    shapes = keywords["img_shapes"][0]
    _, height, width = shapes[0] if isinstance(shapes, list) else shapes
    rows = carried(list(texts), canvases)
    return Reading(height * PATCH, width * PATCH, rows, noise_of(keywords.get("timestep")))


def condition_qwen_image(host: Host, _pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """All that is given can be seen, so the pipeline's masks are full."""
    return with_full_masks(host, canvas, settings, scale="true_cfg_scale", mask="prompt_embeds_mask", dtype=torch.long)


def _order(_followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Order:
    image, text = argument(arguments, keywords, 0, "hidden_states"), keywords["encoder_hidden_states"]
    return Order(image.shape[1] + text.shape[1], text=0, image=text.shape[1])


def _with_positions(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """Each region's tokens where they would stand alone: the first ones of the text's positions."""
    image, text = keywords["image_rotary_emb"]
    own = torch.cat([text[:length] for length in followed.run.context.lengths])
    return arguments, {**keywords, "image_rotary_emb": (image, own)}


QWEN_IMAGE = Family(
    name="Qwen-Image",
    pipeline="QwenImagePipeline",
    parts={
        "vae": ("AutoencoderKLQwenImage",),
        "transformer": ("QwenImageTransformer2DModel",),
        "text_encoder": ("Qwen2_5_VLForConditionalGeneration",),
        "tokenizer": ("Qwen2Tokenizer", "Qwen2TokenizerFast"),
    },
    cfg=4.0,
    texts=QwenVLTexts,
    denoiser=qwen_image_denoiser,
    condition=condition_qwen_image,
    images=ImageToImage(of_same_parts("QwenImageImg2ImgPipeline")),
)
