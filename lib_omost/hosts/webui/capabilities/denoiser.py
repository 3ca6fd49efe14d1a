"""How the denoiser is reached, and what in it can be steered.

Models of the original Stable Diffusion layout call `attn2` with x (rows, H·W, C) and context (rows, T, C), in every
WebUI. Where a model has a patcher (`patches.py`), its UNet or transformer stands behind that; the kinds of transformers
are found by their blocks (`../transformers`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.errors import BadInputError
from lib_omost.hosts.cross_attention import CrossAttention, cross_attention_layers
from lib_omost.hosts.denoiser import Layer, Reading, argument, share_of_noise
from lib_omost.hosts.normal_tensors import can_be_differentiated
from lib_omost.hosts.webui.capabilities.carriers import carriers
from lib_omost.hosts.webui.capabilities.families import SAID, family_of, webui_name
from lib_omost.hosts.webui.capabilities.hypernetworks import contexts_of
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.capabilities.steerable import refusal_of
from lib_omost.hosts.webui.capabilities.upcasting import upcasts_attention
from lib_omost.hosts.webui.transformers.cosmos import cosmos_layers
from lib_omost.hosts.webui.transformers.flux import flux_layers
from lib_omost.hosts.webui.transformers.lumina import lumina_layers
from lib_omost.hosts.webui.transformers.qwen_image import qwen_image_layers
from lib_omost.hosts.webui.transformers.sd3 import sd3_layers
from lib_omost.methods.names import (
    CROSS_METHODS,
    JOINT_METHODS,
    KINDS,
    PLAIN,
    UNET_METHODS,
    hint_for,
)

Find = Callable[[Any], tuple[Layer, ...]]
TRANSFORMERS: tuple[tuple[Find, tuple[str, ...]], ...] = (  # a kind's layers, and the methods that it can do
    (flux_layers, JOINT_METHODS),
    (cosmos_layers, CROSS_METHODS),
    (lumina_layers, JOINT_METHODS),
    (qwen_image_layers, JOINT_METHODS),
    (sd3_layers, JOINT_METHODS),
)


@dataclass(frozen=True)
class WebUIDenoiser:
    """The denoiser of a job's model: its forward gets x (rows, C, H, W) or (rows, C, T, H, W), timesteps and context,
    (rows, T, C) or (rows, 1, T, C).

    methods: the names of those that it can do, the default first. steps: what a timestep is where all is noise, as
    timesteps count the noise schedule's steps or its share; None where they count something else.
    """

    module: torch.nn.Module
    layers: tuple[Layer, ...]
    methods: tuple[str, ...] = UNET_METHODS
    steps: float | None = None

    def read(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor], /
    ) -> Reading:
        """Rows are told by the tokens that they carry."""
        sample, context = argument(arguments, keywords, 0, "x"), argument(arguments, keywords, 2, "context")
        height, width = sample.shape[-2:]
        if context is None:
            return Reading(height, width, [None] * len(sample))
        context = context.flatten(1, -2)
        timestep = argument(arguments, keywords, 1, "timesteps")
        noise = None if self.steps is None else share_of_noise(timestep, self.steps)
        return Reading(height, width, carriers(context, canvases), noise, tokens=context.shape[1])


def denoiser_of(model: Any) -> WebUIDenoiser:
    """The model's. Raises OmostError for one of a kind that has no regions, as far as the host or its layers tell."""
    patcher = patcher_of(model)
    inner = getattr(model, "model", None) if patcher is None else patcher.model
    module = getattr(inner, "diffusion_model", None)
    if module is None:
        raise refusal_of(model)
    for find, methods in TRANSFORMERS:
        if layers := find(module):
            return WebUIDenoiser(module, layers, methods, timestep_of_noise(getattr(inner, "predictor", None)))
    said = [getattr(model, kind) for kind in SAID if hasattr(model, kind)]
    found = cross_attention_layers(module)
    if not found or (said and not any(said)):
        raise refusal_of(model, module)
    methods = UNET_METHODS
    if not can_be_differentiated(module):
        methods = tuple(name for name in UNET_METHODS if not KINDS[name].alone)
    return WebUIDenoiser(module, webui_layers(found, patcher), methods, steps=1000)


def timestep_of_noise(predictor: Any) -> float | None:
    """The timestep at σ = 1, which is noise alone in flow matching; None where timesteps do not grow as σ does."""
    if predictor is None:
        return None
    half, whole = map(float, predictor.timestep(torch.tensor([0.5, 1.0])))
    return whole if whole > 0 and math.isclose(whole, 2 * half, rel_tol=1e-3) else None


def webui_layers(found: Sequence[tuple[str, Any]], patcher: Any = None) -> tuple[CrossAttention, ...]:
    """Names and modules of `attn2` → layers under the user's hypernetworks and options."""
    contexts, upcasts = contexts_of(patcher), upcasts_attention(patcher)
    return tuple(
        CrossAttention(name, layer, ("x", "context"), layer.to_out, contexts, upcasts=upcasts) for name, layer in found
    )


def methods_of(model: Any) -> tuple[str, ...]:
    """The names of the methods that a loaded model can do, the default first; none for one that has no regions."""
    try:
        return denoiser_of(model).methods
    except Exception:  # noqa: BLE001 (a WebUI that nobody has seen; the job tells why)
        return ()


def has_negative_words(model: Any) -> bool:
    """Whether regions have negative words with a loaded model, as far as its layers tell."""
    try:
        return all(isinstance(layer, CrossAttention) for layer in denoiser_of(model).layers)
    except Exception:  # noqa: BLE001 (as above)
        return True


def refuse_method(denoiser: WebUIDenoiser, method: str, model: Any) -> None:
    """Raise BadInputError for a method that the model of a job cannot do, with those that it can."""
    if method not in denoiser.methods:
        raise BadInputError(
            f"the method {method} cannot steer {family_of(model)}", hint=hint_for(method, denoiser.methods)
        )


def refuse_trained(method: str, model: Any) -> None:
    """Raise BadInputError for a method that needs weights of its own, which no layer of the loaded model has."""
    can = methods_of(model)
    if method in KINDS and KINDS[method].weights and method not in can:
        raise BadInputError(
            f"the method {method} cannot be drawn in {webui_name()}", hint=hint_for(method, can or (PLAIN,))
        )
