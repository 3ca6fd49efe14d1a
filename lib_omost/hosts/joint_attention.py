"""Joint attention as the place where text meets image: diffusion transformers, in every host.

A layer's forward gets text and image, as one sequence or two, and mostly takes a mask. The rows that carry a canvas are
given the layout as that mask; what else a family's layer must be told, such as where tokens stand, its adapter says in
`follow`. The text that such a layer is given must be the canvas's own: the tokens of all regions side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.given_bias import given_bias
from lib_omost.attention.joint import JointRule, Order, joint_bias
from lib_omost.attention.layout import Layout
from lib_omost.attention.run import RegionalRun
from lib_omost.hosts.denoiser import argument
from lib_omost.hosts.rows import by_rows

PATCH = 2  # cells of the latent along one side of a position


@dataclass(frozen=True)
class Followed:
    """The canvas that a layer's rows follow in the call under way.

    masked: whether the rule covers this layer and step; positions stay the canvas's own where it does not. Reference
        pictures are masked in all of them.
    apart: whether pixels of different subjects do not see each other in this step.
    tokens: how many positions the rows' text has: the canvas's, and what a host put behind to make rows equally long.
    """

    run: RegionalRun
    layout: Layout
    masked: bool
    apart: bool
    tokens: int

    def unseen(self, text: int) -> tuple[int, int]:
        """Where in a sequence whose text begins at `text` those positions lie that are none of the canvas's."""
        return text + self.layout.tokens, text + self.tokens

    def bias(self, order: Order, like: torch.Tensor) -> torch.Tensor | None:
        """(1, 1, total, total), added to the scores, on the device and in the dtype of `like`; None without a mask."""
        rule = self.run.joint if self.masked else None
        if rule is None and order.pictures is None:
            return None
        layout = self.layout.undivided if rule is None else self.layout
        apart = rule is not None and self.apart

        def make() -> torch.Tensor | None:
            made = joint_bias(layout, order, rule or JointRule(), like.device, like.dtype, apart=apart)
            return made if bool(made.any()) else None  # without a mask torch's attention rounds otherwise

        name = ("bias", rule is None, apart, order, layout.height, layout.width, like.device, like.dtype)
        bias = self.run.kept(name, make)
        return None if bias is None else bias[None, None]


Arguments = tuple[tuple[Any, ...], dict[str, Any]]
Follow = Callable[[Followed, tuple[Any, ...], dict[str, Any]], Arguments]
Ordered = Callable[[Followed, tuple[Any, ...], dict[str, Any]], Order]


def as_given(_followed: Followed, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments:
    """The `follow` of a layer that must be told nothing."""
    return arguments, keywords


@dataclass(frozen=True)
class JointAttention:
    """One layer.

    depth: where it is in the denoiser, 0 the first and 1 the last; None in one that refines text or image alone,
        where regions are kept apart whatever the schedule.
    follow: the arguments of rows that follow a canvas → those that the forward is called with in their place.
    first: the name of the forward's first argument, (rows, positions, C).
    patch: cells of the latent along one side of a position.
    ordered: the order of the sequence, for a forward that takes no mask: torch's attention is given it, and what keeps
        pixels apart where the forward attends to the image alone, too.
    fused: within it the forward computes by torch's attention, where a host chooses among several.
    """

    name: str
    module: Any
    depth: float | None
    follow: Follow
    first: str = "hidden_states"
    patch: int = PATCH
    ordered: Ordered | None = None
    fused: Callable[[], AbstractContextManager[None]] = nullcontext

    def regional(self, original: Forward, call: RegionalCall) -> Forward:
        """The forward that takes the place of `original`. It raises OmostError for other rows than the call's.

        Where a canvas has one region there is nothing to keep apart, and the layer is called as it always is, but for
        pictures that have a region.
        """

        def undivided(*arguments: Any, **keywords: Any) -> Any:
            if not call.pictures or call.tokens is None:
                return original(*arguments, **keywords)
            return follow(call.undivided(call.tokens), arguments, keywords)

        def steer(run: RegionalRun, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            if not keeps_apart(run):
                return undivided(*arguments, **keywords)
            return follow(run, arguments, keywords)

        def follow(run: RegionalRun, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            followed = self._followed(call, run)
            bias = alone = None
            if self.ordered is not None:
                image = argument(arguments, keywords, 0, self.first)
                bias = followed.bias(self.ordered(followed, arguments, keywords), image)
                alone = followed.bias(Order(followed.layout.pixels, image=0), image) if followed.apart else None
            arguments, keywords = self.follow(followed, arguments, keywords)
            if bias is None:
                return original(*arguments, **keywords)
            with self.fused(), given_bias(bias, self.name, alone):
                return original(*arguments, **keywords)

        def forward(*arguments: Any, **keywords: Any) -> Any:
            if not call.pictures and not any(keeps_apart(run) for run, _ in call.groups):
                return original(*arguments, **keywords)
            given = len(argument(arguments, keywords, 0, self.first))
            return by_rows(call, arguments, keywords, given=given, original=undivided, steer=steer)

        return forward

    def _followed(self, call: RegionalCall, run: RegionalRun) -> Followed:
        height, width = (-(-side // self.patch) for side in (call.height, call.width))
        covered = run.joint is not None and (self.depth is None or run.joint.covers(self.depth, call.noise))
        layout = run.layout(height, width)
        apart = run.joint is not None and run.joint.parts_pixels(call.noise)
        return Followed(run, layout, covered, apart, layout.tokens if call.tokens is None else call.tokens)


def keeps_apart(run: RegionalRun) -> bool:
    """Whether the canvas of `run` has regions that joint attention is to tell apart."""
    return run.joint is not None and len(run.context.spans) > 1


def depths(layers: int) -> list[float]:
    """The depth of each of so many layers that come one after another."""
    return [number / max(1, layers - 1) for number in range(layers)]


def each_alone(rotations: torch.Tensor, axis: int, lengths: Sequence[int]) -> torch.Tensor:
    """Rotations by position along `axis`, texts of these lengths in front: each text has those that it had alone."""
    texts = (rotations.narrow(axis, 0, length) for length in lengths)
    first = sum(lengths)
    return torch.cat([*texts, rotations.narrow(axis, first, rotations.shape[axis] - first)], dim=axis)
