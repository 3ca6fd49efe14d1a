"""Joint attention: text and image in one sequence, with the layout as its mask.

In a diffusion transformer the tokens of the text are a stream of their own: they are changed in every block, and they
look at the image as it looks at them. What each position may see:

- A pixel sees the whole image, the global region's text and the texts of the regions that it lies in. The image is not
  cut: pictures whose parts do not see each other come out as pictures stuck together.
- A region's text sees itself and the pixels of its region. Through any other pixel it would take up what another text
  has said there, and hand that on to its own pixels.
- The global region's text sees itself and the whole image.
- Positions that are neither (padding that a model attends to, a reference picture of the whole picture) see and are
  seen as that text is.
- A region's reference picture and the pixels of its region see each other. What reaches no pixel that does not see the
  picture may take it up: a text, or another one's picture, sees it where all of their pixels lie in its region. It
  itself sees, for the same reason, the texts and pictures whose pixels hold all of its own.

By a rule's `local_alone` a pixel in local boxes does not see the global region's text either. By its `apart_noise` the
image is cut in the first steps after all, while what stands where is decided: a pixel of a subject sees those of its
own subjects alone, and one of none sees all. (Bounded Attention's mask lets subjects see what is of none, too:
`bounded.py`.)

With one region all of that is everything, so nothing is masked. With a weight and a soft edge a pixel sees a region's
text or picture with log ω added (see `shares.py`), and that the pixel with log of the fade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.masks import ALIGNMENT
from lib_omost.attention.shares import left_over, log_fade, log_share


@dataclass(frozen=True)
class JointRule:
    """How joint attention follows a layout, and when.

    own_words: added to the score of a pixel and a token of its own local regions; 0 is the mask alone.
    local_alone: pixels see the global region's text with log (1 - max ω) added, ω up to 1, of the regions that they lie
        in: not at all without weights and soft edges.
    blocks: the share of the denoiser's depth that follows, from and to; all of it.
    least_noise: the share of noise in the latent below which a step is as it is without a mask; 0 is every step.
    apart_noise: the share of noise from which on pixels of different subjects do not see each other; None is no step.

    Raises ValueError when a share is not within 0 and 1.
    """

    own_words: float = 0.0
    local_alone: bool = False
    blocks: tuple[float, float] = (0.0, 1.0)
    least_noise: float = 0.0
    apart_noise: float | None = None

    def __post_init__(self) -> None:
        first, last = self.blocks
        noises = [self.least_noise] if self.apart_noise is None else [self.least_noise, self.apart_noise]
        if not (0 <= first <= last <= 1 and all(0 <= noise <= 1 for noise in noises)):
            raise ValueError(f"blocks {self.blocks} and noise {noises} must be shares within 0 and 1")

    @property
    def follows_noise(self) -> bool:
        """Whether it must be told the share of noise in the latent."""
        return self.least_noise > 0 or self.apart_noise is not None

    def covers(self, depth: float, noise: float | None) -> bool:
        """Whether a block at `depth` (0 the first, 1 the last) follows in a step with that much noise, None unknown."""
        return self.blocks[0] <= depth <= self.blocks[1] and (noise is None or noise >= self.least_noise)

    def parts_pixels(self, noise: float | None) -> bool:
        """Whether pixels of different subjects do not see each other in a step with that much noise, None unknown."""
        return self.apart_noise is not None and noise is not None and noise >= self.apart_noise


@dataclass(frozen=True)
class Order:
    """Where text and image stand in a layer's sequence of `total` positions; one that is not there is None.

    text: of the first token of the first span; the spans stand side by side. image: of the first pixel, row by row.
    pictures: of the first token of the first reference picture; they stand side by side.
    end: from there on positions are padding that nothing sees and that sees nothing; None is `total`.
    unseen: as much holds of these positions, from and to, wherever they lie.
    """

    total: int
    text: int | None = None
    image: int | None = None
    end: int | None = None
    unseen: tuple[int, int] = (0, 0)
    pictures: int | None = None


def joint_mask(layout: Layout, order: Order) -> torch.Tensor:
    """(total, total) bool on the CPU: whether a position (row) sees another (column). No row is empty.

    Raises ValueError when text and image overlap or do not fit the sequence.
    """
    end = _checked_end(layout, order)
    image = slice(0, 0) if order.image is None else slice(order.image, order.image + layout.pixels)
    text = slice(0, 0) if order.text is None else slice(order.text, order.text + layout.tokens)
    shared = torch.zeros(order.total, dtype=torch.bool)
    shared[:end] = True
    shared[slice(*order.unseen)] = False
    if order.text is not None:
        shared[text.start + layout.spans[0].stop : text.stop] = False  # the tokens of local regions
    if order.pictures is not None:
        shared[order.pictures : order.pictures + layout.pictured] = False
    mask = shared[:, None] & shared[None, :]
    if order.text is not None:
        for span in layout.spans[1:]:
            own = slice(text.start + span.start, text.start + span.stop)
            mask[own, own] = True
            if order.image is not None:
                mask[own, image] = layout.inside(span)
                mask[image, own] = layout.inside(span)[:, None]
    if order.pictures is not None:
        shared[image] = False
        _show_pictures(mask, layout, order, shared)
    mask.fill_diagonal_(True)  # a softmax over nothing is not a number
    return mask


def _show_pictures(mask: torch.Tensor, layout: Layout, order: Order, common: torch.Tensor) -> None:
    """Who sees the tokens of regions' reference pictures, and whom these see.

    common: (total,) bool, the positions that all pixels see and that are none.
    """
    own = [_positions(order.total, span, order.pictures) for span in layout.pictures]
    holders = [(common, torch.ones(layout.pixels, dtype=torch.bool))]  # positions, and the pixels that see them
    if order.text is not None:
        texts = layout.spans[1:]
        holders += [(_positions(order.total, span, order.text), layout.inside(span)) for span in texts]
    holders += [(positions, layout.inside(span)) for positions, span in zip(own, layout.pictures, strict=True)]
    for positions, span in zip(own, layout.pictures, strict=True):
        inside = layout.inside(span)
        seers, seen = torch.zeros_like(common), torch.zeros_like(common)
        for where, reached in holders:
            if not (reached & ~inside).any():
                seers |= where
            if not (inside & ~reached).any():
                seen |= where
        if order.image is not None:
            image = slice(order.image, order.image + layout.pixels)
            seers[image] = seen[image] = inside
        mask[:, positions] = seers[:, None]
        mask[positions, :] = seen


def _positions(total: int, span: PlacedSpan, first: int | None) -> torch.Tensor:
    """(total,) bool: those of a span's tokens, the first of which stand at `first`."""
    found = torch.zeros(total, dtype=torch.bool)
    if first is not None:
        found[first + span.start : first + span.stop] = True
    return found


