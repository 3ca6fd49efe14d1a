"""The WebUI's own styles, named in a region's words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import torch

from lib_omost.canvas import Canvas, Region, read_canvas, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.encoder import loaded_reader
from lib_omost.prompts.reader import length_of
from tests.webui.test_webui_variants import dynamic  # noqa: F401 (a fixture)

METHODS = ("sketch", "score", "decomposition", "plain")
INFOTEXT = "Omost canvas"


class PromptStyle(NamedTuple):
    """As the WebUIs keep one."""

    name: str
    prompt: str | None
    negative_prompt: str | None
    path: str | None = None


STYLES = [
    PromptStyle("------ STYLES ------", None, None, "do_not_save"),
    PromptStyle("Oil", "oil painting", "photo"),
    PromptStyle("Still", "film still of {prompt} at dusk", ""),
    PromptStyle("Beasts", "{fox|owl|hare} (fur:1.2)", ""),
    PromptStyle("Old", "[oil:water:10] colours", None),
]


@pytest.fixture(autouse=True)
def kept(modules: Any) -> None:
    sys.modules["modules.shared"].prompt_styles = SimpleNamespace(styles={style.name: style for style in STYLES})


def canvas_of(words: str, **more: Any) -> Canvas:
    region = Region("on the left", "no offset", "a small vertical area", 2.0, words, color_name="red")
    return Canvas("White.", regions=(replace(region, **more),))


def arguments(words: str, method: str = "score", **more: Any) -> dict[str, Any]:
    return {"canvas": write_canvas(canvas_of(words)), "method": method, **more}


def texts_of(job: Any) -> list[str]:
    return [text for call in (*job.encoded, *job.conditioned) for text in call]


def notes_of(job: Any) -> list[str]:
    return [str(text) for name, text in job.extra_generation_params.items() if name.startswith("Omost note")]


def restored(job: Any) -> Canvas:
    return read_canvas(str(job.extra_generation_params[INFOTEXT])).require_canvas()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("A red circle, <style:Oil>.", "A red circle, oil painting."),
        ("A red circle<style:Still>", "film still of A red circle at dusk."),
    ],
)
def test_the_picture_is_that_of_its_words_and_the_infotext_names_it(
    job: Any, run: Callable, method: str, words: str, meant: str
) -> None:
    job.cfg_scale = 1.0  # without a negative prompt
    expected = run(job, arguments(meant, method))
    ours = run(job, arguments(words, method))
    assert not hasattr(job, "swallowed")
    assert any(meant in text for text in texts_of(job))
    assert not any("<style" in text for text in texts_of(job))
    assert torch.equal(ours, expected)
    assert restored(job) == canvas_of(words)


def test_its_negative_prompt_is_kept_away_from_the_region(job: Any, run: Callable) -> None:
    job.cfg_scale = 7.0
    run(job, arguments("A red circle."))
    assert ["photo"] not in job.encoded
    run(job, arguments("A red circle, <style:Oil>."))
    assert ["photo"] in job.encoded
    assert restored(job).regions[0].negative == ""


@pytest.mark.parametrize("method", METHODS)
def test_one_that_is_not_there_ends_the_job_with_those_that_are(job: Any, run: Callable, method: str) -> None:
    with pytest.raises(OmostError, match="no style 'Oils'") as refused:
        run(job, arguments("A red circle, <style:Oils>.", method))
    assert "choose one of Oil, Old, " in str(refused.value)  # the nearest first
    assert all(style.name in str(refused.value) for style in STYLES[1:])
    assert "STYLES" not in str(refused.value)


def test_a_webui_that_keeps_none_says_so(job: Any, run: Callable) -> None:
    del sys.modules["modules.shared"].prompt_styles  # type: ignore[attr-defined]
    with pytest.raises(OmostError, match="no style 'Oil'") as refused:
        run(job, arguments("A red circle, <style:Oil>."))
    assert "no styles" in str(refused.value)


@pytest.mark.parametrize("method", METHODS)
def test_literally_it_stays_as_it_is_written(job: Any, run: Callable, method: str) -> None:
    run(job, arguments("A red circle, <style:Oils>.", method, syntax="literal"))
    assert not hasattr(job, "swallowed")
    assert any("A red circle, <style:Oils>." in text for text in texts_of(job))


def test_syntax_of_a_style_is_read(job: Any, run: Callable) -> None:
    run(job, arguments("A red circle, <style:Old>."))
    texts = " ".join(texts_of(job))
    assert "circle, oil colours." in texts
    assert "circle, water colours." in texts


def test_variants_of_a_style_are_chosen_by_the_seed_and_it_is_named_still(
    job: Any,
    run: Callable,
    dynamic: Any,  # noqa: F811
) -> None:
    found = {}
    for seed in [*range(9), *range(9)]:
        job.all_seeds = [seed]
        drawn = run(job, arguments("A {red|red} <style:Beasts>."))
        assert restored(job) == canvas_of("A red <style:Beasts>.")
        assert torch.equal(found.setdefault(seed, drawn), drawn)
        assert torch.equal(run(job, arguments("A red <style:Beasts>.")), drawn)  # as the infotext restores it
    assert not any("|" in text for text in texts_of(job))
    assert sum(any(f"A red {beast} " in text for text in texts_of(job)) for beast in ("fox", "owl", "hare")) > 1


def test_each_picture_of_a_batch_has_its_own_choice_of_a_style(
    job: Any,
    run: Callable,
    dynamic: Any,  # noqa: F811
) -> None:
    job.batch = job.batch_size = 6
    job.prompts, job.all_seeds = ("",) * 6, list(range(6))
    run(job, arguments("A <style:Beasts>."))
    assert not hasattr(job, "swallowed")
    assert len({beast for beast in ("fox", "owl", "hare") if any(beast in text for text in texts_of(job))}) > 1
    assert restored(job) == canvas_of("A <style:Beasts>.")


def test_a_model_without_negative_words_draws_with_a_style_that_has_some(
    job: Any, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.cfg_scale = 7.0
    monkeypatch.setattr("lib_omost.ui.pictures.has_negative_words", lambda _model: False)
    run(job, arguments("A red circle, <style:Oil>."))
    assert ["photo"] not in job.encoded
    assert any("negative prompt of the style Oil was left out" in note for note in notes_of(job))


def test_the_page_counts_the_words_of_a_style(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    models = SimpleNamespace(model_data=SimpleNamespace(sd_model=job.sd_model))
    monkeypatch.setitem(sys.modules, "modules.sd_models", models)
    monkeypatch.setattr(sys.modules["modules"], "sd_models", models, raising=False)
    reader = loaded_reader()
    assert reader is not None
    named = length_of(canvas_of("A red circle, <style:Oil>."), reader)
    assert named == length_of(canvas_of("A red circle, oil painting."), reader)
    assert named != length_of(canvas_of("A red circle."), reader)
