"""How the denoiser is reached, and what in it can be steered.

Models of the original Stable Diffusion layout call `attn2` with x (rows, H·W, C) and context (rows, T, C), in every
WebUI. Where a model has a patcher (`patches.py`), its UNet stands behind that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.hosts.cross_attention import CrossAttention, cross_attention_layers
from lib_omost.hosts.denoiser import Reading, argument
from lib_omost.hosts.webui.capabilities.carriers import carriers
from lib_omost.hosts.webui.capabilities.families import cannot_steer, family_of
from lib_omost.hosts.webui.capabilities.hypernetworks import contexts_of
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.capabilities.upcasting import upcasts_attention

KINDS = ("is_sd1", "is_sd2", "is_sdxl")  # a host says no more than those it knows


@dataclass(frozen=True)
class WebUIDenoiser:
    """The UNet of a job's model: its forward gets x (rows, 4, H, W), timesteps and context (rows, T, C)."""

    module: torch.nn.Module
    layers: tuple[CrossAttention, ...]

    def read(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor], /
    ) -> Reading:
        """Rows are told by the tokens that they carry."""
        sample, context = argument(arguments, keywords, 0, "x"), argument(arguments, keywords, 2, "context")
        height, width = sample.shape[-2:]
        return Reading(height, width, [None] * len(sample) if context is None else carriers(context, canvases))


def denoiser_of(model: Any) -> WebUIDenoiser:
    """The model's. Raises OmostError for one of a kind that has no regions, as far as the host or its layers tell."""
    patcher = patcher_of(model)
    inner = getattr(model, "model", None) if patcher is None else patcher.model
    unet = getattr(inner, "diffusion_model", None)
    said = [getattr(model, kind) for kind in KINDS if hasattr(model, kind)]
    found = [] if unet is None else cross_attention_layers(unet)
    if unet is None or not found or (said and not any(said)):
        raise cannot_steer(family_of(model))
    return WebUIDenoiser(unet, webui_layers(found, patcher))


def webui_layers(found: Sequence[tuple[str, Any]], patcher: Any = None) -> tuple[CrossAttention, ...]:
    """Names and modules of `attn2` → layers under the user's hypernetworks and options."""
    contexts, upcasts = contexts_of(patcher), upcasts_attention(patcher)
    return tuple(
        CrossAttention(name, layer, ("x", "context"), layer.to_out, contexts, upcasts=upcasts) for name, layer in found
    )
