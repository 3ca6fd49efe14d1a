"""Attend-and-Excite's loss (Chefer et al. 2023, "Attend-and-Excite: Attention-Based Semantic Guidance for Text-to-Image
Diffusion Models", arXiv 2301.13826).

max over subjects of 1 - max A, A being a subject's smoothed map (`attention_maps.py`): each subject is to have a patch
somewhere that looks at its words, and the one that has least of it says where the latent goes. It knows no boxes: where
a thing stands is the model's choice, and a canvas says which subjects there are and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.layout import Layout
from lib_omost.methods.attention_maps import OfWords, subject_maps


@dataclass(frozen=True)
class LeastAttended(OfWords):
    """A `Measure`."""

    def loss(self, tokens: torch.Tensor, _pixels: torch.Tensor | None, layout: Layout, /) -> torch.Tensor:
        """Of the subject that is attended least."""
        return (1 - subject_maps(tokens, layout).amax((1, 2))).amax()
