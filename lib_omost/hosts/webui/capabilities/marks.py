"""Marks that another extension puts before a prompt's tokens, to tell later which rows of a call are conditional.

ControlNet of A1111 does: a token whose channels all hold one number far beyond any embedding's, and of the sign that
says which kind of prompt it is. It takes it away within the UNet's forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lib_omost.hosts.webui.capabilities.processing import CROSSATTN

_LEAST = 512.0  # no text encoder's channels all hold such a number


def mark_before(tokens: torch.Tensor) -> torch.Tensor | None:
    """(T, C) → the mark (1, C) that stands before the text, None where there is none."""
    if tokens.dim() != 2 or len(tokens) < 2 or tokens.shape[1] < 2:
        return None
    first = tokens[:1]
    is_mark = bool((first == first[0, 0]).all()) and abs(float(first[0, 0])) >= _LEAST
    return first if is_mark else None


def marked_like(tokens: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """The tokens (T, C), behind the mark of those `given` where these have one."""
    mark = mark_before(given)
    return tokens if mark is None else torch.cat([mark.to(tokens.device, tokens.dtype), tokens])


def without_mark(tokens: torch.Tensor) -> torch.Tensor:
    """The text alone: (T, C) → (T, C) or (T - 1, C)."""
    return tokens if mark_before(tokens) is None else tokens[1:]


def marked_rows(context: torch.Tensor) -> torch.Tensor:
    """(rows, T, C) of a UNet's call → (rows,) bool on its device: which rows have a mark before their text."""
    if context.shape[1] < 2 or context.shape[2] < 2:
        return torch.zeros(len(context), dtype=torch.bool, device=context.device)
    first = context[:, 0]
    return (first == first[:, :1]).all(dim=1) & (first[:, 0].abs() >= _LEAST)


def multicond_marked_like(made: Any, given: Any) -> Any:
    """The host's MulticondLearnedConditioning `made`, every text of it behind the mark of those `given`.

    A new object of the same classes where there is a mark, for the host keeps its own for later jobs.
    """
    first = given.batch[0][0].schedules[0].cond
    tokens = first[CROSSATTN] if isinstance(first, Mapping) else first
    if mark_before(tokens) is None:
        return made

    def marked(cond: Any) -> Any:
        if isinstance(cond, Mapping):
            return {**cond, CROSSATTN: marked_like(cond[CROSSATTN], tokens)}
        return marked_like(cond, tokens)

    batch = [
        [
            type(part)([type(one)(one.end_at_step, marked(one.cond)) for one in part.schedules], part.weight)
            for part in parts
        ]
        for parts in made.batch
    ]
    return type(made)(made.shape, batch)
