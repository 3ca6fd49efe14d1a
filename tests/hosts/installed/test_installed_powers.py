"""Negative words, weight, edge and mask of regions in installed WebUIs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from lib_omost.canvas import Canvas, Mask, Rect, Region, write_canvas
from lib_omost.hosts.negatives import WITHOUT_GUIDANCE
from tests.hosts.installed.jobs import HIRES, canvas_in, draw, halves, known, omost, same

ROUNDING = 3.0  # of 255: tokens are attended for in another order, and the host's own way is another kernel
LEFT, WHOLE = Rect(0, 90, 0, 45), Rect(0, 90, 0, 90)
AWAY = "a red circle"


def code_with(rect: Rect = LEFT, **fields: Any) -> str:
    circle = Region("on the left", "no offset", "a small square area", 5.0, "A red circle.", color_name="red")
    square = Region("on the right", "no offset", "a small square area", 5.0, "A blue square.", color_name="blue")
    own = replace(circle, free_rect=rect, **fields)
    return write_canvas(Canvas("A white background.", color_name="white", regions=(own, square)))


def test_negative_words_change_their_region_most_and_nothing_after_it(host: Any) -> None:
    before, _ = known(host, **omost(canvas=code_with()))
    ours, infotext = draw(host, **omost(canvas=code_with(negative=AWAY)))
    after, _ = draw(host, **omost(canvas=code_with()))
    left, right = halves(ours[0], before[0])
    assert left > 2
    assert left > 1.5 * right
    assert same(before[0], after[0])
    assert canvas_in(infotext).regions[0].negative == AWAY
    assert "Omost note" not in infotext
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


def test_a_region_of_the_whole_picture_is_the_host_s_negative_prompt(host: Any) -> None:
    for negative in ("", "a (green:1.2) star,"):
        ours, infotext = draw(host, negative_prompt=negative, **omost(canvas=code_with(WHOLE, negative=AWAY)))
        prompt = f"{negative} {AWAY}".strip()
        theirs, _ = known(host, negative_prompt=prompt, **omost(canvas=code_with(WHOLE)))
        difference = np.abs(np.asarray(ours[0], float) - np.asarray(theirs[0], float))
        assert difference.max() <= ROUNDING
        assert "Omost note" not in infotext


def test_in_a_batch_a_hires_pass_and_with_words_that_change_at_a_step(host: Any) -> None:
    changes: dict[str, Any] = {**HIRES, "batch_size": 2, "negative_prompt": "[fog:rain:0.5]"}
    plain, _ = known(host, **changes, **omost(canvas=code_with()))
    ours, infotext = draw(host, **changes, **omost(canvas=code_with(negative=AWAY)))
    for one, other in zip(plain, ours, strict=True):
        left, right = halves(other, one)
        assert left > 1
        assert left > right
    assert "Omost note" not in infotext


def test_without_guidance_they_do_nothing_and_that_is_told(host: Any) -> None:
    plain, _ = known(host, cfg_scale=1, **omost(canvas=code_with()))
    ours, infotext = draw(host, cfg_scale=1, **omost(canvas=code_with(negative=AWAY)))
    assert same(plain[0], ours[0])
    assert WITHOUT_GUIDANCE in infotext


def test_weight_and_edge_with_every_method(host: Any) -> None:
    """Two pictures of one step: what a region's tokens change is in its pixels, before these reach the others'."""
    job: dict[str, Any] = {"steps": 1, "batch_size": 2}
    for method in ("score", "sketch", "decomposition", "layout"):
        plain = pictures_of(host, job, method)
        for fields in ({"weight": 0.0}, {"weight": 2.0}, {"edge": 20.0}):
            ours = pictures_of(host, job, method, **fields)
            left, right = np.mean([halves(one, other) for one, other in zip(ours, plain, strict=True)], axis=0)
            assert left > 0.1, (method, fields)  # what changes nothing gives the same bytes, below
            assert "edge" in fields or left > 1.2 * right, (method, fields)
        again = pictures_of(host, job, method, weight=1.0, edge=0.0)
        assert all(same(one, other) for one, other in zip(again, plain, strict=True)), method


def pictures_of(host: Any, job: dict[str, Any], method: str, **fields: Any) -> list[Image.Image]:
    """A batch without its grid."""
    images, _ = draw(host, **job, **omost(canvas=code_with(**fields), method=method))
    return images[-job["batch_size"] :]


def test_a_mask_holds_with_every_method_and_is_kept_below_the_picture(host: Any) -> None:
    """The left half of a region of the whole picture, and a column at its right, so that it is no rectangle."""
    half = Mask(90, ((1 << 45) - 1 | 1 << 89,) * 90)
    left_half = Mask(45, ((1 << 45) - 2, *((1 << 45) - 1,) * 89))  # without a cell: sketch begins from a shape's own
    for method in ("score", "sketch", "decomposition", "layout"):
        box, _ = known(host, **omost(canvas=code_with(WHOLE), method=method))
        left_alone, _ = known(host, **omost(canvas=code_with(LEFT, mask=left_half), method=method))
        ours, infotext = draw(host, **omost(canvas=code_with(WHOLE, mask=half), method=method))
        assert canvas_in(infotext).regions[0].mask == half
        assert sum(halves(ours[0], box[0])) > 1, method
        # it is far nearer to the region of the left half than to that of the whole picture
        assert sum(halves(ours[0], left_alone[0])) < 0.5 * sum(halves(ours[0], box[0])), method
        without, _ = known(host, **omost(canvas=code_with(LEFT), method=method))
        full, _ = draw(host, **omost(canvas=code_with(LEFT, mask=Mask(1, (1,))), method=method))
        assert same(full[0], without[0]), method
    assert host.get("omost-probe/hooks")["own_forwards"] == 0
