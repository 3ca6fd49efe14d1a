"""`bench attention --operators`: what a cross-attention layer runs under a canvas, beside the layer alone.

On torch's device without numbers ("meta"), so no graphics card is needed and nothing is timed: a layer takes the way
there that it takes on one without a call for all groups of pixels, and what is counted are operators of a later step.
One that computes is a kernel's launch; one that only looks at memory in another way (a view) or asks for some is none,
but costs Python's time all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.bench.attention import BAG_TOKENS, OWN_WORDS, SDXL_LAYERS, LayerShape
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.names import DECOMPOSITION, LAYOUT, SCORE, SKETCH
from lib_omost.methods.registry import METHODS

LAYERS = (SDXL_LAYERS[1], LayerShape(128, 10, 64, 2048))
COUNTED = (SCORE, SKETCH, LAYOUT, DECOMPOSITION)
REGIONS = (2, 4, 6)
PLAIN = "plain"
BAGS = 4  # of each region
META = torch.device("meta")
NO_KERNEL = ("empty", "new_empty", "empty_like", "empty_strided", "_unsafe_view", "promote_types")
WAITING = ("_local_scalar_dense", "nonzero", "is_nonzero", "equal")


@dataclass
class Count:
    """Operators by their names: those that compute, those that do not, and those that a graphics card is waited for."""

    launches: Counter[str] = field(default_factory=Counter)
    views: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)


class _Operators(TorchDispatchMode):
    """Counts what is run within it."""

    def __init__(self, count: Count) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own has no types
        self.count = count

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func._schema.name.partition("::")[2]
        self._kind(func, name, args, out)[name] += 1
        return out

    def _kind(self, func: Any, name: str, args: Any, out: Any) -> Counter[str]:
        if name in WAITING or (name in ("_to_copy", "copy_") and _moves(args, out)):
            return self.count.waits
        aliases = [returned.alias_info for returned in func._schema.returns]
        is_view = any(one is not None and not one.is_write for one in aliases)
        return self.count.views if is_view or name in NO_KERNEL else self.count.launches


class _FusedAsOne(TorchFunctionMode):
    """Fused attention is one operator, which a graphics card answers with heads side by side in memory."""

    def __init__(self, count: Count) -> None:
        super().__init__()
        self.count = count

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        self.count.launches[func.__name__] += 1
        query, _, value = args[:3]
        with torch.utils._python_dispatch._disable_current_modes():
            rows, heads, pixels, _ = query.shape
            return query.new_empty(rows, pixels, heads, value.shape[-1]).transpose(1, 2)


@dataclass(frozen=True)
class Row:
    """One method on one layer: operators of a later step with an unconditional row and a conditional one, by kind."""

    layer: str
    method: str
    regions: int
    launches: int
    views: int
    waits: int
    names: Mapping[str, int]


def counted(step: Callable[[], object]) -> Count:
    """The operators of a call."""
    count = Count()
    with torch.no_grad(), _Operators(count), _FusedAsOne(count):
        step()
    return count


def run(layers: Sequence[LayerShape], methods: Sequence[str] = COUNTED, regions: Sequence[int] = REGIONS) -> list[Row]:
    """Count every method on every layer, for canvases of so many regions."""
    return [row for shape in layers for row in _of_layer(shape, methods, regions)]


def format_table(rows: Sequence[Row]) -> str:
    """The rows as text for people."""
    lines = [f"{'layer':<20}{'method':<16}{'regions':>8}{'launches':>10}{'views':>8}{'waits':>8}"]
    for row in rows:
        told = str(row.regions) if row.regions else ""
        lines.append(f"{row.layer:<20}{row.method:<16}{told:>8}{row.launches:>10}{row.views:>8}{row.waits:>8}")
    return "\n".join(lines)


def context_of(regions: int, width: int) -> RegionalContext:
    """A canvas of so many regions in a row of boxes that overlap, `BAGS` bags each, behind the picture's own."""
    tokens = BAGS * BAG_TOKENS
    spans = [Span(0, tokens, (0, 90, 0, 90))]
    for number in range(regions):
        start, left = (number + 1) * tokens, 80 * number // regions
        own = ((start + 1, start + 1 + OWN_WORDS),)
        spans.append(Span(start, start + tokens, (20, 85, left, left + 10 + 80 // regions), own, BAGS))
    return RegionalContext(torch.zeros(spans[-1].stop, width), tuple(spans))


def _of_layer(shape: LayerShape, methods: Sequence[str], regions: Sequence[int]) -> list[Row]:
    unet = OneLayer(shape)
    title = f"{shape.side} × {shape.side}, {shape.heads} heads"
    rows = [_row(title, PLAIN, 0, counted(unet.layer))]
    for name in methods:
        for number in regions:
            context = context_of(number, shape.context)
            steered = regional_attention(
                denoiser_of(unet, 1), [context], METHODS[name], height=shape.side, width=shape.side
            )
            with torch.no_grad(), steered:
                unet.step()
                unet.step()
                rows.append(_row(title, name, number, counted(unet.layer)))
    return rows


def _row(title: str, method: str, regions: int, count: Count) -> Row:
    launches, views, waits = (sum(one.values()) for one in (count.launches, count.views, count.waits))
    return Row(title, method, regions, launches, views, waits, dict(count.launches + count.waits))


class OneLayer(torch.nn.Module):
    """A UNet of one cross-attention layer, for an unconditional row and a conditional one."""

    def __init__(self, shape: LayerShape) -> None:
        super().__init__()
        from diffusers.models.attention_processor import Attention

        channels = shape.heads * shape.head_width
        with META:
            attention = Attention(channels, shape.context, heads=shape.heads, dim_head=shape.head_width)
            self.x = torch.empty(2, shape.side**2, channels, dtype=torch.half)
            self.tokens = torch.empty(2, BAG_TOKENS, shape.context, dtype=torch.half)
            self.timestep = torch.empty(1)
            self.sample = torch.empty(2, 4, shape.side, shape.side, dtype=torch.half)
        self.block = torch.nn.ModuleDict({"attn2": attention.half().eval()})

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 (are read from it)
        """One call of the denoiser."""
        return self.layer()

    def layer(self) -> torch.Tensor:
        """The layer by itself."""
        out: torch.Tensor = self.block["attn2"](self.x, encoder_hidden_states=self.tokens)
        return out

    def step(self) -> torch.Tensor:
        """A call with a timestep that lies on the device."""
        out: torch.Tensor = self(self.sample, self.timestep)
        return out


def _moves(args: Any, out: Any) -> bool:
    tensors = [one for one in (*args, out) if isinstance(one, torch.Tensor)]
    return len({one.device.type for one in tensors}) > 1
