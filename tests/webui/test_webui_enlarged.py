"""A finished picture of a job with several canvases that the page enlarges is drawn once, by the canvas it shows."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from lib_omost.canvas import canvas_to_line, read_canvas
from lib_omost.errors import OmostError
from tests.webui.test_webui_variants import code, details, dynamic, lines  # noqa: F401 (a fixture)


def enlarging(job: Any, script: Any, arguments: Any, seed: int, subseed: int = 77) -> Any:
    """A job of *Upscale this picture*, after the first hook: the page's arguments, the picture's seed and one batch."""
    p = copy.copy(job)
    p.firstpass_image, p.extra_generation_params, p.conditioned, p.encoded = object(), {}, [], []
    p.seed, p.subseed, p.n_iter, p.batch_size, p.batch = seed, subseed, 1, 1, 1
    p.all_prompts, p.all_negative_prompts, p.all_seeds, p.all_subseeds = [""], [""], [seed], [subseed]
    script.process(p, arguments)
    return p


@pytest.mark.usefixtures("dynamic")
@pytest.mark.parametrize("strength", [0, 0.5])
def test_a_finished_picture_that_is_enlarged_is_drawn_once_by_its_own_canvas(
    job: Any, script: Any, strength: float
) -> None:
    many = "{" + "|".join(map(str, range(1000))) + "}"
    texts = [canvas_to_line(read_canvas(code(f"{word} {many}")).require_canvas()) for word in ("dog", "cat", "owl")]
    arguments = {"canvas": texts[0], "variants": "\n".join(texts[1:]), "method": "score"}
    job.n_iter, job.batch_size, job.all_prompts, job.subseed_strength = 1, 1, [""], strength
    job.all_seeds, job.all_subseeds = [5], [8]
    script.process(job, arguments)
    own = [details(job, place) for place in range(3)]
    script.postprocess(job, None, arguments)
    turned = {**arguments, "canvas": texts[2], "variants": "\n".join(texts[:2])}  # another one was opened since
    encoded: list[str] = []
    for place, given, drawn in (
        (2, arguments, {2}),
        (1, arguments, {1, 2}),
        (1, turned, {1, 2}),
        (0, turned, {0, 1, 2}),
    ):
        seed, subseed = (5, 8 + place) if strength else (5 + place, 77)
        p = enlarging(job, script, given, seed, subseed)
        assert p.n_iter == len(p.all_prompts) == len(p.all_seeds) == 1
        assert details(p) == own[place]
        p.is_hr_pass, p.hr_prompts = True, ("",)
        p.setup_conds()
        script.process_before_every_sampling(p, given)
        latents = torch.zeros(1, 4, 11, 8)
        p.sampler.sample_img2img(p, latents, latents, p.c, p.uc)
        encoded += [text for call in p.encoded for text in call]  # each text once: they are kept
        assert [any(other[0] in text for text in encoded) for other in own] == [number in drawn for number in range(3)]
        script.postprocess(p, None, given)
        assert p.n_iter == 1


@pytest.mark.parametrize("why", ["never drawn", "another canvas", "drawn since by one"])
def test_a_finished_picture_whose_canvas_cannot_be_told_is_not_enlarged(job: Any, script: Any, why: str) -> None:
    arguments = {"canvas": code("dog"), "variants": lines("cat"), "method": "score"}
    job.n_iter, job.batch_size, job.all_prompts, job.all_seeds = 1, 1, [""], [5]
    script.process(job, arguments)
    script.postprocess(job, None, arguments)
    if why == "drawn since by one":
        job.all_prompts, job.all_seeds = [""], [6]
        script.process(job, {"canvas": code("hare")})
        script.postprocess(job, None, {"canvas": code("hare")})
    changed = {**arguments, "variants": lines("owl")} if why == "another canvas" else arguments
    p = enlarging(job, script, changed, 9 if why == "never drawn" else 6)
    with pytest.raises(OmostError, match="which of them this finished picture shows"):
        p.setup_conds()
    alone = enlarging(job, script, {"canvas": code("owl")}, 9)  # as the hint says
    assert details(alone) == ("owl",)
