"""Own words: local pixels see the tokens of their regions alone, and a region's own words count for more.

For pixel i and token j: score′ᵢⱼ = score + bⱼ where i sees j, -∞ where not, and one softmax. A pixel in local boxes
sees their tokens, any other pixel those of the global region. b is `weight` for a region's own words, less the
logarithm of how many more of them a text has than `few`, and 0 for all other tokens: BOS, EOS and padding, which hold
most of the attention in a text encoder of the CLIP family, and the words that regions share.

With weights and soft edges: ωᵣ of a local region is its weight times its fade at i. log of the weight is added for its
own words, log of the weight up to 1 for its other tokens, log of the fade for both; and the global region's tokens are
seen with log (1 - max ω), ω up to 1, so that what fades gives way to the whole picture's words.

No area factor as in `score.py`: a start says how large things are. Own work, measured by `bench regions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import torch

from lib_omost.attention.cost import BY_REGION, GROUPED, MASKED
from lib_omost.attention.formulation import Attention
from lib_omost.attention.fused_calls import with_log_sum_exp
from lib_omost.attention.groups import attend_groups, channels_of
from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.masks import ALIGNMENT
from lib_omost.attention.shares import left_over, log_fade, log_weight
from lib_omost.attention.tensors import as_image, attention_to, box_view, full_precision, pixels_of
from lib_omost.attention.ways import ByWay, Way


@dataclass(frozen=True)
class OwnWords(ByWay):
    """A `Formulation`, by the way of WAYS with that name, or the cheapest.

    weight: added to the scores of a region's own words. few: so many of them in a text get all of it; n of them get
    weight - log(n / few), at least 0, so that a long text is not all that its pixels see.
    """

    weight: float
    few: int
    way: str | None = None

    def ways(self) -> Mapping[str, Way]:
        """WAYS under this rule."""
        return {name: partial(way, rule=self) for name, way in WAYS.items()}

    def token_bias(self, layout: Layout) -> torch.Tensor:
        """(T,) float32 on the CPU: b, with the logarithm of the region's weight."""
        bias = torch.zeros(layout.tokens)
        for span in layout.spans[1:]:
            words = sum(stop - start for start, stop in span.own)
            raised = max(0.0, self.weight - math.log(max(1.0, words / span.bags / self.few)))
            bias[span.start : span.stop] = min(0.0, log_weight(span))
            for start, stop in span.own:
                bias[start:stop] = raised + log_weight(span)
        return bias


def by_region(
    like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float, *, rule: OwnWords
) -> Attention:
    """As `score.by_region`; a region's own words and its other tokens are a call each, b is added to the log-sum-exp.

    The global region's call is over all pixels: those of local boxes take nothing of it.
    """

    def part(query: torch.Tensor, span: PlacedSpan, tokens: torch.Tensor | slice) -> tuple[torch.Tensor, torch.Tensor]:
        height, width = span.box.height, span.box.width
        out, lse = with_log_sum_exp(pixels_of(query, layout, span.box), key[:, :, tokens], value[:, :, tokens], scale)
        return full_precision(as_image(out, height, width)), as_image(lse.unsqueeze(-1), height, width)

    first, *local = layout.spans
    parts = [(span, *one) for span in local if span.weight for one in _parts(span, layout, rule, like.device)]

    def attended(query: torch.Tensor) -> torch.Tensor:
        joined, lse = part(query, first, slice(first.start, first.stop))  # (B, heads, H, W, D), (B, heads, H, W, 1)
        if layout.is_plain:
            for span in local:
                box_view(lse, span.box).fill_(float("-inf"))
        else:
            lse += left_over(layout, lse).log()
        for span, tokens, added in parts:
            out, part_lse = part(query, span, tokens)
            part_lse = part_lse + added
            if span.fade is not None:
                part_lse = part_lse + log_fade(span, part_lse)
            lse_here = box_view(lse, span.box)
            share = torch.sigmoid(part_lse - lse_here)  # 1 where nothing was seen yet
            share = share.masked_fill(part_lse == float("-inf"), 0)  # outside a mask, also where nothing was seen yet
            box_view(joined, span.box).lerp_(out, share)
            lse_here.copy_(torch.logaddexp(lse_here, part_lse))
        return joined.flatten(2, 3).to(query.dtype)

    return attended


def masked(
    like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float, *, rule: OwnWords
) -> Attention:
    """One fused call over all pixels and tokens with a (H·W, T) bias."""
    return attention_to(like, key, value, scale=scale, bias=_kept_bias(layout, rule, like))


def grouped(
    like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float, *, rule: OwnWords
) -> Attention:
    """All pixels that see the same tokens side by side (`groups.py`), b carried by channels of the keys.

    Where spans have weights or soft edges it is `masked`.
    """
    if not layout.is_plain:
        return masked(like, key, value, layout, scale, rule=rule)
    dtype, device = like.dtype, like.device

    def make() -> torch.Tensor | None:
        bias = rule.token_bias(layout)
        return channels_of(bias, scale, dtype).to(device) if bool(bias.any()) else None

    extra = layout.keep(("channels", rule, scale, device, dtype), make)
    return lambda query: attend_groups(query, key, value, layout, scale=scale, local_alone=True, extra=extra)


WAYS: Mapping[str, Callable[..., Attention]] = MappingProxyType(
    {BY_REGION: by_region, MASKED: masked, GROUPED: grouped}
)


def own_and_others(span: PlacedSpan) -> tuple[torch.Tensor, torch.Tensor]:
    """(n,) and (m,) int64: the tokens of a span that are its own words, and those that are not."""
    own = [token for start, stop in span.own for token in range(start, stop)]
    others = sorted(set(range(span.start, span.stop)) - set(own))
    return torch.tensor(own, dtype=torch.long), torch.tensor(others, dtype=torch.long)


def _parts(span: PlacedSpan, layout: Layout, rule: OwnWords, device: torch.device) -> list[tuple[torch.Tensor, float]]:
    """The span's own words and its other tokens, (n,) int64 on the device each, and what is added to their scores."""

    def make() -> list[tuple[torch.Tensor, float]]:
        bias = layout.keep(("token bias", rule), lambda: rule.token_bias(layout))
        found = (tokens for tokens in own_and_others(span) if len(tokens))
        return [(tokens.to(device), float(bias[tokens[0]])) for tokens in found]

    return layout.keep(("parts", span.start, rule, device), make)


def _kept_bias(layout: Layout, rule: OwnWords, like: torch.Tensor) -> torch.Tensor:
    """`pixel_bias`, made once a layout."""
    name = ("bias", rule, like.device, like.dtype)
    return layout.keep(name, lambda: pixel_bias(layout, rule.token_bias(layout), like))


def pixel_bias(layout: Layout, bias: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """(H·W, T) on the device and in the dtype of `like`, from b: -∞ where a pixel does not see a token."""
    aligned = -(-layout.tokens // ALIGNMENT) * ALIGNMENT
    whole = torch.full((layout.height, layout.width, aligned), float("-inf"), device=like.device, dtype=like.dtype)
    bias = bias.to(whole)
    first, *local = layout.spans
    whole[..., first.start : first.stop] = bias[first.start : first.stop]
    if not layout.is_plain:
        whole[..., first.start : first.stop] += left_over(layout, whole).log()
    for span in local:
        here = whole[span.box.slices]
        if layout.is_plain:
            here[..., first.start : first.stop] = float("-inf")
        here[..., span.start : span.stop] = bias[span.start : span.stop]
        if span.fade is not None:
            here[..., span.start : span.stop] += log_fade(span, whole)
    return whole.view(layout.pixels, aligned)[:, : layout.tokens]
