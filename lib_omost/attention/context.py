"""RegionalContext: the tokens of all regions side by side, and which part of the grid each of their spans reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

GRID = 90  # cells along each side of the grid that rectangles are given in
RectLike = tuple[int, int, int, int]  # top, bottom, left, right in cells of the grid, half-open
Cells = tuple[int, ...]  # the rows of the grid from the top, bit x of each its cell in column x


@dataclass(frozen=True)
class Span:
    """Tokens `start` ≤ j < `stop` belong to the rectangle `rect` (top, bottom, left, right) of the grid.

    own: those of them that say what stands there and nowhere else, as half-open ranges in order: neither BOS, EOS and
    padding nor words that regions share. bags: how many texts the span was encoded as. weight: by how much its share of
    a pixel's attention is multiplied before all shares are made to sum to 1. edge: over how many cells that share
    fades, half of them outside the rectangle. cells: those of the rectangle that the span holds in; None is all.
    """

    start: int
    stop: int
    rect: RectLike
    own: tuple[tuple[int, int], ...] = ()
    bags: int = 1
    weight: float = 1.0
    edge: float = 0.0
    cells: Cells | None = None


@dataclass(frozen=True)
class RegionalContext:
    """What cross-attention is conditioned on for one picture.

    embeddings: (T, C), the tokens of all regions side by side, the global region's first.
    spans: cover 0 ≤ j < T without gap or overlap, in order; the first one covers the whole grid with weight 1, so that
        every pixel sees some token.
    grid: cells along each side of the grid that the rectangles are given in.
    texts: the tokens of each text that was encoded alone, one after another; none where each span is one text.
    pictures: of joint attention alone: the tokens of regions' reference pictures, counted from the first one's, which
        stand behind all others; their spans cover these as the others cover T, and none need cover the grid.

    Raises ValueError when the spans or texts do not do so, a rectangle is empty or leaves the grid, cells are none or
    beyond their rectangle, or a weight or edge is negative or not finite.
    """

    embeddings: torch.Tensor
    spans: tuple[Span, ...]
    grid: int = GRID
    texts: tuple[int, ...] = ()
    pictures: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.embeddings.dim() != 2:
            raise ValueError(f"embeddings must be (tokens, channels), not {tuple(self.embeddings.shape)}")
        check_spans(self.spans, self.embeddings.shape[0], self.grid)
        _side_by_side(self.pictures, self.grid)
        if sum(self.lengths) != len(self.embeddings):
            raise ValueError(f"texts of {self.texts} tokens are not the {len(self.embeddings)} of the embeddings")

    @property
    def lengths(self) -> tuple[int, ...]:
        """The tokens of each text: where positions count tokens, each begins anew."""
        return self.texts or tuple(span.stop - span.start for span in self.spans)


def check_spans(spans: tuple[Span, ...], tokens: int, grid: int) -> None:
    """Raise ValueError unless `spans` cover `tokens` in order, inside the grid, the first one the whole of it."""
    if grid < 1:
        raise ValueError(f"the grid must have at least one cell a side, not {grid}")
    if not spans:
        raise ValueError("a regional context needs at least one span, the global region's")
    if tuple(spans[0].rect) != (0, grid, 0, grid):
        raise ValueError(f"span 0 must cover the whole grid (0, {grid}, 0, {grid}), not {tuple(spans[0].rect)}")
    if spans[0].weight != 1 or spans[0].edge != 0 or spans[0].cells is not None:
        raise ValueError("span 0 holds everywhere: its weight is 1, its edge 0, and it has no cells of its own")
    expected = _side_by_side(spans, grid)
    if expected != tokens:
        raise ValueError(f"the spans end at token {expected}, the embeddings at {tokens}")


def _side_by_side(spans: tuple[Span, ...], grid: int) -> int:
    """Where spans that begin at 0 end. Raises ValueError unless they stand side by side, inside the grid."""
    expected = 0
    for index, span in enumerate(spans):
        top, bottom, left, right = span.rect
        if not (0 <= top < bottom <= grid and 0 <= left < right <= grid):
            raise ValueError(f"span {index}: rectangle {tuple(span.rect)} is empty or leaves the {grid} × {grid} grid")
        if span.cells is not None and not _lie_within(span.cells, span.rect, grid):
            raise ValueError(f"span {index}: its cells are none, or leave its rectangle {tuple(span.rect)}")
        if span.start != expected or span.stop <= span.start:
            raise ValueError(f"span {index}: tokens {span.start}…{span.stop} should start at {expected} and hold some")
        edges = [span.start, *(edge for part in span.own for edge in part), span.stop]
        if edges != sorted(edges) or any(first == last for first, last in span.own):
            raise ValueError(f"span {index}: its own words {span.own} are not ranges of its tokens in order")
        if span.bags < 1:
            raise ValueError(f"span {index} must be at least one bag, not {span.bags}")
        if not (0 <= span.weight < math.inf and 0 <= span.edge < math.inf):
            raise ValueError(f"span {index}: weight {span.weight} and edge {span.edge} must be finite and not negative")
        expected = span.stop
    return expected


def _lie_within(cells: Cells, rect: RectLike, grid: int) -> bool:
    top, bottom, left, right = rect
    columns = (1 << right) - (1 << left)
    is_inside = all(row & ~(columns if top <= y < bottom else 0) == 0 for y, row in enumerate(cells))
    return len(cells) == grid and is_inside and any(cells)
