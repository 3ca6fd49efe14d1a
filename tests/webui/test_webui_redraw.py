"""A part of a finished picture drawn anew: what the host's inpainting is given, what is steered, what is given back."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas, Mask, Rect, Region, draft_image, write_canvas
from lib_omost.canvas.chosen import pixels_of
from lib_omost.canvas.window import Window, seen_through
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.steering import NO_SKETCH
from lib_omost.hosts.webui.told import ToldTasks
from tests.webui.conftest import Job

BALL = Region("in the center", "no offset", "a large square area", 1.0, "A red ball.", free_rect=Rect(30, 60, 10, 40))
CUBE = replace(BALL, description="A blue cube.", free_rect=Rect(45, 90, 50, 90), distance_to_viewer=2.0)
RING = replace(BALL, description="A ring.", free_rect=Rect(0, 15, 60, 90), mask=Mask(3, (0b111, 0b101, 0b111)))
CANVAS = Canvas("A table.", regions=(BALL, CUBE, RING))
CODE = write_canvas(CANVAS)


@dataclass
class Inpainting(Job):
    """`p` of img2img: as the hosts, it reads at its start what is to be inpainted, and enlarges that part alone."""

    init_images: list = field(default_factory=lambda: [picture(160, 120)])
    image_mask: Any = None
    mask_blur: int = 4
    inpainting_fill: int = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = 0
    inpainting_mask_invert: int = 0
    resize_mode: int = 0
    denoising_strength: float = 0.75
    paste_to: Any = None
    mask_for_overlay: Any = None
    old: Any = None

    def init(self) -> None:
        if self.image_mask is None:
            return
        self.mask_for_overlay = self.image_mask.convert("L").filter(ImageFilter.GaussianBlur(self.mask_blur))
        self.old = self.init_images[0].convert("RGB")
        if self.inpaint_full_res:
            left, top, right, bottom = self.mask_for_overlay.getbbox()
            pad = self.inpaint_full_res_padding
            left, top = max(0, left - pad), max(0, top - pad)
            right, bottom = min(self.old.width, right + pad), min(self.old.height, bottom + pad)
            self.paste_to = (left, top, right - left, bottom - top)

    def overlaid(self, drawn: Image.Image) -> Image.Image:
        """What is drawn, in its place on the old picture."""
        if self.paste_to is not None:
            left, top, width, height = self.paste_to
            whole = self.old.copy()
            whole.paste(drawn.resize((width, height)), (left, top))
            drawn = whole
        return Image.composite(drawn, self.old, self.mask_for_overlay)


def picture(width: int, height: int) -> Image.Image:
    """Every pixel another one."""
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def job(unet: Any, job: Job) -> Inpainting:
    return Inpainting(unet, job.sampler)


def draw(script: Any, job: Any, *arguments: Any) -> Any:
    """One job of img2img through every hook; returns the context that its denoiser followed, None without one."""
    followed: list[RegionalContext] = []
    script.before_process(job, *arguments)
    script.process(job, *arguments)
    job.init()
    job.setup_conds()
    latents = torch.zeros(job.batch, 4, 11, 8)
    script.process_before_every_sampling(job, *arguments, x=latents)
    from lib_omost.hosts.webui import steering

    hooked = steering.regional_attention
    try:
        steering.regional_attention = lambda denoiser, contexts, *more, **named: (
            followed.extend(contexts) or hooked(denoiser, contexts, *more, **named)
        )
        job.sampler.sample_img2img(job, latents, latents, job.c, job.uc)
    finally:
        steering.regional_attention = hooked
    given = {name: getattr(job, name) for name in vars(job) if name not in ("sampler", "unet")}
    drawn = job.overlaid(Image.new("RGB", (job.width, job.height), "white")) if job.image_mask else None
    script.postprocess(job, None, *arguments)
    return given, followed, drawn


def test_a_region_is_redrawn_by_its_mask_and_the_rest_of_the_picture_stays(script: Any, job: Inpainting) -> None:
    old = job.init_images[0]
    given, _, drawn = draw(script, job, {"canvas": CODE, "redraw": "1"})
    inside = np.asarray(given["image_mask"]) > 0
    assert np.array_equal(inside, pixels_of([BALL], 160, 120))
    assert given["inpaint_full_res"] is True
    assert (given["inpainting_fill"], given["denoising_strength"], given["mask_blur"]) == (1, 0.75, 4)
    assert given["inpaint_full_res_padding"] >= 120 // 16
    assert drawn.size == old.size
    untouched = np.asarray(given["mask_for_overlay"]) == 0
    assert np.array_equal(np.asarray(drawn)[untouched], np.asarray(old)[untouched])
    assert not np.array_equal(np.asarray(drawn)[inside], np.asarray(old)[inside])
    assert job.extra_generation_params["Omost redraw"] == "1"
    assert "Omost place" not in job.extra_generation_params


def test_a_part_is_of_the_first_canvas_whatever_further_ones_there_are(script: Any, job: Inpainting) -> None:
    given, followed, _ = draw(script, job, {"canvas": CODE, "redraw": "1", "variants": "{}\nnonsense"})
    assert given["image_mask"] is not None
    assert len(followed) == 1
    assert "n_iter" not in vars(job)  # the batch count is as it was


def test_the_canvas_lies_on_the_part_that_is_drawn_as_it_lies_on_the_picture(script: Any, job: Inpainting) -> None:
    given, (context,), _ = draw(script, job, {"canvas": CODE, "redraw": "a red ball", "method": "score"})
    left, top, width, height = given["paste_to"]
    window = Window(top * 90 / 120, (top + height) * 90 / 120, left * 90 / 160, (left + width) * 90 / 160)
    expected = seen_through(CANVAS, window)
    rects = [tuple(span.rect) for span in context.spans[1:]]
    assert rects == [tuple(region.rect) for region in expected.far_to_near()]
    assert len(rects) < len(CANVAS.regions)  # what lies elsewhere says nothing here


def test_an_inpainting_of_the_users_own_is_steered_where_its_part_lies_too(script: Any, job: Inpainting) -> None:
    mask = Image.new("L", (160, 120))
    mask.paste(255, (100, 60, 160, 120))
    job.image_mask = mask
    given, (context,), _ = draw(script, job, {"canvas": CODE, "method": "score"})
    assert given["image_mask"] is mask
    left, top, width, height = given["paste_to"]
    window = Window(top * 0.75, (top + height) * 0.75, left * 90 / 160, (left + width) * 90 / 160)
    rects = [tuple(span.rect) for span in context.spans[1:]]
    assert rects == [tuple(region.rect) for region in seen_through(CANVAS, window).far_to_near()]


@pytest.mark.parametrize("edge", [0.0, 3.0, 9.0])
def test_the_region_s_edge_is_the_mask_s_and_its_shape_too(script: Any, job: Inpainting, edge: float) -> None:
    ring = replace(RING, edge=edge)
    code = write_canvas(replace(CANVAS, regions=(BALL, ring)))
    given, _, _ = draw(script, job, {"canvas": code, "redraw": "2"})
    assert np.array_equal(np.asarray(given["image_mask"]) > 0, pixels_of([RING], 160, 120))
    slope = edge * 140 / 90
    assert given["mask_blur"] == (4 if edge == 0 else round(slope / 2.5))


def test_a_tiny_region_is_drawn_with_a_quarter_of_the_picture_about_it(script: Any, job: Inpainting) -> None:
    code = write_canvas(replace(CANVAS, regions=(replace(BALL, free_rect=Rect(44, 46, 44, 46)),)))
    given, _, _ = draw(script, job, {"canvas": code, "redraw": "1"})
    assert max(given["paste_to"][2] / 160, given["paste_to"][3] / 120) >= 1 / 4


PLACE = "0, 90, 0, 60"


@pytest.mark.parametrize("size", [(42, 88), (43, 88), (21, 44)])
def test_around_an_old_picture_the_rest_of_the_canvas_is_drawn(
    script: Any, job: Inpainting, size: tuple[int, int]
) -> None:
    old = picture(*size)
    job.init_images, job.width, job.height = [old], 64, 88
    given, (context,), drawn = draw(script, job, {"canvas": CODE, "place": PLACE, "method": "score"})
    (framed,) = given["init_images"]
    assert framed.size == drawn.size == (64, 88)
    draft = draft_image(CANVAS, 64, 88, blurred=True)
    assert np.array_equal(np.asarray(framed)[:, 44:], draft[:, 44:])
    kept = np.asarray(given["mask_for_overlay"]) == 0
    assert kept[:, :36].all()
    assert not kept[:, 44:].any()
    if size[0] != 21:  # what is as large as its place is not resized, which would blur it
        assert np.array_equal(np.asarray(drawn)[:, :36], np.asarray(old)[:, :36])
    assert (given["inpaint_full_res"], given["inpainting_fill"], given["denoising_strength"]) == (False, 1, 0.95)
    assert [tuple(span.rect) for span in context.spans[1:]] == [tuple(each.rect) for each in CANVAS.far_to_near()]
    assert job.extra_generation_params["Omost place"] == PLACE


def test_a_region_within_the_old_picture_can_be_redrawn_at_once(script: Any, job: Inpainting) -> None:
    job.init_images, job.width, job.height = [picture(64, 60)], 64, 88
    given, _, _ = draw(script, job, {"canvas": CODE, "place": "0 60 0 90", "redraw": "3"})
    inside = np.asarray(given["image_mask"]) > 0
    ring = pixels_of([RING], 64, 88)
    assert inside[ring].all()
    assert inside[60:].all()
    assert not inside[20:50].any()


@pytest.mark.parametrize("order", [{"redraw": "2"}, {"place": PLACE}, {"place": PLACE, "redraw": "1"}])
def test_after_it_the_job_is_as_it_was_given(script: Any, job: Inpainting, order: dict[str, str]) -> None:
    names = [name for name in vars(job) if name.startswith(("inpaint", "mask_blur", "init_", "denoising", "resize"))]
    before = {name: getattr(job, name) for name in names}
    for _ in range(2):
        given, _, _ = draw(script, job, {"canvas": CODE, **order})
        assert given["image_mask"] is not None
        assert {name: getattr(job, name) for name in names} == before
        assert job.image_mask is None
        assert not [name for name in vars(job) if "omost" in name]


def test_a_copy_of_the_job_with_inputs_of_its_own_keeps_them(script: Any, job: Inpainting) -> None:
    script.before_process(job, {"canvas": CODE, "redraw": "1"})
    inner = copy.copy(job)
    own = Image.new("RGB", (160, 120), "green")
    inner.init_images, inner.image_mask, inner.denoising_strength = [own], None, 0.2
    script.before_process(inner, {"enabled": False})
    assert (inner.init_images, inner.image_mask, inner.denoising_strength) == ([own], None, 0.2)
    assert job.denoising_strength == 0.75


def test_off_or_without_a_part_nothing_of_the_inpainting_is_changed(script: Any, job: Inpainting) -> None:
    before = dict(vars(job))
    for order in ({}, {"redraw": "1", "enabled": False}, {"redraw": " "}):
        script.before_process(job, {"canvas": CODE, **order})
        assert vars(job) == before


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"redraw": "4"}, "no region 4"),
        ({"redraw": "a dragon"}, "no region called 'a dragon'"),
        ({"place": "0 90 0"}, "no place on the canvas"),
        ({"place": "0 90 60 60"}, "no place on the canvas"),
        ({"place": "0 90 0 91"}, "no place on the canvas"),
        ({"place": "left half"}, "no place on the canvas"),
        ({"redraw": "1", "canvas": "no canvas"}, "line 1"),
    ],
)
def test_what_cannot_be_redrawn_ends_the_job_with_the_reason(
    script: Any, job: Inpainting, order: dict[str, str], why: str
) -> None:
    script.before_process(job, {"canvas": CODE, **order})
    assert job.image_mask is None
    with pytest.raises(OmostError, match=why):
        job.setup_conds()


def test_a_job_with_a_mask_of_its_own_or_without_a_picture_is_refused(script: Any, job: Inpainting, unet: Any) -> None:
    job.image_mask = Image.new("L", (160, 120), 255)
    script.before_process(job, {"canvas": CODE, "redraw": "1"})
    with pytest.raises(OmostError, match="mask of its own"):
        job.setup_conds()
    for other in (Job(unet, job.sampler), Inpainting(unet, job.sampler, init_images=[None])):
        script.before_process(other, {"canvas": CODE, "redraw": "1"})
        with pytest.raises(OmostError, match="no finished picture"):
            other.setup_conds()


def test_img2img_begins_from_its_own_picture_whatever_is_said_of_the_draft(
    script: Any, job: Inpainting, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ToldTasks()
    monkeypatch.setattr(type(script), "told", lambda _script: kept)
    draw(script, job, {"canvas": CODE, "method": "sketch", "draft": True})
    assert job.extra_generation_params["Omost draft"] is False
    assert NO_SKETCH not in job.extra_generation_params  # as everybody expects
    assert kept.of("task(abc)") == ()


class Chosen:
    def __init__(self, title: str) -> None:
        self.title = lambda: title


@pytest.mark.parametrize(
    ("chosen", "order"), [(2, {"place": PLACE}), (2, {"redraw": "1"}), (1, {"place": PLACE}), (0, {"place": PLACE})]
)
def test_loopback_would_lay_a_picture_on_its_place_once_more(
    script: Any, job: Inpainting, chosen: int, order: dict[str, str]
) -> None:
    job.scripts = SimpleNamespace(alwayson_scripts=[], selectable_scripts=[Chosen("X/Y/Z plot"), Chosen("Loopback")])
    job.script_args = [chosen]
    script.before_process(job, {"canvas": CODE, **order})
    if chosen == 2 and "place" in order:
        with pytest.raises(OmostError, match="Loopback"):
            job.setup_conds()
    else:
        assert job.image_mask is not None


def test_what_an_infotext_tells_redraws_the_same_part(script: Any, job: Inpainting) -> None:
    from lib_omost.settings.fields import FIELDS

    order = {"canvas": CODE, "redraw": "a red ball", "place": "10, 90, 0, 80"}
    draw(script, job, order)
    told = job.extra_generation_params
    restored = {field.name: told[field.infotext] for field in FIELDS if field.infotext in told}
    assert {name: restored[name] for name in ("redraw", "place")} == {name: order[name] for name in ("redraw", "place")}
    job.extra_generation_params = {}
    draw(script, job, {**restored, "denoise": 0.95})
    assert job.extra_generation_params == told
