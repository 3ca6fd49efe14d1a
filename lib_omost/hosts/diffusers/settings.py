"""What a picture is rendered with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lib_omost.auto import AUTO
from lib_omost.canvas import Canvas
from lib_omost.defaults.checkpoints import defaults_of
from lib_omost.errors import BadInputError, has_halves
from lib_omost.hosts.diffusers.shared.asked import check_side
from lib_omost.hosts.diffusers.shared.family import Family
from lib_omost.hosts.wording import Wording
from lib_omost.methods.names import UNCHOSEN, hint_for, method_for, preferring
from lib_omost.methods.registry import method_named
from lib_omost.methods.tuning import MINI, Tuning, tuned
from lib_omost.prompts import PromptMixing, TagStyle, negative_with


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

    width, height: pixels, multiples of 8 or what the family wants; None is the checkpoint's own size.
    method: AUTO is the family's own.
    cfg: the classifier-free guidance scale; 1 switches guidance and the negative prompt off. None is the family's.
    guidance: that which is distilled into a model (Flux 1 dev), None is the usual one; others do not know it.
    seed: of the first picture; the n-th of a batch has seed + n.
    denoise: None starts as the method does; below 1 the picture starts from the draft with that much noise.
    words: those of a prompt box beside the canvas, for the regions that `mixing` names.
    literal: BREAK in the canvas is a word like others, and nobody is told of signs that are not read.
    style: None is the family's.
    checkpoint: the name of its file, by which its family is told (`lib_omost/defaults/`).
    tuning: the numbers of our own method; None is the family's.
    """

    width: int | None = None
    height: int | None = None
    steps: int = 20
    cfg: float | None = None
    guidance: float | None = None
    seed: int = 0
    negative: str = ""
    denoise: float | None = None
    batch: int = 1
    method: str = AUTO
    style: TagStyle | None = TagStyle.PLAIN
    hires: Hires | None = None
    words: str = ""
    mixing: PromptMixing = PromptMixing.EVERY_REGION
    literal: bool = False
    checkpoint: str = ""
    tuning: Tuning | None = None

    def __post_init__(self) -> None:
        for name, pixels in (("width", self.width), ("height", self.height)):
            if pixels is not None:
                check_side(name, pixels)
        if not 1 <= self.steps <= 1000:
            raise BadInputError(f"{self.steps} steps are out of range", hint="choose 1 to 1000")
        if self.cfg is not None and not 1.0 <= self.cfg <= 100.0:
            raise BadInputError(f"a CFG scale of {self.cfg} is out of range", hint="choose 1 to 100; 5 to 7 is usual")
        if self.guidance is not None and not 0.0 <= self.guidance <= 100.0:
            raise BadInputError(f"a guidance of {self.guidance} is out of range", hint="choose 0 to 100; 3.5 is usual")
        if not 0 <= self.seed < 2**63:
            raise BadInputError(f"seed {self.seed} is out of range", hint="choose 0 to 9223372036854775807")
        if not 1 <= self.batch <= 64:
            raise BadInputError(f"a batch of {self.batch} is out of range", hint="choose 1 to 64")
        if self.denoise is not None:
            _check_denoise("denoise", self.denoise)
        if has_halves(self.negative + self.words):
            raise BadInputError("a prompt holds half of a surrogate pair", hint="give it as valid Unicode")
        if self.method not in UNCHOSEN:
            method_named(self.method)

    @property
    def wording(self) -> Wording:
        """How the canvas is worded. Raises ValueError where no method was chosen yet."""
        if self.method in UNCHOSEN:
            raise ValueError("no method is chosen")
        return Wording(self.method, self.style or TagStyle.PLAIN, self.mixing, self.literal, self.tuning or MINI)

    def negative_of(self, canvas: Canvas) -> str:
        """The negative prompt with what the canvas says is absent."""
        return negative_with(canvas, self.negative)


def chosen(settings: RenderSettings, family: Family, more: tuple[str, ...] = ()) -> RenderSettings:
    """The settings with the family's own method and guidance where none were chosen.

    more: methods that this checkpoint can do beyond its family's. Raises BadInputError, by name, for what it cannot do.
    """
    defaults = defaults_of(settings.checkpoint, family.name)
    methods = preferring(defaults.method, (*family.drawn_by, *more))
    method = method_for(settings.method, methods)
    if method not in methods:
        raise BadInputError(f"the method {method} cannot steer {family.name}", hint=hint_for(method, methods))
    if family.images is None and (settings.denoise is not None or settings.hires is not None):
        raise BadInputError(
            f"a picture of {family.name} cannot begin from another one",
            hint="leave out the start from the draft and the second, larger pass",
        )
    tuning = settings.tuning or tuned(defaults.word_weight, defaults.start_noise)
    cfg = family.cfg if settings.cfg is None else settings.cfg
    return replace(settings, method=method, tuning=tuning, cfg=cfg, style=settings.style or defaults.style)


def _check_denoise(name: str, denoise: float) -> None:
    if not 0.0 < denoise <= 1.0:
        raise BadInputError(f"a {name} of {denoise} is out of range", hint="choose over 0, at most 1")
