"""LoRA of regions in installed WebUIs, with a LoRA of the host's own list (OMOST_…_LORA)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from webui_process import setting

from lib_omost.canvas import Canvas, Lora, Rect, Region, write_canvas
from tests.hosts.installed.jobs import HIRES, JOB, canvas_in, draw, halves, known, omost, same
from tests.hosts.installed.lora_files import KINDS, write_lora

ROUNDING = 3.0  # of 255: a region of the whole picture beside the host's own LoRA; both round the model's numbers
LEFT, WHOLE = Rect(0, 90, 0, 45), Rect(0, 90, 0, 90)


def code_with(*loras: Lora, rect: Rect = LEFT, right: tuple[Lora, ...] = ()) -> str:
    circle = Region("on the left", "no offset", "a small square area", 5.0, "A red circle.", color_name="red")
    square = Region(
        "on the right", "no offset", "a small square area", 5.0, "A blue square.", color_name="blue", loras=right
    )
    own = replace(circle, free_rect=rect, loras=loras)
    return write_canvas(Canvas("A white background.", color_name="white", regions=(own, square)))


@pytest.fixture
def lora(host: Any) -> str:
    return str(host.named("LORA"))


def difference(one: Image.Image, other: Image.Image) -> np.ndarray:
    """(H, W): mean over the channels."""
    return np.asarray(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean(axis=2))


def test_a_lora_of_a_region_changes_it_and_nothing_after_it(host: Any, lora: str) -> None:
    before, _ = known(host, **omost(canvas=code_with()))
    ours, infotext = draw(host, **omost(canvas=code_with(Lora(lora, 1.0))))
    after, _ = draw(host, **omost(canvas=code_with()))
    changed = difference(ours[0], before[0])
    half = changed.shape[1] // 2
    assert changed[:, :half].mean() > changed[:, half:].mean()  # weights at random stir what attends to them too
    assert changed[:, :half].mean() > 1
    assert same(before[0], after[0])
    assert canvas_in(infotext).regions[0].loras == (Lora(lora, 1.0),)
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


def test_a_region_of_the_whole_picture_without_its_text_is_the_host_s_own_lora(host: Any, lora: str) -> None:
    plain, _ = known(host, **omost(canvas=code_with(rect=WHOLE)))
    ours, _ = draw(host, **omost(canvas=code_with(Lora(lora, 0.8, 0.0), rect=WHOLE)))
    theirs, _ = known(host, prompt=f"<lora:{lora}:0:0.8>", **omost(canvas=code_with(rect=WHOLE)))
    assert difference(ours[0], theirs[0]).max() <= ROUNDING
    assert difference(plain[0], theirs[0]).mean() > 1


def test_the_text_part_alone_shows_and_is_gone_after_it(host: Any, lora: str) -> None:
    before, _ = known(host, **omost(canvas=code_with()))
    words, _ = draw(host, **omost(canvas=code_with(Lora(lora, 0.0, 1.0))))
    after, _ = draw(host, **omost(canvas=code_with()))
    assert not same(before[0], words[0])
    assert same(before[0], after[0])


def test_the_same_lora_in_the_prompt_box_and_in_a_region(host: Any, lora: str) -> None:
    box, _ = known(host, prompt=f"<lora:{lora}:0.5>", **omost(canvas=code_with()))
    both, _ = draw(host, prompt=f"<lora:{lora}:0.5>", **omost(canvas=code_with(Lora(lora, 0.5))))
    again, _ = draw(host, prompt=f"<lora:{lora}:0.5>", **omost(canvas=code_with()))
    assert not same(box[0], both[0])
    assert same(box[0], again[0])


def test_a_tag_in_the_words_is_that_lora(host: Any, lora: str) -> None:
    entry, _ = draw(host, **omost(canvas=code_with(Lora(lora, 0.7))))
    tagged = code_with().replace("A red circle.',", f"A red circle <lora:{lora}:0.7>.',")
    words, infotext = draw(host, **omost(canvas=tagged))
    assert same(entry[0], words[0])
    assert "was taken out of the words" in infotext


def test_in_the_hires_pass_and_a_batch_too(host: Any, lora: str) -> None:
    plain, _ = known(host, **HIRES, batch_size=2, **omost(canvas=code_with()))
    ours, _ = draw(host, **HIRES, batch_size=2, **omost(canvas=code_with(Lora(lora, 1.0))))
    assert all(difference(one, other).mean() > 0.5 for one, other in zip(plain, ours, strict=True))


def test_the_list_and_a_name_that_is_not_in_it(host: Any, lora: str) -> None:
    assert lora in host.get("omost/v1/loras")["names"]
    answer = host.call("txt2img", JOB | omost(canvas=code_with(Lora("no such one"))))
    assert answer.status_code == 422
    assert "no such one" in answer.text


@pytest.fixture(params=KINDS)
def of_a_kind(request: pytest.FixtureRequest, host: Any) -> Iterator[str]:
    """The name of a LoRA of that kind, which the host has while the test runs."""
    models = Path(setting(host.name, "DIR") or "") / "models"
    name = f"omost-test-{request.param.lower()}"
    file = models / "Lora" / f"{name}.safetensors"
    write_lora(request.param, models / "Stable-diffusion" / host.named("CHECKPOINT"), file)
    try:
        assert host.call("refresh-loras", {}).status_code == 200
        yield name
    finally:
        file.unlink()
        host.call("refresh-loras", {})


def test_every_kind_of_file(host: Any, of_a_kind: str) -> None:
    """In a region of the whole picture it is the host's own LoRA, in a region of either half it shows there."""
    one = Lora(of_a_kind, 1.0)  # halves are drawn in one step, before what changed there has reached the rest
    before, _ = known(host, steps=1, **omost(canvas=code_with()))
    on_the_left, infotext = draw(host, steps=1, **omost(canvas=code_with(one)))
    on_the_right, _ = draw(host, steps=1, **omost(canvas=code_with(right=(one,))))
    ours, _ = draw(host, **omost(canvas=code_with(Lora(of_a_kind, 1.0, 0.0), rect=WHOLE)))
    theirs, _ = draw(host, prompt=f"<lora:{of_a_kind}:0:1>", **omost(canvas=code_with(rect=WHOLE)))
    plain, _ = known(host, **omost(canvas=code_with(rect=WHOLE)))
    after, _ = draw(host, steps=1, **omost(canvas=code_with()))
    left, spilled_right = halves(on_the_left[0], before[0])
    spilled_left, right = halves(on_the_right[0], before[0])
    assert difference(plain[0], theirs[0]).mean() > 1
    assert difference(ours[0], theirs[0]).max() <= ROUNDING
    assert left / spilled_right * right / spilled_left > 1.5
    assert same(before[0], after[0])
    assert "Omost note" not in infotext


@pytest.mark.parametrize("of_a_kind", ["LoRA"], indirect=True)
def test_two_lora_in_one_picture_do_not_mix(host: Any, lora: str, of_a_kind: str) -> None:
    """Each half is changed by its own more than by the other's, both halves taken."""
    one, other = Lora(lora, 1.0), Lora(of_a_kind, 1.0)
    both, _ = draw(host, **omost(canvas=code_with(one, right=(other,))))
    without_one, _ = draw(host, **omost(canvas=code_with(right=(other,))))
    without_other, _ = draw(host, **omost(canvas=code_with(one)))
    left, spilled_right = halves(both[0], without_one[0])
    spilled_left, right = halves(both[0], without_other[0])
    assert min(left, right) > 1
    assert left / spilled_right * right / spilled_left > 2
