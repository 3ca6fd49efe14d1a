"""Negative words of regions in a WebUI: beside the host's own unconditional conditioning, which stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Rect, Region, write_canvas
from lib_omost.hosts.negatives import WITHOUT_GUIDANCE
from tests.webui.conftest import ScheduledPromptConditioning, encode

WHOLE = Rect(0, 90, 0, 90)


def code_with(negative: str = "", *, rect: Rect | None = None, **fields: Any) -> str:
    left = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", negative=negative)
    right = Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square.")
    return write_canvas(Canvas("A white background.", regions=(replace(left, free_rect=rect, **fields), right)))


def notes_of(job: Any) -> list[str]:
    return [str(text) for name, text in job.extra_generation_params.items() if name.startswith("Omost note")]


@pytest.fixture
def guided(job: Any) -> Any:
    job.cfg_scale = 7.0
    return job


def test_a_job_is_drawn_with_them_and_leaves_nothing(guided: Any, run: Callable, unet: Any) -> None:
    plain = run(guided, True, code_with())
    assert not [text for call in guided.encoded for text in call if "hat" in text]
    ours = run(guided, True, code_with("a hat"))
    assert ["a hat"] in guided.encoded
    again = run(guided, True, code_with())
    assert not torch.allclose(ours, plain, atol=1e-3)
    assert torch.equal(again, plain)
    assert not any("forward" in vars(module) for module in unet.modules())
    assert notes_of(guided) == []


@pytest.mark.parametrize("order", [("cond", "uncond"), ("uncond", "cond")])
def test_a_region_of_the_whole_picture_is_the_host_s_negative_prompt(guided: Any, run: Callable, order: Any) -> None:
    guided.sampler.order = order
    guided.negative_prompts = ["blurry,"]
    ours = run(guided, True, code_with("(a hat:1.3)", rect=WHOLE))
    made = guided.setup_conds

    def setup_conds() -> None:
        made()
        guided.uc = [[ScheduledPromptConditioning(20, encode(["blurry, (a hat:1.3)"])[0])]]

    guided.setup_conds = setup_conds
    theirs = run(guided, True, code_with(rect=WHOLE))
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_each_picture_has_its_own_negative_prompt_and_each_part_of_its_schedule(guided: Any, run: Callable) -> None:
    guided.batch = 2
    guided.negative_prompts = ["[fog:rain:10]", "snow"]
    made = guided.setup_conds

    def setup_conds() -> None:
        made()
        timed = [("fog", 10), ("rain", 20)]
        first = [ScheduledPromptConditioning(until, encode([text])[0]) for text, until in timed]
        guided.uc = [first, [ScheduledPromptConditioning(20, encode(["snow"])[0])]]

    guided.setup_conds = setup_conds
    run(guided, True, code_with("a hat"))
    texts = {text for call in guided.encoded for text in call if "hat" in text}
    assert texts == {"fog, a hat", "rain, a hat", "snow, a hat"}
    assert notes_of(guided) == []  # both steps' rows followed them


@pytest.mark.parametrize("how", ["scale", "none"])
def test_without_guidance_they_do_nothing_and_that_is_told(guided: Any, run: Callable, how: str) -> None:
    if how == "scale":
        guided.cfg_scale = 1.0
        plain, ours = (run(guided, True, code_with(words)) for words in ("", "a hat"))
        assert torch.equal(ours, plain)
        assert notes_of(guided) == [WITHOUT_GUIDANCE]
        return
    from lib_omost.canvas import parse_canvas
    from lib_omost.hosts.webui.negatives import steer_negatives

    kept_away = steer_negatives(guided, None, parse_canvas(code_with("a hat")), None)  # Forge makes none then
    assert (kept_away.contexts, kept_away.notes) == ((), (WITHOUT_GUIDANCE,))


def test_where_the_rows_carry_something_else_that_is_told(guided: Any, run: Callable) -> None:
    sample = guided.sampler.sample

    def changed(p: Any, x: torch.Tensor, conditioning: Any, unconditional: Any, **more: Any) -> torch.Tensor:
        other = [[ScheduledPromptConditioning(20, encode(["something else"])[0])]]
        return sample(p, x, conditioning, other, **more)

    guided.sampler.sample = changed
    run(guided, True, code_with("a hat"))
    assert ["reached no row" in note for note in notes_of(guided)] == [True]


def test_tags_and_changes_at_a_step_are_told(guided: Any, run: Callable) -> None:
    run(guided, True, code_with("<lora:x:1> a hat, [fog:rain:10]"))
    assert ["a hat, rain"] in guided.encoded
    notes = notes_of(guided)
    assert any("<lora:x:1> was left out" in note for note in notes)
    assert any("the last holds all along" in note for note in notes)


def test_signs_in_them_are_read_literally_where_the_setting_says_so(guided: Any, run: Callable) -> None:
    run(guided, {"canvas": code_with("(hat:1.4), [a:b:5]"), "method": "score", "syntax": "literal"})
    assert any("\\(hat:1.4\\)" in text for call in guided.encoded for text in call)
    assert notes_of(guided) == []


def test_a_method_without_regions_leaves_them_out_and_says_so(guided: Any, run: Callable) -> None:
    from lib_omost.canvas import parse_canvas
    from lib_omost.hosts.webui.joined import joined_text
    from lib_omost.hosts.wording import Wording

    joined = joined_text(parse_canvas(code_with("a hat", weight=0.5)), Wording("plain"))
    assert joined.notes == tuple(
        f"plain has no regions: their {what} were left out" for what in ("negative words", "weights")
    )
    assert "hat" not in joined.text
