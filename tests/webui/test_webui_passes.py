"""What a sampler's passes have in common, and what is said of a pass that draws no region."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.defaults.checkpoints import defaults_of
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.told import Told, ToldTasks
from lib_omost.ui import jobs
from tests.webui.conftest import Job
from tests.webui.test_webui_told import TASK, told  # noqa: F401 (a fixture)

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A dog.", negative="a cat")
CODE = write_canvas(Canvas("White.", regions=(REGION,)))
BASE, SECOND = "ponyDiffusion-turbo.safetensors", "v1-5-pruned.safetensors"


class Settled(Job):
    """A job whose second pass has a checkpoint of its own."""

    @property
    def sd_model(self) -> Any:
        name = SECOND if self.is_hr_pass else BASE
        return SimpleNamespace(**vars(super().sd_model), sd_checkpoint_info=SimpleNamespace(filename=name))


@pytest.fixture
def wordings(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Of each pass."""
    found: list[Any] = []
    monkeypatch.setattr(jobs, "arm", lambda _p, drawing: found.append(drawing.wording))
    return found


def passes(script: Any, job: Any, order: dict[str, Any]) -> None:
    script.process(job, order)
    for job.is_hr_pass in (False, True):
        script.process_before_every_sampling(job, order)
    job.is_hr_pass = False
    script.postprocess(job, None, order)


def test_a_second_pass_is_drawn_as_the_infotext_says_whatever_checkpoint_it_has(
    script: Any, job: Any, unet: Any, wordings: list[Any]
) -> None:
    base, second = defaults_of(BASE, ""), defaults_of(SECOND, "")
    assert base.style != second.style
    assert base.method != second.method
    job = Settled(unet, job.sampler)
    passes(script, job, {"canvas": CODE, "method": "auto", "style": "auto"})
    method, style = (job.extra_generation_params[f"Omost {name}"] for name in ("method", "tag style"))
    assert [(one.method, one.style.value) for one in wordings] == [(method, style)] * 2
    passes(script, job, {"canvas": CODE, "method": method, "style": style})
    assert wordings[2:] == wordings[:2]


def test_a_second_pass_that_cannot_do_the_method_of_the_first_has_its_own(
    script: Any, job: Any, unet: Any, wordings: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Settled(unet, job.sampler)
    monkeypatch.setattr(jobs, "methods_of", lambda _model: ("layout", "plain") if job.is_hr_pass else ("score",))
    passes(script, job, {"canvas": CODE, "method": "auto"})
    assert [one.method for one in wordings] == ["score", "layout"]


def test_a_sampler_that_takes_no_step_is_told_and_blames_nobody(
    job: Any,
    run: Callable,
    told: ToldTasks,  # noqa: F811
) -> None:
    job.sampler.sample = lambda _p, x, *_arguments, **_keywords: x
    run(job, {"canvas": CODE, "method": "score"})
    note = "the sampler took no step, so no region was drawn"
    assert told.of(TASK) == (Told(note),)
    assert [value for name, value in job.extra_generation_params.items() if name.startswith("Omost note")] == [note]


@pytest.mark.parametrize("method", ["score", "sketch"])
def test_a_refiner_that_exchanges_the_weights_in_place_is_refused(
    job: Any, run: Callable, modules: Any, method: str
) -> None:
    order = {"canvas": CODE, "method": method}
    modules.opts.refiner_fast_sd = True
    run(job, order)
    job.refiner_checkpoint_info = SimpleNamespace()
    with pytest.raises(OmostError, match=r"exchanges the model's weights.*state_dict"):
        run(job, order)
    run(job, {**order, "method": "plain"})
    job.enable_hr = True  # then the host itself lets the refiner be
    run(job, order)
    job.enable_hr, modules.opts.refiner_fast_sd = False, False  # it asks for the conditioning anew
    run(job, order)
