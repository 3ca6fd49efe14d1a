"""Sketch: where sampling begins when a canvas says how large its things are and in which colour, and the model agrees.

What stands where is decided while the noise is strong, and small things are lost then. So the canvas is sketched as one
sharp disc a region, and sampling begins from that under as much noise as leaves the discs readable. The noise is
cleaned: within each disc, and in the background, its mean is taken out, since that mean is what a model reads colours
from. The colours of a canvas may be guesses, however. One step of the model, from the background alone, says what it
would put there by the words: a disc that is to have quite another colour gets that one, and sampling begins under more
noise.

Own work. From pictures as starts: SDEdit (Meng et al. 2021, arXiv 2108.01073). Measured by `bench regions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import GRID, Canvas, Region
from lib_omost.canvas.cells import array_of
from lib_omost.canvas.draft import cells_below
from lib_omost.methods.bootstrap import middle_of

Denoised = Callable[[torch.Tensor, int], torch.Tensor]
"""x = latent + σ · noise (1, C, H, W) at the σ of that number in the schedule → the latent that the model expects."""

_MOST = 0.999  # of noise in flow matching: at 1 there is no σ
_NO_COLOR = 0.15  # a disc that stands out less from the background (in latents, whose deviation is 1) says nothing
_FLAT = 128  # pixels along a side
_SEED = 0  # of the look's noise: what comes of it is the canvas's and the model's, whatever a picture's own seed


@dataclass(frozen=True)
class Begun:
    """Where sampling begins: at the σ of that number in the schedule, with that noise (B, C, H, W) of deviation 1.

    `latent` (1, C, H, W) is what lies under the noise; None is noise alone.
    """

    index: int
    noise: torch.Tensor
    latent: torch.Tensor | None


@dataclass(frozen=True)
class Sketch:
    """How a canvas is sketched, and under how much noise.

    filled: how much of the shorter side of its box a disc takes. In a long box it is as much longer as `longest`. A
        region with a mask has its own shape in place of a disc.
    noise: σ of the start for each cell of the latent in the mean side of the regions.
    agreement: the least cosine between a disc's colour and the model's, both from the background, at which it is kept.
    look: at which share of the schedule's steps the model is asked.
    standing_out: how far a colour of the model's stands out from the background, in latents.
    doubt: by how much `noise` is multiplied where a colour was not kept.
    """

    filled: float
    longest: float
    noise: float
    agreement: float
    look: float
    standing_out: float
    doubt: float

    def paint(self, canvas: Canvas, width: int, height: int) -> NDArray[np.uint8]:
        """(height, width, 3): the discs in their regions' colours on the canvas's, the largest farthest back."""
        picture = background(canvas, width, height)
        for region, disc in zip(largest_first(canvas), self.discs(canvas, width, height), strict=True):
            picture[disc] = region.rgb
        return picture

    def labels(self, canvas: Canvas, width: int, height: int) -> torch.Tensor:
        """(height, width) int64 on the CPU: 0 is the background, n the n-th of the discs, as `paint` has them."""
        labels = np.zeros((height, width), np.int64)
        for number, disc in enumerate(self.discs(canvas, width, height), 1):
            labels[disc] = number
        return torch.from_numpy(labels)

    def discs(self, canvas: Canvas, width: int, height: int) -> list[NDArray[np.bool_]]:
        """(height, width) each: which cells, of as many as that, have their centre in the disc; the largest first."""
        rows, columns = (np.arange(height) + 0.5) * GRID / height, (np.arange(width) + 0.5) * GRID / width
        found: list[NDArray[np.bool_]] = []
        for region in largest_first(canvas):
            if (cells := region.cells) is not None:
                found.append(array_of(cells)[cells_below(height)[:, None], cells_below(width)])
                continue
            top, bottom, left, right = region.rect
            most = self.longest * min(bottom - top, right - left)
            down, across = (self.filled / 2 * min(side, most) for side in (bottom - top, right - left))
            y, x = (rows - (top + bottom) / 2) / down, (columns - (left + right) / 2) / across
            found.append(y[:, None] ** 2 + x[None, :] ** 2 <= 1)
        return found

    def sigma(self, canvas: Canvas, height: int, width: int) -> float:
        """σ of the start on a latent of height × width cells; 0 without local regions."""
        sides = [math.sqrt(region.size * height * width) / GRID for region in largest_first(canvas)]
        return self.noise * sum(sides) / len(sides) if sides else 0.0

    def pictures(self, canvas: Canvas, width: int, height: int) -> tuple[NDArray[np.uint8], ...]:
        """What `begin` needs as latents: the sketch, the background, and each disc's colour on a small picture."""
        flat = [np.full((_FLAT, _FLAT, 3), region.rgb, np.uint8) for region in largest_first(canvas)]
        return (self.paint(canvas, width, height), background(canvas, width, height), *flat)

    def begin(
        self,
        canvas: Canvas,
        noise: torch.Tensor,
        sigmas: Sequence[float],
        latents: Sequence[torch.Tensor],
        denoised: Denoised,
        *,
        packed: int = 1,
    ) -> Begun:
        """Where sampling begins that would begin with `noise` (B, C, H, W), of deviation 1, at the first of `sigmas`.

        sigmas: falling, the last one may be 0. latents: (1, C, …) each, of `pictures`. packed: how many cells of the
            autoencoder's, along a side, one of the latent's holds as channels.
        """
        height, width = noise.shape[-2:]
        sigma = self.sigma(canvas, height * packed, width * packed)
        index = start_index(sigma, sigmas)
        if index is None:
            return Begun(0, noise, None)
        labels = self.labels(canvas, width, height).to(noise.device)
        sketched, behind, *flat = (latent.to(noise.device) for latent in latents)
        look = min(round(self.look * (len(sigmas) - 1)), index)
        generator = torch.Generator().manual_seed(_SEED)
        lit = torch.randn(1, *noise.shape[1:], generator=generator).to(behind)
        expected = denoised(behind + sigmas[look] * cleaned(lit, labels), look)
        others = self.other_colors(expected, labels, middle_of(behind), [middle_of(one) for one in flat])
        if others:
            sketched = sketched.clone()
            for number, color in others.items():
                sketched[0, :, labels == number] = color.to(sketched)[:, None]
            index = start_index(self.doubt * sigma, sigmas) or 0
        return Begun(index, cleaned(noise, labels), sketched)

    def other_colors(
        self, expected: torch.Tensor, labels: torch.Tensor, behind: torch.Tensor, said: Sequence[torch.Tensor]
    ) -> dict[int, torch.Tensor]:
        """The discs, by number, that the model would give another colour, with that colour (C,).

        expected: (1, C, H, W), what the model would draw. labels: (H, W). behind, said: (C,) each, the background's
        colour and each disc's. A colour that does not stand out from the background is not kept either.
        """
        others = {}
        for number, color in enumerate(said, 1):
            inside = labels == number
            if not bool(inside.any()):
                continue
            seen = expected[0, :, inside].float().mean(-1) - behind
            kept = color - behind
            cosine = float(torch.nn.functional.cosine_similarity(kept, seen, dim=0))
            if cosine < self.agreement or float(kept.norm()) < _NO_COLOR:
                others[number] = behind + seen * (self.standing_out / max(float(seen.norm()), _NO_COLOR))
        return others


