"""Flux 1 Kontext: Flux 1, trained to see a picture that it is to edit.

Its pipeline scales any size to about a megapixel unless it is told the area, and the picture to one of the sizes that
it was trained on. Its place in the first of three counts is 1; the model has learned no second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from PIL.Image import Image

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.families.flux import AREA, FLUX, condition_flux
from lib_omost.hosts.diffusers.shared.asked import Asked
from lib_omost.hosts.diffusers.shared.family import Conditioned, size_of
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.host import Host


def condition_kontext(host: Host, pipeline: Pipeline, canvas: Canvas, settings: Asked) -> Conditioned:
    """As Flux's, in the size that was asked for."""
    found = condition_flux(host, pipeline, canvas, settings)
    width, height = size_of(pipeline, FLUX_KONTEXT, settings)
    return replace(found, arguments={**found.arguments, AREA: width * height})


@torch.no_grad()
def read_for_kontext(
    pipeline: Pipeline, images: Sequence[Image], _numbers: Sequence[int]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each in the trained size whose sides are most like its own."""
    from diffusers.pipelines.flux.pipeline_flux_kontext import PREFERRED_KONTEXT_RESOLUTIONS

    processor, multiple = pipeline.image_processor, 2 * pipeline.vae_scale_factor
    channels, dtype, device = pipeline.transformer.config.in_channels // 4, pipeline.vae.dtype, pipeline.vae.device
    found = []
    for image in images:
        own_height, own_width = processor.get_default_height_width(image)  # in whole cells of the latent
        ratio = own_width / max(1, own_height)
        _, wide, high = min((abs(ratio - w / h), w, h) for w, h in PREFERRED_KONTEXT_RESOLUTIONS)
        width, height = wide // multiple * multiple, high // multiple * multiple
        pixels = processor.preprocess(processor.resize(image, height, width), height, width)
        none = torch.zeros(1, 0, 4 * channels)
        _, tokens, _, places = pipeline.prepare_latents(pixels, 1, channels, height, width, dtype, device, latents=none)
        found.append((tokens[0], places))
    return found


FLUX_KONTEXT = replace(
    FLUX,
    name="Flux 1 Kontext",
    pipeline="FluxKontextPipeline",
    condition=condition_kontext,
    references=read_for_kontext,
)
