"""RegionalCall: the denoiser's call under way, and which of its rows follow which canvas."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from lib_omost.attention.context import GRID, RegionalContext, Span
from lib_omost.attention.layout import layer_size
from lib_omost.attention.places import Box, filled
from lib_omost.attention.run import RegionalRun
from lib_omost.attention.watched import Watch
from lib_omost.errors import OmostError

Forward = Callable[..., Any]  # a tensor, or several where a layer changes text and image
TensorForward = Callable[..., torch.Tensor]  # of a layer with one output
Rows = slice | torch.Tensor  # an index of the first axis: a slice where they lie side by side, else (n,) int64


class Part(Protocol):
    """A part of the picture in which keys and values of text are other ones, such as a region with a LoRA."""

    def concerns(self, layer: str, /) -> bool:
        """Whether that cross-attention's are."""
        ...

    def place(self, height: int, width: int, like: torch.Tensor, /) -> tuple[Box, torch.Tensor | None]:
        """The pixels of a layer of that size, and how much they count there, (h, w), None where that is 1 for all."""
        ...

    def changed(self, projection: str, tokens: torch.Tensor, out: torch.Tensor, /) -> torch.Tensor:
        """The keys or values (…, T, C') that there are in the part, from the tokens (…, T, C) and `out` of the layer's
        own projection, whose name is given; `out` stays as it is."""
        ...


@dataclass(frozen=True)
class Parts:
    """Those that concern one layer: number, box and weights (None where all are 1) of each, in the order they count.

    fill: whether they leave no pixel. touched: (H·W, 1) bool, the pixels of any part; None where they fill.
    """

    placed: tuple[tuple[int, Part, Box, torch.Tensor | None], ...]
    fill: bool
    touched: torch.Tensor | None


