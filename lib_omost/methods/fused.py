"""One call of the denoiser a region, and their predictions fused into one: what several papers have in common.

MultiDiffusion (Bar-Tal et al. 2023, arXiv 2302.08113, its region-based generation): every call sees the whole latent, w
is the region's mask; the first steps are bootstrapped (`bootstrap.py`). Mixture of Diffusers (Jiménez 2023, arXiv
2302.02412): a call sees its region's box alone, and w is a normal distribution over it. RPG's complementary regional
diffusion (Yang et al. 2024, arXiv 2401.11708): a share of the whole picture's prediction beside the regions'. Regions
first (LMD, Lian et al. 2023, arXiv 2305.13655): only while there is much noise.

A row that carries a canvas becomes as many rows as there are regions, each under the words of one region alone; the
rows go through the denoiser together, at most `MOST_ROWS` at once. For pixel i the row's prediction is Σᵣ wᵣᵢ·pᵣᵢ with
Σᵣ wᵣᵢ = 1. A step of any sampler, and guidance, are linear in the prediction, of noise or of v, so where calls see the
same pixel this is also the mean of the regions' own steps; on a soft edge a bootstrapped call sees another one. All
other rows, such as unconditional ones, are called for once, with the first of them; where calls see boxes alone they
are fused in the same way. A pooled vector beside the tokens (SDXL) stays the whole picture's.

Cost: 1 + the number of regions, for each row that carries the canvas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import Layout
from lib_omost.attention.places import Box
from lib_omost.attention.plain import plain_attention
from lib_omost.attention.run import CACHE_BYTES, RegionalRun
from lib_omost.errors import OmostError
from lib_omost.methods.bootstrap import Bootstrap
from lib_omost.methods.row_changes import Returned, latent_of, read, with_crops, with_latent, with_rows

MOST_ROWS = 8  # in one call
LEAST_CROP = 8  # cells of the latent, along a side
BASE = 0.3  # RPG's share of the whole picture's prediction
VARIANCE = 0.01  # of the normal distribution over a crop whose side is 1

Weights = Callable[[Layout], torch.Tensor]
"""The layout of the latent → (S, H, W) float32 on the CPU, for each span how much it counts; over 0 in sum."""


@dataclass(frozen=True)
class Fused:
    """A `DenoiserCall`. weights: how much each region's prediction counts, before they are made to sum to 1.

    crops: a region's call sees its box alone, not the whole latent. least_noise: with less noise than that the denoiser
    is called as it is. bootstrap: what a region's call sees around its region, where the host tells flat colours.
    """

    weights: Weights
    crops: bool = False
    least_noise: float = 0.0
    bootstrap: Bootstrap | None = None

    @property
    def follows_noise(self) -> bool:
        """Whether the share of noise must be told."""
        return self.least_noise > 0 or self.bootstrap is not None

    def __call__(self, forward: Forward, call: RegionalCall) -> Forward:
        """The forward that takes the place of the denoiser's own."""

        def fused(*arguments: Any, **keywords: Any) -> Any:
            drawn = call.runs[: call.drawn]
            together = call.noise is not None and call.noise < self.least_noise
            if together or not (self.crops or any(run in drawn for run, _ in call.groups)):
                return forward(*arguments, **keywords)
            if self.crops:
                _refuse_what_crops_cannot(call)
            jobs = [job for row, run in enumerate(call.followed) for job in self._jobs(row, run, call)]
            whole: torch.Tensor | None = None
            for same in _batches(jobs):
                returned = self._called(forward, call, arguments, keywords, same)
                prediction = returned.prediction
                if whole is None:
                    whole = prediction.new_zeros(call.rows, prediction.shape[1], call.height, call.width).float()
                for job, one in zip(same, prediction, strict=True):
                    counts = 1.0 if job.counts is None else job.counts.to(one.device)
                    whole[job.row][:, job.box.slices[0], job.box.slices[1]] += counts * one
            assert whole is not None  # there is a row that is drawn
            return returned.again(whole.to(prediction.dtype))

        return fused

    def _jobs(self, row: int, run: RegionalRun | None, call: RegionalCall) -> list[Job]:
        """What the denoiser is called for, for one row of the host's."""
        everything = Box(0, call.height, 0, call.width)
        is_drawn = run is not None and run in call.runs[: call.drawn]
        if not is_drawn and not self.crops:
            return [Job(row, run, everything, None, None)]
        canvas = run if run is not None and is_drawn else call.runs[0]
        layout = canvas.layout(call.height, call.width)
        weights = canvas.kept((self, "weights"), lambda: normalized(self.weights(layout)))
        boxes = [crop_of(span.box, layout) if self.crops else everything for span in layout.spans]
        followed = alone_runs(canvas) if is_drawn else [None] * len(boxes)
        return [
            Job(row, alone, box, counts[box.slices], (layout, number) if number and is_drawn else None)
            for number, (alone, box, counts) in enumerate(zip(followed, boxes, weights, strict=True))
            if bool(counts.any())
        ]

    def _called(
        self,
        forward: Forward,
        call: RegionalCall,
        arguments: Sequence[Any],
        keywords: Mapping[str, Any],
        jobs: Sequence[Job],
    ) -> Returned:
        """The denoiser called for jobs of one size."""
        rows = torch.tensor([job.row for job in jobs])
        given, named = with_rows(arguments, keywords, rows, call.rows)
        box = jobs[0].box
        if (box.height, box.width) != (call.height, call.width):
            given, named = with_crops(given, named, [job.box.slices for job in jobs])
        given, named = with_latent(given, named, self._bootstrapped(latent_of(given, named), call, jobs))
        with call.within([job.run for job in jobs], box.height, box.width):
            return read(forward(*given, **named))

    def _bootstrapped(self, latent: torch.Tensor, call: RegionalCall, jobs: Sequence[Job]) -> torch.Tensor:
        """(rows, C, H, W): with flat colours around regions in the first steps."""
        steps, colors, noise = self.bootstrap, call.colors, call.noise
        if steps is None or colors is None or noise is None or noise < steps.least_noise:
            return latent
        return torch.stack(
            [
                one if job.region is None else steps.around(one, *job.region, colors, noise)
                for one, job in zip(latent, jobs, strict=True)
            ]
        )


