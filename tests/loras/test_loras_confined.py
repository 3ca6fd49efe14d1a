"""Every layer gives base + Σ mask · ΔW·x: nothing where the mask is 0, the patched layer where it is 1."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.places import place_on
from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import forward_replaced, regional_attention
from lib_omost.loras.confine import confined, joined, refuse_layers
from lib_omost.loras.difference import Difference, factored
from lib_omost.loras.run import Patch
from lib_omost.methods.registry import METHODS
from lib_omost.mini.folder import mini_folder
from tests.hosts.conftest import hooks_of

LEFT, RIGHT, WHOLE = (0, 90, 0, 45), (0, 90, 45, 90), (0, 90, 0, 90)
HEIGHT, WIDTH, ROWS = 16, 24, 3
CHANNELS = json.loads((mini_folder() / "unet" / "config.json").read_text())["cross_attention_dim"]
TOLERANCE = 2e-5  # of a patched layer, relative to its largest number; float32's rounding alone
BLOCK = "down_blocks.0.attentions.0"
LAYERS = {
    "self-attention": f"{BLOCK}.transformer_blocks.0.attn1.to_k",
    "cross-attention's query": f"{BLOCK}.transformer_blocks.0.attn2.to_q",
    "feed-forward": f"{BLOCK}.transformer_blocks.0.ff.net.2",
    "1 × 1": f"{BLOCK}.proj_in",
    "3 × 3": "down_blocks.0.resnets.0.conv1",
    "3 × 3, every other pixel": "down_blocks.0.downsamplers.0.conv",
    "first": "conv_in",
    "last": "conv_out",
}


def difference(module: Any, seed: int = 0, rank: int | None = 4, *, bias: bool = False) -> Difference:
    random = torch.Generator().manual_seed(seed)
    weight = module.weight.detach()
    flat = weight.flatten(1)
    if rank is None:
        delta = torch.randn(weight.shape, generator=random) * weight.std() * 0.3
    else:
        narrow = torch.randn(len(flat), rank, generator=random) @ torch.randn(rank, flat.shape[1], generator=random)
        delta = (narrow * weight.std() * 0.3 / rank**0.5).view(weight.shape)
    return factored(delta, torch.randn(len(flat), generator=random) * 0.1 if bias else None)


def unet_call(unet: Any, sample: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return unet(sample, torch.tensor(500), encoder_hidden_states=tokens).sample


def given(seed: int = 1, tokens: int = 77) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    sample = torch.randn(ROWS, 4, HEIGHT, WIDTH, generator=random)
    return sample, torch.randn(ROWS, tokens, CHANNELS, generator=random)


@contextmanager
def patched_in(unet: Any, *patches: Patch) -> Iterator[RegionalCall]:
    layers = denoiser_of(unet, ROWS).layers
    call = RegionalCall(HEIGHT, WIDTH)
    call.begin([None] * ROWS)
    with ExitStack() as undo:
        undo.enter_context(confined(unet, {layer.name for layer in layers}, patches, call, forward_replaced))
        for layer in layers:
            undo.enter_context(forward_replaced(layer.module, layer.regional(layer.module.forward, call)))
        yield call


@contextmanager
def seen(module: Any) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
    """What a module is given and gives."""
    calls: list[tuple[torch.Tensor, torch.Tensor]] = []
    handle = module.register_forward_hook(lambda _module, inputs, out: calls.append((inputs[0].clone(), out.clone())))
    try:
        yield calls
    finally:
        handle.remove()


def on_layer(tensor: torch.Tensor) -> torch.Tensor:
    """(rows, …) as (rows, C, H, W)."""
    if tensor.dim() == 4:
        return tensor
    side = (tensor.shape[1] * HEIGHT // WIDTH) ** 0.5
    return tensor.transpose(1, 2).unflatten(2, (round(side), -1))


def patched(module: Any, change: Difference) -> Any:
    """A copy of the layer with the difference in its weights."""
    ours = copy.deepcopy(module)
    with torch.no_grad():
        ours.weight += change.whole.view(ours.weight.shape)
        if change.bias is not None:
            ours.bias += change.bias
    return ours


L = (*(0,) * 10, *((1 << 25) - 1,) * 30, *((1 << 50) - 1,) * 30, *(0,) * 20)  # of (10, 70, 0, 50)


@pytest.mark.parametrize("cells", [None, L], ids=["rectangle", "mask"])
@pytest.mark.parametrize("edge", [0.0, 20.0], ids=["hard", "soft"])
@pytest.mark.parametrize(
    ("rank", "bias"), [(4, False), (4, True), (None, True)], ids=["side by side", "narrow, with Δb", "whole"]
)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_is_itself_outside_and_the_patched_one_inside(
    mini: Any, kind: str, rank: int | None, bias: bool, edge: float, cells: tuple[int, ...] | None
) -> None:
    name = LAYERS[kind]
    module = mini.unet.get_submodule(name)
    change = difference(module, rank=rank, bias=bias and module.bias is not None)
    patch = Patch((10, 70, 0, 50), edge, {name: [change]}, cells)
    with patched_in(mini.unet, patch), seen(module) as calls:
        unet_call(mini.unet, *given())
    ((x, ours),) = calls
    with torch.no_grad():
        base, full = on_layer(module(x)), on_layer(patched(module, change)(x))
    ours = on_layer(ours)
    place = place_on((10, 70, 0, 50), edge, *ours.shape[2:], cells=cells)
    mask = torch.zeros(ours.shape[2:], dtype=torch.float64)
    mask[place.box.slices] = 1.0 if place.weights is None else place.weights.double()
    assert torch.equal(ours[..., mask == 0], base[..., mask == 0])
    assert (mask == 1).any()
    assert float((ours - full)[..., mask == 1].abs().max()) <= TOLERANCE * float(full.abs().max())
    naive = base.double() + mask * (full.double() - base.double())
    assert float((ours - naive).abs().max()) <= TOLERANCE * float(full.abs().max())
    assert float((full - base).abs().max()) > 100 * TOLERANCE * float(full.abs().max())


@pytest.mark.parametrize("bias", [False, True], ids=["without Δb", "with Δb"])
@pytest.mark.parametrize("kind", LAYERS)
def test_regions_that_tile_the_picture_are_a_patched_layer_each(mini: Any, kind: str, bias: bool) -> None:
    """And the layer computes about as much as without them, not twice: W + ΔW takes the place of W."""
    name = LAYERS[kind]
    module = mini.unet.get_submodule(name)
    changes = [difference(module, seed, None, bias=bias and module.bias is not None) for seed in (1, 2)]
    patches = [Patch(rect, 0, {name: [change]}) for rect, change in zip((LEFT, RIGHT), changes, strict=True)]
    with patched_in(mini.unet, *patches), seen(module) as calls:
        unet_call(mini.unet, *given())
    ((x, ours),) = calls
    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        fulls = [on_layer(patched(module, change)(x)) for change in changes]
    ours = on_layer(ours)
    half = ours.shape[3] // 2
    for full, here in zip(fulls, (slice(None, half), slice(half, None)), strict=True):
        assert float((ours - full)[..., here].abs().max()) <= TOLERANCE * float(full.abs().max())
    with patched_in(mini.unet, *patches), FlopCounterMode(display=False) as taken, torch.no_grad():
        unet_call(mini.unet, *given())
    with patched_in(mini.unet), FlopCounterMode(display=False) as plain:
        unet_call(mini.unet, *given())
    more = taken.get_total_flops() - plain.get_total_flops()
    assert more <= 0.25 * counted.get_total_flops() / 2  # what a convolution's halves both read


def test_a_layer_whose_forward_a_host_has_exchanged_computes_by_that(
    mini: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have other weights than it holds, as A1111's while a LoRA of the prompt box is put into them."""
    name = LAYERS["feed-forward"]
    module = mini.unet.get_submodule(name)
    changes = [difference(module, seed, None) for seed in (1, 2)]
    patches = [Patch(rect, 0, {name: [change]}) for rect, change in zip((LEFT, RIGHT), changes, strict=True)]
    own = torch.nn.Linear.forward
    monkeypatch.setattr(torch.nn.Linear, "forward", lambda layer, x: 2 * own(layer, x))
    with patched_in(mini.unet, *patches), seen(module) as calls:
        unet_call(mini.unet, *given())
    ((x, ours),) = calls
    with torch.no_grad():
        exchanged = on_layer(2 * own(module, x))
        added = [on_layer(change.of(x)) for change in changes]
    half = exchanged.shape[3] // 2
    for change, here in zip(added, (slice(None, half), slice(half, None)), strict=True):
        full = exchanged + change
        assert float((on_layer(ours) - full)[..., here].abs().max()) <= TOLERANCE * float(full.abs().max())


