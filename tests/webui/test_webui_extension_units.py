"""IP-Adapter units of A1111's ControlNet extension beside the regions: its forward adds, and so does ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError
from tests.webui.conftest import CrossAttention

CODE = write_canvas(
    Canvas(
        "A white background.",
        regions=(
            Region("on the left", "no offset", "a small square area", 2.0, "A red circle."),
            Region("on the right", "no offset", "a small square area", 2.0, "A blue square."),
        ),
    )
)


def adding_forward(self: Any, x: torch.Tensor, context: Any = None, **_: Any) -> torch.Tensor:
    """As the extension's: attention, what units see added, the output projection."""
    query, key, value = (
        one.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        for one in (self.to_q(x), self.to_k(context), self.to_v(context))
    )
    out = scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
    for unit in self.ipadapter_hacks:
        out = out + unit(self, x, query)
    return self.to_out(out)


class Unit:
    """Of one layer: it sees tokens of its own, other ones in each row of the call that it was told of."""

    def __init__(self, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self.tokens = torch.randn(2, 2, 3, 8, generator=random)  # rows, heads, tokens, D
        self.is_on = True
        self.rows = 0
        self.calls = 0

    def __call__(self, layer: Any, x: torch.Tensor, query: torch.Tensor) -> Any:
        self.calls += 1
        if not self.is_on:
            return 0.0
        assert query.shape[0] == len(x) == self.rows
        seen = self.tokens[: self.rows]
        return scaled_dot_product_attention(query, seen, seen).transpose(1, 2).flatten(2)


@pytest.fixture
def layers(job: Any) -> list[Any]:
    return [module for module in job.unet.modules() if isinstance(module, CrossAttention)]


@pytest.fixture
def units(job: Any, layers: list[Any]) -> list[Unit]:
    """One for each layer, hung on as the extension does before a job's sampling."""
    found = [Unit(seed) for seed, _ in enumerate(layers)]
    for layer, unit in zip(layers, found, strict=True):
        layer.ipadapter_hacks = [unit]
        layer.forward = adding_forward.__get__(layer, CrossAttention)

    def tell(_unet: Any, arguments: tuple[Any, ...]) -> None:
        for unit in found:
            unit.rows = len(arguments[0])

    job.unet.register_forward_pre_hook(tell)
    return found


@pytest.mark.parametrize("method", ["score", "layout", "decomposition"])
def test_what_they_see_is_added_to_the_regions(
    job: Any, run: Callable, layers: list[Any], units: list[Unit], method: str
) -> None:
    own = [vars(layer)["forward"] for layer in layers]
    ours = run(job, True, CODE, method)
    assert all(unit.calls for unit in units)
    assert [vars(layer)["forward"] for layer in layers] == own
    assert [layer.ipadapter_hacks for layer in layers] == [[unit] for unit in units]
    for unit in units:
        unit.is_on = False
    without = run(job, True, CODE, method)
    assert (ours - without).abs().max() > 1e-3
    expected = naive_run(job, run, layers, units, method)
    assert torch.allclose(ours, expected, atol=1e-5)


def naive_run(job: Any, run: Callable, layers: list[Any], units: list[Unit], method: str) -> torch.Tensor:
    """The regions alone, and in each layer's output the projection of what its unit sees, by a hook of our own."""
    hooks = []
    for layer, unit in zip(layers, units, strict=True):
        vars(layer).pop("forward")
        layer.ipadapter_hacks = []
        unit.is_on = True

        def add(module: Any, args: Any, out: torch.Tensor, unit: Unit = unit) -> torch.Tensor:
            query = module.to_q(args[0]).unflatten(-1, (module.heads, -1)).transpose(1, 2)
            return out + unit(module, args[0], query) @ module.to_out[0].weight.T

        hooks.append(layer.register_forward_hook(add))
    found = run(job, True, CODE, method)
    for hook in hooks:
        hook.remove()
    return found


class Keeping:
    """An adapter that keeps what it made of the first call's rows, as the extension's does."""

    def __init__(self) -> None:
        self.cache: dict[str, torch.Tensor] = {}
        self.given: list[tuple[bool, bool]] = []

    def unit(self, job: Any) -> Callable[..., torch.Tensor]:
        @torch.no_grad()
        def forward(layer: Any, x: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
            made = self.cache.setdefault("keys", torch.full((1,), float(job.unet.is_conditional)))
            self.given.append((bool(made), job.unet.is_conditional))
            return made * torch.ones_like(x)

        return forward


def test_what_a_unit_keeps_of_other_rows_is_not_taken(job: Any, run: Callable, layers: list[Any]) -> None:
    adapter = Keeping()

    def tell(unet: Any, _arguments: Any, keywords: dict[str, Any]) -> None:
        unet.is_conditional = keywords["context"].shape[1] > 77

    job.unet.register_forward_pre_hook(tell, with_kwargs=True)
    for layer in layers:
        layer.ipadapter_hacks = [adapter.unit(job)]
        layer.forward = adding_forward.__get__(layer, CrossAttention)
    run(job, True, CODE, "score")
    assert {made for made, _ in adapter.given} == {True, False}
    assert all(made == asked for made, asked in adapter.given)


def test_a_method_that_calls_for_a_region_a_row_is_refused(job: Any, run: Callable, units: list[Unit]) -> None:
    with pytest.raises(OmostError, match="multidiffusion cannot stand beside"):
        run(job, True, CODE, "multidiffusion")


def test_guidance_by_gradients_is_refused_beside_them(job: Any, run: Callable, units: list[Unit]) -> None:
    with pytest.raises(OmostError, match="boxdiff cannot guide this picture: another extension computes attention"):
        run(job, True, CODE, "boxdiff")


def test_units_that_are_gone_leave_the_host_s_own_forward_and_no_trace(
    job: Any, run: Callable, layers: list[Any]
) -> None:
    """The extension puts it back as the instance's."""
    expected = run(job, True, CODE, "score")
    for layer in layers:
        layer.ipadapter_hacks = []
        layer.forward = layer.forward
    assert all("forward" in vars(layer) for layer in layers)
    assert torch.equal(run(job, True, CODE, "score"), expected)


def test_a_forward_that_does_not_add_is_still_refused(job: Any, run: Callable, layers: list[Any]) -> None:
    def other(self: Any, x: torch.Tensor, context: Any = None, **_: Any) -> torch.Tensor:
        return x

    for layer in layers:
        layer.ipadapter_hacks = [lambda *_: 0.0]
        layer.forward = other.__get__(layer, CrossAttention)
    with pytest.raises(OmostError, match="replaces the forward of cross-attention"):
        run(job, True, CODE, "score")


def test_after_a_fault_the_units_are_back(job: Any, run: Callable, layers: list[Any], units: list[Unit]) -> None:
    own = [vars(layer)["forward"] for layer in layers]
    job.sampler.fail = RuntimeError("out of memory")
    with pytest.raises(RuntimeError, match="out of memory"):
        run(job, True, CODE, "score")
    assert [layer.ipadapter_hacks for layer in layers] == [[unit] for unit in units]
    assert [vars(layer)["forward"] for layer in layers] == own
