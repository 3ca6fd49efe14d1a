"""What every WebUI's job looks like, as far as it is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

import torch

from lib_omost.hosts.host import LATENT_CELL

CROSSATTN = "crossattn"
Conditioning = torch.Tensor | Mapping[str, torch.Tensor]  # SD1.x and SD2.x; SDXL, whose tokens are CROSSATTN


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


def latent_cell() -> int:
    """Pixels along one side of a cell of the loaded model's latent, as far as the host says."""
    return int(getattr(sys.modules.get("modules.processing"), "opt_f", LATENT_CELL))


def is_hires(p: Processing) -> bool:
    """Whether the job is in its second pass, which may have a checkpoint, prompts and networks of its own."""
    return bool(getattr(p, "is_hr_pass", False))
