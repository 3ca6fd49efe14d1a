"""Host: what a program that runs an image model has to offer, so that a canvas becomes regions of its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from lib_omost.canvas import Lora
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.loras.difference import Difference
from lib_omost.prompts import Bag

LATENT_CELL = 8  # pixels along one side of a latent's cell
POOLED = "pooled"  # a vector of the whole text, beside its tokens


@dataclass(frozen=True)
class EncodedText:
    """tokens: (T, C). others: what else a text gives a denoiser, by the host's names, such as SDXL's pooled vector.

    padding: (P, C), what stands behind the text where a model was trained to attend to it; the whole picture's text
    keeps it, those of regions do without.
    """

    tokens: torch.Tensor
    others: Mapping[str, torch.Tensor]
    padding: torch.Tensor | None = None


class Host(Protocol):
    """The program or library that runs the image model, for one sampling run."""

    @property
    def denoiser(self) -> Denoiser:
        """What the sampler calls at every step."""
        ...

    @property
    def long_texts(self) -> bool:
        """Whether `encode` takes texts of more than a bag's tokens, and cuts them as the host cuts a prompt."""
        ...

    @property
    def reads_syntax(self) -> bool:
        """Whether its prompts have a syntax, in which brackets weight what they hold."""
        ...

    @property
    def bag_limit(self) -> int:
        """The most tokens that are encoded together: 75 with CLIP, some hundred with other encoders."""
        ...

    def literal(self, text: str, /) -> str:
        """The text as the host's prompt syntax writes it: no sign in it has another meaning."""
        ...

    def tokenize(self, text: str, /) -> Sequence[int]:
        """A text in prompt syntax → the ids that the encoder gets, without BOS, EOS and padding."""
        ...

    def encode(self, bags: Sequence[Bag], loras: Sequence[Lora] = (), /) -> Sequence[EncodedText]:
        """Every bag by itself: none attends to another. Their prompts are in prompt syntax.

        `loras` are added to the text encoder for these bags alone. Raises OmostError by the name of one not known.
        """
        ...

    def lora_layers(self, name: str, /) -> Mapping[str, Difference]:
        """What the LoRA of that name changes at weight 1, by the layer's name within the denoiser's module.

        Raises OmostError by its name: when there is none, when it is for another kind of model or cannot be read.
        """
        ...
