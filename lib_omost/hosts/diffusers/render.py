"""Canvas → pictures: conditioning, regional attention, sampling, an optional hires pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from lib_omost.canvas import Canvas
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.hosts.diffusers.checkpoint import Pipeline
from lib_omost.hosts.diffusers.conditioning import Conditioning, conditioning_of
from lib_omost.hosts.diffusers.host import DiffusersHost, host_of
from lib_omost.hosts.diffusers.loras import NO_LORAS, LoraFolder
from lib_omost.hosts.diffusers.settings import RenderSettings, check_side
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.loras import patches_of
from lib_omost.hosts.wording import Wording
from lib_omost.loras.run import Patch
from lib_omost.methods.method import Method
from lib_omost.methods.registry import method_named
from lib_omost.prompts import negative_with

Progress = Callable[[str, int, int], None]  # stage, steps done, steps in all


@dataclass(frozen=True)
class Rendered:
    """The pictures of one run, and what the user should know about it."""

    images: tuple[Image.Image, ...]
    notes: tuple[str, ...]


def render(
    pipeline: Pipeline,
    canvas: Canvas,
    settings: RenderSettings,
    progress: Progress | None = None,
    loras: LoraFolder = NO_LORAS,
) -> Rendered:
    """Draw `canvas`. The pipeline is left exactly as it was, however this ends.

    `loras` are those that regions may name.

    Pictures depend on the settings alone: noise is drawn on the CPU, one generator a picture.
    """
    report = progress or (lambda _stage, _done, _total: None)
    width, height = picture_size(pipeline, settings)
    method = method_named(settings.method).from_draft(settings.denoise)
    host = host_of(pipeline, settings.batch, loras)
    canvas, told = canvas_tags_taken_out(canvas)
    wording = Wording(settings.method, settings.style, settings.mixing)
    negative = negative_with(canvas, settings.negative)
    conditioning = conditioning_of(host, canvas, wording, words=settings.words, negative=negative)
    generators = [torch.Generator().manual_seed(settings.seed + number) for number in range(settings.batch)]
    shared = _Pass(host, method, conditioning, patches_of(host, canvas), settings, generators, report)
    if method.start is None:
        images = shared.from_noise(width, height)
    else:
        start = Image.fromarray(method.start.paint(canvas, width, height))
        images = shared.from_images("drawing", [start] * settings.batch, method.start.denoise)
    if settings.hires is not None:
        size = hires_size(width, height, settings.hires.scale)
        enlarged = [image.resize(size, Image.Resampling.LANCZOS) for image in images]
        images = shared.from_images("hires", enlarged, settings.hires.denoise)
    return Rendered(tuple(images), (*told, *conditioning.notes))


def picture_size(pipeline: Pipeline, settings: RenderSettings) -> tuple[int, int]:
    """Width and height in pixels: the asked ones, else the checkpoint's own."""
    own = pipeline.unet.config.sample_size * LATENT_CELL
    return settings.width or own, settings.height or own


def hires_size(width: int, height: int, scale: float) -> tuple[int, int]:
    """The enlarged size, each side rounded to a multiple of 8."""
    wide, high = (max(1, round(side * scale / LATENT_CELL)) * LATENT_CELL for side in (width, height))
    check_side("hires width", wide)
    check_side("hires height", high)
    return wide, high


@dataclass(frozen=True)
class _Pass:
    """One pass of the sampler: everything that the first and the hires pass share."""

    host: DiffusersHost
    method: Method
    conditioning: Conditioning
    patches: tuple[Patch, ...]
    settings: RenderSettings
    generators: list[torch.Generator]
    progress: Progress

    def from_noise(self, width: int, height: int) -> list[Image.Image]:
        pipeline = self.host.pipeline
        return self._sample(pipeline, "drawing", self.settings.steps, (width, height), width=width, height=height)

    def from_images(self, stage: str, images: list[Image.Image], denoise: float) -> list[Image.Image]:
        """Encode the pictures, noise them up to `denoise` of the schedule, and sample from there."""
        from diffusers import AutoPipelineForImage2Image

        pixels = torch.stack([torch.from_numpy(np.asarray(image, dtype=np.float32) / 255) for image in images])
        steps = max(1, int(self.settings.steps * denoise))
        pipeline = AutoPipelineForImage2Image.from_pipe(self.host.pipeline)
        pipeline.set_progress_bar_config(disable=True)
        return self._sample(
            pipeline,
            stage,
            steps,
            images[0].size,
            image=pixels.permute(0, 3, 1, 2),  # (B, 3, H, W), 0…1
            strength=max(denoise, 1 / self.settings.steps),  # diffusers draws nothing below one step
        )

    def _sample(
        self, pipeline: Any, stage: str, steps: int, size: tuple[int, int], **arguments: Any
    ) -> list[Image.Image]:
        def on_step_end(_pipeline: Any, step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            self.progress(stage, step + 1, steps)
            return values

        width, height = (side // LATENT_CELL for side in size)
        contexts = [self.conditioning.context]
        steered = regional_attention(
            self.host.denoiser, contexts, self.method, height=height, width=width, patches=self.patches
        )
        with steered:
            images: list[Image.Image] = pipeline(
                **self._embeddings(),
                **arguments,
                num_inference_steps=self.settings.steps,
                guidance_scale=self.settings.cfg,
                generator=self.generators,
                callback_on_step_end=on_step_end,
            ).images
        return images

    def _embeddings(self) -> dict[str, torch.Tensor]:
        """The conditional rows follow the canvas, so what stands there is only of the right shape."""
        batch = self.settings.batch
        conditioning = self.conditioning
        embeddings = {
            "prompt_embeds": conditioning.negative.expand(batch, -1, -1),
            "negative_prompt_embeds": conditioning.negative.expand(batch, -1, -1),
        }
        if conditioning.pooled is not None and conditioning.negative_pooled is not None:
            embeddings["pooled_prompt_embeds"] = conditioning.pooled.expand(batch, -1)
            embeddings["negative_pooled_prompt_embeds"] = conditioning.negative_pooled.expand(batch, -1)
        return embeddings
