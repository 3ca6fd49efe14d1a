"""Guidance in a WebUI: the latent moves between the first steps of the host's own sampler, whatever its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType, MethodType
from typing import Any

import pytest
import torch
from torch import nn

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.run import RegionalRun
from lib_omost.canvas import Canvas, Reference, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.gradients import Gradients, Row
from lib_omost.hosts.webui.capabilities.denoiser import methods_of
from lib_omost.hosts.webui.guided import _row_of
from lib_omost.hosts.webui.steering import NO_GUIDANCE
from lib_omost.methods import registry
from lib_omost.methods.names import ATTEND_AND_EXCITE, BOUNDED, BOX_DIFF, UNET_METHODS
from lib_omost.methods.registry import METHODS
from tests.kinds import BY_GRADIENT, GUIDED
from tests.webui.conftest import CHANNELS, CrossAttention

SIGMAS = [14.0, 6.0, 3.0, 1.5, 0.8, 0.0]
NOISES = [1000, 800, 600, 400, 200]  # timesteps of these σ
REGIONS = (
    Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle."),
    Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square."),
)
CODE = write_canvas(Canvas("A white background.", regions=REGIONS))


@dataclass
class Denoiser:
    """As the hosts' CFGDenoiser: rows with the canvas and without, apart where `apart`, scaled for the UNet."""

    sampler: Any
    step: int = 0
    apart: bool = False
    interrupts_at: int | None = None
    nmask: torch.Tensor | None = None
    seen: list = field(default_factory=list)
    drawn: list = field(default_factory=list)

    def __call__(self, x: torch.Tensor, sigma: torch.Tensor, cond: Any = None, uncond: Any = None) -> torch.Tensor:
        if self.interrupts_at is not None and len(self.seen) >= self.interrupts_at:
            raise KeyboardInterrupt
        self.seen.append((self.step, float(sigma[0]), x.clone()))
        place = min(range(len(SIGMAS) - 1), key=lambda one: abs(SIGMAS[one] - float(sigma[0])))
        given = x
        if self.nmask is not None:
            given = x * self.nmask + torch.randn(x.shape) * (1 - self.nmask)
        given = given * float((sigma[0] ** 2 + 1) ** -0.5)
        context = torch.stack([parts[0].schedules[-1].cond for parts in cond.batch])
        other = torch.zeros_like(context)
        timesteps = torch.full((len(x),), float(NOISES[place]))
        if self.apart:
            self.sampler.unet(given, timesteps, context=other)
            outs = [
                self.sampler.unet(given[n : n + 1], timesteps[:1], context=context[n : n + 1]) for n in range(len(x))
            ]
            out = torch.cat(outs)
        else:
            both = torch.cat([given, given]), torch.cat([timesteps, timesteps])
            out = self.sampler.unet(*both, context=torch.cat([other, context]))[len(x) :]
        self.drawn.append((self.step, float(sigma[0]), x.clone()))
        self.step += 1
        return 0.1 * out


@dataclass
class KSampler:
    """As the hosts' KDiffusionSampler."""

    unet: Any
    order: int = 1
    takes_sigmas: bool = True
    told: list = field(default_factory=list)
    runs: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = Denoiser(self)
        self.func = self.steps_of

    def sample(self, p: Any, x: torch.Tensor, conditioning: Any, unconditional: Any, **_: Any) -> torch.Tensor:
        extra = {"cond": conditioning, "uncond": unconditional}
        given: dict[str, Any] = {"sigmas": torch.tensor(SIGMAS)} if self.takes_sigmas else {"timesteps": [1]}
        with torch.inference_mode():
            return self.func(
                self.model, x * SIGMAS[0], extra_args=extra, callback=self.told.append, s_churn=5.0, **given
            ).clone()

    def sample_img2img(self, p: Any, x: torch.Tensor, noise: Any, conditioning: Any, unconditional: Any, **_: Any):
        extra = {"cond": conditioning, "uncond": unconditional}
        later = torch.tensor(SIGMAS[2:])
        return self.func(self.model, x + 3 * noise, extra_args=extra, callback=self.told.append, sigmas=later)

    def steps_of(
        self, model: Any, x: Any, extra_args: Any = None, callback: Any = None, sigmas: Any = None, **more: Any
    ):
        sigmas = torch.tensor([14.0, 0.0]) if sigmas is None else sigmas
        self.runs.append((len(sigmas) - 1, more.get("s_churn")))
        for number, (sigma, after) in enumerate(pairwise(sigmas)):
            expected = model(x, sigma * x.new_ones(len(x)), **extra_args)
            callback({"i": number, "x": x})
            slope = (x - expected) / sigma
            moved = x + slope * (after - sigma)
            if self.order == 2 and after > 0:  # Heun's second look at the same σ as the next step's first
                again = model(moved, after * x.new_ones(len(x)), **extra_args)
                moved = x + (slope + (moved - again) / after) / 2 * (after - sigma)
            x = moved
        return x


