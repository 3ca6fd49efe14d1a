"""What the WebUIs have in common, as typed protocols, and the few places where they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

Conditioning = torch.Tensor | Mapping[str, torch.Tensor]  # SD1.x and SD2.x; SDXL


class Sampler(Protocol):
    """The host's sampler of one picture: the hires pass gets another."""

    sample: Callable[..., torch.Tensor]
    sample_img2img: Callable[..., torch.Tensor]


class Processing(Protocol):
    """The host's `p`: one job of txt2img or img2img."""

    sd_model: Any
    sampler: Sampler
    width: int
    height: int
    is_api: bool
    prompts: Sequence[str]
    denoising_strength: float | None
    extra_generation_params: MutableMapping[str, Any]


@dataclass(frozen=True)
class Host:
    """How one kind of WebUI is asked.

    encode: texts of at most 75 tokens and the picture's width and height → the host's conditioning, one row a text.
    tokenize: text → ids without BOS and EOS.
    unet: the module whose forward gets (rows, 4, H, W).
    taken_by: why another extension's patch leaves no room for regions, or None.
    """

    name: str
    encode: Callable[[Sequence[str], int, int], Conditioning]
    tokenize: Callable[[str], Sequence[int]]
    unet: torch.nn.Module
    taken_by: str | None = None
