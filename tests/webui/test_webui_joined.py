"""The method plain: a canvas's words join the prompt, and the host does the rest, whatever its model is."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.joined import WEIGHT, joined_prompt, joined_text
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import PromptMixing

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle (round).")
CANVAS = Canvas("A white background.", detailed_descriptions=("White AND wide.",), regions=(REGION,))
CODE = write_canvas(CANVAS)
TEXT = r"A white background. White And wide. A red circle \(round\)."
PLAIN = {"canvas": CODE, "method": "plain", "syntax": "literal"}


@pytest.fixture
def other_model(job: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A job with a model of a kind that has neither cross-attention nor an encoder that is known."""

    class Flux:
        forge_objects = SimpleNamespace(
            unet=SimpleNamespace(model=SimpleNamespace(diffusion_model=torch.nn.Identity()), model_options={})
        )

    model = Flux()
    monkeypatch.setattr(type(job), "sd_model", property(lambda _job: model))
    return job


def test_every_sub_prompt_stands_once_and_without_syntax() -> None:
    assert joined_text(CANVAS, Wording(literal=True)).text == TEXT


def test_a_model_that_has_no_regions_draws_the_words(other_model: Any, run: Callable) -> None:
    other_model.prompts = ("oil painting",)
    plain = run(other_model, False)
    drawn = run(other_model, PLAIN)
    assert other_model.conditioned[-1] == [f"{TEXT} oil painting"]
    assert not torch.equal(drawn, plain)
    assert not hasattr(other_model, "swallowed")
    assert torch.equal(run(other_model, False), plain)


def test_with_regions_it_is_refused_by_family_and_webui(
    other_model: Any, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib_omost.hosts.webui.capabilities.steerable.webui_name", lambda: "Forge Neo")
    with pytest.raises(OmostError, match=r"\(Flux\) in Forge Neo: .*SDXL, or the method plain"):
        run(other_model, True, CODE)


def test_no_hook_is_set_for_it(job: Any, run: Callable) -> None:
    layer = job.unet.blocks[0].attn2
    layer.__dict__["forward"] = theirs = lambda x, context=None: type(layer).forward(layer, x, context)
    run(job, PLAIN)
    assert layer.__dict__["forward"] is theirs
    assert job.encoded == []


def test_the_job_keeps_its_own_prompts_and_conditioning(job: Any, run: Callable) -> None:
    job.prompts = ("at dawn", "at dusk")
    job.batch = 2
    own: list[Any] = []
    sample = type(job.sampler).sample

    def seen(p: Any, *arguments: Any, **keywords: Any) -> Any:
        own.append((tuple(p.prompts), p.c))
        return sample(job.sampler, p, *arguments, **keywords)

    job.sampler.sample = seen
    run(job, PLAIN)
    assert job.conditioned == [["at dawn", "at dusk"], [f"{TEXT} at dawn", f"{TEXT} at dusk"]]
    assert own == [(("at dawn", "at dusk"), job.c)]
    assert job.sampler.conditionings[-1] is not job.c
    assert "hr_c" not in vars(job)
    assert "enable_hr" not in vars(job)


def test_the_second_pass_has_its_own_prompts(job: Any, script: Any) -> None:
    job.prompts, job.hr_prompts, job.is_hr_pass = ("rough",), ("sharp",), True
    job.setup_conds()
    script.process_before_every_sampling(job, PLAIN)
    latents = torch.zeros(1, 4, 11, 8)
    job.sampler.sample_img2img(job, latents, latents, job.hr_c, job.uc)
    assert job.conditioned[-1] == [f"{TEXT} sharp"]


def test_a_refiner_draws_the_words_too(job: Any, run: Callable) -> None:
    second = type(job.unet)().eval()

    def switch(p: Any) -> Any:
        if job.unet is second:
            return None
        job.unet = job.sampler.unet = second
        job.setup_conds()
        conditional, _ = p.get_conds()
        return conditional

    job.sampler.after_step = switch
    run(job, PLAIN)
    assert job.conditioned == [[""], [TEXT], [""], [TEXT]]


def test_it_may_start_from_the_draft_in_latents_of_any_shape(
    other_model: Any, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of Anima: a latent with a time, and cells of 16 pixels."""
    from modules import sd_samplers_common

    painted: list[tuple[int, ...]] = []

    def encoded(image: torch.Tensor, _approximation: Any, _model: Any) -> torch.Tensor:
        painted.append(tuple(image.shape[2:]))
        return torch.nn.functional.avg_pool2d(image, 16).unsqueeze(2)

    monkeypatch.setattr(sd_samplers_common, "images_tensor_to_samples", encoded)
    other_model.setup_conds()
    script.process_before_every_sampling(other_model, {**PLAIN, "draft": True, "denoise": 0.93})
    starts: list[Any] = []
    other_model.sampler.sample_img2img = lambda p, x, *_others, **_: starts.append((p.denoising_strength, x)) or x
    noise = torch.zeros(2, 3, 1, 5, 4)
    other_model.sampler.sample(other_model, noise, other_model.c, other_model.uc)
    ((strength, start),) = starts
    assert (strength, start.shape) == (0.93, noise.shape)
    assert painted == [(40, 32), (80, 64)]


@pytest.mark.parametrize(
    ("prompt", "mixing", "joined"),
    [
        ("", PromptMixing.EVERY_REGION, "A dog."),
        ("a forest :1.2 AND a lake", PromptMixing.EVERY_REGION, "A dog. a forest :1.2 AND a lake"),
        ("a forest", PromptMixing.GLOBAL_ONLY, "A dog. a forest"),
        ("a forest", PromptMixing.IGNORE, "A dog."),
        ("a forest AND a lake AND a sea", PromptMixing.IGNORE, "A dog. AND a lake AND a sea"),
        ("the AND_PERP of it", PromptMixing.IGNORE, "A dog."),
    ],
)
def test_the_prompt_box_stands_behind_it(prompt: str, mixing: PromptMixing, joined: str) -> None:
    assert joined_prompt("A dog.", prompt, mixing) == joined


@given(st.lists(st.sampled_from(["half past", "10", ":", "30", "3.5", ".", " ", "AND", "x"]), max_size=8).map("".join))
def test_no_words_of_a_canvas_are_taken_for_a_weight_or_a_part(words: str) -> None:
    text = joined_prompt(joined_text(Canvas(words), Wording()).text, "", PromptMixing.EVERY_REGION)
    assert not WEIGHT.search(text)
    assert " AND " not in f" {text} "
