"""The canvas is read once a job and carried by it, whatever is done with the job between its hooks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Region, read_canvas, write_canvas
from lib_omost.errors import OmostError
from lib_omost.ui.axes import OVERRIDES

ONE = write_canvas(
    Canvas("A white background.", regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "A dog."),))
)
OTHER = ONE.replace("A dog.", "A cat.")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were read as a canvas."""
    texts: list[str] = []

    def counted(text: str) -> Any:
        texts.append(text)
        return read_canvas(text)

    monkeypatch.setattr("lib_omost.settings.model.read_canvas", counted)
    return texts


def sampled(job: Any, script: Any, *arguments: Any) -> torch.Tensor:
    """One pass of a job, from the hook before its sampler on."""
    job.setup_conds()
    latents = torch.randn(1, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    script.process_before_every_sampling(job, *arguments, x=latents, noise=latents, c=job.c, uc=job.uc)
    return job.sampler.sample(job, latents, job.c, job.uc)


def drawn(job: Any) -> set[str]:
    """Of which canvas the region was encoded, by itself or in the prompt."""
    texts = [text for texts in (*job.encoded, *job.conditioned) for text in texts]
    return {word for text in texts for word in ("dog", "cat") if word in text}


def test_it_is_read_once_for_all_batches_and_passes(job: Any, script: Any, read: list[str]) -> None:
    script.process(job, True, ONE)
    for _batch in range(2):
        job.is_hr_pass = False
        sampled(job, script, True, ONE)
        job.is_hr_pass, job.hr_prompts = True, ("",)
        script.process_before_every_sampling(job, True, ONE)  # Forge calls it twice there
        sampled(job, script, True, ONE)
    assert read == [ONE]
    assert drawn(job) == {"dog"}


def test_a_job_carries_nothing_of_it_after_its_end(job: Any, run: Callable, read: list[str]) -> None:
    run(job)
    before = set(vars(job))
    run(job, True, ONE)
    assert set(vars(job)) == before
    run(job, True, ONE)
    assert read == [ONE, ONE]


def test_a_job_that_is_run_again_after_a_fault_reads_its_new_canvas(job: Any, run: Callable) -> None:
    job.sampler.fail = RuntimeError("out of memory")
    with pytest.raises(RuntimeError):
        run(job, True, ONE)
    job.sampler.fail = None
    job.encoded.clear()
    run(job, True, OTHER)
    assert drawn(job) == {"cat"}


def test_what_is_set_after_the_first_hook_counts(job: Any, script: Any, read: list[str]) -> None:
    script.process(job, True, ONE)
    setattr(job, OVERRIDES, {"canvas": OTHER, "method": "plain"})
    sampled(job, script, True, ONE)
    assert read == [ONE, OTHER]
    assert drawn(job) == {"cat"}


def test_a_copy_with_other_arguments_is_not_drawn_with_the_first_ones(job: Any, script: Any) -> None:
    script.process(job, True, ONE)
    sampled(copy.copy(job), script, True, OTHER)
    assert drawn(job) == {"cat"}


def test_a_job_that_never_met_the_first_hook_is_steered(job: Any, script: Any, read: list[str]) -> None:
    sampled(job, script, True, ONE)
    sampled(job, script, True, ONE)
    assert read == [ONE]
    assert drawn(job) == {"dog"}


def test_a_job_that_goes_on_after_a_fault_in_the_first_hook_is_steered(job: Any, script: Any) -> None:
    infotext, job.extra_generation_params = job.extra_generation_params, None
    with pytest.raises(TypeError):  # the host logs it
        script.process(job, True, ONE)
    job.extra_generation_params = infotext
    sampled(job, script, True, ONE)
    assert drawn(job) == {"dog"}


@pytest.mark.parametrize("is_api", [False, True])
@pytest.mark.parametrize("arguments", [(True, "no canvas"), ({"canva": ONE},)])
def test_a_canvas_that_only_the_last_hook_sees_ends_the_job_too(
    job: Any, script: Any, arguments: tuple[Any, ...], is_api: bool
) -> None:
    """A job is never drawn as if there were no canvas: hosts only log what that hook itself raises."""
    job.is_api = is_api
    kind = pytest.importorskip("fastapi").HTTPException if is_api else OmostError
    with pytest.raises(kind) as ended:
        sampled(job, script, *arguments)
    told = ended.value.detail if is_api else str(ended.value)  # an older HTTPException has no words as a text
    assert "line 1" in told or "canva" in told
    assert job.sampler.conditionings == []


def test_a_cell_of_a_plot_tells_nothing_of_the_cell_before(job: Any, script: Any) -> None:
    """Cells are copies of a job and share what goes into the infotext."""
    damaged = ONE.replace("'on the left'", "'left'").replace("A dog.", "A dog <hypernet:fur:1>.")
    told = job.extra_generation_params
    first = copy.copy(job)
    script.process(first, True, damaged)
    sampled(first, script, True, damaged)
    assert [name for name in told if name.startswith(("Omost repair", "Omost note"))]
    second = copy.copy(job)
    assert second.extra_generation_params is told
    script.process(second, True, ONE)
    sampled(second, script, True, ONE)
    assert not [name for name in told if name.startswith(("Omost repair", "Omost note"))]


def test_what_must_be_absent_joins_the_negative_prompts_of_the_job(job: Any, script: Any) -> None:
    text = ONE.replace("canvas = Canvas()\n", "canvas = Canvas()\n# Absent: people, cars\n")
    job.all_negative_prompts = ["blurry", "people"]
    job.all_hr_negative_prompts = [""]
    job.main_negative_prompt = "blurry"
    for _again in range(2):
        script.process(job, True, text)
    assert job.all_negative_prompts == ["blurry, people, cars", "people, cars"]
    assert job.all_hr_negative_prompts == ["people, cars"]
    assert job.main_negative_prompt == "blurry, people, cars"
    script.process(job, False, text)
    assert job.all_negative_prompts == ["blurry, people, cars", "people, cars"]
