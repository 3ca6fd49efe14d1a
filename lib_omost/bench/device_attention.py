"""`bench attention --device`: every way of regional attention on a device, beside plain attention of as many tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.attention.cost import BY_REGION, cheapest_way
from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.fused_calls import has_log_sum_exp
from lib_omost.attention.layout import Layout, place
from lib_omost.attention.masks import attention_bias
from lib_omost.attention.own_words import WAYS as OWN_WAYS
from lib_omost.attention.own_words import pixel_bias
from lib_omost.attention.score import WAYS, score_attention
from lib_omost.attention.ways import ByWay
from lib_omost.bench.attention import LayerShape, dragon_context
from lib_omost.bench.timing import clock, medians_in_turns, waits
from lib_omost.methods.tuning import MINI

# SDXL's at 1024², and the larger of them at 2048².
LAYERS = (LayerShape(64, 10, 64, 2048), LayerShape(32, 20, 64, 2048), LayerShape(128, 10, 64, 2048))
CALLS = 20  # that are timed together: one is too short for a clock
EDGE = 8.0  # cells, where edges are soft
PLAIN = "plain, as many tokens"
MIB = 2**20

Call = Callable[[], torch.Tensor]


@dataclass(frozen=True)
class Row:
    """One method on one layer.

    seconds: of a call, as a program makes them; ratio: to those of plain attention. captured: the device's own seconds,
    replayed without the program (a CUDA graph), None where that cannot be. error: the largest one against float64, as
    a share of the largest value. peak: bytes beyond what was held. waits: how often a call waits for the device, None
    where that cannot be told. failure: why there are no figures.
    """

    layer: str
    method: str
    way: str = ""
    seconds: float = 0.0
    ratio: float = 0.0
    captured: float | None = None
    captured_ratio: float | None = None
    error: float = 0.0
    peak: int = 0
    waits: int | None = None
    failure: str = ""


@dataclass(frozen=True)
class Problem:
    """What a layer attends with, on the device, and on which layouts: with sharp and with soft edges."""

    shape: LayerShape
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    sharp: Layout
    soft: Layout


@dataclass(frozen=True)
class Rival:
    """A method to measure, and what its result should be, in float64: (B, heads, H·W, D)."""

    call: Call
    exact: Call
    way: str = ""


def run(
    layers: Sequence[LayerShape],
    device: torch.device,
    dtype: torch.dtype,
    *,
    rows: int,
    rounds: int,
) -> list[Row]:
    """Measure every method on every layer with the dragon canvas, for so many pictures at once.

    Raises ValueError for less than one round.
    """
    with torch.inference_mode():
        return [row for shape in layers for row in _measure(_problem(shape, device, dtype, rows), rounds)]


def format_table(rows: Sequence[Row]) -> str:
    """The rows as text for people."""
    lines = [
        f"{'layer':<24}{'method':<34}{'call':>19}{'device alone':>19}{'error':>10}{'peak':>10}  waits",
    ]
    for row in rows:
        method = f"{row.method} ({row.way})" if row.way else row.method
        if row.failure:
            lines.append(f"{row.layer:<24}{method:<34}  {row.failure}")
            continue
        called = f"{row.seconds * 1e3:.3f} ms {row.ratio:5.2f} ×"
        alone = "" if row.captured is None else f"{row.captured * 1e3:.3f} ms {row.captured_ratio or 0:5.2f} ×"
        told = "" if row.waits is None else str(row.waits)
        peak = f"{row.peak / MIB:.1f} MiB"
        lines.append(f"{row.layer:<24}{method:<34}{called:>19}{alone:>19}{row.error:>10.1e}{peak:>10}  {told}")
    return "\n".join(lines)


def _problem(shape: LayerShape, device: torch.device, dtype: torch.dtype, rows: int) -> Problem:
    random = torch.Generator().manual_seed(0)
    sharp = dragon_context(shape.context)
    first, *local = sharp.spans
    soft = replace(sharp, spans=(first, *(replace(span, edge=EDGE) for span in local)))

    def features(batch: int, length: int) -> torch.Tensor:
        numbers = torch.randn(batch, length, shape.heads, shape.head_width, generator=random)
        return numbers.to(device, dtype).transpose(1, 2)

    query, tokens = features(rows, shape.side**2), len(sharp.embeddings)
    key, value = features(1, tokens), features(1, tokens)
    return Problem(shape, query, key, value, *(place(one, shape.side, shape.side) for one in (sharp, soft)))


def _measure(problem: Problem, rounds: int) -> list[Row]:
    shape, device = problem.shape, problem.query.device
    layer = f"{len(problem.query)} × {shape.side}², {shape.heads} heads"
    rows = {name: _checked(Row(layer, name, rival.way), rival, device) for name, rival in _rivals(problem).items()}
    rivals = {name: rival for name, rival in _rivals(problem).items() if not rows[name].failure}
    readings: dict[str, Callable[[], tuple[float, ...]]] = {}
    for name, rival in rivals.items():
        replay = _captured(rival.call, device)
        several = [partial(_times, rival.call)] + ([] if replay is None else [replay])
        readings[name] = partial(_readings, several, device)
    medians = medians_in_turns(readings, rounds)
    plain = medians[PLAIN]
    for name, (seconds, *captured) in medians.items():
        rows[name] = replace(rows[name], seconds=seconds, ratio=seconds / plain[0])
        if captured and len(plain) > 1:
            rows[name] = replace(rows[name], captured=captured[0], captured_ratio=captured[0] / plain[1])
    return list(rows.values())


def _times(call: Call) -> None:
    for _ in range(CALLS):
        call()


def _readings(several: Sequence[Callable[[], object]], device: torch.device) -> tuple[float, ...]:
    return tuple(clock(one, device) / CALLS for one in several)


def _checked(row: Row, rival: Rival, device: torch.device) -> Row:
    """The row with what one call tells: error, memory, waiting; or why there is none."""
    try:
        out = rival.call()
        exact = rival.exact()
        error = float((out.double() - exact).abs().max() / exact.abs().max())
        del out, exact
        does_wait = waits(rival.call, device)
        peak = 0
        if device.type == "cuda":
            before = torch.cuda.memory_allocated(device)
            torch.cuda.reset_peak_memory_stats(device)
            rival.call()
            peak = torch.cuda.max_memory_allocated(device) - before
    except Exception as problem:  # noqa: BLE001 (a way that a card cannot go is a row of the table)
        return replace(row, failure=f"{type(problem).__name__}: {str(problem).splitlines()[0][:200]}")
    return replace(row, error=error, peak=peak, waits=does_wait)


def _captured(call: Call, device: torch.device) -> Callable[[], None] | None:
    """So many calls as one CUDA graph; None where there are none, or a call waits for the device."""
    if device.type != "cuda":
        return None
    try:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            _times(call)
    except Exception:  # noqa: BLE001 (then there is no such figure)
        torch.cuda.synchronize(device)
        return None
    return graph.replay


def _rivals(problem: Problem) -> dict[str, Rival]:
    query, key, value, sharp, soft = problem.query, problem.key, problem.value, problem.sharp, problem.soft
    parts = query, key, value
    rivals = {PLAIN: Rival(partial(_plain, *parts), partial(_exact, *parts, None, None))}
    for name, backend in _backends(query.device).items():
        rivals[f"plain, {name}"] = Rival(partial(_by_backend, backend, *parts), rivals[PLAIN].exact)
    for title, layout in (("score", sharp), ("score, soft edges", soft)):
        exact = partial(_exact, *parts, _factors(layout), partial(attention_bias, layout))
        rivals |= _formulation(title, score_attention, WAYS, exact, (*parts, layout))
    own = MINI.own_words
    for title, layout in (("sketch", sharp), ("sketch, soft edges", soft)):
        added = partial(_own_bias, layout)
        rivals |= _formulation(title, own, OWN_WAYS, partial(_exact, *parts, None, added), (*parts, layout))
    rivals["decomposition"] = Rival(
        partial(decomposition_attention, *parts, sharp), partial(_decomposed, *parts, sharp)
    )
    return rivals


def _formulation(
    title: str, formulation: ByWay, ways: Iterable[str], exact: Call, parts: tuple[Any, ...]
) -> dict[str, Rival]:
    """As it is chosen, and each way that the device has: a later step's, which finds done what is done once a run."""
    query, key, value, layout = parts

    def later(way: str | None = None) -> Call:
        return partial(formulation.bind(query, formulation.keys(key, layout), value, layout, way=way), query)

    rivals = {title: Rival(later(), exact, f"chosen: {cheapest_way(query, layout)}")}
    for way in ways:
        if way == BY_REGION and not has_log_sum_exp(query.device):
            continue
        rivals[f"{title}, {way}"] = Rival(later(way), exact)
    return rivals


