"""diffusers' own pipelines, called by somebody else, under a canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError, OmostError
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.diffusers.steering import from_noise_alone, steer
from tests.hosts.tiny_pipelines import PIPELINES, cosmos2_pipeline

SMALL = RenderSettings(width=64, height=96, steps=2, seed=5)
UNETS = ("mini", "tiny_sdxl")
MADE: Mapping[str, Callable[[], Any]] = {**PIPELINES, "Cosmos-Predict2": cosmos2_pipeline}


@pytest.fixture(scope="module", params=[*UNETS, *MADE])
def pipeline(request: pytest.FixtureRequest) -> Any:
    found = request.getfixturevalue(request.param) if request.param in UNETS else MADE[request.param]()
    found.set_progress_bar_config(disable=True)
    for name in ("text_encoder", "text_encoder_2"):  # transformers hooks the layers of each at its first call
        if getattr(found, name, None) is not None:
            getattr(found, name)(torch.tensor([[1, 2]]), output_hidden_states=True)
    return found


@pytest.fixture
def unet_pipeline(mini: Any) -> Any:
    return mini


@pytest.fixture
def flux() -> Any:
    return PIPELINES["Flux 1"]()


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every weight, forward, hook and processor of every part of a pipeline is what it was, bit for bit."""
    names = [name for name in ("pipeline", "unet_pipeline", "flux") if name in request.fixturenames]
    pipelines = [request.getfixturevalue(name) for name in names]
    before = [everything(one) for one in pipelines]
    yield
    for one, (weights, objects, config) in zip(pipelines, before, strict=True):
        now_weights, now_objects, now_config = everything(one)
        assert now_objects == objects
        assert now_config == config
        assert all(torch.equal(weight, now_weights[name]) for name, weight in weights.items())


def everything(pipeline: Any) -> tuple[dict[str, torch.Tensor], list[object], str]:
    parts = {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
    weights = {f"{part}.{name}": one.clone() for part in parts for name, one in parts[part].state_dict().items()}
    modules = [(f"{part}.{name}", module) for part in parts for name, module in parts[part].named_modules()]
    objects: list[object] = [
        (
            name,
            id(module),
            id(module.__dict__.get("forward")),
            id(getattr(module, "processor", None)),
            tuple(module._forward_pre_hooks),
            tuple(module._forward_hooks),
        )
        for name, module in modules
    ]
    objects += [(name, id(part)) for name, part in pipeline.components.items()]
    return weights, objects, repr(pipeline.scheduler.config)


def pixels(image: Any) -> np.ndarray:
    return np.asarray(image, dtype=np.float32)


def test_it_draws_what_render_draws_to_the_last_bit(pipeline: Any, circle_and_square: Canvas) -> None:
    settings = replace(SMALL, cfg=2.5, negative="blurry", batch=2)
    with steer(pipeline, circle_and_square, settings) as inputs:
        images = pipeline(**inputs).images
    method = from_noise_alone(family_of(pipeline))[0]
    rendered = render(pipeline, circle_and_square, replace(settings, method=method))
    assert len(images) == 2
    for ours, theirs in zip(images, rendered.images, strict=True):
        assert np.array_equal(pixels(ours), pixels(theirs))
    assert inputs.notes == rendered.notes


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("method", ["score", "plain"])
def test_styles_that_no_webui_keeps_are_left_out_and_told(
    unet_pipeline: Any, circle_and_square: Canvas, method: str, literal: bool
) -> None:
    first, *others = circle_and_square.regions
    named = replace(first, description=f"{first.description} <style:Oil>")
    settings = replace(SMALL, method=method, literal=literal)
    plain = render(unet_pipeline, circle_and_square, settings)
    ours = render(unet_pipeline, replace(circle_and_square, regions=(named, *others)), settings)
    assert np.array_equal(pixels(ours.images[0]), pixels(plain.images[0])) is not literal
    assert any("style Oil was left out" in note for note in ours.notes) is not literal


def test_another_canvas_gives_another_picture_and_arguments_can_be_exchanged(
    pipeline: Any, circle_and_square: Canvas
) -> None:
    def drawn(canvas: Canvas, **exchanged: Any) -> np.ndarray:
        with steer(pipeline, canvas, SMALL) as inputs:
            return pixels(pipeline(**{**inputs, **exchanged}).images[0])

    first, second = circle_and_square.regions
    swapped = replace(
        circle_and_square,
        regions=(replace(first, location="on the right"), replace(second, location="on the left")),
    )
    own = drawn(circle_and_square)
    assert np.array_equal(own, drawn(circle_and_square))
    assert not np.array_equal(own, drawn(swapped))
    assert not np.array_equal(own, drawn(circle_and_square, generator=[torch.Generator().manual_seed(6)]))


def test_a_fault_in_the_block_is_the_callers_own(pipeline: Any, circle_and_square: Canvas) -> None:
    def stop(*_step: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), steer(pipeline, circle_and_square, SMALL) as inputs:
        pipeline(**inputs, callback_on_step_end=stop)
    with steer(pipeline, circle_and_square, SMALL):
        pass  # nothing was drawn, which is nobody's fault


@pytest.mark.parametrize("settings", [{"hires": Hires()}, {"denoise": 0.9}, {"method": "sketch"}])
def test_what_is_more_than_one_call_is_refused(
    unet_pipeline: Any, circle_and_square: Canvas, settings: dict[str, Any]
) -> None:
    with (
        pytest.raises(BadInputError) as refused,
        steer(unet_pipeline, circle_and_square, replace(SMALL, **settings)),
    ):
        raise AssertionError("the block was entered")
    assert "render" in refused.value.hint


def test_a_pipeline_that_is_not_known_is_refused_by_its_name(circle_and_square: Canvas) -> None:
    class OddPipeline:
        pass

    with pytest.raises(BadInputError, match="OddPipeline"), steer(OddPipeline(), circle_and_square):
        raise AssertionError("the block was entered")


def test_another_prompt_in_the_block_is_said_and_not_passed_over(flux: Any, circle_and_square: Canvas) -> None:
    with (
        pytest.raises(OmostError, match="without the canvas") as told,
        steer(flux, circle_and_square, SMALL) as inputs,
    ):
        flux("a red circle", width=64, height=96, num_inference_steps=inputs["num_inference_steps"])
    assert "pipeline(**inputs)" in told.value.hint


def test_another_size_in_the_block_is_refused(flux: Any, circle_and_square: Canvas) -> None:
    with pytest.raises(OmostError, match="tiles"), steer(flux, circle_and_square, SMALL) as inputs:
        flux(**{**inputs, "width": 96})


def test_more_pictures_than_the_settings_say_are_refused(unet_pipeline: Any, circle_and_square: Canvas) -> None:
    with (
        pytest.raises(OmostError, match="4 rows for 1 pictures") as told,
        steer(unet_pipeline, circle_and_square, replace(SMALL, cfg=3.0)) as inputs,
    ):
        unet_pipeline(**{**inputs, "generator": None}, num_images_per_prompt=2)
    assert "batch" in told.value.hint
