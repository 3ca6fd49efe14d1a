"""The gradient of attention through real UNets: it is right, finite in half precision, and leaves a model as it was."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import nn

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.bench.live_memory import LiveMemory
from lib_omost.canvas import Canvas, Lora, Region
from lib_omost.canvas.reference import Reference
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.gradient_memory import Size, too_large
from lib_omost.hosts.gradients import Gradients, Row
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.normal_tensors import can_be_differentiated, differentiable
from lib_omost.hosts.unguided import told_unguided, why_unguided
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser
from lib_omost.methods.guidance import Guidance, Measured
from lib_omost.methods.method import Method
from lib_omost.methods.names import ATTEND_AND_EXCITE, BOUNDED, BOX_DIFF
from lib_omost.methods.registry import METHODS
from tests.kinds import GUIDED

SIZE = 16
RECTS = ((0, 90, 0, 90), (10, 60, 0, 40), (30, 90, 50, 90))
SPANS = tuple(Span(77 * n, 77 * n + 77, rect, ((77 * n + 2, 77 * n + 6),) if n else ()) for n, rect in enumerate(RECTS))


@dataclass
class Asked:
    """A row of a call, under the method's hooks."""

    gradients: Gradients
    row: Row
    latent: torch.Tensor

    def moved(self, noise: float = 0.9, before: float | None = None) -> torch.Tensor:
        return self.gradients.moved(self.row, noise, before)

    def once(self) -> tuple[float, torch.Tensor]:
        """The loss, and the gradient, of a method's first evaluation."""
        found: list[Measured] = []

        def keep(_self: Any, _latent: Any, _noise: Any, _before: Any, gradient: Callable, _stopped: Any) -> Any:
            found.append(gradient(self.latent))
            return self.latent

        guidance = self.gradients.guidance
        object.__setattr__(self.gradients, "guidance", _Kept(guidance, keep))
        try:
            self.moved()
        finally:
            object.__setattr__(self.gradients, "guidance", guidance)
        return found[0].loss, found[0].gradient


class _Kept:
    """A guidance whose `moved` is another one."""

    def __init__(self, guidance: Guidance, moved: Callable) -> None:
        self._guidance, self._moved = guidance, moved

    def __getattr__(self, name: str) -> Any:
        return getattr(self._guidance, name)

    def moved(self, *arguments: Any) -> Any:
        return self._moved(self, *arguments)


def asked(unet: Any, method: str, use: Callable[[Asked], Any], *, dtype: Any = torch.float32, **more: Any) -> Any:
    """`use` of the second of two rows, which follows a canvas."""
    channels = unet.config.cross_attention_dim
    embeddings = torch.randn(SPANS[-1].stop, channels, generator=torch.Generator().manual_seed(3))
    context = RegionalContext(embeddings.to(dtype), SPANS)
    denoiser = denoiser_of(unet, 1)
    with regional_attention(denoiser, [context], METHODS[method], height=SIZE, width=SIZE) as call:
        call.begin([None, 0], 0.9)
        latents = torch.randn(2, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(1)).to(dtype)
        keywords: dict[str, Any] = {"encoder_hidden_states": torch.zeros(2, 77, channels, dtype=dtype)}
        if unet.config.addition_embed_type == "text_time":
            pooled = torch.ones(2, 48, dtype=dtype)
            keywords["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": torch.ones(2, 6, dtype=dtype)}
        row = Row(unet.forward, (latents, torch.tensor(900)), keywords, 1, 2, call.runs[0])
        return use(Asked(Gradients(denoiser, call, METHODS[method].guidance, **more), row, latents[1:]))


@pytest.fixture(params=["mini", "tiny_sdxl"])
def unet(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param).unet


@pytest.fixture
def mini_unet(mini: Any) -> Any:
    return copy.deepcopy(mini.unet)


