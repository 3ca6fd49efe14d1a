"""A canvas in a pipeline: what the pipeline is called with, and its denoiser steered while that call runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.auto import AUTO
from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError, OmostError
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.guided import correcting, guided
from lib_omost.hosts.diffusers.host import host_of
from lib_omost.hosts.diffusers.loras import NO_LORAS, LoraFolder
from lib_omost.hosts.diffusers.references import NO_REFERENCES, References
from lib_omost.hosts.diffusers.settings import RenderSettings, chosen
from lib_omost.hosts.diffusers.shared.family import Conditioned, Family, size_of
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.shared.tags import all_tags_taken_out
from lib_omost.hosts.diffusers.sketched import encode
from lib_omost.hosts.diffusers.trained.gligen import Grounded, grounded_in, grounding_run, more_methods
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.loras import patches_of
from lib_omost.hosts.negatives import refuse_negatives
from lib_omost.hosts.reference_tokens import ShownPictures, shown_tokens
from lib_omost.hosts.references import PictureReference
from lib_omost.hosts.unguided import told_unguided, why_unguided
from lib_omost.loras.run import Patch
from lib_omost.methods.method import Method
from lib_omost.methods.registry import METHODS


@dataclass(frozen=True)
class Prepared:
    """A canvas, encoded for one pipeline.

    settings: with the family's own method and guidance. width, height: pixels. notes: what the user should know.
    """

    pipeline: Pipeline
    family: Family
    settings: RenderSettings
    canvas: Canvas
    method: Method
    width: int
    height: int
    denoiser: Denoiser
    conditioned: Conditioned
    patches: tuple[Patch, ...]
    references: tuple[PictureReference, ...]
    pictures: ShownPictures | None
    notes: tuple[str, ...]
    grounded: Grounded | None = None

    @contextmanager
    def steered(self, width: int, height: int, stopped: Callable[[], bool] = lambda: False) -> Iterator[RegionalCall]:
        """The denoiser follows the canvas in pictures of that many pixels; after the block it is what it was.

        stopped: whether the user ended the picture, asked before each gradient of a guidance.
        """
        cell = self.family.cell
        negatives = self.conditioned.negatives
        steered = regional_attention(
            self.denoiser,
            [self.conditioned.context],
            self.method,
            height=height // cell,
            width=width // cell,
            patches=self.patches,
            negatives=[] if negatives is None else [negatives],
            references=self.references,
            pictures=self.pictures,
            encoded=lambda picture: encode(self.pipeline, picture),
        )
        with (
            steered as call,
            guided(self.pipeline, self.denoiser, self.method, call, stopped),
            grounding_run(self.pipeline, self.grounded, self.settings.batch),
        ):
            yield call

    def generators(self) -> list[torch.Generator]:
        """One a picture, on the CPU: pictures depend on the settings alone."""
        return [torch.Generator().manual_seed(self.settings.seed + number) for number in range(self.settings.batch)]


def prepare(
    pipeline: Pipeline, canvas: Canvas, settings: RenderSettings, loras: LoraFolder, references: References
) -> Prepared:
    """Check what is asked, then encode the canvas. Raises OmostError for what the model's family cannot do."""
    family = family_of(pipeline)
    settings = chosen(settings, family, more_methods(pipeline))
    method = settings.wording.steers
    width, height = size_of(pipeline, family, settings)
    host = host_of(pipeline, settings.batch, loras)
    canvas, told = all_tags_taken_out(canvas, is_literal=settings.wording.literal)
    if method.is_regional:
        refuse_negatives(host, canvas)
    own = family.references
    seen = () if own is not None else references.of(pipeline, host.denoiser, canvas)
    pictures = None if own is None else shown_tokens(references.tokens_of(pipeline, own, canvas))
    if seen and method.denoiser_call is not None:
        raise OmostError(f"the method {method.name} can draw no reference pictures", hint="choose another method")
    if method.guidance is not None and (reason := why_unguided(host.denoiser, canvas) or correcting(pipeline)):
        told = (*told, told_unguided(method, reason))
        method = replace(method, guidance=None)
    conditioned = family.condition(host, pipeline, canvas, settings)
    patches = patches_of(host, canvas)
    grounded, of_boxes = grounded_in(pipeline, canvas, method.grounding)
    notes = (*told, *conditioned.notes, *of_boxes)
    size, denoiser = (width, height), host.denoiser
    asked = pipeline, family, settings, canvas, method, *size
    return Prepared(*asked, denoiser, conditioned, patches, seen, pictures, notes, grounded)


@dataclass(frozen=True)
class Inputs(Mapping[str, Any]):
    """What a pipeline is called with, as `**inputs`. notes: what the user should know."""

    arguments: Mapping[str, Any]
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arguments)

    def __len__(self) -> int:
        return len(self.arguments)


@contextmanager
def steer(
    pipeline: Pipeline,
    canvas: Canvas,
    settings: RenderSettings | None = None,
    loras: LoraFolder = NO_LORAS,
    references: References = NO_REFERENCES,
) -> Iterator[Inputs]:
    """One of diffusers' pipelines from text to image follows `canvas` within the block, and is called there by you.

    What is yielded holds all that `settings` say: prompt, guidance, size, steps and generators; other arguments of the
    pipeline go beside it. `loras` are those that regions may name, `references` what their pictures are read with.
    After the block the pipeline is what it was, byte for byte, however the block ended.

    Raises BadInputError for what the model's family cannot do, for a start from the draft and a second pass, which
    `render` does, and for a method that begins from something else than noise; where none is chosen, the family's first
    one that does not is taken. Raises OmostError behind a block in which pictures were drawn without the canvas.
    """
    prepared = prepare(
        pipeline, canvas, _from_noise(settings or RenderSettings(), family_of(pipeline)), loras, references
    )
    arguments = {
        **prepared.conditioned.arguments,
        "width": prepared.width,
        "height": prepared.height,
        "num_inference_steps": prepared.settings.steps,
        "generator": prepared.generators(),
    }
    with prepared.steered(prepared.width, prepared.height) as call:
        yield Inputs(arguments, prepared.notes)
    if call.rows and not call.ever:
        raise OmostError(
            "the pipeline drew without the canvas: it was given another prompt",
            hint="call it as pipeline(**inputs), with inputs as steer gives them",
        )


def from_noise_alone(family: Family) -> tuple[str, ...]:
    """The family's methods that begin from noise, its own first."""
    return tuple(name for name in family.drawn_by if METHODS[name].start is None)


def _from_noise(settings: RenderSettings, family: Family) -> RenderSettings:
    """The settings with a method that begins from noise. Raises BadInputError for another start and a second pass."""
    if settings.denoise is not None or settings.hires is not None:
        raise BadInputError(
            "a start from the draft and a second pass are no single call of a pipeline", hint="use render for them"
        )
    own = from_noise_alone(family)
    if settings.method == AUTO:
        return replace(settings, method=own[0])
    if settings.method in METHODS and METHODS[settings.method].start is not None:
        raise BadInputError(
            f"the method {settings.method} begins from something else than noise",
            hint=f"use render for it, or choose {' or '.join(own)}",
        )
    return settings
