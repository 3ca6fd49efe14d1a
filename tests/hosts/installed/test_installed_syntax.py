"""Prompt syntax in regions and several canvases in one job, in installed WebUIs."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from webui_process import CALL_SECONDS

from lib_omost.canvas import Canvas, Region, canvas_to_line, write_canvas
from tests.hosts.installed.jobs import JOB, canvas_in, draw, known, omost, same

ROUNDING = 3.0  # of 255: with emphasis a host rescales what it encoded
CIRCLE = Region("on the left", "no offset", "a large square area", 5.0, "A red circle.", color_name="red")
METHODS = ("sketch", "score", "decomposition", "plain")


def canvas_of(words: str) -> Canvas:
    return Canvas("A white background.", color_name="white", regions=(replace(CIRCLE, description=words),))


def drawn(host: Any, words: str, **fields: Any) -> tuple[Image.Image, str]:
    images, infotext = draw(host, **omost(canvas=write_canvas(canvas_of(words)), **fields))
    return images[0], infotext


def without_signs(host: Any, method: str) -> Image.Image:
    return known(host, **omost(canvas=write_canvas(canvas_of("A red circle.")), method=method))[0][0]


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).max())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("words", ["A (red:1.0) circle.", "A [red:red:2] circle.", "A [red|red] circle."])
def test_what_says_the_same_draws_the_same(host: Any, method: str, words: str) -> None:
    plain = without_signs(host, method)
    ours, infotext = drawn(host, words, method=method)
    assert difference(ours, plain) <= ROUNDING
    assert "Omost note 1" not in infotext


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "words", ["A (red:1.8) circle.", "A [red:blue:2] circle.", "A [red|blue] circle.", "A red BREAK blue circle."]
)
def test_what_says_something_else_draws_something_else_and_literally_a_third(
    host: Any, method: str, words: str
) -> None:
    plain = without_signs(host, method)
    ours, _ = drawn(host, words, method=method)
    literal, infotext = drawn(host, words, method=method, syntax="literal")
    assert difference(ours, plain) > 0
    assert not same(literal, plain)
    assert not same(literal, ours)
    assert "Omost words: literal" in infotext
    again, _ = drawn(host, "A red circle.", method=method)
    assert same(again, plain)


@pytest.fixture
def styles(host: Any) -> Iterator[None]:
    """Two that the host keeps meanwhile, as its own list tells."""
    kept = {"omost blue": ("a blue square", ""), "omost around": ("a blue square and {prompt}", "a green ring")}
    for name, (prompt, negative) in kept.items():
        keep(host, name, prompt=prompt, negative=negative)
    assert {*kept} <= {style["name"] for style in host.get("sdapi/v1/prompt-styles")}
    yield
    for name in kept:
        keep(host, name)


def keep(host: Any, name: str, **words: str) -> None:
    answer = httpx.post(f"{host.url}/omost-probe/style", params={"name": name, **words}, timeout=CALL_SECONDS)
    assert answer.status_code == 200, answer.text[:300]


@pytest.mark.usefixtures("styles")
@pytest.mark.parametrize("method", METHODS)
def test_a_style_of_the_hosts_is_the_words_that_it_stands_for(host: Any, method: str) -> None:
    plain = without_signs(host, method)
    meant, _ = drawn(host, "A red circle, a blue square.", method=method)
    ours, infotext = drawn(host, "A red circle, <style:omost blue>.", method=method)
    assert same(ours, meant)
    assert not same(ours, plain)
    assert canvas_in(infotext) == canvas_of("A red circle, <style:omost blue>.")
    assert "Omost note 1" not in infotext
    around = replace(CIRCLE, description="a blue square and A red circle.", negative="a green ring")
    canvas = Canvas("A white background.", color_name="white", regions=(around,))
    meant_around, _ = draw(host, **omost(canvas=write_canvas(canvas), method=method))
    ours, infotext = drawn(host, "A red circle.<style:omost around>", method=method)
    assert same(ours, meant_around[0])
    assert canvas_in(infotext) == canvas_of("A red circle.<style:omost around>")
    literal, _ = drawn(host, "A red circle, <style:omost blue>.", method=method, syntax="literal")
    assert not same(literal, meant)


@pytest.mark.usefixtures("styles")
def test_a_style_that_the_host_does_not_have_is_refused_with_those_that_it_has(host: Any) -> None:
    canvas = write_canvas(canvas_of("A red circle, <style:omost red>."))
    answer = host.call("txt2img", JOB | omost(canvas=canvas))
    assert answer.status_code == 422
    assert "there is no style 'omost red'" in answer.text
    assert "omost blue" in answer.text


def test_without_sd_dynamic_prompts_variants_stay_and_that_is_told(host: Any) -> None:
    _, infotext = drawn(host, "A {red|blue} circle of __colour__.")
    assert "{red|blue} stays as it is written" in infotext
    assert "__colour__ stays as it is written" in infotext


@pytest.mark.parametrize("batch_size", [1, 2])
def test_one_job_draws_several_canvases_each_as_it_is_alone(host: Any, batch_size: int) -> None:
    words = ["A red circle.", "A blue square.", "A green ring."]
    canvases = [canvas_of(each) for each in words]
    further = "\n".join(map(canvas_to_line, canvases[1:]))
    request = {**JOB, "batch_size": batch_size, **omost(canvas=write_canvas(canvases[0]), variants=further)}
    answer = host.call("txt2img", request)
    assert answer.status_code == 200, answer.text[:500]
    count = 3 * batch_size
    data = answer.json()
    told = json.loads(data["info"])
    assert told["all_seeds"] == [JOB["seed"] + number for number in range(count)]
    found = [canvas_in(infotext) for infotext in told["infotexts"][-count:]]
    assert found == [canvas for canvas in canvases for _ in range(batch_size)]
    if len(told["infotexts"]) > count:  # the grid tells the first one's
        assert canvas_in(told["infotexts"][0]) == canvases[0]
    images = [Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB") for image in data["images"][-count:]]
    for number in range(0, count, batch_size):
        canvas = write_canvas(canvases[number // batch_size])
        alone, _ = draw(host, seed=JOB["seed"] + number, batch_size=batch_size, **omost(canvas=canvas))
        assert same(alone[-batch_size], images[number])