def traces(module: nn.Module) -> list[object]:
    weights = [(name, id(one), one.requires_grad, one.is_inference()) for name, one in module.named_parameters()]
    return [*weights, *((name, "forward" in vars(one)) for name, one in module.named_modules())]


@pytest.mark.parametrize("method", GUIDED)
def test_the_gradient_is_that_of_finite_differences(unet: Any, method: str) -> None:
    exact = copy.deepcopy(unet).double()

    def compare(row: Asked) -> None:
        _, gradient = row.once()
        direction = torch.randn(gradient.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
        direction = direction + 3 * gradient / gradient.norm()
        losses = []
        for step in (-1e-5, 1e-5):
            moved = replace(row, latent=row.latent + step * direction)
            losses.append(moved.once()[0] * (len(SPANS) - 1 if method == BOUNDED else 1))
        slope = (losses[1] - losses[0]) / 2e-5
        assert slope == pytest.approx(float((gradient * direction).sum()), rel=1e-3)

    asked(exact, method, compare, dtype=torch.float64)


@pytest.mark.parametrize("method", GUIDED)
def test_blocks_that_are_computed_twice_give_the_same_gradient_in_less_memory(unet: Any, method: str) -> None:
    def compare(row: Asked) -> None:
        row.once()  # finds out what is looked at
        with LiveMemory() as ours:
            loss, gradient = row.once()
        row.gradients._recomputed = []
        with LiveMemory() as all_kept:
            plain = row.once()
        assert loss == pytest.approx(plain[0], rel=1e-5)
        assert torch.allclose(gradient, plain[1], rtol=1e-3, atol=1e-6 * float(plain[1].abs().max()))
        assert ours.peak < 0.6 * all_kept.peak
        assert row.gradients.size is not None
        assert ours.peak <= row.gradients.size.needed <= 4 * ours.peak

    asked(unet, method, compare)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("method", [BOX_DIFF, BOUNDED])
def test_in_half_precision_it_is_finite_and_goes_the_same_way(mini_unet: Any, method: str, dtype: Any) -> None:
    _, exact = asked(mini_unet, method, Asked.once)
    loss, half = asked(mini_unet.to(dtype), method, Asked.once, dtype=dtype)
    assert loss > 0
    assert torch.isfinite(half).all()
    least = 0.9 if dtype is torch.float16 else 0.6  # of bfloat16's two digits the largest pixels may be others
    assert float(torch.cosine_similarity(half.flatten(), exact.flatten(), dim=0)) > least
    moved = asked(mini_unet, method, Asked.moved, dtype=dtype)
    assert torch.isfinite(moved).all()


@dataclass(frozen=True)
class Steep:
    """A measure whose gradient is too large for half precision, by as much."""

    inner: Any
    times: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def loss(self, *arguments: Any) -> torch.Tensor:
        return self.inner.loss(*arguments) * self.times


@pytest.mark.parametrize(("times", "is_finite"), [(1e4, True), (1e30, False)])
def test_numbers_that_are_not_finite_move_nothing(mini_unet: Any, times: float, is_finite: bool) -> None:
    half = mini_unet.half()

    def steep(row: Asked) -> torch.Tensor:
        guidance = row.gradients.guidance
        row.gradients.guidance = replace(guidance, measure=Steep(guidance.measure, times))
        row.gradients._watch.measure = row.gradients.guidance.measure
        return row.once()[1]

    gradient = asked(half, BOX_DIFF, steep, dtype=torch.float16)
    assert torch.isfinite(gradient).all()
    assert bool(gradient.any()) is is_finite


def test_weights_of_inference_mode_are_used_where_they_lie(mini_unet: Any) -> None:
    expected = asked(mini_unet, BOUNDED, Asked.moved)
    with torch.inference_mode():
        loaded = copy.deepcopy(mini_unet)
        for one in loaded.modules():
            for name, weight in list(one._parameters.items()):
                if weight is not None:
                    one._parameters[name] = nn.Parameter(weight.clone())
        assert all(one.is_inference() for one in loaded.parameters())
        before = traces(loaded)
        with torch.no_grad():
            moved = asked(loaded, BOUNDED, Asked.moved)
        assert traces(loaded) == before
        with differentiable(loaded):
            assert not any(one.is_inference() or one.requires_grad for one in loaded.parameters())
            addresses = [one.data_ptr() for one in loaded.parameters()]
        assert addresses == [one.data_ptr() for one in loaded.parameters()]
        assert torch.is_inference_mode_enabled()
    assert torch.allclose(moved, expected, atol=1e-6)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_a_forward_that_a_host_lets_run_in_no_other_mode_has_a_gradient(
    mini_unet: Any, monkeypatch: pytest.MonkeyPatch, mode: Any
) -> None:
    """Forge Classic decorates the UNet's own with inference_mode."""
    expected = asked(mini_unet, BOX_DIFF, Asked.moved)
    decorated = mode()(type(mini_unet).forward)
    monkeypatch.setattr(type(mini_unet), "forward", decorated)
    moved = asked(mini_unet, BOX_DIFF, Asked.moved)
    assert torch.equal(moved, expected)
    assert type(mini_unet).forward is decorated
    assert "forward" not in vars(mini_unet)


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), RuntimeError("broken"), torch.OutOfMemoryError("full")])
def test_the_model_is_as_it_was_however_it_ends(mini_unet: Any, fault: BaseException) -> None:
    mini_unet.requires_grad_(True)
    mini_unet.mid_block.attentions[0].transformer_blocks[0].checkpoint = True
    before = traces(mini_unet)

    def failing(row: Asked) -> None:
        row.moved()
        calls: list[int] = []

        def forward(*arguments: Any, **keywords: Any) -> Any:
            calls.append(1)
            raise fault

        with pytest.raises(KeyboardInterrupt if isinstance(fault, KeyboardInterrupt) else OmostError):
            replace(row, row=replace(row.row, forward=forward)).moved()
        assert calls == [1]
        assert row.gradients.call.watch is None
        assert row.gradients.call.rows == 2

    asked(mini_unet, BOX_DIFF, failing)
    assert mini_unet.mid_block.attentions[0].transformer_blocks[0].checkpoint is True
    assert traces(mini_unet) == before
    assert all(one.grad is None for one in mini_unet.parameters())


