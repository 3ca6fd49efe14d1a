"""A canvas in layers: the background as ever, each region on nothing by LayerDiffuse's files, one over the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from lib_omost.canvas import Canvas, Region
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.loras import LoraFolder
from lib_omost.hosts.diffusers.references import NO_REFERENCES
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.shared.family import size_of
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.tags import all_tags_taken_out
from lib_omost.hosts.diffusers.steering import steer
from lib_omost.hosts.diffusers.trained.transparent import AlphaDecoder, drawing_on_nothing, load_changes, load_decoder
from lib_omost.methods.layers import Layers, alone, background_of, composed, layers_of, placed, seed_of
from lib_omost.methods.names import LAYER_DIFFUSE, PLAIN, hint_for
from lib_omost.pictures.layer_files import LayerFiles
from lib_omost.prompts import negative_of_region

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Layered:
    """pictures: the layers laid over their backgrounds. layers: of each picture, far to near, with alpha, in its size.

    notes: what the user should know.
    """

    pictures: tuple[Image.Image, ...]
    layers: tuple[tuple[Image.Image, ...], ...]
    notes: tuple[str, ...]


def draw_layered(
    pipeline: Pipeline,
    canvas: Canvas,
    settings: RenderSettings,
    *,
    report: Progress,
    loras: LoraFolder,
    layers: Layers,
    files: LayerFiles,
) -> Layered:
    """Draw every layer by itself. The pipeline is left exactly as it was, however this ends.

    Raises BadInputError without the files, for those of another kind of model, and for what begins from a picture.
    """
    family = family_of(pipeline)
    if files.attention is None or files.decoder is None or getattr(pipeline, "unet", None) is None:
        raise BadInputError(
            f"the method {LAYER_DIFFUSE} cannot draw with this checkpoint ({family.name}) alone",
            hint=hint_for(LAYER_DIFFUSE, family.drawn_by),
        )
    if settings.denoise is not None or settings.hires is not None:
        raise BadInputError(
            f"the method {LAYER_DIFFUSE} draws each layer from noise, in one pass",
            hint="leave out the start from the draft and the second, larger pass, or choose another method",
        )
    width, height = size_of(pipeline, family, settings)
    canvas, told = all_tags_taken_out(canvas, is_literal=settings.wording.literal)
    settings = replace(settings, method=PLAIN, width=width, height=height)
    negative = settings.negative_of(canvas)
    drawing = _Drawing(pipeline, settings, report, loras)
    decoder, changes = load_decoder(files.decoder, pipeline.unet.device), load_changes(pipeline.unet, files.attention)
    behind, notes = drawing.latents("background", background_of(canvas))
    backgrounds = [_image(one) for one in pixels_of(pipeline, behind)]
    drawn: list[list[Image.Image]] = [[] for _ in backgrounds]
    regions = layers_of(canvas)
    with drawing_on_nothing(pipeline.unet, changes):
        for number, region in enumerate(regions):
            wide, high = layers.size(region, width, height)
            own = replace(
                settings,
                width=wide,
                height=high,
                seed=seed_of(settings.seed, number),
                negative=negative_of_region(negative, region.negative),
            )
            stage = f"layer {number + 1} of {len(regions)}"
            latents, more = replace(drawing, settings=own).latents(stage, alone(region))
            notes += more
            for place, layer in enumerate(read_layers(pipeline, decoder, latents)):
                drawn[place].append(placed(layer, region, width, height))
    pictures = tuple(composed(behind, own) for behind, own in zip(backgrounds, drawn, strict=True))
    return Layered(pictures, tuple(map(tuple, drawn)), tuple(dict.fromkeys((*told, *notes, *left_out(regions)))))


def left_out(regions: Sequence[Region]) -> tuple[str, ...]:
    """What regions say that a layer has no place for, as notes."""
    said = (
        ("weights", any(region.weight != 1 for region in regions)),
        ("soft edges", any(region.edge for region in regions)),
        ("reference pictures", any(region.reference for region in regions)),
    )
    return tuple(f"{LAYER_DIFFUSE} draws layers: their {what} were left out" for what, is_there in said if is_there)


@dataclass(frozen=True)
class _Drawing:
    pipeline: Pipeline
    settings: RenderSettings
    report: Progress
    loras: LoraFolder

    def latents(self, stage: str, canvas: Canvas) -> tuple[torch.Tensor, tuple[str, ...]]:
        """(B, C, h, w), in the denoiser's units, and notes."""
        steps = self.settings.steps

        def told(_pipeline: Any, step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            self.report(stage, step + 1, steps)
            return values

        with steer(self.pipeline, canvas, self.settings, self.loras, NO_REFERENCES) as inputs:
            found: torch.Tensor = self.pipeline(**inputs, output_type="latent", callback_on_step_end=told).images
        return found, inputs.notes


@torch.no_grad()
def pixels_of(pipeline: Pipeline, latents: torch.Tensor) -> torch.Tensor:
    """(B, C, h, w) in the denoiser's units → (B, 3, H, W), 0…1 in single precision."""
    vae = pipeline.vae
    dtype = vae.dtype
    widens = dtype == torch.float16 and vae.config.get("force_upcast", False)
    try:
        if widens:  # SDXL's overflows in half precision
            vae.to(torch.float32)
        decoded = [vae.decode(one[None].to(vae.dtype) / vae.config.scaling_factor).sample for one in latents]
    finally:
        if widens:
            vae.to(dtype)
    return (torch.cat(decoded).float() / 2 + 0.5).clamp(0, 1)


def read_layers(pipeline: Pipeline, decoder: AlphaDecoder, latents: torch.Tensor) -> list[Image.Image]:
    """Of each latent the picture with alpha (RGBA)."""
    pixels, unscaled = pixels_of(pipeline, latents), latents.float() / pipeline.vae.config.scaling_factor
    read = torch.cat([decoder.read(*one) for one in zip(pixels[:, None], unscaled[:, None], strict=True)])
    return [_image(torch.cat([one[1:], one[:1]])) for one in read]


def _image(pixels: torch.Tensor) -> Image.Image:
    """(3 or 4, H, W) in 0…1 → RGB or RGBA."""
    array = (pixels * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(np.ascontiguousarray(array))
