"""Flux.2 Klein: Flux's order of blocks and streams, Qwen3's states for a text, and tokens that have positions.

Three layers' states of a text stand side by side. The model attends to the padding of its texts, and was trained so:
the global region keeps it, local texts stand without. A token's position is its number in the text and the image's does
not depend on it, so each region's tokens are counted as if it were alone. A distilled model knows no guidance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL.Image import Image

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.denoiser import Reading, argument, unknown_model
from lib_omost.hosts.diffusers.families.flux import follow_text_first
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, ImageToImage, joined, negative_bags
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.qwen3 import LENGTH, Qwen3Message
from lib_omost.hosts.diffusers.shared.transformer import TransformerDenoiser, carried, noise_of
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.joint_attention import PATCH, Arguments, Followed, JointAttention, depths, each_alone
from lib_omost.prompts import Bag
from lib_omost.reasons import reason

MOST_PIXELS = 1024 * 1024  # of a picture to edit, as the pipeline has it
STATES = (9, 18, 27)  # of Qwen3's layers
# How Qwen3 is shown a prompt that it is not to think about.
FRAME = ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n")
DISTILLED = "This model is distilled: it knows neither CFG nor a negative prompt."


@dataclass(frozen=True)
class KleinTexts(Qwen3Message):
    """Qwen3's states of a text, as a user's message."""

    frame: tuple[str, str] = FRAME

    @torch.no_grad()
    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """(tokens and frame, 3·C) a bag, and its padding, whose states follow from the text before it."""
        return [self._encoded(self.framed(bag.text)) for bag in bags]

    def _encoded(self, ids: list[int]) -> EncodedText:
        encoder, padding = self.pipeline.text_encoder, LENGTH - len(ids)
        read = torch.tensor([ids + [self.pipeline.tokenizer.pad_token_id] * padding], device=encoder.device)
        seen = torch.tensor([[1] * len(ids) + [0] * padding], device=encoder.device)
        states = encoder(input_ids=read, attention_mask=seen, output_hidden_states=True, use_cache=False).hidden_states
        found = torch.cat([states[layer][0] for layer in STATES], dim=-1)
        return EncodedText(found[: len(ids)], {}, found[len(ids) :])


def klein_denoiser(pipeline: Pipeline, _pictures: int = 1) -> TransformerDenoiser:
    """The transformer of a pipeline. Raises OmostError for one without Flux.2's blocks."""
    transformer = pipeline.transformer
    blocks = [
        (f"{kind}.{number}.attn", getattr(block, "attn", None), projections)
        for kind, projections in (("transformer_blocks", "to_q"), ("single_transformer_blocks", "to_qkv_mlp_proj"))
        for number, block in enumerate(getattr(transformer, kind, ()))
    ]
    if not blocks or not all(hasattr(attn, projections) for _, attn, projections in blocks):
        raise unknown_model(transformer)
    layers = tuple(
        JointAttention(name, attn, depth, _follow)
        for (name, attn, _), depth in zip(blocks, depths(len(blocks)), strict=True)
    )
    return TransformerDenoiser(transformer, layers, read_klein)


def read_klein(arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor]) -> Reading:
    """Each position's time, row, column and token are told beside the latent; reference pictures have other times."""
    texts = argument(arguments, keywords, 1, "encoder_hidden_states")
    places = keywords["img_ids"]
    places = places[0] if places.dim() == 3 else places
    height, width = (int(side) + 1 for side in places[places[:, 0] == 0][:, 1:3].amax(dim=0).tolist())
    rows = carried(list(texts), canvases)
    return Reading(height * PATCH, width * PATCH, rows, noise_of(keywords.get("timestep")), texts.shape[1])