def test_too_little_memory_is_refused_with_both_figures_before_a_gradient(mini_unet: Any) -> None:
    def refused(row: Asked) -> None:
        with pytest.raises(OmostError, match=r"needs \d+ MiB .* and 1 MiB are free") as error:
            row.moved()
        assert error.value.hint
        assert row.gradients._watch.layers == 0

    asked(mini_unet, BOX_DIFF, refused, free=lambda _device: 2**20)
    asked(mini_unet, BOX_DIFF, Asked.moved, free=lambda _device: None)


def test_quantized_weights_are_refused(mini_unet: Any) -> None:
    assert can_be_differentiated(mini_unet)
    layer = mini_unet.conv_in
    layer._parameters["weight"] = nn.Parameter(torch.zeros(4, dtype=torch.uint8), requires_grad=False)
    assert not can_be_differentiated(mini_unet)
    with pytest.raises(OmostError, match="not quantized"):
        asked(mini_unet, BOX_DIFF, Asked.moved)


def test_without_subjects_nothing_moves(mini_unet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.hosts.test_gradients.SPANS", (Span(0, 77, RECTS[0]), Span(77, 154, RECTS[1])))

    def still(row: Asked) -> None:
        assert torch.equal(row.moved(), row.latent)

    asked(mini_unet, ATTEND_AND_EXCITE, still)


class InPlace(nn.Module):
    """A transformer block in whose code, as in some hosts', sums are written over what was normed before."""

    def __init__(self, *, in_place: bool) -> None:
        super().__init__()
        self.in_place = in_place
        self.norm = nn.LayerNorm(16)
        self.attn2 = Attention()
        self.checkpoint = True

    def forward(self, x: torch.Tensor, context: Any = None) -> torch.Tensor:
        n = self.attn2(self.norm(x), context=context)
        if self.in_place:
            x += n
            x += self.norm(x)
            return x
        x = x + n
        return x + self.norm(x)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.heads = 2
        self.to_q, self.to_k, self.to_v = (nn.Linear(size, 16, bias=False) for size in (16, 12, 12))
        self.to_out = nn.Sequential(nn.Linear(16, 16), nn.Dropout(0.0))

    def forward(self, x: torch.Tensor, context: Any = None) -> torch.Tensor:
        raise NotImplementedError


class Ldm(nn.Module):
    def __init__(self, *, in_place: bool) -> None:
        super().__init__()
        self.lift = nn.Conv2d(4, 16, 1)
        self.blocks = nn.ModuleList(InPlace(in_place=in_place) for _ in range(3))

    def forward(self, x: torch.Tensor, _timesteps: Any = None, context: Any = None) -> torch.Tensor:
        hidden = self.lift(x).flatten(2).transpose(1, 2).contiguous()
        for block in self.blocks:
            hidden = block(hidden, context=context)
        return hidden


def test_code_that_writes_over_its_tensors_has_the_same_gradient() -> None:
    torch.manual_seed(4)
    careful, in_place = Ldm(in_place=False), Ldm(in_place=True)
    in_place.load_state_dict(careful.state_dict())
    moved = []
    for module in (careful, in_place):
        attentions = [(f"blocks.{n}.attn2", block.attn2) for n, block in enumerate(module.blocks)]
        layers = [CrossAttention(name, one, ("x", "context"), one.to_out) for name, one in attentions]
        denoiser = WebUIDenoiser(module, tuple(layers), steps=1000)
        context = RegionalContext(torch.randn(231, 12, generator=torch.Generator().manual_seed(3)), SPANS)
        method = Method("boxdiff", guidance=METHODS[BOX_DIFF].guidance)
        with regional_attention(denoiser, [context], method, height=SIZE, width=SIZE) as call:
            call.begin([0], 0.9)
            latent = torch.randn(1, 4, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
            row = Row(module.forward, (latent, None), {"context": context.embeddings[None]}, 0, 1, call.runs[0])
            assert method.guidance is not None
            moved.append(Gradients(denoiser, call, method.guidance).moved(row, 0.9, None))
        assert all(block.checkpoint for block in module.blocks)
    assert not torch.allclose(moved[0], latent, atol=1e-4)
    assert torch.allclose(moved[0], moved[1], atol=1e-5)


def test_figures_are_told_in_units_that_people_read() -> None:
    assert "needs 1 MiB beside the model for a picture of this size" in too_large(Size([10], [])).told
    assert re.search(r"needs \d+\.\d GiB beside .*, and 512 MiB are free", too_large(Size([2**30], []), 2**29).told)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"loras": (Lora("detail", 0.5),)}, "regions have LoRA"),
        ({"loras": (Lora("detail", 0.0, 0.5),)}, None),
        ({"reference": Reference("a1b2.png", 0.8)}, "regions have reference pictures"),
    ],
)
def test_what_no_gradient_goes_through_is_told_or_refuses_the_method(
    mini_unet: Any, fields: dict[str, Any], reason: str | None
) -> None:
    canvas = Canvas(
        "A cat.", regions=(Region("on the left", "no offset", "a small square area", 1.0, "A dog.", **fields),)
    )
    assert why_unguided(denoiser_of(mini_unet, 1), canvas) == reason
    if reason is not None:
        assert reason in told_unguided(METHODS[BOUNDED], reason)
        with pytest.raises(OmostError, match=f"{BOX_DIFF} cannot guide this picture: {reason}") as refused:
            told_unguided(METHODS[BOX_DIFF], reason)
        assert refused.value.hint
