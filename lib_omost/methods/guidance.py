"""Guidance: in a run's first steps the latent is moved down the gradient of a loss of attention, before each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from lib_omost.attention.watched import Measure


@dataclass(frozen=True)
class Measured:
    """A loss at a latent, and its gradient by that, (1, C, H, W); zeros where there is none that is finite."""

    loss: float
    gradient: torch.Tensor


@dataclass(frozen=True)
class Refinement:
    """Attend-and-Excite's: at the first step with at most so much noise the latent is moved until the loss is there.

    steps: shares of noise, falling, and the loss that is to be reached. most: moves in one step.
    """

    steps: tuple[tuple[float, float], ...]
    most: int = 20

    def target(self, noise: float, before: float | None) -> float | None:
        """The loss to be reached in a step; `before` is the noise of the one before. None for none."""
        due = [loss for share, loss in self.steps if noise <= share and (before is None or share < before)]
        return due[-1] if due else None


@dataclass(frozen=True)
class Guidance:
    """The latent, in the scale that the denoiser is given, moves by -α·∇loss.

    measure: the loss. least_noise: the latent is not moved with less noise than that. step_size: α at a share of noise.
    moves: at most so many in a step. enough: a loss below which a step has no further moves.
    """

    measure: Measure
    least_noise: float
    step_size: Callable[[float], float]
    moves: int = 1
    enough: float = 0.0
    refinement: Refinement | None = None

    def moved(
        self,
        latent: torch.Tensor,
        noise: float,
        before: float | None,
        gradient: Callable[[torch.Tensor], Measured],
        stopped: Callable[[], bool] = lambda: False,
    ) -> torch.Tensor:
        """(1, C, H, W) before a step with that share of noise → the latent that the step begins with.

        before: the share of noise in the step before, None in the first one. stopped: whether the user ended the job.
        """
        size = self.step_size(noise)
        measured: Measured | None = None
        target = None if self.refinement is None else self.refinement.target(noise, before)
        if self.refinement is not None and target is not None:
            for _ in range(self.refinement.most):
                if stopped():
                    return latent
                measured = gradient(latent)
                if measured.loss <= target:
                    break
                latent, measured = latent - size * measured.gradient, None
        for _ in range(self.moves):
            if stopped():
                return latent
            measured = gradient(latent) if measured is None else measured
            latent, loss, measured = latent - size * measured.gradient, measured.loss, None
            if loss < self.enough:
                break
        return latent
