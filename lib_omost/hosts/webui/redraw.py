"""A part of the init image drawn anew by the host's own inpainting: what a job is given for that, and given back.

All that hosts need of it are attributes of the job, which they read when they begin it. So one road serves all of them,
their own soft edges, masked content and overlays hold, and other extensions see an inpainting like any other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib_omost.canvas import GRID, Canvas, Rect
from lib_omost.canvas.window import Window
from lib_omost.errors import BadInputError
from lib_omost.hosts.parts import Part, mask_of, part_around, part_of
from lib_omost.hosts.webui.called_again import is_looped, refuse_parts

KEPT = "_omost_inpainting"  # under which a job carries its id, and what it was before
CHANGED = (
    *("image_mask", "mask_blur", "mask_blur_x", "mask_blur_y", "inpainting_fill", "inpainting_mask_invert"),
    *("inpaint_full_res", "inpaint_full_res_padding", "init_images", "denoising_strength", "resize_mode"),
)
FILL, ORIGINAL = 0, 1  # of the hosts' masked content
PADDING, LEAST_CROP = 1 / 16, 1 / 4  # of the picture's sides


def redraw_part(p: Any, canvas: Canvas, name: str, place: Rect | None, denoise: float) -> None:
    """Make the job `p` of img2img draw a part of its init image.

    name: the regions that are drawn, as of `regions_named`, or "". place: where the init image lies on the canvas; what
    is around it is drawn too, from the draft under noise of the strength `denoise`.
    Raises BadInputError for a job without a picture or with a mask of its own, for one with a place that a script calls
    again with what was drawn, and as `regions_named` and `refuse_parts` do.
    """
    pictures = list(getattr(p, "init_images", None) or [None])
    if None in pictures:
        hint = "send it to img2img, or give it there as the init image"
        raise BadInputError("there is no finished picture of which a part could be drawn", hint=hint)
    if getattr(p, "image_mask", None) is not None:
        hint = "leave 'redraw' and 'place' empty, or take the mask away"
        raise BadInputError("this job has a mask of its own beside the region that is to be redrawn", hint=hint)
    refuse_parts(p, plain_works=False)
    if place is not None and is_looped(p):
        hint = "choose no script, or leave 'place' empty"
        raise BadInputError(
            "the script Loopback would lay what was drawn onto its place once more in every loop", hint=hint
        )
    if place is None:
        parts = [part_of(canvas, name, pictures[0])] if name.strip() else []
    else:
        parts = [part_around(canvas, picture, place, (p.width, p.height), name) for picture in pictures]
    if not parts:  # the place is all of the canvas
        return
    vars(p)[KEPT] = id(p), {each: vars(p)[each] for each in CHANGED if each in vars(p)}
    _inpaint(p, parts[0])
    if place is None:
        _enlarge(p, parts[0])
    else:
        p.init_images = [part.picture for part in parts]
        p.inpaint_full_res, p.resize_mode, p.inpainting_fill = False, 0, ORIGINAL
        p.denoising_strength = max(denoise, float(p.denoising_strength or 0))


def give_back(p: Any) -> None:
    """The job is again as it was given; a copy that another extension made of it, with inputs of its own, is let be."""
    job, values = vars(p).pop(KEPT, (None, {}))
    if job == id(p):
        vars(p).update(values)


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


def _inpaint(p: Any, part: Part) -> None:
    p.image_mask, p.inpainting_mask_invert = mask_of(part), 0
    if part.blur is not None:
        p.mask_blur = part.blur


def _enlarge(p: Any, part: Part) -> None:
    """What is drawn has the job's size, the rest keeps its pixels, and so any picture its size."""
    p.inpaint_full_res = True
    p.inpaint_full_res_padding = max(int(p.inpaint_full_res_padding or 0), _padding(part.inside))
    if p.inpainting_fill == FILL:
        p.inpainting_fill = ORIGINAL


def _padding(inside: NDArray[np.bool_]) -> int:
    """How much around the mask a region is drawn with: enough to see what it fits into, and no crop that is tiny."""
    height, width = inside.shape
    high, wide = (1 + int(np.ptp(np.flatnonzero(inside.any(axis)))) for axis in (1, 0))
    least = min(width * LEAST_CROP - wide, height * LEAST_CROP - high) / 2
    wanted: int = max(round(min(width, height) * PADDING), int(least))
    return wanted