def _plain(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    rows = len(query)
    return scaled_dot_product_attention(query, key.expand(rows, -1, -1, -1), value.expand(rows, -1, -1, -1))


def _backends(device: torch.device) -> dict[str, Any]:
    if device.type != "cuda":
        return {}
    from torch.nn.attention import SDPBackend

    names = {"flash": "FLASH_ATTENTION", "efficient": "EFFICIENT_ATTENTION", "cuDNN": "CUDNN_ATTENTION"}
    return {name: getattr(SDPBackend, one) for name, one in names.items() if hasattr(SDPBackend, one)}


def _by_backend(backend: Any, *parts: torch.Tensor) -> torch.Tensor:
    from torch.nn.attention import sdpa_kernel

    with sdpa_kernel(backend):
        return _plain(*parts)


def _factors(layout: Layout) -> list[float]:
    return [layout.factor(span) for span in layout.spans for _ in range(span.tokens)]


def _own_bias(layout: Layout, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    return pixel_bias(layout, MINI.own_words.token_bias(layout), torch.empty(0, device=device, dtype=dtype))


def _exact(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    factors: list[float] | None,
    bias: Callable[[torch.device, torch.dtype], torch.Tensor] | None,
) -> torch.Tensor:
    """softmax(q kᵀ · factors + bias) v as it stands, in float64, head after head."""
    added = None if bias is None else bias(query.device, torch.float64)
    times = None if factors is None else torch.tensor(factors, device=query.device, dtype=torch.float64)
    out = torch.empty(query.shape, device=query.device, dtype=torch.float64)
    for row in range(query.shape[0]):
        for head in range(query.shape[1]):
            one, keys, values = (each[row % len(each), head].double() for each in (query, key, value))
            scores = one @ keys.T * query.shape[-1] ** -0.5
            scores = scores if times is None else scores * times
            out[row, head] = (scores if added is None else scores + added).softmax(-1) @ values
    return out


def _decomposed(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout) -> torch.Tensor:
    return decomposition_attention(query.double().cpu(), key.double().cpu(), value.double().cpu(), layout).to(
        query.device
    )
