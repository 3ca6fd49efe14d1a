"""Low-rank adapters beside the linear layers of a model. Source: Hu et al. 2021, "LoRA"."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn


class Adapted(nn.Module):
    """A frozen linear layer plus `up @ down`: down (r, in) is random at first, up (out, r) zero; both float32."""

    def __init__(self, linear: nn.Linear, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        self.linear = linear
        down = torch.empty(rank, linear.in_features).uniform_(-1, 1, generator=generator)
        device = linear.weight.device
        self.down = nn.Parameter((down / math.sqrt(linear.in_features)).to(device))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank, device=device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) → (…, out), in the type of x."""
        beside = nn.functional.linear(nn.functional.linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))
        y: torch.Tensor = self.linear(x) + beside
        return y


def trainable(model: Any, rank: int, seed: int) -> dict[str, nn.Parameter]:
    """What is trained, by name: adapters of this rank in all linear layers, or with rank 0 all but the embeddings.

    Everything else is frozen. The output layer stays as it is.
    """
    model.requires_grad_(False)
    if rank:
        _adapt(model, rank, torch.Generator().manual_seed(seed))
    else:
        kept = {
            id(parameter)
            for parameter in (*model.get_input_embeddings().parameters(), *model.get_output_embeddings().parameters())
        }
        for parameter in model.parameters():
            parameter.requires_grad_(id(parameter) not in kept)
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def _adapt(model: Any, rank: int, generator: torch.Generator) -> None:
    head = model.get_output_embeddings()
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and module is not head:
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, Adapted(module, min(rank, *module.weight.shape), generator))
