"""Layers in pieces, W or W + ΔW by the pixel: the numbers of base + Σ mask · ΔW·x, at about the cost of the layer."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.places import place_on
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.loras import cost, mixes
from lib_omost.loras.confine import confined
from lib_omost.loras.difference import Difference
from lib_omost.loras.pieces import rectangles
from lib_omost.loras.run import LoraRun, Patch

HEIGHT, WIDTH, ROWS, WIDE = 18, 20, 2, 96
TOLERANCE = 2e-5  # relative to the largest number; float32's rounding alone
LEFT, RIGHT, TOP = (0, 90, 0, 45), (0, 90, 45, 90), (0, 30, 0, 90)
DISC = tuple(
    sum(1 << column for column in range(90) if (row - 40) ** 2 + (column - 50) ** 2 < 900) for row in range(90)
)
KINDS = {
    "linear": lambda: torch.nn.Linear(WIDE, WIDE),
    "linear without bias": lambda: torch.nn.Linear(WIDE, 2 * WIDE, bias=False),
    "3 × 3": lambda: torch.nn.Conv2d(WIDE, WIDE, 3, padding=1),
    "every other pixel": lambda: torch.nn.Conv2d(WIDE, WIDE, 3, padding=1, stride=2),
    "1 × 1": lambda: torch.nn.Conv2d(WIDE, WIDE, 1),
}
# What each layout may cost at most, of the layer's own products: linear layers, convolutions.
LAYOUTS: dict[str, tuple[list[tuple[Any, float, Any]], float, float]] = {
    "halves": ([(LEFT, 0, None), (RIGHT, 0, None)], 1.0, 1.0),
    "soft halves": ([(LEFT, 18, None), (RIGHT, 18, None)], 1.25, 1.25),
    "one of them": ([(LEFT, 0, None)], 1.0, 1.0),
    "a corner and a box": ([((0, 40, 0, 40), 0, None), ((50, 80, 50, 80), 0, None)], 1.0, 1.0),
    "soft boxes": ([((10, 80, 5, 45), 5, None), ((20, 70, 50, 90), 5, None)], 1.5, 1.5),
    "a disc": ([((10, 70, 20, 80), 0, DISC)], 1.0, 1.5),
    "two that overlap": ([(LEFT, 0, None), (TOP, 0, None)], 1.4, 1.9),
    "two in one place": ([(LEFT, 0, None), (LEFT, 0, None)], 1.0, 1.0),
}


class Holder(torch.nn.Module):
    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer


def change(module: Any, seed: int, rank: int | None = None, *, bias: bool = True) -> Difference:
    random = torch.Generator().manual_seed(seed)
    weight, size = module.weight, float(module.weight.detach().std()) * 0.5
    own = torch.randn(len(weight), generator=random) * 0.1 if bias and module.bias is not None else None
    if rank is None:
        return Difference(torch.randn(weight.shape, generator=random) * size, None, own)
    down = torch.randn(rank, *weight.shape[1:], generator=random) * size
    return Difference(down, torch.randn(len(weight), rank, generator=random))


def given(module: Any, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(ROWS, WIDE, HEIGHT, WIDTH, generator=random)
    return x if module.weight.dim() == 4 else x.flatten(2).transpose(1, 2).contiguous()


@contextmanager
def patched_in(module: Any, patches: Sequence[Patch]) -> Iterator[LoraRun]:
    call = RegionalCall(HEIGHT, WIDTH)
    call.begin([None] * ROWS)
    with confined(Holder(module), (), patches, call, forward_replaced) as run:
        yield run


def as_maps(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.dim() == 4 else tensor.transpose(1, 2).unflatten(2, (HEIGHT, WIDTH))


def mask_of(patch: Patch, like: torch.Tensor) -> torch.Tensor:
    place = place_on(patch.rect, patch.edge, *like.shape[2:], cells=patch.cells)
    mask = torch.zeros(like.shape[2:], dtype=torch.float64)
    mask[place.box.slices] = 1.0 if place.weights is None else place.weights.double()
    return mask


def with_change(module: Any, one: Difference) -> Any:
    ours = copy.deepcopy(module).double()
    with torch.no_grad():
        ours.weight += one.whole.double().view(ours.weight.shape)
        if one.bias is not None:
            ours.bias += one.bias.double()
    return ours


def check(module: Any, patches: Sequence[Patch], x: torch.Tensor, ours: torch.Tensor, base: torch.Tensor) -> None:
    """Against float64: base + Σ mask · (ΔW·x + Δb); to the last bit where every mask is 0."""
    ours, base = as_maps(ours), as_maps(base)
    with torch.no_grad():
        plain = as_maps(copy.deepcopy(module).double()(x.double()))
        naive = plain.clone()
        for patch in patches:
            for one in patch.layers["layer"]:
                naive += mask_of(patch, naive) * (as_maps(with_change(module, one)(x.double())) - plain)
    outside = sum(mask_of(patch, naive) for patch in patches) == 0
    assert torch.equal(ours[..., outside], base[..., outside])
    assert float((ours - naive).abs().max()) <= TOLERANCE * float(naive.abs().max())
    assert float((naive - plain).abs().max()) > 1000 * TOLERANCE * float(naive.abs().max())


def patches_on(module: Any, layout: str, rank: int | None = None) -> list[Patch]:
    return [
        Patch(rect, edge, {"layer": [change(module, seed, rank)]}, cells)
        for seed, (rect, edge, cells) in enumerate(LAYOUTS[layout][0])
    ]


@pytest.fixture(autouse=True)
def _as_on_large_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "CPU_STEPS", 0)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_whole_differences_take_one_product_a_pixel_and_a_second_at_soft_edges(kind: str, layout: str) -> None:
    module: Any = KINDS[kind]()
    patches, x = patches_on(module, layout), given(module)
    with torch.no_grad(), FlopCounterMode(display=False) as plain:
        base = module(x)
    with torch.no_grad(), patched_in(module, patches):
        module(x)
        with FlopCounterMode(display=False) as taken:
            ours = module(x)
    check(module, patches, x, ours, base)
    most = LAYOUTS[layout][1 if x.dim() == 3 else 2]
    assert taken.get_total_flops() <= (most + 0.01) * plain.get_total_flops()


@pytest.mark.parametrize("kind", ["linear", "3 × 3"])
@pytest.mark.parametrize("edge", [0.0, 9.0])
@pytest.mark.parametrize("small", [0, 2**20], ids=["large", "small"])
def test_beside_a_whole_one_a_narrow_one_stays_so_in_large_layers_alone(
    kind: str, edge: float, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "SMALL", small)
    module: Any = KINDS[kind]()
    patches = [
        Patch(rect, edge, {"layer": [change(module, seed, rank)]})
        for seed, (rect, rank) in enumerate(((LEFT, None), ((20, 90, 40, 90), 8)))
    ]
    x = given(module)
    with torch.no_grad(), patched_in(module, patches) as run:
        ours = module(x)
        (mix,) = run._mixes._mixes.values()
    assert mix is not None
    assert mix.summed == ({0, 1} if small else {0})
    check(module, patches, x, ours, module(x).detach())


def test_narrow_ones_take_sums_where_their_products_cost_more() -> None:
    module: Any = KINDS["linear"]()
    x, found = given(module), []
    for rank in (1, 32):
        patches = patches_on(module, "halves", rank)
        with torch.no_grad(), patched_in(module, patches) as run:
            ours = module(x)
            found.append(any(run._mixes._mixes.values()))
        check(module, patches, x, ours, module(x).detach())
    assert found == [False, True]


class Hosts(torch.nn.Linear):
    """A host's layer: it brings its weights up to date when it is called."""

    waiting: torch.Tensor | None = None
    exchanges = False
    more = 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.waiting is not None:
            with torch.no_grad():
                if self.exchanges:
                    self.weight = torch.nn.Parameter(self.weight + self.waiting)
                else:
                    self.weight += self.waiting
            self.waiting = None
        return functional.linear(x, self.weight, self.bias) + self.more


