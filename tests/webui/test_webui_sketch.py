"""The method `sketch` in a WebUI: the host's own sampling function is given a later part of its own schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.hosts.webui.capabilities.references import Adapters
from lib_omost.hosts.webui.steering import NO_SKETCH
from lib_omost.pictures.references import ReferencePictures

CANVAS = """canvas = Canvas()
canvas.set_global_description(description='white', detailed_descriptions=[], tags='', HTML_web_color_name='white')
canvas.add_local_description(location='in the center', offset='no offset', area='a large square area',
    distance_to_viewer=1.0, description='a red thing', detailed_descriptions=[], tags='', atmosphere='', style='',
    quality_meta='', HTML_web_color_name='red')
"""
SIGMAS = [8.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.25, 0.0]


@dataclass
class Denoiser:
    """As the hosts' CFGDenoiser: it counts its calls, and prompts change by that count."""

    sampler: Any
    steps: int = len(SIGMAS) - 1
    total_steps: int = len(SIGMAS) - 1
    step: int = 0
    seen: list = field(default_factory=list)
    fail: BaseException | None = None

    def __call__(self, x: torch.Tensor, sigma: torch.Tensor, cond: Any = None, uncond: Any = None) -> torch.Tensor:
        if self.fail is not None:
            raise self.fail
        self.seen.append((self.step, float(sigma[0]), x.clone()))
        context = torch.stack([parts[0].schedules[-1].cond for parts in cond.batch])
        with torch.no_grad():
            out = self.sampler.unet(x, 1, context=context)
        self.step += 1
        return 0.1 * out


@dataclass
class KSampler:
    """As the hosts' KDiffusionSampler, with Euler's steps."""

    unet: Any
    takes_sigmas: bool = True
    told: list = field(default_factory=list)
    starts: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = Denoiser(self)
        self.func = self.euler

    def sample(self, p: Any, x: torch.Tensor, conditioning: Any, unconditional: Any, **_: Any) -> torch.Tensor:
        extra = {"cond": conditioning, "uncond": unconditional}
        given: dict[str, Any] = {"sigmas": torch.tensor(SIGMAS)} if self.takes_sigmas else {"timesteps": [1]}
        return self.func(self.model, x * SIGMAS[0], extra_args=extra, callback=self.told.append, **given)

    def sample_img2img(self, p: Any, x: torch.Tensor, noise: Any, conditioning: Any, unconditional: Any, **_: Any):
        self.starts.append(p.denoising_strength)
        return self.func(
            self.model,
            x + noise,
            extra_args={"cond": conditioning, "uncond": unconditional},
            callback=self.told.append,
            sigmas=torch.tensor(SIGMAS),
        )

    def euler(self, model: Any, x: Any, extra_args: Any = None, callback: Any = None, sigmas: Any = None, **_: Any):
        sigmas = torch.tensor([2.0, 0.0]) if sigmas is None else sigmas
        for number, (sigma, after) in enumerate(pairwise(sigmas)):
            expected = model(x, sigma * x.new_ones(len(x)), **extra_args)
            callback({"i": number, "x": x})
            x = expected + (x - expected) * after / sigma
        return x


@pytest.fixture
def sketched(job: Any, unet: Any) -> Any:
    job.sampler = KSampler(unet)
    return job


def asked(method: str = "sketch", **more: Any) -> dict[str, Any]:
    return {"canvas": CANVAS, "method": method, **more}


def test_it_begins_later_in_the_hosts_own_schedule(sketched: Any, run: Callable) -> None:
    run(sketched, asked())
    (step, sigma, look), *steps = sketched.sampler.model.seen
    assert (step, sigma) == (0, 4.0)  # one look at a tenth of 7 steps
    assert [(step, sigma) for step, sigma, _ in steps] == [(3, 2.0), (4, 1.0), (5, 0.5), (6, 0.25)]
    assert look.shape == steps[0][2].shape
    assert NO_SKETCH not in sketched.extra_generation_params
    assert not hasattr(sketched, "swallowed")


def test_skipped_steps_count_as_done(sketched: Any, run: Callable) -> None:
    """For the progress bar, [from:to:when], a refiner and ControlNet's range."""
    run(sketched, asked())
    assert [state["i"] for state in sketched.sampler.told] == [3, 4, 5, 6]
    assert sketched.sampler.model.step == 7


def test_samplers_that_call_twice_a_step_are_counted_in_calls(sketched: Any, run: Callable) -> None:
    sketched.sampler.model.total_steps *= 2
    run(sketched, asked())
    assert sketched.sampler.model.seen[1][0] == 6


