"""Method: what makes one way of steering a picture different from another, as parts that may each be left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.formulation import Formulation, Timed
from lib_omost.attention.joint import JointRule
from lib_omost.methods.bootstrap import Bootstrap
from lib_omost.methods.grounding import Grounding
from lib_omost.methods.guidance import Guidance
from lib_omost.methods.layers import Layers
from lib_omost.methods.sketch import Sketch
from lib_omost.methods.start import Start

DenoiserCall = Callable[[Forward, RegionalCall], Forward]


@dataclass(frozen=True)
class PixelRule:
    """How pixels see each other. everywhere: in rows without a canvas too, such as the unconditional ones."""

    formulation: Formulation
    everywhere: bool = False


@dataclass(frozen=True)
class Method:
    """One way of steering a picture by the regions of its canvas. A part that is None is as it is without Omost.

    start: what sampling begins from instead of noise alone, where nothing else is given to begin from.
    attention: how pixels attend to the tokens of their regions where these stand beside the image (cross-attention).
    joint: how text and image see each other where they stand in one sequence (joint attention).
    pixels: how pixels see each other (self-attention of UNets).
    denoiser_call: the denoiser's own forward, with the host's arguments → the forward that is called in its place.
    guidance: how the latent is moved before each of the first steps, by a gradient of attention.
    grounding: the boxes and phrases that layers trained for them are given; the words are joined in one caption.
    layers: each region is a picture of its own, with alpha; the other parts have no place beside it.
    """

    name: str
    start: Start | Sketch | None = None
    attention: Formulation | None = None
    joint: JointRule | None = None
    pixels: PixelRule | None = None
    denoiser_call: DenoiserCall | None = None
    guidance: Guidance | None = None
    grounding: Grounding | None = None
    layers: Layers | None = None

    @property
    def is_regional(self) -> bool:
        """Whether regions keep their own words: without a part that tells them apart all words are joined in one."""
        parts = (self.attention, self.joint, self.pixels, self.denoiser_call, self.guidance)
        return any(part is not None for part in parts)

    @property
    def flat_pictures(self) -> list[NDArray[np.uint8]]:
        """Those whose latents' colours a part needs, (H, W, 3) each; none for most methods."""
        bootstrap: Bootstrap | None = getattr(self.denoiser_call, "bootstrap", None)
        return [] if bootstrap is None else bootstrap.pictures()

    @property
    def follows_noise(self) -> bool:
        """Whether a part must be told the share of noise in the latent."""
        pixels = None if self.pixels is None else self.pixels.formulation
        is_timed = any(isinstance(part, Timed) for part in (self.attention, pixels))
        parts = (self.joint, self.denoiser_call)
        return is_timed or self.guidance is not None or any(getattr(part, "follows_noise", False) for part in parts)

    def from_draft(self, denoise: float | None) -> Method:
        """The same, from the draft with `denoise` of the noise schedule; None leaves the start as it is."""
        return self if denoise is None else replace(self, start=Start(denoise))