def test_the_time_embedding_of_a_block_changes_its_region_s_pixels_alone(mini: Any) -> None:
    name, receiver = "down_blocks.0.resnets.0.time_emb_proj", "down_blocks.0.resnets.0.norm2"
    module, norm = mini.unet.get_submodule(name), mini.unet.get_submodule(receiver)
    change = difference(module)
    with seen(module) as times, seen(norm) as before:
        unet_call(mini.unet, *given())
    before_norm = norm.forward
    taken: list[torch.Tensor] = []
    with (
        forward_replaced(norm, lambda x: taken.append(x.clone()) or before_norm(x)),
        patched_in(mini.unet, Patch(LEFT, 0.0, {name: [change]})),
    ):
        unet_call(mini.unet, *given())
    with torch.no_grad():
        added = torch.nn.functional.linear(times[0][0], change.whole)
    expected = before[0][0].clone()
    expected[..., : WIDTH // 2] += added[..., None, None]
    assert torch.equal(taken[0][..., WIDTH // 2 :], before[0][0][..., WIDTH // 2 :])
    assert torch.allclose(taken[0], expected, atol=1e-5)


@pytest.fixture(scope="session")
def everywhere(mini: Any) -> dict[str, Difference]:
    """A change of every layer that a region can hold."""
    found = {}
    for name, module in mini.unet.named_modules():
        weight = getattr(module, "weight", None)
        if weight is not None and weight.dim() in (2, 4) and not name.startswith("time_embedding"):
            found[name] = difference(module, seed=len(found))
    return found


def with_weights(unet: Any, changes: dict[str, Difference]) -> Any:
    ours = copy.deepcopy(unet)
    with torch.no_grad():
        for name, change in changes.items():
            module = ours.get_submodule(name)
            module.weight += change.whole.view(module.weight.shape)
    return ours


def test_a_region_of_the_whole_picture_is_the_patched_model(mini: Any, everywhere: dict[str, Difference]) -> None:
    sample, tokens = given()
    expected = unet_call(with_weights(mini.unet, everywhere), sample, tokens)
    plain = unet_call(mini.unet, sample, tokens)
    with patched_in(mini.unet, Patch(WHOLE, 0.0, {name: [one] for name, one in everywhere.items()})):
        ours = unet_call(mini.unet, sample, tokens)
    assert torch.allclose(ours, expected, atol=2e-4 * float(expected.abs().max()))
    assert float((expected - plain).abs().max()) > 0.05 * float(expected.abs().max())


def test_so_it_is_for_rows_that_carry_a_canvas(mini: Any, everywhere: dict[str, Difference]) -> None:
    sample, tokens = (both[-2:] for both in given(tokens=154))  # an unconditional row and a conditional one
    context = RegionalContext(tokens[-1], (Span(0, 77, WHOLE), Span(77, 154, LEFT)))
    changed = with_weights(mini.unet, everywhere)
    patch = Patch(WHOLE, 0.0, {name: [one] for name, one in everywhere.items()})
    results = []
    for unet, patches in ((changed, []), (mini.unet, [patch])):
        denoiser = denoiser_of(unet, 1)
        with regional_attention(denoiser, [context], METHODS["score"], height=HEIGHT, width=WIDTH, patches=patches):
            results.append(unet_call(unet, sample, tokens[:, :77]))
    assert torch.allclose(*results, atol=2e-4 * float(results[0].abs().max()))


@pytest.mark.parametrize("method", ["score", "decomposition"])
@pytest.mark.parametrize("edge", [0.0, 20.0], ids=["hard", "soft"])
def test_the_pixels_of_a_region_see_all_their_tokens_under_its_keys_and_values(
    mini: Any, method: str, edge: float
) -> None:
    """Beside the region's own words those of the whole picture too; outside all is as it was to the last bit."""
    layer = f"{BLOCK}.transformer_blocks.0.attn2"
    changes = {
        f"{layer}.{part}": difference(mini.unet.get_submodule(f"{layer}.{part}"), n)
        for n, part in enumerate(("to_k", "to_v"))
    }
    tokens = given(tokens=231)[1][0]
    context = RegionalContext(tokens, (Span(0, 77, WHOLE), Span(77, 154, (0, 90, 0, 40)), Span(154, 231, RIGHT)))
    patch = Patch(LEFT, edge, {name: [one] for name, one in changes.items()})
    x = torch.randn(1, HEIGHT * WIDTH, 64, generator=torch.Generator().manual_seed(2))

    def steered(unet: Any, *patches: Patch) -> torch.Tensor:
        denoiser = denoiser_of(unet, 1)
        whole = regional_attention(denoiser, [context], METHODS[method], height=HEIGHT, width=WIDTH, patches=patches)
        with whole as call, torch.no_grad():
            call.begin([0])
            return on_layer(denoiser.module.get_submodule(layer)(x, encoder_hidden_states=tokens[None]))

    base, full, ours = steered(mini.unet), steered(with_weights(mini.unet, changes)), steered(mini.unet, patch)
    place = place_on(LEFT, edge, HEIGHT, WIDTH)
    mask = torch.zeros(HEIGHT, WIDTH)
    mask[place.box.slices] = 1.0 if place.weights is None else place.weights
    assert torch.equal(ours[..., mask == 0], base[..., mask == 0])
    assert torch.allclose(ours, base + mask * (full - base), atol=1e-5)
    assert float((full - base).abs().max()) > 1e-2


@pytest.mark.parametrize("part", ["to_k", "to_v"])
def test_cross_attention_of_rows_without_a_canvas_is_the_patched_one_inside(mini: Any, part: str) -> None:
    layer = f"{BLOCK}.transformer_blocks.0.attn2"
    attention = mini.unet.get_submodule(layer)
    names = [f"{layer}.{part}", f"{layer}.to_q", f"{layer}.to_out.0"]
    changes = {name: difference(mini.unet.get_submodule(name), seed=place) for place, name in enumerate(names)}
    ours_of: list[torch.Tensor] = []
    x, tokens = torch.randn(ROWS, HEIGHT * WIDTH, 64), given()[1]
    with torch.no_grad():
        base = attention(x, encoder_hidden_states=tokens)
        full = with_weights(mini.unet, changes).get_submodule(layer)(x, encoder_hidden_states=tokens)
        with patched_in(mini.unet, Patch(LEFT, 0.0, {name: [one] for name, one in changes.items()})):
            ours_of.append(attention(x, encoder_hidden_states=tokens))
            ours_of.append(attention(x, tokens))
    for ours in ours_of:
        inside, outside = on_layer(ours)[..., : WIDTH // 2], on_layer(ours)[..., WIDTH // 2 :]
        assert torch.equal(outside, on_layer(base)[..., WIDTH // 2 :])
        assert torch.allclose(inside, on_layer(full)[..., : WIDTH // 2], atol=1e-5)
    assert not torch.allclose(full, base, atol=1e-3)


def test_a_region_within_another_has_the_lora_of_both(mini: Any) -> None:
    layer = f"{BLOCK}.transformer_blocks.0.attn2"
    attention = mini.unet.get_submodule(layer)
    key, query = f"{layer}.to_k", f"{layer}.to_q"
    one, other = difference(attention.to_k, 1), difference(attention.to_k, 2)
    asked = difference(attention.to_q, 3)
    both = factored(one.whole + other.whole)
    x, tokens = torch.randn(ROWS, HEIGHT * WIDTH, 64), given()[1]
    patches = [Patch(LEFT, 0.0, {key: [other]}), Patch(WHOLE, 0.0, {key: [one], query: [asked]})]
    with torch.no_grad(), patched_in(mini.unet, *patches):
        ours = on_layer(attention(x, encoder_hidden_states=tokens))
    with torch.no_grad():
        inner = with_weights(mini.unet, {key: both, query: asked}).get_submodule(layer)(x, encoder_hidden_states=tokens)
        outer = with_weights(mini.unet, {key: one, query: asked}).get_submodule(layer)(x, encoder_hidden_states=tokens)
    assert torch.allclose(ours[..., : WIDTH // 2], on_layer(inner)[..., : WIDTH // 2], atol=1e-5)
    assert torch.allclose(ours[..., WIDTH // 2 :], on_layer(outer)[..., WIDTH // 2 :], atol=1e-5)


def test_two_regions_each_with_its_own_add_up_and_weights_scale(mini: Any) -> None:
    name = LAYERS["3 × 3"]
    module = mini.unet.get_submodule(name)
    one, other = difference(module, 1), difference(module, 2)
    patches = [
        joined(LEFT, 0.0, [(0.5, {name: one}), (2.0, {name: other})]),
        joined(RIGHT, 0.0, [(-1.0, {name: one})]),
    ]
    with patched_in(mini.unet, *patches), seen(module) as calls:
        unet_call(mini.unet, *given())
    ((x, ours),) = calls
    with torch.no_grad():
        left = patched(module, factored(0.5 * one.whole + 2 * other.whole))(x)
        right = patched(module, one.scaled(-1.0))(x)
    assert torch.allclose(ours[..., : WIDTH // 2], left[..., : WIDTH // 2], atol=1e-4)
    assert torch.allclose(ours[..., WIDTH // 2 :], right[..., WIDTH // 2 :], atol=1e-4)


@pytest.mark.parametrize("fault", [None, RuntimeError("out of memory"), KeyboardInterrupt()])
def test_nothing_is_left_however_the_block_ends(mini: Any, everywhere: dict[str, Difference], fault: Any) -> None:
    before = hooks_of(mini.unet)
    sample, tokens = given()
    plain = unet_call(mini.unet, sample, tokens)
    with ExitStack() as stack:
        if fault is not None:
            stack.enter_context(pytest.raises(type(fault)))
        patch = Patch(LEFT, 5.0, {name: [one] for name, one in everywhere.items()})
        with patched_in(mini.unet, patch) as call:
            assert not torch.equal(unet_call(mini.unet, sample, tokens), plain)
            if fault is not None:
                raise fault
    assert hooks_of(mini.unet) == before
    assert call.parts == ()
    assert torch.equal(unet_call(mini.unet, sample, tokens), plain)


def test_a_fault_while_layers_are_hooked_undoes_those_already_there(
    mini: Any, everywhere: dict[str, Difference]
) -> None:
    before = hooks_of(mini.unet)
    hooked: list[Any] = []

    @contextmanager
    def refusing(module: Any, forward: Callable[..., Any]) -> Iterator[None]:
        if len(hooked) == 20:
            raise RuntimeError("no")
        hooked.append(module)
        with forward_replaced(module, forward):
            yield

    patch = Patch(LEFT, 0.0, {name: [one] for name, one in everywhere.items()})
    with (
        pytest.raises(RuntimeError, match="no"),
        confined(mini.unet, (), [patch], RegionalCall(HEIGHT, WIDTH), refusing),
    ):
        pytest.fail("never reached")
    assert hooks_of(mini.unet) == before


@pytest.mark.parametrize(
    "layer", ["time_embedding.linear_1", f"{BLOCK}.transformer_blocks.0.norm1", "down_blocks.0.resnets.0.norm1"]
)
def test_a_layer_that_is_one_for_all_pixels_is_refused_by_the_lora_s_name(mini: Any, layer: str) -> None:
    change = Difference(torch.zeros_like(mini.unet.get_submodule(layer).weight))
    with pytest.raises(OmostError, match=f"LoRA gloss cannot hold in a region alone: it changes {layer}") as refused:
        refuse_layers("gloss", mini.unet, {layer: change})
    assert "prompt box" in refused.value.hint


def test_pixels_that_something_merges_or_splits_are_refused(mini: Any) -> None:
    name = LAYERS["self-attention"]
    module = mini.unet.get_submodule(name)
    patch = Patch(LEFT, 0.0, {name: [difference(module)]})
    with patched_in(mini.unet, patch), torch.no_grad():
        with pytest.raises(OmostError, match="how many pixels") as refused:
            module(torch.zeros(ROWS, 101, 64))
        assert "token merging" in refused.value.hint
        with pytest.raises(OmostError, match="rows"):
            module(torch.zeros(2 * ROWS, HEIGHT * WIDTH // 2, 64))
