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


def unchanged(embeddings: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The tokens for the keys and for the values, where no hypernetwork tells them apart."""
    return embeddings, embeddings


@dataclass(frozen=True)
class Host:
    """How one kind of WebUI is asked.

    encode: texts that fill equally many chunks of 75 tokens, and the picture's width and height in pixels → the host's
        conditioning, one row (77 · chunks, C) a text.
    tokenize: a text in prompt syntax → the ids that the encoder gets, without BOS, EOS and padding; emphasis is no
        token, a textual inversion as many as it has vectors.
    schedules: a prompt of the prompt box and the pass's last step → (end_at_step, text) of its first AND part, for
        prompt editing such as [from:to:when].
    unet: the module whose forward gets (rows, 4, H, W).
    encoder_state: equal while the same text is encoded the same.
    contexts: (1, T, C) → what keys and what values are projected from.
    upcasts_attention: scores are computed in float32 whatever the model's dtype.
    taken_by: why another extension leaves no room for regions, or None.
    """

    name: str
    encode: Callable[[Sequence[str], int, int], Conditioning]
    tokenize: Callable[[str], Sequence[int]]
    schedules: Callable[[str, int], Sequence[tuple[int, str]]]
    unet: torch.nn.Module
    encoder_state: object
    contexts: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]] = unchanged
    upcasts_attention: bool = False
    taken_by: str | None = None
