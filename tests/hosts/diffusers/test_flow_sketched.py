"""Pictures by the method `sketch` of models that learned flow matching: tiny ones, of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.flow_sketched import FlowStart, heard
from lib_omost.hosts.diffusers.render import Rendered, render
from lib_omost.hosts.diffusers.settings import RenderSettings, chosen
from lib_omost.methods.sketch import cleaned, sigma_of
from lib_omost.methods.tuning import MINI
from tests.hosts.tiny_pipelines import PIPELINES

FEW: dict[str, Any] = {"method": "sketch", "steps": 6, "seed": 5, "width": 64, "height": 96}


@pytest.fixture(scope="module", params=PIPELINES)
def pipeline(request: pytest.FixtureRequest) -> Any:
    return PIPELINES[request.param]()


@pytest.fixture
def sketched(pipeline: Any) -> Iterator[Any]:
    """One that can begin from pictures; its scheduler is left as it was."""
    if family_of(pipeline).images is None:
        pytest.skip("it begins from no picture")
    yield pipeline
    assert not {"scale_noise", "step"} & set(vars(pipeline.scheduler))


@pytest.fixture(scope="module")
def chroma() -> Any:
    return PIPELINES["Chroma"]()


def pixels(rendered: Rendered, number: int = 0) -> np.ndarray:
    return np.asarray(rendered.images[number], dtype=np.float32)


def drawn(pipeline: Any, canvas: Canvas, **settings: Any) -> Rendered:
    return render(pipeline, canvas, RenderSettings(**FEW | settings))


def test_it_is_drawn_and_takes_the_steps_from_its_noise_on(sketched: Any, circle_and_square: Canvas) -> None:
    seen: list[tuple[str, int, int]] = []
    rendered = render(sketched, circle_and_square, RenderSettings(**FEW), lambda *step: seen.append(step))
    assert rendered.images[0].size == (64, 96)
    steps = len(seen)
    assert seen == [("drawing", step, steps) for step in range(1, steps + 1)]
    assert 0 < steps < 6
    assert np.array_equal(pixels(drawn(sketched, circle_and_square)), pixels(rendered))
    assert not np.array_equal(pixels(drawn(sketched, circle_and_square, method="plain")), pixels(rendered))


def test_each_picture_of_a_batch_is_the_one_drawn_alone(sketched: Any, circle_and_square: Canvas) -> None:
    both = drawn(sketched, circle_and_square, batch=2)
    for number in range(2):
        alone = drawn(sketched, circle_and_square, seed=5 + number)
        assert np.abs(pixels(both, number) - pixels(alone)).max() <= 2


def test_without_regions_it_is_the_picture_from_noise(sketched: Any) -> None:
    empty = Canvas("a red circle")
    assert np.array_equal(pixels(drawn(sketched, empty)), pixels(drawn(sketched, empty, method="plain")))


def test_one_that_begins_from_no_picture_is_refused_by_name(pipeline: Any, circle_and_square: Canvas) -> None:
    family = family_of(pipeline)
    assert ("sketch" in family.drawn_by) == (family.images is not None)
    if family.images is None:
        with pytest.raises(BadInputError, match=f"sketch cannot steer {family.name}"):
            drawn(pipeline, circle_and_square)


def test_it_is_their_default_but_for_models_of_few_steps(pipeline: Any) -> None:
    family = family_of(pipeline)
    own = {name: chosen(RenderSettings(checkpoint=name), family).method for name in ("a folder", "some-Turbo")}
    assert own["some-Turbo"] in ("layout", "score")
    assert own["a folder"] == ("sketch" if "sketch" in family.drawn_by else own["some-Turbo"])


def test_a_negative_prompt_is_heard(sketched: Any, circle_and_square: Canvas) -> None:
    """Its tokens are others in number than those of the canvas."""
    one, other = (
        drawn(sketched, circle_and_square, cfg=4.0, negative=words) for words in ("blurry", "a red ring, old")
    )
    assert not np.array_equal(pixels(one), pixels(other))


@pytest.mark.parametrize("stopped", ["scale_noise", "step"])
def test_a_failure_in_the_look_leaves_the_scheduler_as_it_was(
    chroma: Any, circle_and_square: Canvas, monkeypatch: pytest.MonkeyPatch, stopped: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(chroma.transformer), "forward", fail)
        with pytest.raises(KeyboardInterrupt):
            drawn(chroma, circle_and_square)
    assert stopped not in vars(chroma.scheduler)


def test_sampling_begins_between_the_sketch_and_the_pictures_own_noise(chroma: Any, circle_and_square: Canvas) -> None:
    """Held against the formula, (1 - s) · latent + s · noise in patches, with noise that is cleaned of its means."""
    given: list[torch.Tensor] = []
    seen: list[float] = []

    def note(_module: object, _arguments: object, keywords: dict[str, Any]) -> None:
        given.append(keywords["hidden_states"].clone())
        seen.append(float(keywords["timestep"][0]))

    hook = chroma.transformer.register_forward_pre_hook(note, with_kwargs=True)
    begun: list[Any] = []
    original = FlowStart.begin
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(FlowStart, "begin", lambda self: begun.append(original(self)) or begun[-1])
            drawn(chroma, circle_and_square, cfg=1.0)
    finally:
        hook.remove()
    share, latent = seen[1], begun[0].latent  # the first call is the look's
    noise = torch.randn(1, *latent.shape[1:], generator=torch.Generator().manual_seed(5))
    labels = MINI.sketch.labels(circle_and_square, 8, 12)
    x = (1 - share) * latent + share * cleaned(noise, labels)
    rows, channels, height, width = x.shape
    patches = x.reshape(rows, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    assert torch.allclose(given[1], patches.reshape(rows, height * width // 4, 4 * channels), atol=1e-5)
    asked = MINI.sketch.sigma(circle_and_square, 12, 8)
    assert sigma_of(share) <= asked * MINI.sketch.doubt


def test_the_look_tells_what_a_model_expects_behind_noise(chroma: Any, circle_and_square: Canvas) -> None:
    """A model that knows the way from its picture to the noise is heard to expect that picture."""
    picture = torch.linspace(-1, 1, 4 * 12 * 8).reshape(1, 4, 12, 8)
    noise = torch.randn(1, 4, 12, 8, generator=torch.Generator().manual_seed(1))

    def sample(*_: object, **__: object) -> None:
        share, patches = 0.5, chroma._pack_latents(noise - picture, 1, 4, 12, 8)
        x = chroma._pack_latents((1 - share) * picture + share * noise, 1, 4, 12, 8)
        chroma.scheduler.step(patches, 500.0, x, return_dict=False)

    start = FlowStart(chroma, MINI.sketch, circle_and_square, (64, 96), 2, sample)
    found = start._expected(noise, 1, [1.0, 0.5, 0.0])
    assert torch.allclose(found, picture, atol=1e-5)


def test_noise_of_a_share_is_that_of_a_sigma() -> None:
    for share in (0.0, 0.1, 0.5, 0.9):
        sigma = sigma_of(share)
        assert (1 - share) * (2.0 + sigma * 3.0) == pytest.approx((1 - share) * 2.0 + share * 3.0)
    assert 100 < sigma_of(1.0) < float("inf")


def test_a_pipeline_that_comes_to_its_end_unheard_is_an_error() -> None:
    with pytest.raises(ValueError, match="never came"):
        heard(lambda: None)