def test_the_noise_under_it_is_the_jobs_own_cleaned(sketched: Any, run: Callable) -> None:
    from lib_omost.canvas import parse_canvas
    from lib_omost.methods.sketch import cleaned
    from lib_omost.methods.tuning import MINI

    run(sketched, asked())
    noise = torch.randn(1, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    labels = MINI.sketch.labels(parse_canvas(CANVAS), 8, 11)
    latent = sketched.sampler.model.seen[1][2] - 2.0 * cleaned(noise, labels)
    for label in (0, 1):  # what is left is a picture: alike within the disc and, but for its edge, behind it
        cells = latent[0, :, labels == label]
        assert (cells - cells.median(-1, keepdim=True).values).abs().median() < 1e-4


def test_the_sampler_is_left_as_it_was(sketched: Any, run: Callable) -> None:
    before = sketched.sampler.func
    run(sketched, asked())
    assert sketched.sampler.func == before
    sketched.sampler.model.fail = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(sketched, asked())
    assert sketched.sampler.func == before


def test_a_sampler_without_such_a_schedule_begins_from_noise_and_says_so(sketched: Any, run: Callable) -> None:
    sketched.sampler.takes_sigmas = False
    run(sketched, asked())
    assert "no schedule" in sketched.extra_generation_params[NO_SKETCH]
    assert [sigma for _, sigma, _ in sketched.sampler.model.seen] == [2.0]


def test_any_other_sampler_begins_from_noise_and_says_so(job: Any, run: Callable) -> None:
    run(job, asked())
    assert "no schedule" in job.extra_generation_params[NO_SKETCH]
    assert job.sampler.conditionings
    run(job, asked("score"))
    assert NO_SKETCH not in job.extra_generation_params


def test_what_the_first_pass_said_is_still_said_after_the_second(job: Any, run: Callable) -> None:
    job.denoising_strength = 0.4
    run(job, asked(), passes=2)
    assert "no schedule" in job.extra_generation_params[NO_SKETCH]


def test_the_hires_pass_has_a_picture_and_takes_no_sketch(sketched: Any, run: Callable) -> None:
    sketched.denoising_strength = 0.4
    run(sketched, asked(), passes=2)
    first = [sigma for _, sigma, _ in sketched.sampler.model.seen[:5]]
    second = [sigma for _, sigma, _ in sketched.sampler.model.seen[5:]]
    assert first == [4.0, 2.0, 1.0, 0.5, 0.25]
    assert second == SIGMAS[:-1]
    assert sketched.sampler.starts == [0.4]


def test_start_from_the_draft_takes_the_place_of_the_sketch(sketched: Any, run: Callable) -> None:
    run(sketched, asked(draft=True, denoise=0.93))
    assert sketched.sampler.starts == [0.93]
    assert [sigma for _, sigma, _ in sketched.sampler.model.seen] == SIGMAS[:-1]
    assert NO_SKETCH not in sketched.extra_generation_params


@pytest.mark.parametrize("arguments", [{"canvas": CANVAS}, asked("score")])
def test_without_a_method_or_by_score_nothing_is_skipped(
    sketched: Any, run: Callable, arguments: dict[str, Any]
) -> None:
    run(sketched, arguments)
    assert [sigma for _, sigma, _ in sketched.sampler.model.seen] == SIGMAS[:-1]
    assert sketched.extra_generation_params["Omost method"] == "score"


def test_a_refiner_keeps_the_note(job: Any, unet: Any, tmp_path: Path) -> None:
    from lib_omost.canvas import parse_canvas
    from lib_omost.hosts.webui.steering import Drawing, Steering
    from lib_omost.hosts.wording import Wording

    job.setup_conds()
    adapters = Adapters(ReferencePictures(tmp_path))
    with Steering(
        job, Drawing((parse_canvas(CANVAS),), Wording("sketch"), adapters), torch.zeros(1, 4, 11, 8)
    ) as steering:
        steering.take_over(job.c, job.uc)
        steering.without_sketch("why")
        steering.take_over(job.c, job.uc)
    assert job.extra_generation_params[NO_SKETCH] == "why"


def test_the_host_can_still_read_the_functions_parameters(sketched: Any) -> None:
    """Hosts choose what to give it by `inspect.signature`."""
    import inspect

    from lib_omost.canvas import parse_canvas
    from lib_omost.hosts.webui.sketched import sampling_from
    from lib_omost.methods.tuning import MINI

    before = inspect.signature(sketched.sampler.func)
    noise = torch.zeros(1, 4, 11, 8)
    with sampling_from(sketched, MINI.sketch, parse_canvas(CANVAS), noise, SimpleNamespace().__setattr__):
        assert inspect.signature(sketched.sampler.func) == before
