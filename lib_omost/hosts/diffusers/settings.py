"""What a picture is rendered with."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.errors import BadInputError, has_halves
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.methods.names import SCORE
from lib_omost.methods.registry import method_named
from lib_omost.prompts import PromptMixing, TagStyle


@dataclass(frozen=True)
class Hires:
    """A second pass over the enlarged picture. `denoise` is the share of the noise schedule that it redoes."""

    scale: float = 1.5
    denoise: float = 0.45

    def __post_init__(self) -> None:
        if not 1.0 < self.scale <= 4.0:
            raise BadInputError(f"a hires scale of {self.scale} is out of range", hint="choose over 1, at most 4")
        _check_denoise("hires denoise", self.denoise)


@dataclass(frozen=True)
class RenderSettings:
    """Raises BadInputError when a value is out of range.

    width, height: pixels, multiples of 8; None is the checkpoint's own size.
    cfg: the classifier-free guidance scale; 1 switches guidance and the negative prompt off.
    seed: of the first picture; the n-th of a batch has seed + n.
    denoise: None starts as the method does; below 1 the picture starts from the draft with that much noise.
    words: those of a prompt box beside the canvas, for the regions that `mixing` names.
    """

    width: int | None = None
    height: int | None = None
    steps: int = 20
    cfg: float = 5.0
    seed: int = 0
    negative: str = ""
    denoise: float | None = None
    batch: int = 1
    method: str = SCORE
    style: TagStyle = TagStyle.PLAIN
    hires: Hires | None = None
    words: str = ""
    mixing: PromptMixing = PromptMixing.EVERY_REGION

    def __post_init__(self) -> None:
        for name, pixels in (("width", self.width), ("height", self.height)):
            if pixels is not None:
                check_side(name, pixels)
        if not 1 <= self.steps <= 1000:
            raise BadInputError(f"{self.steps} steps are out of range", hint="choose 1 to 1000")
        if not 1.0 <= self.cfg <= 100.0:
            raise BadInputError(f"a CFG scale of {self.cfg} is out of range", hint="choose 1 to 100; 5 to 7 is usual")
        if not 0 <= self.seed < 2**63:
            raise BadInputError(f"seed {self.seed} is out of range", hint="choose 0 to 9223372036854775807")
        if not 1 <= self.batch <= 64:
            raise BadInputError(f"a batch of {self.batch} is out of range", hint="choose 1 to 64")
        if self.denoise is not None:
            _check_denoise("denoise", self.denoise)
        if has_halves(self.negative + self.words):
            raise BadInputError("a prompt holds half of a surrogate pair", hint="give it as valid Unicode")
        method_named(self.method)


def check_side(name: str, pixels: int) -> None:
    """Raises BadInputError unless `pixels` is a multiple of 8 from 64 to 8192."""
    if not 64 <= pixels <= 8192:
        raise BadInputError(f"a {name} of {pixels} pixels is out of range", hint="choose 64 to 8192")
    if pixels % LATENT_CELL:
        below = pixels - pixels % LATENT_CELL
        nearest = f"{below} and {below + LATENT_CELL} are the nearest"
        raise BadInputError(f"a {name} of {pixels} pixels is no multiple of 8", hint=nearest)


def _check_denoise(name: str, denoise: float) -> None:
    if not 0.0 < denoise <= 1.0:
        raise BadInputError(f"a {name} of {denoise} is out of range", hint="choose over 0, at most 1")
