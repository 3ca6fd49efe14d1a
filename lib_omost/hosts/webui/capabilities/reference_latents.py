"""Models that edit pictures in Forge Neo: the host's list of reference latents, with those of the regions behind it.

Its Flux 1 puts them behind the image in the sequence, in their order, where the checkpoint is a Kontext, and so does
its Flux.2 Klein, which counts them: there those of regions that no pixel sees together have the same number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
import torch

from lib_omost.attention.call import Forward
from lib_omost.attention.context import Span
from lib_omost.canvas import Reference, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.reference_tokens import ShownPictures, numbers
from lib_omost.hosts.replaced import replaced
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.transformers.flux import flux_layers
from lib_omost.hosts.webui.transformers.parts import takes
from lib_omost.reasons import reason

LATENTS, EDITS = "ref_latents", ("kontext", "klein")  # of what the host's parts tell each other
PLACED, BY_NUMBER = "process_img", "index"  # a latent → its tokens and places; by what pictures are told apart
SIDE = 64  # pixels, of which a picture's sides are multiples, as the host's own references are


def edits_pictures(model: Any) -> bool:
    """Whether a loaded model is one that sees reference latents, and whose layers can be told who sees which."""
    patcher = patcher_of(model)
    if patcher is None or not any(_told().get(kind) for kind in EDITS):
        return False
    module = getattr(patcher.model, "diffusion_model", None)
    return takes(module, LATENTS) and bool(flux_layers(module))


def shown_latents(
    model: Any, own: Sequence[tuple[Region, Reference]], latents: Sequence[torch.Tensor]
) -> ShownPictures:
    """Latents (1, C, h, w) of regions' pictures, for the sampling run of a model that sees such."""
    module = patcher_of(model).model.diffusion_model
    patch = module.patch_size
    spans: list[Span] = []
    for (region, reference), latent in zip(own, latents, strict=True):
        start = spans[-1].stop if spans else 0
        height, width = (-(-side // patch) for side in latent.shape[-2:])
        where: dict[str, Any] = {"weight": reference.weight, "edge": region.edge, "cells": region.cells}
        spans.append(Span(start, start + height * width, region.rect, **where))
    counted = numbers([(region.rect, region.edge, region.cells) for region, _ in own])

    def shown(original: Forward) -> Forward:
        def forward(*arguments: Any, **keywords: Any) -> Any:
            told = _told()
            before = told[LATENTS]
            told[LATENTS] = [*(before or ()), *latents]
            try:
                with _counted(module, counted, behind=len(before or ())):
                    return original(*arguments, **keywords)
            finally:
                told[LATENTS] = before

        return forward

    return ShownPictures(tuple(spans), shown)


@contextmanager
def _counted(module: Any, counted: Sequence[int], *, behind: int) -> Iterator[None]:
    """In a model whose pictures have numbers, those behind the host's have these ones, from the next one on."""
    original = getattr(module, PLACED, None)
    if original is None or getattr(module, "default_ref_method", None) != BY_NUMBER:
        yield
        return
    calls = count(-1 - behind)  # the image comes first, then the host's own

    def placed(latent: Any, index: float = 0, **keywords: Any) -> Any:
        place = next(calls)
        if place >= 0:
            index = (behind + 1 + counted[place]) * module.ref_index_scale
        return original(latent, index=index, **keywords)

    with replaced(module, PLACED, placed):
        yield


def encoded_pictures(model: Any, images: Sequence[Any]) -> list[torch.Tensor]:
    """Pictures (H, W, 3) → (1, C, h, w) each, by the host's VAE, the same ones every time. Raises OmostError."""
    from PIL import Image, ImageOps

    vae = model.forge_objects.vae
    found = []
    for image in images:
        height, width = (max(1, round(side / SIDE)) * SIDE for side in image.shape[:2])
        fitted = ImageOps.fit(Image.fromarray(image), (width, height), Image.Resampling.LANCZOS)
        pixels = torch.from_numpy(np.asarray(fitted, dtype=np.float32) / 255)[None]
        try:
            with torch.random.fork_rng():  # the host draws the latent from what its VAE gives
                torch.manual_seed(0)
                found.append(vae.first_stage_model.process_in(vae.encode(pixels)).cpu())
        except Exception as error:  # too little memory, most likely
            raise OmostError(
                f"the WebUI could not encode a region's reference picture: {reason(error)}",
                hint="choose a smaller picture, or take it out of the region",
            ) from error
    return found


def _told() -> dict[str, Any]:
    """What the host's parts tell each other; empty in a WebUI without."""
    found: dict[str, Any] = getattr(sys.modules.get("backend.args"), "dynamic_args", {})
    return found if LATENTS in found else {}
