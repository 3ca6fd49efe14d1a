"""`bench attention`: regional attention against the plain formulation, projections of keys and values included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch.nn.functional import linear

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.cost import BY_REGION, cheapest_way
from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.formulation import Formulation
from lib_omost.attention.fused_calls import has_log_sum_exp
from lib_omost.attention.layout import Layout, place
from lib_omost.attention.masks import span_masks
from lib_omost.attention.run import CACHE_BYTES, RegionalRun
from lib_omost.attention.score import WAYS, Score, score_attention
from lib_omost.bench.timing import medians_in_turns, seconds

# The dragon canvas of the Omost readme: (bags, rectangle) of each region, far to near, 77 tokens a bag.
DRAGON = ((4, (0, 90, 0, 90)), (5, (0, 45, 0, 90)), (5, (10, 80, 10, 80)), (5, (15, 75, 0, 60)), (4, (45, 90, 0, 90)))
BAG_TOKENS = 77
OWN_WORDS = 12  # of each bag of a local region
ROUNDS = 5
NAIVE, CHOSEN = "naive", "score, as chosen"


@dataclass(frozen=True)
class LayerShape:
    """A cross-attention layer of `side` × `side` pixels; `context` is how wide the embeddings are."""

    side: int
    heads: int
    head_width: int
    context: int


SDXL_LAYERS = (LayerShape(64, 10, 64, 2048), LayerShape(32, 20, 64, 2048))


@dataclass(frozen=True)
class Row:
    """Seconds that a method takes on a layer, on the first step and on each later one, and as ratios to naive's."""

    layer: str
    method: str
    way: str
    first_seconds: float
    later_seconds: float
    first_speedup: float
    later_speedup: float


def run(layers: Sequence[LayerShape], *, rounds: int = ROUNDS, threads: int | None = None) -> list[Row]:
    """Measure every method on every layer, on the CPU in float32, with the dragon canvas.

    threads: how many torch uses meanwhile; None leaves that as it is. Raises ValueError for less than one round.
    """
    with torch.inference_mode(), _threads(threads):
        return [row for layer in layers for row in _measure(layer, rounds)]


def naive_score(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, *, scale: float | None = None
) -> torch.Tensor:
    """The score formulation written down as it stands, with heads × pixels × tokens scores: the yardstick."""
    masks = span_masks(layout).flatten(1).T.to(query.device)  # (H·W, S)
    tokens = torch.tensor([span.tokens for span in layout.spans])
    mask = masks.repeat_interleave(tokens, dim=1)  # (H·W, T)
    scores = query @ key.transpose(-1, -2) * (scale or query.shape[-1] ** -0.5)
    scores = scores * (layout.pixels / mask.sum(0))
    return scores.masked_fill(~mask, float("-inf")).softmax(-1) @ value


def format_table(rows: Sequence[Row]) -> str:
    """The rows as text for people; each ratio says how many times faster than naive in the same run."""
    lines = [f"{'layer':<20}{'method':<28}{'first step':>20}{'later steps':>20}"]
    for row in rows:
        method = f"{row.method} ({row.way})" if row.way else row.method
        first = f"{row.first_seconds * 1e3:.0f} ms {row.first_speedup:6.2f} ×"
        later = f"{row.later_seconds * 1e3:.0f} ms {row.later_speedup:6.2f} ×"
        lines.append(f"{row.layer:<20}{method:<28}{first:>20}{later:>20}")
    return "\n".join(lines)


def dragon_context(width: int) -> RegionalContext:
    """The dragon canvas' spans over 1,771 random embeddings of `width` channels; a bag's first words are its own."""
    spans: list[Span] = []
    for bags, rect in DRAGON:
        start = spans[-1].stop if spans else 0
        words = [start + bag * BAG_TOKENS + 1 for bag in range(bags)] if spans else []
        own = tuple((first, first + OWN_WORDS) for first in words)
        spans.append(Span(start, start + bags * BAG_TOKENS, rect, own, bags))
    return RegionalContext(torch.randn(spans[-1].stop, width, generator=torch.Generator().manual_seed(0)), tuple(spans))


def _measure(shape: LayerShape, rounds: int) -> list[Row]:
    random = torch.Generator().manual_seed(0)
    context = dragon_context(shape.context)
    channels = shape.heads * shape.head_width
    key_weight, value_weight = torch.randn(2, channels, shape.context, generator=random) / shape.context**0.5
    query = torch.randn(1, shape.side**2, shape.heads, shape.head_width, generator=random).transpose(1, 2)
    chosen = cheapest_way(query, place(context, shape.side, shape.side))

    def first_and_later(method: Formulation, cache_bytes: int) -> tuple[float, float]:
        regional = RegionalRun(context, method, cache_bytes=cache_bytes)
        step = partial(
            regional.attend,
            "layer",
            query,
            lambda embeddings: linear(embeddings, key_weight),
            lambda embeddings: linear(embeddings, value_weight),
            height=shape.side,
            width=shape.side,
        )
        first = seconds(step)
        return first, seconds(step) if cache_bytes else first

    methods = _methods(query)
    # Naive keeps nothing, so every step of its is like the first.
    rivals = {
        name: partial(first_and_later, method, 0 if name == NAIVE else CACHE_BYTES) for name, method in methods.items()
    }
    medians = medians_in_turns(rivals, rounds)
    naive = medians[NAIVE][0]
    layer = f"{shape.side} × {shape.side}, {shape.heads} heads"
    return [
        Row(layer, name, chosen if name == CHOSEN else "", first, later, naive / first, naive / later)
        for name, (first, later) in medians.items()
    ]


def _methods(query: torch.Tensor) -> dict[str, Formulation]:
    ways = [way for way in WAYS if way != BY_REGION or has_log_sum_exp(query.device)]
    return {
        NAIVE: naive_score,
        **{f"score, {way}": Score(way) for way in ways},
        CHOSEN: score_attention,
        "decomposition": decomposition_attention,
    }


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Let torch use `count` threads meanwhile."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
