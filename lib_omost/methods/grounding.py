"""Grounding: a canvas's regions as what GLIGEN's layers know, a box and a phrase each.

After Li et al. 2023, arXiv 2301.07093. Layers that were trained for it stand between self- and cross-attention of each
block of a UNet: a gated self-attention over the pixels and one token a thing, x ← x + tanh(γ)·SA([x, h])ₓ, with h =
MLP(phrase, Fourier(box)). They know no masks, weights or soft edges. The caption is the prompt, so all words of a
canvas are joined in one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.canvas import Canvas, Region
from lib_omost.canvas.vocabulary import GRID

_SENTENCE = re.compile(r"[.!?;\n]")
Box = tuple[float, float, float, float]  # left, top, right, bottom; shares of the picture's width and height


@dataclass(frozen=True)
class Thing:
    """What stands where. phrase: a few words, as of a caption."""

    phrase: str
    box: Box


@dataclass(frozen=True)
class Grounding:
    """share: of a run's steps, the first ones, in which the layers count; the later ones are left to the model itself,
    for finer pictures (the paper's scheduled sampling, whose code and diffusers begin with 0.3).

    most: things, as the layers were trained with. apart: of a run's steps the share, the first ones, in which each
    thing is drawn once more by itself, from the same noise; then all go on from the mean (InstanceDiffusion's sampler).
    """

    share: float = 0.3
    most: int = 30
    apart: float = 0.0

    def steps(self, of: int) -> int:
        """How many of a run's steps are grounded."""
        return int(self.share * of)

    def steps_apart(self, of: int) -> int:
        """How many of a run's steps each thing is drawn by itself."""
        return int(self.apart * of)

    def things(self, canvas: Canvas) -> tuple[tuple[Thing, ...], tuple[str, ...]]:
        """Far to near, and notes of what has no place among them: of too many the smallest, and regions without words.

        A region without weight is none.
        """
        found = [(region, phrase_of(region)) for region in canvas.far_to_near() if region.weight]
        worded = [(region, phrase) for region, phrase in found if phrase]
        notes = []
        if len(worded) < len(found):
            notes.append(f"{len(found) - len(worded)} regions have no description, and so no box")
        largest = sorted(worded, key=lambda one: -one[0].size)[: self.most]
        if len(worded) > self.most:
            left = ", ".join(phrase for region, phrase in worded if all(region is not one for one, _ in largest))
            notes.append(f"at most {self.most} boxes can be grounded, the smallest were left out: {left}")
        kept = [one for one in worded if any(one[0] is region for region, _ in largest)]
        return tuple(Thing(phrase, box_of(region)) for region, phrase in kept), tuple(notes)


def phrase_of(region: Region) -> str:
    """The first sentence of its description, without its full stop; where there is none, that of its details."""
    texts: Sequence[str] = (region.description, *region.detailed_descriptions, region.tags)
    sentences = (" ".join(part.split()).strip(" ,:") for text in texts for part in _SENTENCE.split(text))
    return next((one for one in sentences if one), "")


def box_of(region: Region) -> Box:
    """That of its rectangle, which is also the box around its mask."""
    top, bottom, left, right = region.rect
    return left / GRID, top / GRID, right / GRID, bottom / GRID