@pytest.mark.parametrize("exchanges", [False, True], ids=["in place", "exchanged"])
@pytest.mark.parametrize("layout", ["halves", "one of them", "soft halves"])
def test_a_host_s_layer_that_computes_with_what_it_holds_goes_in_pieces_too(layout: str, exchanges: bool) -> None:
    """Also when the host changes its weights in the midst of a run."""
    module = Hosts(WIDE, WIDE)
    module.exchanges = exchanges
    patches, x = patches_on(module, layout), given(module)
    with torch.no_grad(), patched_in(module, patches) as run:
        module(x)
        for _ in range(2):
            module.waiting = torch.randn(WIDE, WIDE) * 0.1
            ours = module(x)
            assert any(run._mixes._mixes.values())
            check(copy_of(module), patches, x, ours, functional.linear(x, module.weight, module.bias))
        with FlopCounterMode(display=False) as taken:
            module(x)
    pixel = 2 * ROWS * WIDE * WIDE
    assert taken.get_total_flops() <= (LAYOUTS[layout][1] + 0.01) * HEIGHT * WIDTH * pixel + pixel


def copy_of(module: Any) -> Any:
    ours = torch.nn.Linear(module.in_features, module.out_features)
    ours.load_state_dict(module.state_dict())
    return ours


def test_a_host_s_layer_that_computes_otherwise_does_not() -> None:
    module = Hosts(WIDE, WIDE)
    module.more = 0.5
    patches, x = patches_on(module, "halves"), given(module)
    with torch.no_grad(), patched_in(module, patches) as run:
        ours = module(x)
        assert not any(run._mixes._mixes.values())
    with torch.no_grad():
        check(copy_of(module), patches, x, ours - 0.5, module(x) - 0.5)


