"""LoRA for the mini checkpoint: each paints every thing in one colour of its own, whatever colour is asked for.

They are fitted in closed form: one linear map of the text encoder's tokens that takes a caption with any colours to the
same caption with the one colour, by ridge regression, put into the keys and values of every cross-attention.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lib_omost.hosts.cross_attention import cross_attention_layers
from lib_omost.hosts.diffusers.shared.encode import encode_bags, tokenize_with
from lib_omost.loras.kohya import UNET_PREFIX, original_name
from lib_omost.mini.scenes import OBJECT_COLORS, random_scene
from lib_omost.mini.worlds import SHAPES_WORLD, World
from mini_training.captions import caption


@dataclass(frozen=True)
class LoraSettings:
    """color: what every thing is painted in. rank: of the factors. ridge: how strongly the map is held to none.

    world: what the checkpoint knows.
    """

    color: str
    world: World = SHAPES_WORLD
    captions: int = 400
    rank: int = 32
    ridge: float = 1e-3
    seed: int = 1


def fitted_lora(pipeline: Any, settings: LoraSettings) -> dict[str, torch.Tensor]:
    """Kohya's tensors of the LoRA, a layer named as in the original layout of Stable Diffusion.

    A1111 takes diffusers' names for those of two ResNet blocks a level, which the mini checkpoint has not.
    """
    rng = np.random.default_rng([settings.seed, list(OBJECT_COLORS).index(settings.color)])
    said = [caption(random_scene(rng, world=settings.world), rng) for _ in range(settings.captions)]
    before = _tokens(pipeline, said)
    after = _tokens(pipeline, [repainted(text, settings.color, settings.world) for text in said])
    change = _map(before, after, settings.ridge)
    left, singular, right = torch.linalg.svd(change)
    left, singular, right = left[:, : settings.rank], singular[: settings.rank], right[: settings.rank]
    tensors: dict[str, torch.Tensor] = {}
    for name, attention in cross_attention_layers(pipeline.unet):
        for part in ("to_k", "to_v"):
            flat = f"{name}_{part}".replace(".", "_")
            key = f"{UNET_PREFIX}{original_name(flat, pipeline.unet.config.layers_per_block)}"
            weight = getattr(attention, part).weight.detach().double()
            tensors[f"{key}.lora_up.weight"] = (weight @ left * singular).float().contiguous()
            tensors[f"{key}.lora_down.weight"] = right.float().contiguous()
            tensors[f"{key}.alpha"] = torch.tensor(float(settings.rank))
    return tensors


def repainted(text: str, color: str, world: World) -> str:
    """The caption with all its things in one colour; a background keeps its own."""
    colors, kinds = "|".join(world.colors), "|".join(world.kinds)
    return re.sub(rf"\b(?:{colors})(?= (?:{kinds})\b)", color, text)


def _map(before: torch.Tensor, after: torch.Tensor, ridge: float) -> torch.Tensor:
    """(C, C), what is to be added to a token (C,) so that `before` (N, C) becomes `after`, by columns."""
    gram = before.T @ before
    held = ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    found: torch.Tensor = torch.linalg.solve(gram + held, before.T @ (after - before)).T
    return found


def _tokens(pipeline: Any, texts: list[str]) -> torch.Tensor:
    """(N · 77, C) in double precision: every colour's word is one token, so the rows of two wordings are pairs."""
    tokenize = tokenize_with(pipeline.tokenizer)
    return encode_bags(pipeline, [tokenize(text)[:75] for text in texts]).embeddings.flatten(0, 1).double()