def joint_bias(
    layout: Layout, order: Order, rule: JointRule, device: torch.device, dtype: torch.dtype, *, apart: bool = False
) -> torch.Tensor:
    """(total, total), added to the scores: -∞ where a position does not see another; rows start aligned.

    The rule's blocks and noise are the caller's matter: `apart` says whether pixels of different subjects are.

    Raises ValueError as `joint_mask` does.
    """
    mask = joint_mask(layout, order)
    aligned = -(-order.total // ALIGNMENT) * ALIGNMENT
    bias = torch.full((order.total, aligned), float("-inf"), dtype=dtype)
    if apart and order.image is not None:
        image = slice(order.image, order.image + layout.pixels)
        mask[image, image] &= same_subjects(layout)
    bias[:, : order.total].masked_fill_(mask, 0)
    if order.text is not None and order.image is not None:
        pixels = bias[order.image : order.image + layout.pixels]
        first = order.text + layout.spans[0].stop
        pixels[:, first : order.text + layout.tokens] += rule.own_words
        if rule.local_alone:
            pixels[:, order.text + layout.spans[0].start : first] += left_over(layout, bias).log().view(-1, 1)
    for start, spans in ((order.text, layout.spans[1:]), (order.pictures, layout.pictures)):
        if start is not None and order.image is not None:
            _add_shares(bias, layout, spans, first=start, image=order.image)
    return bias.to(device)[:, : order.total]


def same_subjects(layout: Layout) -> torch.Tensor:
    """(H·W, H·W) bool on the CPU: whether a pixel (row) is of one of the other's subjects, or of none."""
    subjects = layout.subjects.flatten(1).T.float()  # (H·W, S)
    return (subjects @ subjects.T > 0) | (subjects.sum(1, keepdim=True) == 0)


def _add_shares(bias: torch.Tensor, layout: Layout, spans: Sequence[PlacedSpan], *, first: int, image: int) -> None:
    """Weights and soft edges, where pixels see spans, whose tokens begin at `first`, and are seen by them."""
    pixels = slice(image, image + layout.pixels)
    for span in spans:
        if span.is_plain:
            continue
        tokens = slice(first + span.start, first + span.stop)
        for rows, columns, seen in (
            (pixels, tokens, log_share(span, bias)),
            (tokens, pixels, log_fade(span, bias)),
        ):
            added = bias.new_zeros(layout.height, layout.width, 1)
            added[span.box.slices] = seen
            line = added.flatten()
            bias[rows, columns] += line[:, None] if rows is pixels else line


def _checked_end(layout: Layout, order: Order) -> int:
    """Where what can be seen ends. Raises ValueError as `joint_mask` does."""
    end = order.total if order.end is None else order.end
    parts = [(order.text, layout.tokens), (order.image, layout.pixels), (order.pictures, layout.pictured)]
    placed = sorted((start, start + length) for start, length in parts if start is not None)
    edges = [0, *(edge for part in placed for edge in part), end, order.total]
    if not placed or edges != sorted(edges):
        raise ValueError(
            f"{layout.tokens} tokens and {layout.pixels} pixels do not fit a sequence of {order.total} as {order}"
        )
    return end