@pytest.fixture
def guided(job: Any, unet: Any) -> Any:
    for block in unet.blocks:
        block.attn1 = CrossAttention()
        block.attn1.to_k = block.attn1.to_v = nn.Linear(CHANNELS, CHANNELS, bias=False)
    job.sampler = KSampler(unet)
    return job


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float | None]]:
    """The share of noise of each picture's move, and of the step before."""
    found: list[tuple[float, float | None]] = []
    own = Gradients.moved

    def moved(self: Gradients, row: Any, noise: float, before: float | None) -> torch.Tensor:
        found.append((noise, before))
        return own(self, row, noise, before)

    monkeypatch.setattr(Gradients, "moved", moved)
    return found


def asked(method: str = BOX_DIFF, **more: Any) -> dict[str, Any]:
    return {"canvas": CODE, "method": method, **more}


def with_a_step_of(monkeypatch: pytest.MonkeyPatch, size: float, method: str = BOX_DIFF) -> None:
    """The method's latent moves so far down its gradient."""
    guidance = replace(METHODS[method].guidance, step_size=lambda _noise: size)  # type: ignore[type-var]
    changed = MappingProxyType({**METHODS, method: replace(METHODS[method], guidance=guidance)})
    monkeypatch.setattr(registry, "METHODS", changed)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("apart", [False, True])
def test_only_the_first_steps_begin_elsewhere(guided: Any, run: Callable, moves: list, order: int, apart: bool) -> None:
    guided.sampler.order, guided.sampler.model.apart = order, apart
    run(guided, asked())
    assert moves == [(1.0, None), (pytest.approx(0.8), 1.0), (pytest.approx(0.6), pytest.approx(0.8))]
    assert [steps for steps, _ in guided.sampler.runs] == [1, 1, 1, 2]
    assert [churn for _, churn in guided.sampler.runs] == [1.0, 1.0, 1.0, 2.0]
    assert [state["i"] for state in guided.sampler.told] == [0, 1, 2, 3, 4]
    assert guided.sampler.model.step == (9 if order == 2 else 5)
    assert not hasattr(guided, "swallowed")


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("method", GUIDED)
def test_a_move_of_nothing_draws_what_is_drawn_without(
    guided: Any, run: Callable, monkeypatch: pytest.MonkeyPatch, order: int, method: str
) -> None:
    guided.sampler.order = order
    ours = run(guided, asked(method))
    with_a_step_of(monkeypatch, 0.0, method)
    still = run(guided, asked(method))
    own = METHODS[method]
    without = replace(own, guidance=None)
    monkeypatch.setattr(registry, "METHODS", MappingProxyType({**METHODS, method: without}))
    assert torch.equal(run(guided, asked(method)), still)
    assert not torch.equal(ours, still)
    assert torch.isfinite(ours).all()


