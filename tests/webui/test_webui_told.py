"""What a job has to say reaches the page whatever its host does with exceptions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.told import MOST_TASKS, MOST_WORDS, Told, ToldTasks
from lib_omost.page.data import PageOptions
from lib_omost.ui.axes import OVERRIDES
from lib_omost.ui.routes import add_routes

TASK = "task(abc)"
REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")
CODE = write_canvas(Canvas("A white background.", regions=(REGION,)))


@pytest.fixture
def told(script: Any, monkeypatch: pytest.MonkeyPatch) -> ToldTasks:
    """What the script's jobs say."""
    kept = ToldTasks()
    monkeypatch.setattr(type(script), "told", lambda _script: kept)
    return kept


def test_a_canvas_that_is_none_is_told_with_what_to_do(job: Any, run: Callable, told: ToldTasks) -> None:
    with pytest.raises(OmostError) as ended:
        run(job, True, "no canvas")
    assert told.of(TASK) == (Told(str(ended.value), is_refusal=True),)
    assert "line 1" in told.of(TASK)[0].text


@pytest.mark.parametrize("is_api", [False, True])
def test_a_refusal_within_the_sampler_is_told(job: Any, run: Callable, told: ToldTasks, is_api: bool) -> None:
    layer = job.unet.blocks[0].attn2
    layer.__dict__["forward"] = lambda *tensors: tensors
    job.is_api = is_api
    with pytest.raises(HTTPException if is_api else OmostError):
        run(job, True, CODE)
    (said,) = told.of(TASK)
    assert said.is_refusal
    assert "another extension" in said.text
    assert "switch one of the two off" in said.text


def test_what_was_set_too_late_is_told_too(job: Any, script: Any, told: ToldTasks) -> None:
    job.setup_conds()
    script.process_before_every_sampling(job, True, "no canvas")  # `process` never ran
    assert [each.is_refusal for each in told.of(TASK)] == [True]
    with pytest.raises(OmostError, match="line 1"):
        job.sampler.sample(job, None, None, None)


@pytest.mark.parametrize("method", ["score", "plain"])
def test_a_note_is_told_and_stands_in_the_infotext(job: Any, run: Callable, told: ToldTasks, method: str) -> None:
    code = CODE.replace("A red circle.", "A red circle <hypernet:style:1>.")
    run(job, {"canvas": code, "method": method})
    ((_, note),) = ((key, text) for key, text in job.extra_generation_params.items() if key.startswith("Omost note"))
    assert "<hypernet:style:1>" in note
    assert told.of(TASK) == (Told(note),)


def test_a_regions_lora_without_regions_is_left_out_with_a_note(job: Any, run: Callable, told: ToldTasks) -> None:
    run(job, {"canvas": CODE.replace("A red circle.", "A red circle <lora:style:1>."), "method": "plain"})
    (note,) = told.of(TASK)
    assert note.text.startswith("<lora:style:1> was left out")


def test_nothing_is_told_of_a_job_that_went_well_or_failed_by_itself(job: Any, run: Callable, told: ToldTasks) -> None:
    run(job, True, CODE)
    job.sampler.fail = RuntimeError("out of memory")
    with pytest.raises(RuntimeError):
        run(job, True, CODE)
    assert told.of(TASK) == ()


def test_each_task_has_its_own_words_each_once_and_the_oldest_go(modules: Any) -> None:
    told = ToldTasks()
    for number in range(MOST_TASKS + 2):
        modules.progress.current_task = f"task({number})"
        for _ in range(2):
            told.noted(f"note {number}")
    assert told.of("task(1)") == ()
    assert told.of("task(2)") == (Told("note 2"),)
    assert told.of(f"task({MOST_TASKS + 1})") == (Told(f"note {MOST_TASKS + 1}"),)


def test_many_notes_never_hide_a_reason(modules: Any) -> None:
    told = ToldTasks()
    for number in range(2 * MOST_WORDS):
        told.noted(f"note {number}")
    told.refused("x" * 10_000)
    said = told.of(TASK)
    assert len(said) == MOST_WORDS + 1
    assert said[-1].is_refusal
    assert len(said[-1].text) < 10_000


@pytest.mark.parametrize("task", [None, 7])
def test_a_host_without_tasks_is_told_nothing(modules: Any, task: object) -> None:
    told = ToldTasks()
    modules.progress.current_task = task
    told.refused("a reason")
    assert told.of(TASK) == ()
    assert told.of("") == ()


def test_the_page_asks_by_the_tasks_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, app = ToldTasks(), FastAPI()
    told.refused("line 1: there is no canvas")
    told.noted("a note")
    add_routes(app, SimpleNamespace, PageOptions, tmp_path, told)
    client = TestClient(app)
    assert client.get("/omost/v1/told", params={"task": TASK}).json() == [
        {"text": "line 1: there is no canvas", "is_refusal": True},
        {"text": "a note", "is_refusal": False},
    ]
    assert client.get("/omost/v1/told", params={"task": "task(other)"}).json() == []
    assert client.get("/omost/v1/told").json() == []


def test_an_axis_of_a_plot_that_changes_nothing_is_told(job: Any, run: Callable, told: ToldTasks) -> None:
    setattr(job, OVERRIDES, {"method": "plain"})
    run(job, False, CODE)
    assert told.of(TASK) == (Told("The axis Method of the plot changes nothing: Omost is off."),)