def condition_klein(host: Host, pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """The canvas's tokens as the prompt's, and those of the negative prompt in a call of its own."""
    cfg, distilled = settings.cfg or 1.0, bool(pipeline.config.is_distilled)
    guided = cfg > 1 and not distilled
    beside = negative_bags(host, settings.negative_of(canvas)) if guided else ()
    encoded = encode_canvas(host, canvas, settings.wording, settings.words, beside=beside)
    rows = encoded.context.embeddings.expand(settings.batch, -1, -1)
    arguments: dict[str, Any] = {"prompt_embeds": rows, "guidance_scale": cfg if guided else 1.0}
    if guided:
        arguments["negative_prompt_embeds"] = joined(encoded.beside).expand(settings.batch, -1, -1)
    notes = (*encoded.notes, DISTILLED) if distilled and settings.negative_of(canvas) else encoded.notes
    return Conditioned(encoded.context, arguments, notes)


@torch.no_grad()
def read_for_klein(
    pipeline: Pipeline, images: Sequence[Image], numbers: Sequence[int]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each in its own size, at most a megapixel, at the time that its number among those seen together has."""
    processor, multiple = pipeline.image_processor, 2 * pipeline.vae_scale_factor
    found = []
    for given, number in zip(images, numbers, strict=True):
        try:
            processor.check_image_input(given)
        except ValueError as error:
            raise BadInputError(
                f"Flux.2 Klein cannot read a region's reference picture: {reason(error)}", hint="choose another picture"
            ) from error
        is_large = given.width * given.height > MOST_PIXELS
        image = processor._resize_to_target_area(given, MOST_PIXELS) if is_large else given
        width, height = image.width // multiple * multiple, image.height // multiple * multiple
        pixels = processor.preprocess(image, height=height, width=width, resize_mode="crop")
        device, dtype = pipeline.vae.device, pipeline.vae.dtype
        tokens, places = pipeline.prepare_image_latents([pixels], 1, None, device, dtype)
        places[..., 0] *= number + 1
        found.append((tokens[0], places[0]))
    return found


def klein_from_images(pipeline: Pipeline) -> Pipeline:
    """The pipeline that begins from pictures. Its latents are (B, 128, H/16, W/16): patches in units of their own."""
    from diffusers import Flux2KleinPipeline
    from diffusers.pipelines.flux2.pipeline_flux2 import compute_empirical_mu

    from lib_omost.hosts.diffusers.shared.from_pictures import FromPictures

    class KleinFromPictures(FromPictures, Flux2KleinPipeline):  # type: ignore[misc]
        def encoded(self, image: torch.Tensor, width: int, height: int) -> torch.Tensor:
            pixels = self.image_processor.preprocess(image, height=height, width=width)
            found: torch.Tensor = self._encode_vae_image(pixels.to(self.vae.device, self.vae.dtype), None)
            return found

        def shift(self, latents: torch.Tensor, steps: int) -> float:
            return float(compute_empirical_mu(latents.shape[-2] * latents.shape[-1], steps))

        def _unpack_latents(self, latents: torch.Tensor, height: int, width: int, cell: int) -> torch.Tensor:
            """(B, H·W, C) → (B, C, H, W), as other pipelines that pack have it; sides in pixels."""
            found: torch.Tensor = latents.transpose(1, 2).unflatten(2, (height // (2 * cell), width // (2 * cell)))
            return found

    return KleinFromPictures(**pipeline.components, is_distilled=pipeline.config.is_distilled)


def _follow(followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """Each region's tokens where they would stand alone, and the layout as the mask."""
    lengths = followed.run.context.lengths
    places = tuple(each_alone(given, 0, lengths) for given in keywords["image_rotary_emb"])
    keywords = {**keywords, "image_rotary_emb": places}
    return follow_text_first(followed, arguments, keywords)


FLUX2_KLEIN = Family(
    name="Flux.2 Klein",
    pipeline="Flux2KleinPipeline",
    parts={
        "vae": ("AutoencoderKLFlux2",),
        "transformer": ("Flux2Transformer2DModel",),
        "text_encoder": ("Qwen3ForCausalLM",),
        "tokenizer": ("Qwen2Tokenizer", "Qwen2TokenizerFast"),
    },
    cfg=4.0,
    texts=KleinTexts,
    denoiser=klein_denoiser,
    condition=condition_klein,
    images=ImageToImage(klein_from_images),
    references=read_for_klein,
    options=("is_distilled",),
)
