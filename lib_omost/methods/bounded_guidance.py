"""Bounded Attention's guidance (Dahary et al. 2024, "Be Yourself: Bounded Attention for Multi-Subject Text-to-Image
Generation", arXiv 2403.16990).

For each subject s the attention of its own pixels f and that of the background's b are summed over pixels, heads and
what they look at: its words in cross-attention, its pixels in self-attention. With S subjects and means over layers,
L = Σₛ 1.5·(1 - f/(f + S·b))² of cross- and Σₛ 0.5·(1 - f/(f + S·b))² of self-attention. While this is measured the
background's pixels see the tokens of all subjects, so that they have something to give away; pixels of a subject never
see those of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.layout import Layout
from lib_omost.attention.watched import Bias
from lib_omost.methods.attention_maps import subject_masks, subjects_of, words_of

_TINY = 1e-12


def subject_bias(layout: Layout, like: torch.Tensor) -> torch.Tensor:
    """(H·W, T): -∞ where a subject's pixel meets the tokens of subjects that it is not of, else 0."""
    subjects = layout.subjects.to(like.device)
    of_none = ~subjects.any(0)
    bias = torch.zeros(layout.height, layout.width, layout.tokens, device=like.device, dtype=like.dtype)
    for span, mask in zip((one for one in layout.spans[1:] if one.weight > 0), subjects, strict=True):
        bias[..., span.start : span.stop].masked_fill_(~(mask | of_none)[..., None], float("-inf"))
    return bias.view(layout.pixels, layout.tokens)


def pixel_bias(layout: Layout, like: torch.Tensor) -> torch.Tensor:
    """(H·W, H·W): -∞ where pixels of different subjects meet, else 0."""
    bias = torch.full((layout.pixels, layout.pixels), float("-inf"), device=like.device, dtype=like.dtype)
    for own, seen in layout.sets_of_subjects:
        bias[own.to(like.device)[:, None], seen.to(like.device)] = 0
    return bias


def bounded_sizes(noise: float) -> float:
    """The published code's α for SD1.x: from 8 to 2 over the guided steps, which end at a noise of 0.7."""
    return 8.0 - 6.0 * min(1.0, (1.0 - noise) / 0.3)


@dataclass(frozen=True)
class WithinBounds:
    """A `Measure`. of_words, of_subjects: how much cross- and self-attention count."""

    of_words: float = 1.5
    of_subjects: float = 0.5
    bias: Bias = subject_bias
    pixel_bias: Bias = pixel_bias
    per_subject: bool = True

    def of_tokens(self, probabilities: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """(S, 2): the subjects' own attention to their words, and the background's."""
        looked_at = [probabilities[..., words_of(span)].sum((0, 2)) for span in subjects_of(layout)]
        return _by_pixels(torch.stack(looked_at), layout)

    def of_pixels(self, probabilities: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """(S, 2): the subjects' own attention to their pixels, and the background's."""
        masks = subject_masks(layout, probabilities).flatten(1)
        return _by_pixels(torch.stack([(probabilities.sum(0) * mask).sum(-1) for mask in masks]), layout)

    def loss(self, tokens: torch.Tensor, pixels: torch.Tensor | None, _layout: Layout, /) -> torch.Tensor:
        """The sum over subjects."""
        loss = self.of_words * _missed(tokens)
        return loss if pixels is None else loss + self.of_subjects * _missed(pixels)


def _by_pixels(looked_at: torch.Tensor, layout: Layout) -> torch.Tensor:
    """(S, H·W), how much each pixel looks at each subject → (S, 2): sums over its own pixels and the background's."""
    masks = subject_masks(layout, looked_at).flatten(1)
    background = 1 - masks.amax(0)
    return torch.stack([(looked_at * masks).sum(-1), (looked_at * background).sum(-1)], dim=-1)


def _missed(sums: torch.Tensor) -> torch.Tensor:
    own, background = sums.unbind(-1)
    share = own / (own + len(sums) * background).clamp(min=_TINY)
    return ((1 - share) ** 2).sum()
