"""Pictures by guidance: the latent is moved in the first steps, whatever the scheduler, and nothing stays behind."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, HeunDiscreteScheduler, UniPCMultistepScheduler
from PIL import Image

from lib_omost.canvas import Canvas, Lora
from lib_omost.canvas.mask import Mask
from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.diffusers.steering import steer
from lib_omost.hosts.gradients import Gradients
from lib_omost.methods import registry
from lib_omost.methods.guidance import Refinement
from lib_omost.methods.names import ATTEND_AND_EXCITE, BOUNDED, BOX_DIFF
from lib_omost.methods.registry import METHODS
from tests.kinds import GUIDED


def drawn(pipeline: Any, canvas: Canvas, **settings: Any) -> list[np.ndarray]:
    given = {"method": BOX_DIFF, "steps": 5, "seed": 5, **settings}
    images: tuple[Image.Image, ...] = render(pipeline, canvas, RenderSettings(**given)).images
    return [np.asarray(image, dtype=np.float32) for image in images]


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float, torch.Tensor]]:
    """The row of each move, its share of noise, and how far it went."""
    found: list[tuple[int, float, torch.Tensor]] = []
    own = Gradients.moved

    def moved(self: Gradients, row: Any, noise: float, before: float | None) -> torch.Tensor:
        there = own(self, row, noise, before)
        found.append((row.number, noise, there - row.arguments[0][row.number]))
        return there

    monkeypatch.setattr(Gradients, "moved", moved)
    return found


@pytest.fixture
def scheduler(mini: Any) -> Any:
    """Another scheduler for the mini pipeline, for one test."""
    before = mini.scheduler

    def take(kind: Any) -> Any:
        mini.scheduler = kind.from_config(before.config)
        return mini.scheduler

    yield take
    mini.scheduler = before


def changed(monkeypatch: pytest.MonkeyPatch, method: str, **fields: Any) -> None:
    methods = {**METHODS, method: replace(METHODS[method], **fields)}
    monkeypatch.setattr(registry, "METHODS", MappingProxyType(methods))


@pytest.mark.parametrize("method", GUIDED)
def test_the_first_steps_move_the_latent_and_the_others_do_not(
    mini: Any, circle_and_square: Canvas, untouched: Any, moves: list, method: str
) -> None:
    steps = [name for name in vars(mini.scheduler) if name in ("step", "scale_model_input")]
    with untouched(mini):
        (picture,) = drawn(mini, circle_and_square, method=method)
    noises = [noise for _, noise, _ in moves]
    guidance = METHODS[method].guidance
    assert guidance is not None
    assert 1 <= len(noises) < 5
    assert noises == sorted(noises, reverse=True)
    assert min(noises) >= guidance.least_noise
    assert all(float(far.abs().max()) > 0 and bool(torch.isfinite(far).all()) for _, _, far in moves)
    assert np.isfinite(picture).all()
    assert [name for name in vars(mini.scheduler) if name in ("step", "scale_model_input")] == steps


@pytest.mark.parametrize("method", [ATTEND_AND_EXCITE, BOUNDED])
def test_a_stop_is_heard_between_the_gradients_of_a_step(
    mini: Any, circle_and_square: Canvas, monkeypatch: pytest.MonkeyPatch, untouched: Any, method: str
) -> None:
    computed: list[float] = []
    own = Gradients._measured

    def measured(self: Gradients, *arguments: Any) -> Any:
        found = own(self, *arguments)
        computed.append(found.loss)
        return found

    class StoppedError(Exception):
        pass

    def progress(_stage: str, _done: int, _total: int) -> None:
        if computed:
            raise StoppedError

    monkeypatch.setattr(Gradients, "_measured", measured)
    guidance = METHODS[method].guidance
    assert guidance is not None
    if guidance.refinement is not None:  # to a loss that is never reached, so that the first step has several gradients
        changed(monkeypatch, method, guidance=replace(guidance, refinement=Refinement(((1.0, -1.0),), most=3)))
    settings = RenderSettings(method=method, steps=5, seed=5)
    with untouched(mini), pytest.raises(StoppedError):
        render(mini, circle_and_square, settings, progress)
    assert len(computed) > 1
    computed.clear()
    with untouched(mini), pytest.raises(StoppedError):
        render(mini, circle_and_square, settings, progress, stopped=lambda: bool(computed))
    assert len(computed) == 1


@pytest.mark.parametrize("kind", [None, EulerDiscreteScheduler, HeunDiscreteScheduler])
@pytest.mark.parametrize("method", [BOX_DIFF, BOUNDED])
def test_a_move_of_nothing_draws_what_is_drawn_without(
    mini: Any, circle_and_square: Canvas, monkeypatch: pytest.MonkeyPatch, scheduler: Any, kind: Any, method: str
) -> None:
    if kind is not None:
        scheduler(kind)
    own = METHODS[method]
    assert own.guidance is not None
    (ours,) = drawn(mini, circle_and_square, method=method)
    changed(monkeypatch, method, guidance=replace(own.guidance, step_size=lambda _noise: 0.0, moves=1))
    (still,) = drawn(mini, circle_and_square, method=method)
    changed(monkeypatch, method, guidance=None)
    (without,) = drawn(mini, circle_and_square, method=method)
    assert np.array_equal(still, without)
    assert not np.array_equal(ours, still)


def test_a_scheduler_that_scales_the_latent_down_moves_it_as_far_in_its_own_scale(
    mini: Any, circle_and_square: Canvas, scheduler: Any, moves: list
) -> None:
    own, begun, given = scheduler(EulerDiscreteScheduler), [], []
    original = type(own).step

    def step(self: Any, out: Any, timestep: Any, sample: torch.Tensor, **more: Any) -> Any:
        begun.append(sample)
        return original(self, out, timestep, sample, **more)

    def noted(_unet: Any, arguments: tuple) -> None:
        given.append(arguments[0])

    handle = mini.unet.register_forward_pre_hook(noted)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(own), "step", step)
            drawn(mini, circle_and_square)
    finally:
        handle.remove()
    sigma = float(own.sigmas[0])
    there = given[0][1:] + moves[0][2]  # what the UNet was given, and how far that was moved
    assert torch.allclose(begun[0], there * (sigma**2 + 1) ** 0.5, rtol=1e-3, atol=1e-3)


def test_a_second_look_within_a_step_moves_nothing(
    mini: Any, circle_and_square: Canvas, scheduler: Any, moves: list
) -> None:
    scheduler(HeunDiscreteScheduler)
    drawn(mini, circle_and_square)
    noises = [noise for _, noise, _ in moves]
    assert len(set(noises)) == len(noises)


def test_a_scheduler_that_would_take_the_move_back_is_refused(
    mini: Any, circle_and_square: Canvas, scheduler: Any
) -> None:
    scheduler(UniPCMultistepScheduler)
    with pytest.raises(OmostError, match="UniPCMultistepScheduler corrects each step") as refused:
        drawn(mini, circle_and_square)
    assert refused.value.hint
    rendered = render(mini, circle_and_square, RenderSettings(method=BOUNDED, steps=2))
    assert any("without guidance: the scheduler UniPC" in note for note in rendered.notes)
    drawn(mini, circle_and_square, method="score")


def test_a_batchs_pictures_are_those_drawn_alone(mini: Any, circle_and_square: Canvas, moves: list) -> None:
    batch = drawn(mini, circle_and_square, batch=2)
    assert {row for row, _, _ in moves} == {2, 3}  # behind the unconditional ones
    (alone,) = drawn(mini, circle_and_square, seed=6)
    assert np.abs(batch[1] - alone).mean() < 0.5
    assert np.abs(batch[0] - batch[1]).mean() > 1


def test_without_unconditional_rows_it_is_guided_too(mini: Any, circle_and_square: Canvas, moves: list) -> None:
    drawn(mini, circle_and_square, cfg=1.0)
    assert {row for row, _, _ in moves} == {0}


def test_passes_that_begin_with_little_noise_are_not_guided(mini: Any, circle_and_square: Canvas, moves: list) -> None:
    drawn(mini, circle_and_square, hires=Hires(1.25, 0.4))
    first = len(moves)
    assert all(far.shape[-1] == 16 for _, _, far in moves)
    drawn(mini, circle_and_square, hires=Hires(1.25, 1.0))
    assert any(far.shape[-1] == 20 for _, _, far in moves[first:])


def test_negative_words_of_regions_stand_beside_it(mini: Any, circle_and_square: Canvas, moves: list) -> None:
    first, *others = circle_and_square.regions
    canvas = replace(circle_and_square, regions=(replace(first, negative="ring"), *others))
    (ours,) = drawn(mini, canvas)
    assert {row for row, _, _ in moves} == {1}
    assert not np.array_equal(ours, drawn(mini, circle_and_square)[0])


def test_masks_and_weights_are_followed(mini: Any, circle_and_square: Canvas) -> None:
    (plain,) = drawn(mini, circle_and_square)
    first, *others = circle_and_square.regions
    fields: tuple[dict[str, Any], ...] = ({"mask": Mask(3, (0b111, 0b101, 0b111))}, {"weight": 0.0}, {"weight": 1.5})
    for each in fields:
        canvas = replace(circle_and_square, regions=(replace(first, **each), *others))
        (ours,) = drawn(mini, canvas)
        assert np.isfinite(ours).all()
        assert not np.array_equal(ours, plain)
    soft = replace(circle_and_square, regions=(replace(first, edge=12.0), *others))
    assert np.array_equal(drawn(mini, soft)[0], plain)  # a soft edge counts to its middle, where the sharp one is


def test_lora_of_a_region_is_refused_by_the_methods_name(mini: Any, circle_and_square: Canvas) -> None:
    first, *others = circle_and_square.regions
    canvas = replace(circle_and_square, regions=(replace(first, loras=(Lora("detail", 0.5),)), *others))
    with pytest.raises(OmostError, match=f"{BOX_DIFF} cannot guide this picture: regions have LoRA"):
        drawn(mini, canvas)


def test_too_little_memory_ends_the_job_and_leaves_the_pipeline(
    mini: Any, circle_and_square: Canvas, untouched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = {**Gradients.__init__.__kwdefaults__, "free": lambda _device: 10}
    monkeypatch.setattr(Gradients.__init__, "__kwdefaults__", defaults)
    with untouched(mini), pytest.raises(OmostError, match="guidance by gradients needs"):
        drawn(mini, circle_and_square)


def test_a_users_own_call_of_a_pipeline_is_guided(tiny_sdxl: Any, circle_and_square: Canvas, moves: list) -> None:
    settings = RenderSettings(method=BOX_DIFF, steps=3, seed=1, width=128, height=128)
    with steer(tiny_sdxl, circle_and_square, settings) as inputs:
        tiny_sdxl(**inputs, output_type="latent")
    assert moves
