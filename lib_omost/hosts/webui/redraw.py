"""A part of the init image drawn anew by the host's own inpainting: what a job is given for that, and given back.

All that hosts need of it are attributes of the job, which they read when they begin it. So one road serves all of them,
their own soft edges, masked content and overlays hold, and other extensions see an inpainting like any other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lib_omost.canvas import GRID, Canvas, Rect, Region, draft_image
from lib_omost.canvas.chosen import box_of, pixels_of, regions_named
from lib_omost.canvas.window import Window
from lib_omost.errors import BadInputError

KEPT = "_omost_inpainting"  # under which a job carries what it was before
CHANGED = (
    *("image_mask", "mask_blur", "mask_blur_x", "mask_blur_y", "inpainting_fill", "inpainting_mask_invert"),
    *("inpaint_full_res", "inpaint_full_res_padding", "init_images", "denoising_strength", "resize_mode"),
)
FILL, ORIGINAL = 0, 1  # of the hosts' masked content
PADDING, LEAST_CROP = 1 / 16, 1 / 4  # of the picture's sides
SIGMAS = 2.5  # a slope as steep as that of a blurred step in its middle is so many times its σ long
SEAM = 1 / 32  # of a side: how far the drawn part reaches into the old picture, where both are blended
SIMILAR = 1.5  # cells: an old picture whose size is that near to its place's stays as it is, to the pixel


def redraw_part(p: Any, canvas: Canvas, name: str, place: Rect | None, denoise: float) -> None:
    """Make the job `p` of img2img draw a part of its init image.

    name: the regions that are drawn, as of `regions_named`, or "". place: where the init image lies on the canvas; what
    is around it is drawn too, from the draft under noise of the strength `denoise`.
    Raises BadInputError for a job without a picture or with a mask of its own, and as `regions_named` does.
    """
    picture = (getattr(p, "init_images", None) or [None])[0]
    if picture is None:
        hint = "send it to img2img, or give it there as the init image"
        raise BadInputError("there is no finished picture of which a part could be drawn", hint=hint)
    if getattr(p, "image_mask", None) is not None:
        hint = "leave 'redraw' and 'place' empty, or take the mask away"
        raise BadInputError("this job has a mask of its own beside the region that is to be redrawn", hint=hint)
    regions = regions_named(canvas, name) if name.strip() else ()
    vars(p)[KEPT] = {each: vars(p)[each] for each in CHANGED if each in vars(p)}
    p.inpainting_mask_invert = 0
    if place is None:
        _redraw(p, regions, *picture.size)
    else:
        _draw_around(p, canvas, regions, place, denoise)


def give_back(p: Any) -> None:
    """The job is again as it was given."""
    for name, value in vars(p).pop(KEPT, {}).items():
        vars(p)[name] = value


def window_of(p: Any) -> Window | None:
    """The part of the picture that a job inpaints alone, enlarged, as a window of the canvas; None where it is all.

    The hosts have chosen it by now, and say in `paste_to` where what is drawn is put.
    """
    place, whole = getattr(p, "paste_to", None), getattr(p, "mask_for_overlay", None)
    if place is None or whole is None or not getattr(p, "inpaint_full_res", False):
        return None
    left, top, width, height = place
    down, across = GRID / whole.height, GRID / whole.width
    return Window(top * down, (top + height) * down, left * across, (left + width) * across)


def _redraw(p: Any, regions: tuple[Region, ...], width: int, height: int) -> None:
    """By the regions' masks, at the size of the job: the rest keeps its pixels, whatever size the picture has."""
    inside = pixels_of(regions, width, height)
    p.image_mask = _mask(inside)
    p.inpaint_full_res = True
    p.inpaint_full_res_padding = max(int(p.inpaint_full_res_padding or 0), _padding(inside))
    if p.inpainting_fill == FILL:
        p.inpainting_fill = ORIGINAL
    if (edge := max(region.edge for region in regions)) > 0:
        p.mask_blur = max(1, round(edge * (width + height) / 2 / GRID / SIGMAS))


def _draw_around(p: Any, canvas: Canvas, regions: tuple[Region, ...], place: Rect, denoise: float) -> None:
    """The old picture in its place on the draft of the whole; what is around it is drawn, and a seam within it."""
    width, height = p.width, p.height
    box = box_of(place, width, height)
    seam = max(1, round(min(width, height) * SEAM))
    left, top, right, bottom = _framed(p, canvas, box)
    inside = np.ones((height, width), bool)
    rows, columns = (
        slice(low + seam * (low > 0), high - seam * (high < most))
        for low, high, most in ((top, bottom, height), (left, right, width))
    )
    inside[rows, columns] = False
    if regions:
        inside |= pixels_of(regions, width, height)
    p.image_mask = _mask(inside)
    p.inpaint_full_res, p.resize_mode, p.inpainting_fill = False, 0, ORIGINAL
    p.mask_blur = max(1, round(seam / SIGMAS / 2))
    p.denoising_strength = max(denoise, float(p.denoising_strength or 0))


def _framed(p: Any, canvas: Canvas, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Put each init image into the draft; returns its box in pixels."""
    from PIL import Image

    left, top, right, bottom = box
    framed = []
    for picture in p.init_images:
        old = picture.convert("RGB")
        is_similar = (
            abs(old.width - (right - left)) <= SIMILAR * p.width / GRID
            and abs(old.height - (bottom - top)) <= SIMILAR * p.height / GRID
        )
        if is_similar and old.width <= p.width and old.height <= p.height:
            left, top = min(left, p.width - old.width), min(top, p.height - old.height)
            right, bottom = left + old.width, top + old.height
        else:
            old = old.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
        whole = Image.fromarray(draft_image(canvas, p.width, p.height, blurred=True))
        whole.paste(old, (left, top))
        framed.append(whole)
    p.init_images = framed
    return left, top, right, bottom


def _mask(inside: np.ndarray[Any, Any]) -> Any:
    from PIL import Image

    return Image.fromarray(inside.astype(np.uint8) * 255)


def _padding(inside: np.ndarray[Any, Any]) -> int:
    """How much around the mask a region is drawn with: enough to see what it fits into, and no crop that is tiny."""
    height, width = inside.shape
    high, wide = (1 + int(np.ptp(np.flatnonzero(inside.any(axis)))) for axis in (1, 0))
    least = min(width * LEAST_CROP - wide, height * LEAST_CROP - high) / 2
    wanted: int = max(round(min(width, height) * PADDING), int(least))
    return wanted
