"""Canvas → pictures: conditioning, regional attention, sampling, an optional hires pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from lib_omost.canvas import Canvas
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.family import Conditioned, Family, ImageToImage, chosen, size_of
from lib_omost.hosts.diffusers.host import host_of
from lib_omost.hosts.diffusers.loras import NO_LORAS, LoraFolder
from lib_omost.hosts.diffusers.pipeline import Pipeline
from lib_omost.hosts.diffusers.settings import RenderSettings, check_side
from lib_omost.hosts.diffusers.sketched import begin, encode, noise_replaced, share
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.loras import patches_of
from lib_omost.hosts.negatives import refuse_negatives
from lib_omost.loras.run import Patch
from lib_omost.methods.method import Method
from lib_omost.methods.registry import method_named
from lib_omost.methods.sketch import Sketch, cleaned
from lib_omost.methods.start import Start

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
    *,
    start: Start | None = None,
) -> Rendered:
    """Draw `canvas`. The pipeline is left exactly as it was, however this ends.

    `loras` are those that regions may name. `start` takes the place of the method's own and of the draft.

    Pictures depend on these alone: noise is drawn on the CPU, one generator a picture.
    Raises BadInputError for what the model's family cannot do.
    """
    report = progress or (lambda _stage, _done, _total: None)
    family = family_of(pipeline)
    settings = chosen(settings, family)
    method = method_named(settings.wording.method).from_draft(settings.denoise)
    method = method if start is None else replace(method, start=start)
    width, height = size_of(pipeline, family, settings)
    enlarged_size = None if settings.hires is None else hires_size(width, height, settings.hires.scale, family.multiple)
    host = host_of(pipeline, settings.batch, loras)
    canvas, told = canvas_tags_taken_out(canvas)
    if method.is_regional:
        refuse_negatives(host, canvas)
    conditioned = family.condition(host, pipeline, canvas, settings)
    patches = patches_of(host, canvas)
    generators = [torch.Generator().manual_seed(settings.seed + number) for number in range(settings.batch)]
    shared = _Pass(pipeline, family, host.denoiser, method, conditioned, patches, settings, generators, report)
    if method.start is None:
        images = shared.from_noise(width, height)
    elif isinstance(method.start, Sketch):
        images = shared.from_sketch(method.start, canvas, width, height)
    else:
        painted = Image.fromarray(method.start.paint(canvas, width, height))
        images = shared.from_images("drawing", [painted] * settings.batch, method.start.denoise)
    if settings.hires is not None and enlarged_size is not None:
        enlarged = [image.resize(enlarged_size, Image.Resampling.LANCZOS) for image in images]
        images = shared.from_images("hires", enlarged, settings.hires.denoise)
    return Rendered(tuple(images), (*told, *conditioned.notes))


def hires_size(width: int, height: int, scale: float, multiple: int = LATENT_CELL) -> tuple[int, int]:
    """The enlarged size, each side rounded to a multiple of `multiple` pixels."""
    wide, high = (max(1, round(side * scale / multiple)) * multiple for side in (width, height))
    check_side("hires width", wide, multiple)
    check_side("hires height", high, multiple)
    return wide, high


@dataclass(frozen=True)
class _Pass:
    """One pass of the sampler: everything that the first and the hires pass share."""

    pipeline: Pipeline
    family: Family
    denoiser: Denoiser
    method: Method
    conditioned: Conditioned
    patches: tuple[Patch, ...]
    settings: RenderSettings
    generators: list[torch.Generator]
    progress: Progress

    def from_noise(self, width: int, height: int) -> list[Image.Image]:
        return self._sample(self.pipeline, "drawing", self.settings.steps, (width, height), width=width, height=height)

    def from_sketch(self, sketch: Sketch, canvas: Canvas, width: int, height: int) -> list[Image.Image]:
        """Sample from the canvas's sketch, or from noise where the sketch says to."""
        pipeline = self._from_images().pipeline(self.pipeline)
        pipeline.set_progress_bar_config(disable=True)
        steps, batch = self.settings.steps, self.settings.batch

        def look(image: torch.Tensor, **arguments: Any) -> Any:
            others = [torch.Generator().manual_seed(0) for _ in self.generators]  # the pictures' own stay as they are
            image = image.expand(batch, -1, -1, -1)
            return self._sample(pipeline, "drawing", 1, (width, height), image=image, generator=others, **arguments)

        begun = begin(pipeline, sketch, canvas, steps=steps, width=width, height=height, draw=look)
        if begun.latent is None:
            return self.from_noise(width, height)
        labels = sketch.labels(canvas, width // LATENT_CELL, height // LATENT_CELL)
        with noise_replaced(pipeline.scheduler, lambda noise: cleaned(noise, labels.to(noise.device))):
            return self._sample(
                pipeline,
                "drawing",
                steps - begun.index,
                (width, height),
                image=begun.latent.expand(batch, -1, -1, -1),
                strength=share(begun.index, steps),
            )

    def from_images(self, stage: str, images: list[Image.Image], denoise: float) -> list[Image.Image]:
        """Encode the pictures, noise them up to `denoise` of the schedule, and sample from there."""
        how = self._from_images()
        pixels = torch.stack([torch.from_numpy(np.asarray(image, dtype=np.float32) / 255) for image in images])
        strength = max(denoise, 1 / self.settings.steps)  # diffusers draws nothing below one step
        steps = max(1, int(self.settings.steps * denoise))
        if how.rounds_up:
            steps = self.settings.steps - int(max(self.settings.steps - self.settings.steps * strength, 0))
        pipeline = how.pipeline(self.pipeline)
        pipeline.set_progress_bar_config(disable=True)
        size = {"width": images[0].width, "height": images[0].height} if how.takes_size else {}
        return self._sample(
            pipeline,
            stage,
            steps,
            images[0].size,
            image=pixels.permute(0, 3, 1, 2),  # (B, 3, H, W), 0…1
            strength=strength,
            **size,
        )

    def _sample(
        self, pipeline: Any, stage: str, steps: int, size: tuple[int, int], **arguments: Any
    ) -> list[Image.Image]:
        def on_step_end(_pipeline: Any, step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            self.progress(stage, step + 1, steps)
            return values

        width, height = (side // self.family.cell for side in size)
        contexts = [self.conditioned.context]
        shared = {"generator": self.generators, "callback_on_step_end": on_step_end}
        negatives = [] if self.conditioned.negatives is None else [self.conditioned.negatives]
        steered = regional_attention(
            self.denoiser,
            contexts,
            self.method,
            height=height,
            width=width,
            patches=self.patches,
            negatives=negatives,
            encoded=lambda picture: encode(self.pipeline, picture),
        )
        with steered:
            images: list[Image.Image] = pipeline(
                **self.conditioned.arguments,
                **{**shared, **arguments},
                num_inference_steps=self.settings.steps,
            ).images
        return images

    def _from_images(self) -> ImageToImage:
        if self.family.images is None:
            raise ValueError(f"a picture of {self.family.name} cannot begin from another one")
        return self.family.images
