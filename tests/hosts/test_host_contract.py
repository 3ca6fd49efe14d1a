"""What every host's adapter promises, whichever program runs the image model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, scaled_dot_product_attention

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import Canvas, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.diffusers import host as diffusers
from lib_omost.hosts.diffusers.shared import unet
from lib_omost.hosts.diffusers.shared.encode import encode_bags, tokenize_with
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.host import Host
from lib_omost.hosts.webui import host as webui
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.encoding import EncodingCache
from lib_omost.hosts.wording import Wording
from lib_omost.methods.method import Method
from lib_omost.methods.registry import METHODS
from lib_omost.prompts import Bag, PromptMixing, TagStyle
from tests.hosts.tiny_transformers import TRANSFORMERS
from tests.kinds import FAMILY

SPANS = (Span(0, 77, (0, 90, 0, 90)), Span(77, 154, (10, 50, 0, 33)), Span(154, 231, (40, 90, 50, 90)))
HEIGHT, WIDTH = 16, 10
OF_ALL_ROWS = ("mixture-of-diffusers", "bounded-attention")  # unconditional rows are called for in the same way
NOISY = 900  # of 1000 timesteps: where every method steers
FAULTS = [RuntimeError("out of memory"), KeyboardInterrupt()]


@dataclass(frozen=True)
class Adapter:
    """One host's denoiser; `call`: (rows, 4, H, W) and the tokens of each row → (rows, 4, H, W)."""

    denoiser: Denoiser
    channels: int
    call: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    method: str = "score"
    is_unet: bool = True

    def regional(self, context: RegionalContext, method: str | Method = "", height: int = HEIGHT) -> Any:
        method = method or self.method
        chosen = METHODS[method] if isinstance(method, str) else method
        return regional_attention(self.denoiser, [context], chosen, height=height, width=WIDTH)

    def context(self, spans: tuple[Span, ...] = SPANS) -> RegionalContext:
        random = torch.Generator().manual_seed(3)
        return RegionalContext(torch.randn(spans[-1].stop, self.channels, generator=random), spans)

    def traces(self) -> list[object]:
        """Every object that a hook could have exchanged."""
        modules = [self.denoiser.module, *(layer.module for layer in self.denoiser.layers)]
        return [
            [id(module.__dict__.get("forward")) for module in modules],
            [id(getattr(module, "processor", None)) for module in modules],
            [list(module._forward_pre_hooks) + list(module._forward_hooks) for module in modules],
        ]