def background(canvas: Canvas, width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 3): the canvas's colour alone."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = canvas.rgb
    return picture


def largest_first(canvas: Canvas) -> list[Region]:
    """The local regions whose words count, by their cells; of two as large the farther one first."""
    return sorted((region for region in canvas.far_to_near() if region.weight), key=lambda region: -region.size)


def start_index(sigma: float, sigmas: Sequence[float]) -> int | None:
    """The number of the first of `sigmas` that is at most `sigma`, where all are above it that of the middle one: a few
    steps of a model of few steps may begin there. None for no noise at all."""
    if sigma <= 0:
        return None
    found = next((number for number, one in enumerate(sigmas) if 0 < one <= sigma), None)
    return sum(one > 0 for one in sigmas) // 2 if found is None else found


def sigma_of(share: float) -> float:
    """σ where x = (1 - share) · latent + share · noise, as in flow matching: that is latent + σ · noise, over 1 + σ."""
    share = min(share, _MOST)
    return share / (1 - share)


def cleaned(noise: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W): ε ← (ε - mean) · √(n / (n - 1)) over the n cells of each label, a channel; one cell stays as it is.

    What is taken out with the mean is given back as deviation, so that it is noise of the same strength.
    """
    clean = noise.clone()
    for label in labels.unique():
        inside = labels == label
        count = int(inside.sum())
        if count > 1:
            cells = noise[..., inside]
            clean[..., inside] = (cells - cells.mean(-1, keepdim=True)) * math.sqrt(count / (count - 1))
    return clean
