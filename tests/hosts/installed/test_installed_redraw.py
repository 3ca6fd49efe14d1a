"""A region of a finished picture redrawn by the host's inpainting, and the rest of a canvas around an old picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from lib_omost.canvas import Canvas, Mask, Rect, Region, write_canvas
from lib_omost.canvas.chosen import pixels_of
from tests.hosts.installed.jobs import JOB, as_png, draw, known, omost, same

CIRCLE = Region("on the left", "no offset", "a small square area", 5.0, "A red circle.", free_rect=Rect(20, 70, 5, 40))
SQUARE = replace(CIRCLE, description="A blue square.", free_rect=Rect(20, 70, 50, 85), color_name="blue")
CANVAS = Canvas("A white background.", color_name="white", regions=(CIRCLE, SQUARE))
RING = replace(CANVAS, regions=(CIRCLE, replace(SQUARE, description="A green ring.", color_name="green")))


def changed(one: Image.Image, other: Image.Image, inside: np.ndarray, margin: int = 14) -> tuple[float, int]:
    """The mean difference within a mask, and the greatest one farther than `margin` pixels from it."""
    difference = np.abs(np.asarray(one, int) - np.asarray(other, int)).max(axis=2)
    grown = Image.fromarray(inside.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * margin + 1))
    away = np.asarray(grown) == 0
    return float(difference[inside].mean()), int(difference[away].max())


def redraw(host: Any, picture: Image.Image, canvas: Canvas, **fields: Any) -> tuple[Image.Image, str]:
    job: dict[str, Any] = {"init_images": [as_png(picture)], "denoising_strength": 0.75, "steps": 8, "seed": 9}
    size = {name: fields.pop(name) for name in ("width", "height") if name in fields}
    images, infotext = draw(host, "img2img", **job, **size, **omost(canvas=write_canvas(canvas), **fields))
    return images[0], infotext


@pytest.fixture(scope="module")
def old(host: Any) -> Image.Image:
    return draw(host, **omost(canvas=write_canvas(CANVAS)))[0][0]


def test_a_region_is_redrawn_and_the_rest_keeps_its_pixels(host: Any, old: Image.Image) -> None:
    for region in ("2", "a green ring"):
        new, infotext = redraw(host, old, RING, redraw=region)
        inside, away = changed(new, old, pixels_of([RING.regions[1]], *old.size))
        assert new.size == old.size
        assert inside > 5
        assert away == 0
        assert f"Omost redraw: {region}" in infotext
        assert "Denoising strength: 0.75" in infotext
        assert "Inpaint area: Only masked" in infotext
    assert host.get("omost-probe/hooks")["own_forwards"] == 0


def test_its_words_tell_what_is_drawn_there_and_those_of_other_regions_do_not(host: Any, old: Image.Image) -> None:
    ring, _ = redraw(host, old, RING, redraw="2")
    square, _ = redraw(host, old, CANVAS, redraw="2")
    elsewhere = replace(RING, regions=(replace(CIRCLE, description="A yellow star."), RING.regions[1]))
    other, _ = redraw(host, old, elsewhere, redraw="2")
    inside = pixels_of([SQUARE], *old.size)
    by_words, _ = changed(ring, square, inside)
    by_others, _ = changed(ring, other, inside)
    assert by_words > 3
    assert by_others < 0.7 * by_words  # chance has its share: what lies beside it is another picture


def test_a_picture_of_any_size_keeps_it_and_a_mask_and_its_edge_hold(host: Any, old: Image.Image) -> None:
    large = old.resize((192, 256), Image.Resampling.LANCZOS)
    shape = Mask(3, (0b111, 0b001, 0b111))
    region = replace(SQUARE, mask=shape, edge=3.0)
    new, _ = redraw(host, large, replace(CANVAS, regions=(CIRCLE, region)), redraw="2")
    inside, away = changed(new, large, pixels_of([region], *large.size), margin=24)
    assert new.size == large.size
    assert inside > 3
    assert away == 0


def test_around_an_old_picture_the_rest_of_the_canvas_is_drawn(host: Any, old: Image.Image) -> None:
    larger = replace(CANVAS, regions=(replace(CIRCLE, free_rect=Rect(20, 70, 50, 85)),))
    new, infotext = redraw(host, old, larger, place="0, 90, 0, 45", width=256, height=128)
    assert new.size == (256, 128)
    before, after = np.asarray(old, int), np.asarray(new, int)
    assert np.array_equal(after[:, :114], before[:, :114])
    without, _ = redraw(host, old, replace(larger, regions=()), place="0, 90, 0, 45", width=256, height=128)
    assert np.abs(after[:, 136:] - np.asarray(without, int)[:, 136:]).mean() > 1
    assert 'Omost place: "0, 90, 0, 45"' in infotext
    assert "Denoising strength: 0.95" in infotext


def test_what_cannot_be_redrawn_is_refused_with_the_reason_and_leaves_nothing(host: Any, old: Image.Image) -> None:
    plain, _ = known(host)
    job = {**JOB, "init_images": [as_png(old)]}
    for path, body, why in (
        ("img2img", {**job, **omost(redraw="7")}, "no region 7"),
        ("img2img", {**job, **omost(place="the left")}, "no place on the canvas"),
        ("img2img", {**job, "mask": as_png(old), **omost(redraw="1")}, "mask of its own"),
        ("txt2img", {**JOB, **omost(redraw="1")}, "no finished picture"),
    ):
        answer = host.call(path, body)
        assert answer.status_code == 422, (path, answer.text[:300])
        assert why in answer.text
    assert same(draw(host)[0][0], plain[0])
