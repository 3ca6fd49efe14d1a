"""All pixels that see the same tokens side by side: one attention for each such group, or one call for all of them.

FlashAttention takes sequences of various lengths in one call ("varlen", Dao 2023, arXiv 2307.08691). Here a sequence is
a group's pixels, of all rows that share their keys, and its keys are a stretch of the tokens, which are laid so that
every group's spans stand together somewhere: most spans stand there once or twice, not once a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from lib_omost.attention.fused_calls import has_packed, packed_attention
from lib_omost.attention.layout import Layout, PlacedSpan

FEW, MANY = 4, 24  # spans of which all orders are tried, and for how many groups at the most
EXTRA = 8  # channels that carry a bias: fused kernels take widths that are multiples of it


@dataclass(frozen=True)
class Sequences:
    """The groups of a layer whose rows are laid one behind the other, as indices and bounds on one device.

    pixels: (N,) int64, those of all rows, group after group. places: (N,) int64, where each pixel went.
    tokens: (M,) int64, those of all rows of keys, laid so that each group's are a stretch.
    query_starts, key_starts: (G + 1,) int32, where each group's pixels and tokens begin; the last of `key_starts` is of
        no group. key_lengths: (G,) int32.
    stretches: the same on the host, pixels and tokens of each group.
    """

    pixels: torch.Tensor
    places: torch.Tensor
    tokens: torch.Tensor
    query_starts: torch.Tensor
    key_starts: torch.Tensor
    key_lengths: torch.Tensor
    stretches: tuple[tuple[slice, slice], ...]

    @cached_property
    def most(self) -> tuple[int, int]:
        """The most pixels and the most tokens of a group."""
        lengths = [(pixels.stop - pixels.start, tokens.stop - tokens.start) for pixels, tokens in self.stretches]
        return max(pixels for pixels, _ in lengths), max(tokens for _, tokens in lengths)


Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Sequences, float], torch.Tensor]


def attend_groups(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float,
    local_alone: bool = False,
    extra: torch.Tensor | None = None,
    call: Attend | None = None,
) -> torch.Tensor:
    """Attention in which every pixel sees the tokens of its group's spans.

    query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D).
    local_alone: whether pixels in local spans do not see the first one.
    extra: (T, EXTRA) in the dtype of `query`, channels of the keys that turn into a bias (`channels_of`).
    call: attention of the sequences; None takes one call for all where the device has it, else one a group.
    Returns (B, heads, H·W, D).
    """
    rows, heads, pixels, width = query.shape
    name = ("sequences", local_alone, rows, len(key), query.device)
    sequences = layout.keep(name, lambda: sequences_of(layout, rows, len(key), query.device, local_alone=local_alone))
    flat, keys, values = _flat(query).index_select(0, sequences.pixels), _flat(key), _flat(value)
    if extra is not None:
        flat = torch.cat([flat, flat.new_ones(()).expand(*flat.shape[:2], EXTRA)], dim=-1)
        extra = extra.expand(len(key), -1, -1).flatten(0, 1)[:, None]
        keys, values = torch.cat([keys, extra.expand(-1, heads, -1)], dim=-1), pad(values, (0, EXTRA))
    keys, values = (one.index_select(0, sequences.tokens) for one in (keys, values))
    if call is None:
        call = together if has_packed(flat) else apart
    out = call(flat, keys, values, sequences, scale)[..., :width].index_select(0, sequences.places)
    return out.view(rows, pixels, heads, width).transpose(1, 2)


def together(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, sequences: Sequences, scale: float
) -> torch.Tensor:
    """(N, heads, D), twice (M, heads, D) → (N, heads, D), in one call."""
    bounds = sequences.query_starts, sequences.key_starts, sequences.key_lengths
    return packed_attention(query, key, value, bounds=bounds, most=sequences.most, scale=scale)


def apart(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, sequences: Sequences, scale: float
) -> torch.Tensor:
    """The same, in one call a group."""
    parts = []
    for pixels, tokens in sequences.stretches:
        one, keys, values = (part.transpose(0, 1)[None] for part in (query[pixels], key[tokens], value[tokens]))
        parts.append(scaled_dot_product_attention(one, keys, values, scale=scale)[0].transpose(0, 1))
    return torch.cat(parts)


def sequences_of(layout: Layout, rows: int, key_rows: int, device: torch.device, *, local_alone: bool) -> Sequences:
    """The groups of `rows` rows, which share one row of keys or have `key_rows`, one each."""
    groups = layout.groups
    seen = [(group.spans[1:] or group.spans) if local_alone else group.spans for group in groups]
    line, begins = laid(seen)
    offsets = [0]
    for span in line:
        offsets.append(offsets[-1] + span.tokens)
    tokens = torch.cat([torch.arange(span.start, span.stop) for span in line])
    image = torch.arange(layout.pixels).view(layout.height, layout.width)
    of_groups = [torch.cat([image[box.slices].flatten() for box in group.boxes]) for group in groups]
    pixels, stretches, start = [], [], 0
    for own in range(key_rows):
        sharing = range(rows) if key_rows == 1 else range(own, own + 1)
        for spans, begin, inside in zip(seen, begins, of_groups, strict=True):
            pixels += [row * layout.pixels + inside for row in sharing]
            count, first = len(sharing) * len(inside), own * len(tokens) + offsets[begin]
            stretches.append((slice(start, start + count), slice(first, first + sum(span.tokens for span in spans))))
            start += count
    order = torch.cat(pixels)
    query_starts = [0, *(one.stop for one, _ in stretches)]
    key_starts = [*(one.start for _, one in stretches), 0]
    lengths = [one.stop - one.start for _, one in stretches]

    def bounds(numbers: list[int]) -> torch.Tensor:
        return torch.tensor(numbers, dtype=torch.int32, device=device)

    return Sequences(
        pixels=order.to(device),
        places=torch.argsort(order).to(device),
        tokens=torch.cat([own * layout.tokens + tokens for own in range(key_rows)]).to(device),
        query_starts=bounds(query_starts),
        key_starts=bounds(key_starts),
        key_lengths=bounds(lengths),
        stretches=tuple(stretches),
    )


def laid(sets: Sequence[tuple[PlacedSpan, ...]]) -> tuple[list[PlacedSpan], list[int]]:
    """The spans in a row in which each set's stand together somewhere, in any order, and where each set begins.

    Some stand there twice or more often. Larger sets come first, and a set begins within what stands there already as
    far as it can. Of a few new spans the order is taken in which most sets are found, else what many sets share stands
    at the end, for the next one.
    """
    often = Counter(span.start for one in sets for span in one)
    line: list[PlacedSpan] = []
    for one in sorted(sets, key=len, reverse=True):
        if _found(line, one) is not None:
            continue
        end: list[PlacedSpan] = []
        for span in reversed(line):
            if span not in one or span in end:
                break
            end.append(span)
        new = sorted((span for span in one if span not in end), key=lambda span: often[span.start])
        orders = permutations(new) if len(new) <= FEW and len(sets) <= MANY else [tuple(new)]
        line += max(orders, key=lambda order: sum(_found([*line, *order], each) is not None for each in sets))
    begins = [_found(line, one) for one in sets]
    return line, [begin for begin in begins if begin is not None]


def _found(line: Sequence[PlacedSpan], spans: tuple[PlacedSpan, ...]) -> int | None:
    """Where in a row these spans stand together, in any order."""
    wanted, count = {span.start for span in spans}, len(spans)
    return next(
        (at for at in range(len(line) - count + 1) if {span.start for span in line[at : at + count]} == wanted), None
    )


def _flat(tensor: torch.Tensor) -> torch.Tensor:
    """(B, heads, L, D) → (B·L, heads, D); a view where heads stand side by side, as hosts have them."""
    return tensor.transpose(1, 2).flatten(0, 1)


def channels_of(bias: torch.Tensor, scale: float, dtype: torch.dtype) -> torch.Tensor:
    """What is added to the scores of each token, (T,) in float32 at least and finite → (T, EXTRA): channels of the keys
    that turn into it where the query's are ones. The first has it as `dtype` can, the second what that left."""
    wanted = bias / scale
    first = wanted.to(dtype)
    rest = (wanted - first.to(wanted.dtype)).to(dtype)
    return pad(torch.stack([first, rest], dim=-1), (0, EXTRA - 2))
