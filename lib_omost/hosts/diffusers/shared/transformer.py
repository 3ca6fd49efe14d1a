"""A diffusion transformer of diffusers as a `Denoiser`: what its families' adapters share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.hosts.denoiser import Layer, Reading

Read = Callable[[Sequence[Any], Mapping[str, Any], Sequence[torch.Tensor]], Reading]


@dataclass(frozen=True)
class TransformerDenoiser:
    """`reads` knows how the family's forward is called."""

    module: torch.nn.Module
    layers: tuple[Layer, ...]
    reads: Read

    def read(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor], /
    ) -> Reading:
        """Rows are told by their texts, since guidance may be a call of its own."""
        return self.reads(arguments, keywords, canvases)


def carried(texts: Sequence[torch.Tensor], canvases: Sequence[torch.Tensor]) -> list[int | None]:
    """(T, C) a row and several (T, C) → for each row the number of the canvas that it was given, or None."""

    def canvas_of(text: torch.Tensor) -> int | None:
        alike = (canvas.shape == text.shape and torch.equal(canvas.to(text), text) for canvas in canvases)
        return next((number for number, is_alike in enumerate(alike) if is_alike), None)

    return [canvas_of(text) for text in texts]


def noise_of(timestep: Any, scale: float = 1.0) -> float | None:
    """The share of noise of a call's first row, from its timestep in 0…`scale`."""
    return None if timestep is None else float(torch.as_tensor(timestep).flatten()[0]) / scale
