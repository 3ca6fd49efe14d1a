"""What WebUIs have by themselves: their signatures, their kinds of models, where each keeps encoder and denoiser.

`tests/hosts/installed/test_installed_signatures.py` holds this table against the real ones.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn


class Patcher:
    """Forge's UnetPatcher: the UNet and its patches; a clone has its own."""

    def __init__(self, unet: nn.Module, patches: dict | None = None) -> None:
        self.model = SimpleNamespace(diffusion_model=unet)
        self.model_options = patches or {"transformer_options": {}}

    def clone(self) -> Patcher:
        clone = Patcher(self.model.diffusion_model, copy.deepcopy(self.model_options))
        return clone

    def set_model_attn2_replace(self, patch: Any, block: str, number: int, index: int | None = None) -> None:
        options = self.model_options["transformer_options"]
        key = (block, number) if index is None else (block, number, index)
        options.setdefault("patches_replace", {}).setdefault("attn2", {})[key] = patch


class ForgeUNet(nn.Module):
    """The small UNet under Forge's names, whose attention goes to a replacement where there is one."""

    def __init__(self, small: Any) -> None:
        super().__init__()
        self.lift, self.lower = small.lift, small.lower
        block = nn.Module()
        block.transformer_blocks = nn.ModuleList([small.blocks[0]])
        self.input_blocks = nn.ModuleList([nn.ModuleList([nn.Identity(), block])])
        middle = nn.Module()
        middle.transformer_blocks = nn.ModuleList([small.blocks[1]])
        self.middle_block = nn.ModuleList([nn.Identity(), middle])
        self.blocks = [small.blocks[0], small.blocks[1]]
        self.objects: Any = None

    def forward(self, x: torch.Tensor, timesteps: Any = None, context: Any = None, y: Any = None) -> torch.Tensor:
        hidden = self.lift(x)
        options = self.objects.unet.model_options["transformer_options"]
        replacements = options.get("patches_replace", {}).get("attn2", {})
        for number, block in enumerate(self.blocks):
            if number:
                hidden = nn.functional.avg_pool2d(hidden, 2, ceil_mode=True)
            tokens = hidden.flatten(2).transpose(1, 2)
            name = ("middle", 0) if number else ("input", 0)
            layer = block.attn2
            patch = replacements.get((*name, 0)) or replacements.get(name)
            if patch is None:
                out = layer(tokens, context=context, value=None, transformer_options={})
            else:
                out = layer.to_out(patch(layer.to_q(tokens), layer.to_k(context), layer.to_v(context), {}))
            hidden = hidden + out.transpose(1, 2).unflatten(2, hidden.shape[2:])
        return self.lower(nn.functional.interpolate(hidden, size=x.shape[2:]))


SD_CONDITIONING = "(prompts, is_negative_prompt=False, width=None, height=None, copy_from=None)"
DISTILLED = SD_CONDITIONING[:-1] + ", distilled_cfg_scale=None)"
CACHED_PARAMS = "(self, required_prompts, steps, extra_network_data, hires_steps=None, use_old_scheduling=False)"
ALL_FIVE = "(self, required_prompts, steps, extra_network_data, hires_steps, use_old_scheduling)"
SD = ("is_sd1", "is_sd2", "is_sdxl")


@dataclass(frozen=True)
class Fork:
    """One WebUI.

    kinds: what its models say of themselves. engine: whether its encoder is one of its own, not A1111's.
    patcher: whether the UNet stands behind one. swallows: whether its page never learns what a job raised.
    """

    name: str
    cached_params: str = CACHED_PARAMS
    sd_conditioning: str = SD_CONDITIONING
    kinds: tuple[str, ...] = SD
    engine: bool = False
    patcher: bool = True
    swallows: bool = False

    @property
    def signatures(self) -> dict[str, str]:
        """By the names that the probe in a real one gives them, without annotations."""
        return {"cached_params": self.cached_params, "SdConditioning": self.sd_conditioning, **SHARED}


SHARED = {
    "get_learned_conditioning_prompt_schedules": "(prompts, base_steps, hires_steps=None, use_old_scheduling=False)",
    "get_multicond_prompt_list": "(prompts)",
    "images_tensor_to_samples": "(image, approximation=None, model=None)",
    "setup_conds": "(self)",
    "get_conds": "(self)",
}
FORKS = {
    fork.name: fork
    for fork in (
        Fork("A1111", patcher=False),
        Fork("Forge", sd_conditioning=DISTILLED, engine=True),
        Fork("reForge", swallows=True),
        Fork("Classic", swallows=True),
        Fork("Neo", ALL_FIVE, DISTILLED, ("is_sd1", "is_sdxl"), engine=True),
    )
}


def with_signature(signature: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, called with whatever a function of that signature takes; it raises TypeError for anything else."""
    names: dict[str, Any] = {}
    exec(f"def taken{signature}: return dict(locals())", names)
    taken = names["taken"]

    def called(*arguments: Any, **keywords: Any) -> Any:
        return function(**taken(*arguments, **keywords))

    called.__signature__ = inspect.signature(taken)  # type: ignore[attr-defined]
    return called


def model_in(fork: Fork, job: Any, *, is_sdxl: bool) -> Any:
    """The job's model as the fork holds it."""
    inner = SimpleNamespace(diffusion_model=job.unet)
    model = SimpleNamespace(get_learned_conditioning=job.sd_model.get_learned_conditioning)
    for kind in fork.kinds:
        setattr(model, kind, kind == ("is_sdxl" if is_sdxl else "is_sd1"))
    if fork.engine:
        setattr(model, "text_processing_engine_l" if is_sdxl else "text_processing_engine", job.embedder)
    elif is_sdxl:
        model.conditioner = SimpleNamespace(embedders=[job.embedder, object()])
    else:
        model.cond_stage_model = job.embedder
    if fork.patcher:
        model.forge_objects = SimpleNamespace(unet=Patcher(job.unet))
    else:
        model.model = inner
    return model