class LdmAttention(nn.Module):
    """Cross-attention as the WebUIs have it."""

    def __init__(self, channels: int, tokens: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k, self.to_v = (nn.Linear(tokens, channels, bias=False) for _ in range(2))
        self.to_out = nn.Sequential(nn.Linear(channels, channels), nn.Dropout(0.0))

    def forward(self, x: torch.Tensor, context: Any = None, mask: Any = None, value: Any = None) -> torch.Tensor:
        split = lambda tensor: tensor.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # noqa: E731
        context = x if context is None else context
        query, key, values = split(self.to_q(x)), split(self.to_k(context)), split(self.to_v(context))
        return self.to_out(scaled_dot_product_attention(query, key, values).transpose(1, 2).flatten(2))


class LdmUNet(nn.Module):
    """Self-attention and cross-attention at two resolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.lift, self.lower = nn.Conv2d(4, 16, 1), nn.Conv2d(16, 4, 1)
        self.blocks = nn.ModuleList(
            nn.ModuleDict({"attn1": LdmAttention(16, 16, 2), "attn2": LdmAttention(16, 12, 2)}) for _ in range(2)
        )

    def forward(self, x: torch.Tensor, timesteps: Any = None, context: Any = None, **_: Any) -> torch.Tensor:
        hidden = self.lift(x)
        for number, block in enumerate(self.blocks):
            hidden = avg_pool2d(hidden, 2, ceil_mode=True) if number else hidden
            tokens = hidden.flatten(2).transpose(1, 2)
            tokens = tokens + block["attn1"](tokens, context=None)
            out = block["attn2"](tokens, context=context, value=None)
            hidden = hidden + out.transpose(1, 2).unflatten(2, hidden.shape[2:])
        return self.lower(nn.functional.interpolate(hidden, size=x.shape[2:]))


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebUI's `modules`, as far as encoding and reaching the denoiser ask of them."""

    class SdConditioning(list):
        def __init__(self, texts: Sequence[str], width: int, height: int) -> None:
            super().__init__(texts)

    fakes = {
        "modules": SimpleNamespace(),
        "modules.shared": SimpleNamespace(opts=SimpleNamespace(), loaded_hypernetworks=[]),
        "modules.devices": SimpleNamespace(autocast=nullcontext),
        "modules.prompt_parser": SimpleNamespace(SdConditioning=SdConditioning),
    }
    for name, fake in fakes.items():
        monkeypatch.setitem(sys.modules, name, fake)
        if "." in name:
            setattr(fakes["modules"], name.split(".")[1], fake)


@pytest.fixture(params=["a1111", "forge", "mini", "tiny_sdxl", *TRANSFORMERS])
def adapter(request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """In a call of four rows the last two may carry the canvas."""
    torch.manual_seed(2)
    if request.param in TRANSFORMERS:
        tiny = TRANSFORMERS[request.param]()
        yield Adapter(tiny.denoiser, tiny.channels, tiny.call, tiny.method, is_unet=False)
        return
    if request.param in ("a1111", "forge"):
        ldm = LdmUNet().eval().requires_grad_(False)
        inner = SimpleNamespace(diffusion_model=ldm)
        model = SimpleNamespace(model=inner)
        if request.param == "forge":
            patcher = SimpleNamespace(model=inner, model_options={})
            model = SimpleNamespace(forge_objects=SimpleNamespace(unet=patcher), is_sd1=True)
        yield Adapter(denoiser_of(model), 12, lambda x, tokens: ldm(x, torch.full((len(x),), NOISY), context=tokens))
        return
    pipeline = request.getfixturevalue(request.param)

    def call(x: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        extra = {}
        if pipeline.unet.config.addition_embed_type == "text_time":
            vectors = {"text_embeds": torch.ones(len(x), 48), "time_ids": torch.ones(len(x), 6)}
            extra = {"added_cond_kwargs": vectors}
        with torch.no_grad():
            return pipeline.unet(x, torch.tensor(NOISY), encoder_hidden_states=tokens, **extra).sample

    yield Adapter(unet.denoiser_of(pipeline.unet, 2), pipeline.unet.config.cross_attention_dim, call)


def latents(rows: int = 4, height: int = HEIGHT) -> torch.Tensor:
    return torch.randn(rows, 4, height, WIDTH, generator=torch.Generator().manual_seed(1))


def four_rows(adapter: Adapter, context: RegionalContext) -> torch.Tensor:
    """The tokens of four rows, of which the last two carry the canvas."""
    others = torch.randn(2, len(context.embeddings), adapter.channels, generator=torch.Generator().manual_seed(4))
    return torch.cat([others, context.embeddings.expand(2, -1, -1)])


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_every_forward_is_the_object_it_was_however_the_block_ends(adapter: Adapter, fault: Any) -> None:
    before, context = adapter.traces(), adapter.context()
    with nullcontext() if fault is None else pytest.raises(type(fault)), adapter.regional(context) as call:
        assert all("forward" in vars(layer.module) for layer in adapter.denoiser.layers)
        adapter.call(latents(), four_rows(adapter, context))
        assert call.runs[0].keeps
        assert (call.runs[0].cached_bytes > 0) is isinstance(adapter.denoiser.layers[0], CrossAttention)
        if fault is not None:
            raise fault
    assert adapter.traces() == before
    assert call.runs[0].cached_bytes == 0
    assert not call.runs[0].keeps


def test_a_forward_of_its_own_is_put_back(adapter: Adapter) -> None:
    module = adapter.denoiser.layers[0].module
    own = module.forward
    module.__dict__["forward"] = own
    try:
        with adapter.regional(adapter.context()):
            assert module.__dict__["forward"] is not own
        assert module.__dict__["forward"] is own
    finally:
        del module.__dict__["forward"]


def test_a_fault_while_layers_are_hooked_undoes_those_already_there(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(adapter.denoiser.layers[-1])
    before, original = adapter.traces(), kind.regional

    def refuse(layer: Any, *arguments: Any) -> Any:
        if layer is adapter.denoiser.layers[-1]:
            raise RuntimeError("no")
        return original(layer, *arguments)

    monkeypatch.setattr(kind, "regional", refuse)
    with pytest.raises(RuntimeError, match="no"), adapter.regional(adapter.context()):
        pytest.fail("never reached")
    assert adapter.traces() == before


def test_a_call_without_a_canvas_is_the_unhooked_one_to_the_last_bit(adapter: Adapter) -> None:
    x, tokens = latents(), torch.randn(4, 77, adapter.channels, generator=torch.Generator().manual_seed(5))
    expected = adapter.call(x, tokens)
    if hasattr(adapter.denoiser, "batch"):
        adapter = replace(adapter, denoiser=replace(adapter.denoiser, batch=0))
    with adapter.regional(adapter.context()) as call:
        assert torch.equal(adapter.call(x, tokens), expected)
    assert not call.ever


def test_rows_without_a_canvas_get_the_layers_own_forward_to_the_last_bit(adapter: Adapter) -> None:
    context, layer = adapter.context(), adapter.denoiser.layers[-1]
    given: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def cut(rows: slice) -> tuple[tuple[Any, ...], dict[str, Any]]:
        of_rows = lambda one: one[rows] if isinstance(one, torch.Tensor) and len(one) == 4 else one  # noqa: E731
        arguments, keywords = given[0]
        return tuple(map(of_rows, arguments)), {name: of_rows(value) for name, value in keywords.items()}

    def own(rows: slice) -> torch.Tensor:
        arguments, keywords = cut(rows)
        with torch.no_grad():
            return first_of(type(layer.module).forward(layer.module, *arguments, **keywords))

    with adapter.regional(context) as call:
        regional = layer.module.forward
        layer.module.__dict__["forward"] = lambda *rest, **named: (
            given.append((rest, named)) or regional(*rest, **named)
        )
        adapter.call(latents(), four_rows(adapter, context))
        with torch.no_grad():
            steered = first_of(regional(*given[0][0], **given[0][1]))
        assert call.ever
    assert torch.equal(steered[:2], own(slice(0, 2)))
    assert (steered[2:] - own(slice(2, 4))).abs().max() > 1e-3


@pytest.mark.parametrize("method", FAMILY)
def test_a_method_of_the_family_moves_the_rows_that_carry_the_canvas(adapter: Adapter, method: str) -> None:
    if not adapter.is_unet:
        pytest.skip("needs a UNet, and is refused by name elsewhere")
    before, context = adapter.traces(), adapter.context()
    tokens = four_rows(adapter, context)
    expected = adapter.call(latents(), tokens)
    with adapter.regional(context, method) as call:
        steered = adapter.call(latents(), tokens)
    assert call.ever
    assert (steered[2:] - expected[2:]).abs().max() > 1e-3
    if method not in OF_ALL_ROWS:
        assert torch.allclose(steered[:2], expected[:2], atol=1e-4)
    assert adapter.traces() == before


def first_of(out: Any) -> torch.Tensor:
    """What a layer makes of the image, or of image and text side by side."""
    return out if isinstance(out, torch.Tensor) else out[0]


@pytest.mark.parametrize("method", METHODS)
def test_one_region_over_everything_is_plain_cross_attention(adapter: Adapter, method: str) -> None:
    if method in FAMILY and not adapter.is_unet:
        pytest.skip("needs a UNet, and is refused by name elsewhere")
    context = adapter.context((Span(0, 231, (0, 90, 0, 90)),))
    tokens = four_rows(adapter, context)
    expected = adapter.call(latents(), tokens)
    with adapter.regional(context, method) as call:
        assert torch.allclose(adapter.call(latents(), tokens), expected, atol=1e-4)
    assert call.ever


def test_a_tile_of_the_picture_is_refused(adapter: Adapter) -> None:
    before, context = adapter.traces(), adapter.context()
    with pytest.raises(OmostError, match="tiles") as refused, adapter.regional(context):
        adapter.call(latents(height=HEIGHT // 2), four_rows(adapter, context))
    assert refused.value.hint
    assert adapter.traces() == before


def test_rows_that_something_else_adds_are_refused(adapter: Adapter) -> None:
    def doubled(_layer: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        twice = lambda one: torch.cat([one, one]) if isinstance(one, torch.Tensor) else one  # noqa: E731
        return tuple(map(twice, arguments)), {name: twice(value) for name, value in keywords.items()}

    context = adapter.context()
    handle = adapter.denoiser.layers[0].module.register_forward_pre_hook(doubled, with_kwargs=True)
    try:
        with pytest.raises(OmostError, match="changes how many"), adapter.regional(context):
            adapter.call(latents(), four_rows(adapter, context))
    finally:
        handle.remove()


def test_a_methods_denoiser_call_takes_the_place_of_the_forward_and_leaves_it(adapter: Adapter) -> None:
    before, context = adapter.traces(), adapter.context((Span(0, 231, (0, 90, 0, 90)),))
    tokens, carried = four_rows(adapter, context), []

    def twice(forward: Callable[..., Any], call: Any) -> Callable[..., Any]:
        def both(*arguments: Any, **keywords: Any) -> Any:
            carried.append(call.rows)
            forward(*arguments, **keywords)
            return forward(*arguments, **keywords)

        return both

    expected = adapter.call(latents(), tokens)
    with adapter.regional(context, Method("twice", denoiser_call=twice)):
        assert torch.allclose(adapter.call(latents(), tokens), expected, atol=1e-4)
    assert carried == [4]
    assert adapter.traces() == before


class Transformer(nn.Module):
    """A denoiser without cross-attention."""


class Distilled(LdmUNet):
    """One whose layers are called as ours and are not made of the same parts."""

    def __init__(self) -> None:
        super().__init__()
        for block in self.blocks:
            del block["attn2"].to_k


@pytest.mark.parametrize("kind", [Transformer, Distilled])
@pytest.mark.parametrize("place", ["model", "patcher"])
def test_a_webuis_model_of_another_kind_is_refused_by_its_class(kind: type[nn.Module], place: str) -> None:
    class FluxEngine:
        is_sd1 = True  # whatever it says of itself

        def __init__(self) -> None:
            inner = SimpleNamespace(diffusion_model=kind())
            if place == "model":
                self.model = inner
            else:
                self.forge_objects = SimpleNamespace(unet=SimpleNamespace(model=inner, model_options={}))

    with pytest.raises(OmostError, match=r"this kind of model \(FluxEngine\)") as refused:
        denoiser_of(FluxEngine())
    assert "choose a checkpoint" in refused.value.hint


def test_a_webuis_model_that_says_it_is_none_of_ours_is_refused() -> None:
    model = SimpleNamespace(is_sd1=False, is_sdxl=False, model=SimpleNamespace(diffusion_model=LdmUNet()))
    with pytest.raises(OmostError, match="this kind of model"):
        denoiser_of(model)


@pytest.mark.parametrize("kind", [Transformer, Distilled])
def test_a_pipelines_denoiser_of_another_kind_is_refused_by_its_class(kind: type[nn.Module]) -> None:
    with pytest.raises(OmostError, match=kind.__name__):
        unet.denoiser_of(kind(), 1)


CANVAS = Canvas(
    "A white background (plain).",
    regions=(
        Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", tags="1girl, red"),
        Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square."),
    ),
)


@pytest.fixture
def hosts(mini: Any) -> dict[str, Host]:
    """The mini checkpoint behind both hosts: in the WebUI's, its text encoder stands where A1111 has it."""
    tokenize = tokenize_with(mini.tokenizer)

    class Embedder:
        def tokenize_line(self, line: str) -> tuple[list[Any], int]:
            ids = tokenize(line.replace("\\", ""))
            chunks = [ids[start : start + 75] for start in range(0, max(1, len(ids)), 75)]
            padded = [SimpleNamespace(tokens=[0, *chunk, *[0] * (75 - len(chunk)), 0]) for chunk in chunks]
            return padded, 75 * (len(chunks) - 1) + len(chunks[-1])

    def learned(texts: Sequence[str]) -> torch.Tensor:
        return encode_bags(mini, [tokenize(text.replace("\\", "")) for text in texts]).embeddings

    model = SimpleNamespace(
        cond_stage_model=Embedder(),
        model=SimpleNamespace(diffusion_model=LdmUNet()),
        get_learned_conditioning=learned,
    )
    job = SimpleNamespace(sd_model=model, extra_network_data={}, cached_params=lambda *arguments: arguments)
    return {
        "webui": webui.host_of(job, EncodingCache(), width=128, height=128),
        "diffusers": diffusers.host_of(mini, 1),
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("style", TagStyle)
@pytest.mark.parametrize("words", ["", "oil painting"])
def test_a_canvas_becomes_the_same_regions_in_every_host(
    hosts: dict[str, Host], method: str, style: TagStyle, words: str
) -> None:
    wording = Wording(method, style, PromptMixing.GLOBAL_ONLY)
    ours, theirs = (encode_canvas(host, CANVAS, wording, words) for host in hosts.values())
    assert ours.context.spans == theirs.context.spans
    assert ours.context.texts == theirs.context.texts
    assert set(ours.context.texts) == {77}
    assert torch.allclose(ours.context.embeddings, theirs.context.embeddings, atol=1e-5)
    assert (dict(ours.others), ours.notes) == (dict(theirs.others), theirs.notes)


@pytest.mark.parametrize("name", ["webui", "diffusers"])
def test_a_bag_is_encoded_by_itself_in_the_order_that_was_asked(hosts: dict[str, Host], name: str) -> None:
    host = hosts[name]
    bags = [Bag((text,), tuple(host.tokenize(text))) for text in ("A red circle.", "A blue square.", "A red circle.")]
    together = host.encode(bags)
    for bag, encoded in zip(bags, together, strict=True):
        assert torch.allclose(encoded.tokens, host.encode([bag])[0].tokens, atol=1e-5)
    assert not torch.allclose(together[0].tokens, together[1].tokens)
