"""Which optimizer changes which weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

OptimizersOf = Callable[[torch.nn.Module], Sequence[torch.optim.Optimizer]]
_BETAS = (0.9, 0.99)  # AdamW's own memory of squares, 0.999, notices a steeper slope too late
_MOMENTUM = 0.95


def adam(model: torch.nn.Module) -> Sequence[torch.optim.Optimizer]:
    """AdamW for all of them; the rate is the loop's."""
    return (_adam(list(model.parameters())),)


def muon_within_blocks(model: torch.nn.Module) -> Sequence[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices within blocks, AdamW for all else: embeddings, ends, norms, biases.

    Its steps are scaled to the size of AdamW's (Liu et al. 2025, arXiv 2502.16982), so both have one rate.
    """
    inner: list[torch.nn.Parameter] = []
    rest: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (inner if parameter.dim() == 2 and "block" in name else rest).append(parameter)
    muon = torch.optim.Muon(inner, momentum=_MOMENTUM, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    return (muon, _adam(rest))


def _adam(parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, betas=_BETAS, fused=True)
