"""GLIGEN and InstanceDiffusion in a pipeline: what their layers are given of a canvas, in the first steps of a run.

As diffusers' StableDiffusionGLIGENPipeline does it: of a phrase the text encoder's pooled vector, 30 places of which
those without a thing hold learned null features, and so all of them in unconditional rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from lib_omost.attention.call import Forward
from lib_omost.canvas import Canvas
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.trained.gligen_layers import has_layers
from lib_omost.hosts.diffusers.trained.instance_layers import has_instances, scaled
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.methods.grounding import Grounding, Thing
from lib_omost.methods.names import GLIGEN, INSTANCE_DIFFUSION


@dataclass(frozen=True)
class Grounded:
    """A canvas as the layers know it: boxes (N, 4) and the phrases' vectors (N, C), with 0 < N ≤ `grounding.most`."""

    grounding: Grounding
    boxes: torch.Tensor
    phrases: torch.Tensor

    def arguments(self, given: int, pictures: int, like: torch.Tensor) -> dict[str, torch.Tensor]:
        """What `position_net` takes for a call of `given` rows, of which the last `pictures` follow the canvas."""
        count = len(self.boxes)
        boxes, phrases = (
            torch.zeros(given, self.grounding.most, one.shape[1], device=like.device, dtype=like.dtype)
            for one in (self.boxes, self.phrases)
        )
        boxes[:, :count], phrases[:, :count] = self.boxes.to(like), self.phrases.to(like)
        masks = torch.zeros(given, self.grounding.most, device=like.device, dtype=like.dtype)
        masks[given - pictures :, :count] = 1
        return {"boxes": boxes, "positive_embeddings": phrases, "masks": masks}


def more_methods(pipeline: Pipeline) -> tuple[str, ...]:
    """Those that this checkpoint can do by layers of its own, beyond its family's."""
    unet = getattr(pipeline, "unet", None)
    return (GLIGEN,) if has_layers(unet) else (INSTANCE_DIFFUSION,) if has_instances(unet) else ()


def grounded_in(
    pipeline: Pipeline, canvas: Canvas, grounding: Grounding | None
) -> tuple[Grounded | None, tuple[str, ...]]:
    """What the method's layers are given of a canvas, and notes; None without a region that could be grounded."""
    if grounding is None:
        return None, ()
    things, notes = grounding.things(canvas)
    if not things:
        return None, (*notes, "the canvas has no regions to ground: its words alone were drawn")
    return Grounded(grounding, torch.tensor([thing.box for thing in things]), phrases_of(pipeline, things)), notes


@torch.no_grad()
def phrases_of(pipeline: Pipeline, things: Sequence[Thing]) -> torch.Tensor:
    """(N, C): the text encoder's pooled vector of each phrase, cut to what the encoder takes."""
    ids = pipeline.tokenizer(
        [thing.phrase for thing in things],
        padding=True,
        truncation=True,
        max_length=pipeline.tokenizer.model_max_length,
        return_tensors="pt",
    ).to(pipeline.text_encoder.device)
    pooled: torch.Tensor = pipeline.text_encoder(**ids).pooler_output
    return pooled


@contextmanager
def grounding_run(pipeline: Pipeline, grounded: Grounded | None, pictures: int) -> Iterator[None]:
    """The UNet's layers know the canvas within the block, in the first steps of each run."""
    with ExitStack() as undo:
        if grounded is not None:
            undo.enter_context(forward_replaced(pipeline.unet, _with_things(pipeline, grounded, pictures)))
            if has_instances(pipeline.unet):
                undo.enter_context(scaled(pipeline.unet))
        yield


@dataclass
class _Run:
    """Calls of a run so far, the timestep of its last one, and how many of its calls are grounded."""

    calls: int = 0
    last: float = field(default=-1.0)
    grounded: int = 0


def _with_things(pipeline: Pipeline, grounded: Grounded, pictures: int) -> Forward:
    original, run = pipeline.unet.forward, _Run()

    def forward(*arguments: Any, **keywords: Any) -> Any:
        sample = argument(arguments, keywords, 0, "sample")
        timestep = float(torch.as_tensor(argument(arguments, keywords, 1, "timestep")).flatten()[0])
        if timestep > run.last:  # noise only falls within a run
            run.calls, run.grounded = 0, grounded.grounding.steps(_calls_from(pipeline.scheduler, timestep))
        run.calls, run.last = run.calls + 1, timestep
        if run.calls > run.grounded:
            return original(*arguments, **keywords)
        others = keywords.get("cross_attention_kwargs") or {}
        things: dict[str, Any] = dict(grounded.arguments(len(sample), pictures, sample))
        if has_instances(pipeline.unet):
            things["size"] = tuple(sample.shape[-2:])
        return original(*arguments, **{**keywords, "cross_attention_kwargs": {**others, "gligen": things}})

    return forward


def _calls_from(scheduler: Any, timestep: float) -> int:
    """How many calls a run has that begins there: a scheduler's timesteps are the calls."""
    later = [float(one) <= timestep for one in scheduler.timesteps]
    return sum(later)
