"""Flux 1: two streams, then one; the text before the image, T5's tokens without positions, and CLIP's vector of it all.

Flux attends to the padding of T5's texts, and was trained so. The global region keeps its padding, which every pixel
sees as it would without regions; local texts stand without: with it they are 512 tokens each, and say no more.
Guidance is distilled into the model, so there is no unconditional row; a CFG scale over 1 makes a second call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.joint import Order
from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.denoiser import Reading, argument, unknown_model
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.t5 import T5_PARTS, encode_t5
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.joint_attention import PATCH, Arguments, Followed, JointAttention, depths
from lib_omost.prompts import Bag

POOLED = "pooled"
AREA = "max_area"  # an argument of Kontext's own pipeline, in pixels
GUIDANCE = 3.5  # the distilled guidance that Flux.1 dev is used with


@dataclass(frozen=True)
class FluxTexts:
    """T5 for the tokens and CLIP for the vector, as the pipeline has them."""

    pipeline: Pipeline

    @property
    def length(self) -> int:
        """Tokens with the end sign and padding: the model without distilled guidance (schnell) knows half as many."""
        return 512 if self.pipeline.transformer.config.guidance_embeds else 256

    @property
    def limit(self) -> int:
        """All but the end sign."""
        return self.length - 1

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By T5's tokenizer."""
        ids: list[int] = self.pipeline.tokenizer_2(text, add_special_tokens=False, truncation=False).input_ids
        return ids

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens + 1, C) a bag, its padding, and CLIP's vector (P,) of its text as "pooled"."""
        pipeline = self.pipeline
        states = encode_t5(pipeline.text_encoder_2, pipeline.tokenizer_2, bags, self.length, masked=False)
        ids = pipeline.tokenizer(
            [bag.text for bag in bags], padding="max_length", max_length=77, truncation=True, return_tensors="pt"
        ).input_ids
        vectors = pipeline.text_encoder(ids.to(pipeline.text_encoder.device)).pooler_output
        ends = [len(bag.ids) + 1 for bag in bags]
        return [
            EncodedText(state[:end], {POOLED: vector}, state[end:])
            for state, vector, end in zip(states, vectors, ends, strict=True)
        ]


def flux_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without Flux's blocks."""
    transformer = pipeline.transformer
    layers = flux_layers(transformer)
    if not layers:
        raise unknown_model(transformer)
    return TransformerDenoiser(transformer, layers, read_flux)


def flux_layers(transformer: Any) -> tuple[JointAttention, ...]:
    """The attention of every block, of two streams and of one; none where the blocks are of another kind."""
    blocks = [
        (f"{kind}.{number}.attn", getattr(block, "attn", None))
        for kind in ("transformer_blocks", "single_transformer_blocks")
        for number, block in enumerate(getattr(transformer, kind, ()))
    ]
    if not all(hasattr(module, "to_q") for _, module in blocks):
        return ()
    places = zip(blocks, depths(len(blocks)), strict=True)
    return tuple(JointAttention(name, module, depth, follow_text_first) for (name, module), depth in places)


def follow_text_first(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """The layout as the mask of a sequence that begins with the text; what stands behind the image has no region, but
    for the regions' reference pictures at its end."""
    image, text = argument(arguments, keywords, 0, "hidden_states"), keywords.get("encoder_hidden_states")
    total = image.shape[1] + (0 if text is None else text.shape[1])
    pictures = total - followed.layout.pictured if followed.layout.pictures else None
    bias = followed.bias(Order(total, text=0, image=followed.layout.tokens, pictures=pictures), image)
    return arguments, keywords if bias is None else {**keywords, "attention_mask": bias}


def read_flux(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """The latent is packed in patches, whose places are told beside it; those of reference pictures count from 1."""
    texts = argument(arguments, keywords, 1, "encoder_hidden_states")
    places = keywords["img_ids"]
    places = places.reshape(-1, places.shape[-1])
    height, width = (int(side) + 1 for side in places[places[:, 0] == 0][:, 1:].amax(dim=0).tolist())
    rows = carried(list(texts), canvases)
    return Reading(height * PATCH, width * PATCH, rows, noise_of(keywords.get("timestep")), texts.shape[1])


def condition_flux(host: Host, pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """The canvas's tokens as the prompt's, the vector of its global region, and the negative prompt as it was typed."""
    encoded = encode_canvas(host, canvas, settings.wording, settings.words)
    batch = settings.batch
    arguments: dict[str, Any] = {
        "prompt_embeds": encoded.context.embeddings.expand(batch, -1, -1),
        "pooled_prompt_embeds": encoded.others[POOLED].expand(batch, -1),
        "guidance_scale": GUIDANCE if settings.guidance is None else settings.guidance,
        "max_sequence_length": FluxTexts(pipeline).length,
    }
    if settings.cfg is not None and settings.cfg > 1:
        arguments |= {"true_cfg_scale": settings.cfg, "negative_prompt": [settings.negative_of(canvas)] * batch}
    return Conditioned(encoded.context, arguments, encoded.notes)


def flux_from_images(pipeline: Pipeline) -> Pipeline:
    """The pipeline that begins from pictures and keeps their size, of Flux 1 and Kontext. diffusers' own gives the
    negative prompt the places of the prompt's tokens, of which there may be more: here each text has its own."""
    from diffusers import FluxImg2ImgPipeline

    class FromImages(FluxImg2ImgPipeline):  # type: ignore[misc]
        def __call__(self, *arguments: Any, **keywords: Any) -> Any:
            keywords.pop(AREA, None)
            hook = self.transformer.register_forward_pre_hook(_with_places_of_its_own, with_kwargs=True)
            try:
                return super().__call__(*arguments, **keywords)
            finally:
                hook.remove()

    return FromImages(**pipeline.components)


def _with_places_of_its_own(
    _transformer: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    places, tokens = keywords["txt_ids"], keywords["encoder_hidden_states"].shape[1]
    return arguments, {**keywords, "txt_ids": places[:1].expand(tokens, -1)}  # they are all the same: none


FLUX = Family(
    name="Flux 1",
    pipeline="FluxPipeline",
    parts={
        "vae": ("AutoencoderKL",),
        "transformer": ("FluxTransformer2DModel",),
        "text_encoder": ("CLIPTextModel",),
        "tokenizer": ("CLIPTokenizer", "CLIPTokenizerFast"),
        "text_encoder_2": T5_PARTS["encoder"],
        "tokenizer_2": T5_PARTS["tokenizer"],
    },
    cfg=1.0,
    texts=FluxTexts,
    denoiser=flux_denoiser,
    condition=condition_flux,
    images=ImageToImage(flux_from_images),
)
