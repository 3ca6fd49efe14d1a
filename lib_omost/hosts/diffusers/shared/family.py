"""Family: what one kind of image model needs of the road, beside its pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL.Image import Image

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers.shared.asked import Asked, check_side
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.methods.names import JOINT_METHODS, SKETCH
from lib_omost.prompts import Bag, greedy_bags


class Texts(Protocol):
    """The text encoders of one pipeline."""

    @property
    def limit(self) -> int:
        """The most tokens that are encoded together, beside those that the encoder itself adds."""
        ...

    def tokenize(self, text: str, /) -> Sequence[int]:
        """The ids without those that the encoder adds."""
        ...

    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        """Every bag by itself."""
        ...


@dataclass(frozen=True)
class Conditioned:
    """context: the tokens of all regions. arguments: what the pipeline is called with for this canvas and its negative.

    notes: what the user should know. negatives: what unconditional rows follow, None where they are as they are.
    """

    context: RegionalContext
    arguments: Mapping[str, Any]
    notes: tuple[str, ...]
    negatives: RegionalContext | None = None


@dataclass(frozen=True)
class ImageToImage:
    """How a family's pictures are begun from others.

    pipeline: text to image → image to image, with the same parts. takes_size: it is told width and height.
    rounds_up: a share of the steps is rounded up, else down.
    """

    pipeline: Callable[[Pipeline], Pipeline]
    takes_size: bool = True
    rounds_up: bool = True


def of_same_parts(name: str) -> Callable[[Pipeline], Pipeline]:
    """A pipeline → diffusers' pipeline of that name with the same parts."""

    def make(pipeline: Pipeline) -> Pipeline:
        import diffusers

        return getattr(diffusers, name)(**pipeline.components)

    return make


class ReadPictures(Protocol):
    """Of a family that edits pictures."""

    def __call__(
        self, pipeline: Pipeline, images: Sequence[Image], numbers: Sequence[int], /
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Pictures, and which one of those that are seen together each is → its tokens (N, C) behind the latent's, and
        their places (N, P). Raises BadInputError for one that it cannot read."""
        ...


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of image model. What is given no value is as with most transformers.

    name: as people call it. pipeline: diffusers' class, as model_index.json names it.
    parts: the classes that each part may be of; the scheduler's is `scheduler`, whatever the folder names.
    methods: those that its layers can follow, the default first. cfg: the guidance scale that is usual.
    multiple: a picture's sides are multiples of so many pixels. cell: pixels along one side of a latent's cell.
    half: what it is computed in on a GPU.
    size: the checkpoint's own width and height.
    texts, denoiser: of one pipeline; denoiser for so many pictures at once. It raises OmostError for another kind.
    condition: a canvas, encoded. images: None where a picture cannot begin from another.
    references: how its own way of editing pictures reads one; None where it was not trained on such.
    make: parts → the pipeline, where diffusers has no class of that name that can be called with them.
    options: what a folder says of the pipeline itself, yes or no, by its class's names.
    """

    name: str
    pipeline: str
    parts: Mapping[str, tuple[str, ...]]
    methods: tuple[str, ...] = JOINT_METHODS
    cfg: float
    texts: Callable[[Pipeline], Texts]
    denoiser: Callable[[Pipeline, int], Denoiser]
    condition: Callable[[Host, Pipeline, Canvas, Asked], Conditioned]
    scheduler: str = "FlowMatchEulerDiscreteScheduler"
    multiple: int = 16
    half: torch.dtype = torch.bfloat16
    size: Callable[[Pipeline], tuple[int, int]] = lambda _pipeline: (1024, 1024)
    images: ImageToImage | None = None
    references: ReadPictures | None = None
    make: Callable[[dict[str, Any]], Pipeline] | None = None
    cell: int = 8
    options: tuple[str, ...] = ()

    @property
    def drawn_by(self) -> tuple[str, ...]:
        """The methods that pictures of this family can be drawn by: a sketch needs a picture to begin from."""
        return self.methods if self.images is not None else tuple(name for name in self.methods if name != SKETCH)


def size_of(pipeline: Pipeline, family: Family, settings: Asked) -> tuple[int, int]:
    """Width and height in pixels: the asked ones, else the checkpoint's own. Raises BadInputError for others."""
    own = family.size(pipeline)
    width, height = settings.width or own[0], settings.height or own[1]
    for name, side in (("width", width), ("height", height)):
        check_side(name, side, family.multiple)
    return width, height


def negative_bags(host: Host, negative: str) -> tuple[Bag, ...]:
    """The bags of the negative prompt; one without tokens where there is none."""
    return greedy_bags((), (negative,) if negative.strip() else (), host.tokenize, host.bag_limit).bags


def joined(texts: Sequence[EncodedText]) -> torch.Tensor:
    """(T, C): the tokens of texts side by side, with the padding of the last one."""
    padding = [] if texts[-1].padding is None else [texts[-1].padding]
    return torch.cat([*(text.tokens for text in texts), *padding])