@dataclass(frozen=True)
class Job:
    """One row to call the denoiser for: the host's row, what it follows, its part of the latent, and how much each cell
    of that counts, (h, w) on the CPU; None is fully. region: the layout and the number of its span that is a region's.
    """

    row: int
    run: RegionalRun | None
    box: Box
    counts: torch.Tensor | None
    region: tuple[Layout, int] | None


def alone_runs(run: RegionalRun) -> tuple[RegionalRun, ...]:
    """For each span of a canvas the run of a picture that has its words alone; they go with the canvas's own."""

    def make() -> tuple[RegionalRun, ...]:
        context = run.context
        grid = context.grid
        share = CACHE_BYTES // len(context.spans)
        return tuple(
            RegionalRun(
                RegionalContext(
                    context.embeddings[span.start : span.stop],
                    (Span(0, span.stop - span.start, (0, grid, 0, grid)),),
                    grid,
                ),
                plain_attention,
                cache_bytes=share,
            )
            for span in context.spans
        )

    return run.kept("alone", make)


def normalized(weights: torch.Tensor) -> torch.Tensor:
    """(S, H, W), over 0 in sum → summing to 1 over S."""
    return weights / weights.sum(0, keepdim=True)


def box_share(layout: Layout, number: int) -> torch.Tensor:
    """(H, W) float32 on the CPU: the mask of that span, times its weight."""
    span = layout.spans[number]
    mask = torch.zeros(layout.height, layout.width)
    mask[span.box.slices] = span.weight if span.fade is None else span.fade.values * span.weight
    return mask


def mean_weights(layout: Layout) -> torch.Tensor:
    """MultiDiffusion's: each region's mask, and for the whole picture's words what all masks leave."""
    local = [box_share(layout, number) for number in range(1, len(layout.spans))]
    taken = torch.stack(local).clamp(max=1).sum(0) if local else torch.zeros(layout.height, layout.width)
    return torch.stack([(1 - taken).clamp(min=0), *local])


def complementary_weights(layout: Layout) -> torch.Tensor:
    """RPG's: `mean_weights`, and of each pixel BASE for the whole picture's words."""
    weights = normalized(mean_weights(layout)) * (1 - BASE)
    weights[0] += BASE
    return weights


def gaussian_weights(layout: Layout) -> torch.Tensor:
    """Mixture of Diffusers': a normal distribution over each region's crop, for the whole picture's words as well."""
    weights = torch.zeros(len(layout.spans), layout.height, layout.width)
    for number, span in enumerate(layout.spans):
        box = crop_of(span.box, layout)
        weights[number][box.slices] = _bell(box.height)[:, None] * _bell(box.width)[None, :] * span.weight
        if span.fade is not None:
            weights[number] *= box_share(layout, number) / max(span.weight, 1e-6)
    return weights


def _refuse_what_crops_cannot(call: RegionalCall) -> None:
    """LoRA and negative words of a region know where it lies in the whole latent, and no other place."""
    if call.parts or (call.drawn is not None and len(call.runs) > call.drawn):
        what = "LoRA" if call.parts else "negative words"
        raise OmostError(
            f"{what} of a region cannot be drawn by a method that calls for parts of the picture",
            hint=f"choose another method, or take the {what} out of the regions",
        )


def _bell(cells: int) -> torch.Tensor:
    """(cells,): exp(-((x - middle) / cells)² / (2·VARIANCE)); the constant before it is the same for all regions."""
    distance = (torch.arange(cells) - (cells - 1) / 2) / cells
    return torch.exp(-(distance**2) / (2 * VARIANCE))


def crop_of(box: Box, layout: Layout) -> Box:
    """The box, at least `LEAST_CROP` cells a side where the latent has as many: a UNet halves it again and again."""

    def longer(low: int, high: int, most: int) -> tuple[int, int]:
        side = min(most, max(high - low, LEAST_CROP))
        start = min(max(0, (low + high - side) // 2), most - side)
        return start, start + side

    return Box(*longer(box.top, box.bottom, layout.height), *longer(box.left, box.right, layout.width))


def _batches(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """Jobs that go through the denoiser together: of one size, at most MOST_ROWS."""
    by_size: dict[tuple[int, int], list[Job]] = {}
    for job in jobs:
        by_size.setdefault((job.box.height, job.box.width), []).append(job)
    for same in by_size.values():
        for start in range(0, len(same), MOST_ROWS):
            yield same[start : start + MOST_ROWS]