def test_where_pixels_by_themselves_come_out_otherwise_all_are_computed_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As by a library that sums in another order for another number of them."""
    own = mixes._linear
    monkeypatch.setattr(mixes, "_linear", lambda *given: own(*given) * (1 + 1e-6))
    module: Any = KINDS["linear"]()
    x = given(module)
    for layout, expected in (("one of them", False), ("halves", True)):  # of halves none is the layer's own
        patches = patches_on(module, layout)
        with torch.no_grad(), patched_in(module, patches) as run:
            ours = module(x)
            assert any(run._mixes._mixes.values()) == expected
        check(module, patches, x, ours, module(x).detach())


def test_probing_leaves_the_random_numbers_of_others_alone() -> None:
    module: Any = KINDS["linear"]()
    before = torch.get_rng_state()
    with torch.no_grad(), patched_in(module, patches_on(module, "one of them")):
        x = given(module)
        module(x)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", ["linear", "3 × 3"])
def test_gradients_go_through(kind: str) -> None:
    module: Any = KINDS[kind]()
    (patch, other), found = patches_on(module, "soft halves"), []
    x = given(module).requires_grad_()
    with patched_in(module, [patch, other]) as run:
        found.append(torch.autograd.grad(module(x).square().sum(), x)[0])
        assert any(run._mixes._mixes.values())
    out = as_maps(module(x))
    for one in (patch, other):
        full = with_change(module, one.layers["layer"][0]).float()
        out = out + mask_of(one, out).float() * as_maps(full(x) - module(x))
    found.append(torch.autograd.grad(out.square().sum(), x)[0])
    assert torch.allclose(*found, rtol=1e-3, atol=1e-3 * float(found[1].abs().max()))


@pytest.mark.parametrize("kind", ["linear", "3 × 3"])
def test_under_autocast_as_the_layer_itself(kind: str) -> None:
    module: Any = KINDS[kind]()
    patches, x = patches_on(module, "one of them"), given(module)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        base = module(x)
        with patched_in(module, patches):
            ours = module(x)
    assert ours.dtype == base.dtype == torch.bfloat16
    outside = mask_of(patches[0], as_maps(ours)) == 0
    assert torch.equal(as_maps(ours)[..., outside], as_maps(base)[..., outside])
    full = with_change(module, patches[0].layers["layer"][0])(x.double()).detach()
    near = as_maps(ours - full)[..., ~outside].abs().max()
    assert float(near) <= 0.02 * float(full.abs().max())


def test_in_inference_mode_whose_tensors_count_no_changes() -> None:
    with torch.inference_mode():
        module = Hosts(WIDE, WIDE)
        patches, x = patches_on(module, "halves"), given(module)
        with patched_in(module, patches) as run:
            module(x)
            ours = module(x)
            assert any(run._mixes._mixes.values())
        check(copy_of(module), patches, x, ours, module(x))


def test_rectangles_hold_every_pixel_once() -> None:
    mask = torch.ones(12, 16, dtype=torch.bool)
    mask[2:6, 3:9] = False
    boxes = rectangles(mask)
    seen = torch.zeros(12, 16)
    for box in boxes:
        seen[box.slices] += 1
    assert torch.equal(seen, mask.float())
    assert len(boxes) == 4
    assert rectangles(torch.eye(40, dtype=torch.bool)) == [(0, 40, 0, 40)]