def test_the_moves_are_the_gradients_in_the_samplers_scale(
    guided: Any, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = SIGMAS[0] * (SIGMAS[0] ** 2 + 1) ** -0.5
    moved = []
    for size in (0.0, 1.0, 2.0):
        with monkeypatch.context() as patch:
            with_a_step_of(patch, size)
            guided.sampler.model.drawn.clear()
            run(guided, asked())
            moved.append(guided.sampler.model.drawn[0][2])
    assert not torch.allclose(moved[0], moved[1], atol=1e-6)
    assert torch.allclose(moved[2] - moved[0], 2 * (moved[1] - moved[0]), rtol=1e-2, atol=1e-5)
    assert first < 1


def test_each_picture_finds_its_own_row_whatever_their_order() -> None:
    pictures = torch.randn(3, 4, 5, 6, generator=torch.Generator().manual_seed(1))
    order, scale = [2, 0, 1], 0.3
    beside = torch.cat([scale * pictures[order], torch.ones(3, 5, 5, 6)], dim=1)  # an inpainting model is given more
    run = RegionalRun(RegionalContext(torch.zeros(2, 3), (Span(0, 2, (0, 90, 0, 90)),)))
    rows = [Row(lambda *_: None, (beside,), {}, number, 3, run) for number in range(3)]
    for number, picture in enumerate(pictures):
        row, found = _row_of(picture, rows, torch.ones(4, 5, 6, dtype=torch.float64))
        assert order[row.number] == number
        assert found == pytest.approx(scale, rel=1e-5)


def test_methods_of_more_than_guidance_draw_without_it_where_a_sampler_has_no_schedule(
    guided: Any, run: Callable, moves: list
) -> None:
    guided.sampler.takes_sigmas = False
    run(guided, asked(BOUNDED))
    assert moves == []
    assert "no schedule" in guided.extra_generation_params[NO_GUIDANCE]
    for method in (BOX_DIFF, ATTEND_AND_EXCITE):
        with pytest.raises(OmostError, match=f"{method} cannot guide this picture: this sampler") as refused:
            run(guided, asked(method))
        assert "choose a sampler such as Euler" in str(refused.value)


def test_a_start_from_the_draft_is_guided_while_there_is_much_noise(guided: Any, run: Callable, moves: list) -> None:
    run(guided, asked(draft=True, denoise=0.93))
    assert [noise for noise, _ in moves] == [pytest.approx(0.6)]


def test_cells_that_the_host_keeps_do_not_tell_pictures_apart(guided: Any, run: Callable, moves: list) -> None:
    drawn = torch.zeros(1, 4, 11, 8)
    drawn[..., 4:] = 1
    guided.sampler.model.nmask = drawn
    run(guided, asked())
    assert len(moves) == 3


def test_a_latent_that_another_extension_changes_is_refused(guided: Any, run: Callable, unet: Any) -> None:
    def other(_module: Any, arguments: tuple) -> tuple:
        return (torch.randn(arguments[0].shape), *arguments[1:])

    handle = unet.register_forward_pre_hook(other)
    try:
        with pytest.raises(OmostError, match="changes the latent on its way"):
            run(guided, asked())
    finally:
        handle.remove()


@pytest.mark.parametrize("fault", ["interrupted", "memory"])
def test_the_sampler_and_the_model_are_left_as_they_were(
    guided: Any, run: Callable, unet: Any, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    func, weights = guided.sampler.func, [id(one) for one in unet.parameters()]
    run(guided, asked())
    if fault == "interrupted":
        guided.sampler.model.interrupts_at = len(guided.sampler.model.seen) + 3
        with pytest.raises(KeyboardInterrupt):
            run(guided, asked())
    else:
        monkeypatch.setattr("lib_omost.hosts.gradients.refuse_too_large", _too_large)
        with pytest.raises(OmostError, match="GiB"):
            run(guided, asked())
    assert guided.sampler.func == func
    assert [id(one) for one in unet.parameters()] == weights
    assert not any("forward" in vars(one) for one in unet.modules())


def _too_large(*_: Any) -> None:
    raise OmostError("needs 3 GiB")


def test_no_random_number_is_used_up(guided: Any, run: Callable) -> None:
    guided.sampler.model.nmask = torch.ones(1, 4, 11, 8)
    torch.manual_seed(7)
    run(guided, asked())
    after = torch.rand(1)
    torch.manual_seed(7)
    for _ in range(5):  # what the sampler's own five calls use
        torch.randn(1, 4, 11, 8)
    assert torch.equal(after, torch.rand(1))


def test_token_merging_is_refused(guided: Any, run: Callable) -> None:
    guided.get_token_merging_ratio = lambda for_hr: 0.5
    with pytest.raises(OmostError, match=f"{BOX_DIFF} cannot draw with token merging"):
        run(guided, asked())


def test_patches_that_compute_attention_leave_the_masks_and_refuse_guidance_alone(
    guided: Any, run: Callable, moves: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib_omost.hosts.webui.others.computes_attention", lambda _model: True)
    run(guided, asked(BOUNDED))
    assert moves == []
    assert "IP-Adapter" in guided.extra_generation_params[NO_GUIDANCE]
    with pytest.raises(OmostError, match="boxdiff cannot guide this picture: another extension computes attention"):
        run(guided, asked())


def test_an_extension_that_calls_the_model_itself_leaves_the_masks_and_refuses_guidance_alone(
    guided: Any, run: Callable, moves: list, unet: Any
) -> None:
    """As A1111's ControlNet, under no_grad; what it has put back after a job is the model's own again."""
    original = unet.forward

    def forward(_self: Any, *arguments: Any, **keywords: Any) -> Any:
        with torch.no_grad():
            return original(*arguments, **keywords)

    unet.forward = MethodType(forward, unet)
    run(guided, asked(BOUNDED))
    assert moves == []
    assert "calls the model in its own way" in guided.extra_generation_params[NO_GUIDANCE]
    with pytest.raises(OmostError, match="boxdiff cannot guide this picture: another extension"):
        run(guided, asked())
    unet.forward = original
    run(guided, asked())
    assert len(moves) == 3
    del unet.forward


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_reference_picture_of_no_weight_takes_no_guidance_away(
    guided: Any, run: Callable, moves: list, weight: float
) -> None:
    region = replace(REGIONS[0], reference=Reference("a.png", weight))
    code = write_canvas(Canvas("A white background.", regions=(region, REGIONS[1])))
    if weight:
        with pytest.raises(OmostError, match=r"reference picture"):
            run(guided, asked() | {"canvas": code})
    else:
        run(guided, asked() | {"canvas": code})
        assert len(moves) == 3


def test_models_with_quantized_weights_are_not_offered_it(guided: Any, unet: Any) -> None:
    assert methods_of(guided.sd_model) == UNET_METHODS
    unet.lower._parameters["weight"] = nn.Parameter(torch.zeros(4, dtype=torch.uint8), requires_grad=False)
    assert methods_of(guided.sd_model) == tuple(name for name in UNET_METHODS if name not in BY_GRADIENT)
