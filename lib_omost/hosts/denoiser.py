"""Denoiser: what a sampler calls at every step, and the layers in it where text meets image.

Where they meet is the adapter's own matter. Two kinds of `Layer` are known: cross-attention (`cross_attention.py`),
whose tokens no layer changes, and joint attention (`joint_attention.py`), whose tokens are a stream of the denoiser's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.errors import OmostError


@dataclass(frozen=True)
class Reading:
    """What one call of a denoiser was given.

    height, width: of its latent, which may be (rows, C, H, W), (rows, C, T, H, W) or packed in patches.
    carried: for each row the number of the canvas it carries, or None.
    noise: the share of noise in the latent, 1 at a run's start and 0 at its end; None where the call does not tell. A
        tensor, whose reading waits for the device, is read where a method follows it alone.
    tokens: how many each row's text has; None where rows are never longer than their canvas.
    """

    height: int
    width: int
    carried: Sequence[int | None]
    noise: float | torch.Tensor | None = None
    tokens: int | None = None


class Layer(Protocol):
    """One place where text meets image."""

    @property
    def name(self) -> str:
        """Its name within the denoiser."""
        ...

    @property
    def module(self) -> torch.nn.Module:
        """The module whose forward does it."""
        ...

    def regional(self, original: Forward, call: RegionalCall) -> Forward:
        """The forward that takes the place of `original`, the module's own: rows of the call's groups follow their
        canvas, all others get what `original` gives them."""
        ...


class Denoiser(Protocol):
    """A UNet or a transformer, as the host's sampler calls it."""

    @property
    def module(self) -> torch.nn.Module:
        """The module that is called; one call of it is one call of the denoiser."""
        ...

    @property
    def layers(self) -> Sequence[Layer]:
        """Every place where text meets image."""
        ...

    def read(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor], /
    ) -> Reading:
        """What a call with these arguments was given; `canvases` are (T, C) each."""
        ...


def share_of_noise(timestep: Any, steps: float) -> torch.Tensor | float | None:
    """Of a call's first row, from its timestep in 0…`steps`; None where there is none."""
    if timestep is None:
        return None
    first = timestep.flatten()[0] if isinstance(timestep, torch.Tensor) else float(timestep)
    return first / steps


def unknown_model(model: object) -> OmostError:
    """The refusal of a model in which text meets image where no adapter looks."""
    return OmostError(
        f"Omost cannot steer this kind of model ({type(model).__name__})",
        hint="choose a checkpoint of SD1.x or SDXL",
    )


def argument(arguments: Sequence[Any], keywords: Mapping[str, Any], place: int, name: str) -> Any:
    """The argument that a caller gave by place or by name, None when it gave none."""
    return arguments[place] if len(arguments) > place else keywords.get(name)