@dataclass
class RegionalCall:
    """What the layers of a denoiser must know of the call that they are in.

    height, width: of the latent of this sampling run.
    runs: one a canvas; of these the first `drawn` are what is drawn (all, where that is None), and the others what is
    kept away: the negative words of regions.
    noise: the share of noise in the latent of the call under way, None where the host does not tell.
    rows: how many the denoiser was given. groups: a run and the rows that follow its canvas. others: the rows without
    a canvas, None when there are none. met: the numbers of the runs that a call so far had rows of.
    parts: where keys and values are others than the layer's own; of two that overlap the later one counts.
    colors: (n, C), what flat pictures are as latents; None where no method asked for them.
    watch: what looks at the layers while a gradient is computed, else None.
    tokens: how many the text of each row of the call under way has, None where that is the canvas's own number.
    pictures: those of joint attention whose tokens every row has behind its image (`RegionalContext.pictures`).
    """

    height: int
    width: int
    runs: tuple[RegionalRun, ...] = ()
    rows: int = 0
    groups: tuple[tuple[RegionalRun, Rows], ...] = ()
    others: Rows | None = None
    met: frozenset[int] = frozenset()
    noise: float | None = None
    parts: tuple[Part, ...] = ()
    colors: torch.Tensor | None = None
    tokens: int | None = None
    drawn: int | None = None
    pictures: tuple[Span, ...] = ()
    watch: Watch | None = None
    _undivided: dict[int, RegionalRun] = field(default_factory=dict, repr=False)
    _carried: tuple[int | None, ...] | None = field(default=None, repr=False)
    _placed: dict[Hashable, Parts] = field(default_factory=dict, repr=False)
    _sizes: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict, repr=False)

    @property
    def ever(self) -> bool:
        """Whether a call so far had a canvas that is drawn."""
        return any(self.drawn is None or number < self.drawn for number in self.met)

    @property
    def ever_kept_away(self) -> bool:
        """Whether a call so far had rows that follow negative words."""
        return any(self.drawn is not None and number >= self.drawn for number in self.met)

    def draws(self, run: RegionalRun) -> bool:
        """Whether that run is of a canvas that is drawn, not of what is kept away."""
        return any(run is one for one in self.runs[: self.drawn])

    def undivided(self, tokens: int) -> RegionalRun:
        """For rows in which nothing but pictures has a place: a text of so many tokens is all of the picture's."""
        if tokens not in self._undivided:
            text = Span(0, tokens, (0, GRID, 0, GRID))
            context = RegionalContext(torch.empty(tokens, 0), (text,), GRID, pictures=self.pictures)
            self._undivided[tokens] = RegionalRun(context)
        return self._undivided[tokens]

    def clear(self) -> None:
        """Let go of what was kept for rows without a canvas."""
        for run in self._undivided.values():
            run.clear()
        self._undivided.clear()

    def begin(self, carried: Sequence[int | None], noise: float | None = None, tokens: int | None = None) -> None:
        """A call begins whose rows carry these canvases: a number of `runs` for each row, None where there is none."""
        self.rows = len(carried)
        self.noise, self.tokens = noise, tokens
        if self._carried != tuple(carried):  # most calls of a run are alike
            self._carried = tuple(carried)
            self.groups = tuple(
                (run, rows_with(carried, number)) for number, run in enumerate(self.runs) if number in carried
            )
            self.others = rows_with(carried, None) if None in carried else None
            self.met |= {number for number in carried if number is not None}

    @property
    def followed(self) -> tuple[RegionalRun | None, ...]:
        """What each row of the call follows."""
        found: list[RegionalRun | None] = [None] * self.rows
        for run, rows in self.groups:
            for row in range(self.rows)[rows] if isinstance(rows, slice) else rows.tolist():
                found[row] = run
        return tuple(found)

    def size(self, pixels: int) -> tuple[int, int]:
        """Height and width of a layer that is called for that many pixels. Raises OmostError when it cannot be told."""
        key = (self.height, self.width, pixels)
        found = self._sizes.get(key)
        if found is not None:
            return found
        try:
            return self._sizes.setdefault(key, layer_size(*key))
        except ValueError as error:
            raise OmostError(
                f"Omost cannot steer this picture: something changes how many pixels a layer sees ({pixels})",
                hint="switch off token merging and hypertiling",
            ) from error

    def parts_of(self, layer: str, height: int, width: int, like: torch.Tensor) -> Parts:
        """The parts that concern a layer of that size; their weights are on the device and in the dtype of `like`."""
        key = (layer, height, width, like.device, like.dtype)
        if key not in self._placed:
            placed = tuple(
                (number, part, *part.place(height, width, like))
                for number, part in enumerate(self.parts)
                if part.concerns(layer)
            )
            touched = torch.zeros(height, width, dtype=torch.bool)
            for _, _, box, weights in placed:
                touched[box.slices] |= torch.ones((), dtype=torch.bool) if weights is None else weights.cpu() > 0
            fill = filled((box for *_, box, weights in placed if weights is None), height, width)
            self._placed[key] = Parts(placed, fill, None if fill else touched.view(-1, 1).to(like.device))
        return self._placed[key]

    @contextmanager
    def parted(self, parts: Sequence[Part]) -> Iterator[None]:
        """In this block keys and values are others in these parts."""
        before, self.parts = self.parts, tuple(parts)
        self._placed.clear()
        try:
            yield
        finally:
            self.parts = before
            self._placed.clear()

    @contextmanager
    def within(self, followed: Sequence[RegionalRun | None], height: int, width: int) -> Iterator[None]:
        """A call inside the call: of rows that follow these runs, on a latent of that size; then it is as before."""
        before = self.height, self.width, self.rows, self.groups, self.others
        runs = [run for run in dict.fromkeys(followed) if run is not None]
        self.height, self.width, self.rows = height, width, len(followed)
        self.groups = tuple((run, rows_with(followed, run)) for run in runs)
        self.others = rows_with(followed, None) if None in followed else None
        try:
            yield
        finally:
            self.height, self.width, self.rows, self.groups, self.others = before


def rows_with(carried: Sequence[object], canvas: object) -> Rows:
    """The rows that carry `canvas`; there must be one."""
    rows = [row for row, one in enumerate(carried) if one == canvas]
    if rows[-1] - rows[0] + 1 == len(rows):
        return slice(rows[0], rows[-1] + 1)
    return torch.tensor(rows)
