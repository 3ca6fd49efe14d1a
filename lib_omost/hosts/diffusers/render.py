"""Canvas → pictures: conditioning, regional attention, sampling, an optional hires pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.flow_sketched import FlowStart
from lib_omost.hosts.diffusers.layered import draw_layered
from lib_omost.hosts.diffusers.loras import NO_LORAS, LoraFolder
from lib_omost.hosts.diffusers.parts import Kept, blended, keeping
from lib_omost.hosts.diffusers.references import NO_REFERENCES, References
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.shared.asked import check_side
from lib_omost.hosts.diffusers.shared.family import Family, ImageToImage, size_of
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline, left_out
from lib_omost.hosts.diffusers.sketched import UNetStart
from lib_omost.hosts.diffusers.steering import Prepared, prepare
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.parts import Part
from lib_omost.methods.names import UNCHOSEN
from lib_omost.methods.registry import method_named
from lib_omost.methods.sketch import Sketch
from lib_omost.methods.start import Start
from lib_omost.pictures.layer_files import NO_LAYERS, LayerFiles

REDRAWN = 0.75  # of the noise schedule, for a part whose settings say nothing
Progress = Callable[[str, int, int], None]  # stage, steps done, steps in all


@dataclass(frozen=True)
class Rendered:
    """The pictures of one run, and what the user should know about it.

    layers: those that a picture was laid of, far to near (RGBA, in its size), where the method draws such.
    """

    images: tuple[Image.Image, ...]
    notes: tuple[str, ...]
    layers: tuple[tuple[Image.Image, ...], ...] = ()


def render(
    pipeline: Pipeline,
    canvas: Canvas,
    settings: RenderSettings,
    progress: Progress | None = None,
    loras: LoraFolder = NO_LORAS,
    *,
    start: Start | None = None,
    references: References = NO_REFERENCES,
    part: Part | None = None,
    layers: LayerFiles = NO_LAYERS,
    stopped: Callable[[], bool] = lambda: False,
) -> Rendered:
    """Draw `canvas`. The pipeline is left exactly as it was, however this ends.

    `loras` are those that regions may name, `references` what their pictures are read with. `start` takes the place of
    the method's own and of the draft. `part` is what alone is drawn of a picture, from that under noise of the strength
    `settings.denoise`, in the size that it has. `layers` are what a method that draws layers needs. `stopped` is asked
    within a step whether the user ended the picture: what is left of it is skipped, and `progress` is told, which may
    raise.

    Pictures depend on these alone: noise is drawn on the CPU, one generator a picture.
    Raises BadInputError for what the model's family cannot do.
    """
    report = progress or (lambda _stage, _done, _total: None)
    family = family_of(pipeline)
    settings = settings if part is None else _of_part(settings, part)
    own = None if settings.method in UNCHOSEN else method_named(settings.method).layers
    if own is not None:
        if part is not None or start is not None:
            raise BadInputError(f"{settings.method} begins from no picture", hint="choose another method")
        drawn = draw_layered(pipeline, canvas, settings, report=report, loras=loras, layers=own, files=layers)
        return Rendered(drawn.pictures, drawn.notes, drawn.layers)
    enlarged_size = _enlarged(pipeline, family, settings)
    prepared = prepare(pipeline, canvas, settings, loras, references)
    begins = prepared.method.from_draft(settings.denoise).start if start is None else start
    shared = _Pass(prepared, prepared.generators(), report, stopped)
    width, height = prepared.width, prepared.height
    if part is not None:
        images = shared.from_part(part)
    elif begins is None and prepared.grounded is not None:
        images = shared.from_things(canvas, loras, references)
    elif begins is None:
        images = shared.from_noise()
    elif isinstance(begins, Sketch):
        images = shared.from_sketch(begins)
    else:
        painted = Image.fromarray(begins.paint(prepared.canvas, width, height))
        images = shared.from_images("drawing", [painted] * settings.batch, begins.denoise)
    if settings.hires is not None and enlarged_size is not None:
        enlarged = [image.resize(enlarged_size, Image.Resampling.LANCZOS) for image in images]
        images = shared.from_images("hires", enlarged, settings.hires.denoise)
    return Rendered(tuple(images), prepared.notes)


def _enlarged(pipeline: Pipeline, family: Family, settings: RenderSettings) -> tuple[int, int] | None:
    """The size of the hires pass, None without one; checked before anything is encoded."""
    if settings.hires is None:
        return None
    width, height = size_of(pipeline, family, settings)
    return hires_size(width, height, settings.hires.scale, family.multiple)


def _of_part(settings: RenderSettings, part: Part) -> RenderSettings:
    """Raises BadInputError for another size, and for a second pass."""
    width, height = part.picture.size
    if width % LATENT_CELL or height % LATENT_CELL:
        fits = f"{width - width % LATENT_CELL} × {height - height % LATENT_CELL}"
        raise BadInputError(
            f"the picture has {width} × {height} pixels, and {LATENT_CELL} × {LATENT_CELL} are drawn at once",
            hint=f"crop or enlarge it, for example to {fits}",
        )
    if settings.hires is not None or (settings.width or width, settings.height or height) != (width, height):
        raise BadInputError(
            f"a part of a picture is drawn in the picture's size, {width} × {height}",
            hint="leave the size and the hires pass out",
        )
    return replace(settings, width=width, height=height)


def hires_size(width: int, height: int, scale: float, multiple: int = LATENT_CELL) -> tuple[int, int]:
    """The enlarged size, each side rounded to a multiple of `multiple` pixels."""
    wide, high = (max(1, round(side * scale / multiple)) * multiple for side in (width, height))
    check_side("hires width", wide, multiple)
    check_side("hires height", high, multiple)
    return wide, high


@dataclass(frozen=True)
class _Pass:
    """One pass of the sampler: everything that the first and the hires pass share."""

    prepared: Prepared
    generators: list[torch.Generator]
    progress: Progress
    stopped: Callable[[], bool]

    def from_noise(self) -> list[Image.Image]:
        width, height = self.prepared.width, self.prepared.height
        steps = self.prepared.settings.steps
        return self._sample(self.prepared.pipeline, "drawing", steps, (width, height), width=width, height=height)

    def from_things(self, canvas: Canvas, loras: LoraFolder, references: References) -> list[Image.Image]:
        """As from noise, with each thing drawn by itself in the first steps, where the method does so; then from the
        mean of all."""
        prepared, grounding = self.prepared, self.prepared.method.grounding
        steps = 0 if grounding is None else grounding.steps_apart(prepared.settings.steps)
        if steps == 0:
            return self.from_noise()
        found: list[torch.Tensor] = []

        def stop(running: Any, step: int, values: dict[str, Any]) -> dict[str, Any]:
            if step == steps - 1:
                found.append(values["latents"].clone())
                running._interrupt = True  # as diffusers' own guide for callbacks says
            return values

        def join(_running: Any, step: int, values: dict[str, Any]) -> dict[str, Any]:
            if step == steps - 1:
                values["latents"] = torch.stack([values["latents"], *found]).mean(0)
            return values

        size: dict[str, Any] = {"width": prepared.width, "height": prepared.height}
        sample = (prepared.pipeline, "drawing", prepared.settings.steps, (prepared.width, prepared.height))
        for one in canvas.far_to_near():
            alone_on = Canvas("", regions=(one,), absent=canvas.absent)
            own = prepare(prepared.pipeline, alone_on, prepared.settings, loras, references)
            if own.grounded is not None:
                alone = _Pass(own, own.generators(), self.progress, self.stopped)
                alone._sample(*sample, keep=stop, output_type="latent", **size)
        return self._sample(*sample, keep=join, **size)

    def from_sketch(self, sketch: Sketch) -> list[Image.Image]:
        """Sample from the canvas's sketch, or from noise where the sketch says to."""
        prepared, how = self.prepared, self._from_images()
        steps, batch = prepared.settings.steps, prepared.settings.batch
        pipeline = how.pipeline(prepared.pipeline)
        pipeline.set_progress_bar_config(disable=True)

        def sample(size: tuple[int, int], steps: int, image: torch.Tensor, **arguments: Any) -> Any:
            own: dict[str, Any] = {"width": size[0], "height": size[1]} if how.takes_size else {}
            own["generator"] = [torch.Generator().manual_seed(0) for _ in self.generators]
            own |= arguments
            return self._sample(pipeline, "drawing", steps, size, image=image.expand(batch, -1, -1, -1), **own)

        kind = FlowStart if hasattr(pipeline.scheduler, "scale_noise") else UNetStart
        start = kind(pipeline, sketch, prepared.canvas, (prepared.width, prepared.height), steps, sample)
        begun = start.begin()
        if begun.latent is None:
            return self.from_noise()
        images: list[Image.Image] = start.drawn(begun, self.generators)
        return images

    def from_part(self, part: Part) -> list[Image.Image]:
        """The part from its picture; all else stays."""
        settings = self.prepared.settings
        denoise = REDRAWN if settings.denoise is None else settings.denoise
        seeds = range(settings.seed, settings.seed + settings.batch)
        drawn = self.from_images("drawing", [part.picture] * settings.batch, denoise, (part, seeds))
        return [blended(part, image) for image in drawn]

    def from_images(
        self, stage: str, images: list[Image.Image], denoise: float, kept: tuple[Part, Sequence[int]] | None = None
    ) -> list[Image.Image]:
        """Encode the pictures, noise them up to `denoise` of the schedule, and sample from there.

        kept: a part that alone changes, and the seeds of the pictures.
        """
        how, asked = self._from_images(), self.prepared.settings.steps
        pixels = torch.stack([torch.from_numpy(np.asarray(image, dtype=np.float32) / 255) for image in images])
        strength = max(denoise, 1 / asked)  # diffusers draws nothing below one step
        steps = max(1, int(asked * denoise))
        if how.rounds_up:
            steps = asked - left_out(asked, strength)
        pipeline = how.pipeline(self.prepared.pipeline)
        pipeline.set_progress_bar_config(disable=True)
        size: dict[str, Any] = {"width": images[0].width, "height": images[0].height} if how.takes_size else {}
        keep = keeping(self.prepared.pipeline, self.prepared.family, *kept, steps) if kept else None
        return self._sample(
            pipeline,
            stage,
            steps,
            images[0].size,
            keep=keep,
            image=pixels.permute(0, 3, 1, 2),  # (B, 3, H, W), 0…1
            strength=strength,
            **size,
        )

    def _sample(
        self,
        pipeline: Any,
        stage: str,
        steps: int,
        size: tuple[int, int],
        *,
        keep: Kept | None = None,
        **arguments: Any,
    ) -> list[Image.Image]:
        def on_step_end(running: Any, step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            self.progress(stage, step + 1, steps)
            return values if keep is None else keep(running, step, values)

        shared = {"generator": self.generators, "callback_on_step_end": on_step_end}
        with self.prepared.steered(*size, self.stopped):
            images: list[Image.Image] = pipeline(
                **self.prepared.conditioned.arguments,
                **{**shared, **arguments},
                num_inference_steps=self.prepared.settings.steps,
            ).images
        return images

    def _from_images(self) -> ImageToImage:
        family = self.prepared.family
        if family.images is None:
            raise ValueError(f"a picture of {family.name} cannot begin from another one")
        return family.images
