"""Reference pictures of regions in a WebUI, through the IP-Adapter that it has, under each region's mask.

The Forge family hangs its own on a clone of the denoiser's patcher as it does for a unit of its ControlNet, and
`patches.py` lets what that computes stand beside the regions' words (`forge_adapters.py`). In A1111 the ControlNet
extension has adapters, and our own hooks add what they make of a picture (`extension_adapters.py`). Models that edit
pictures read them as latents, where the host has a place for these (`reference_latents.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lib_omost.attention.places import place_on
from lib_omost.canvas import Canvas, Reference, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.reference_tokens import ShownPictures
from lib_omost.hosts.references import PictureReference
from lib_omost.hosts.webui.capabilities.adapter_files import AUTOMATIC, file_for, is_adapter
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.capabilities.extension_adapters import (
    Tokens,
    extension_files,
    layer_pictures,
    load_extension_adapter,
    tokens_of,
)
from lib_omost.hosts.webui.capabilities.families import webui_name
from lib_omost.hosts.webui.capabilities.forge_adapters import forge_files, hang, load_forge_adapter
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.capabilities.reference_latents import edits_pictures, encoded_pictures, shown_latents
from lib_omost.methods.method import Method
from lib_omost.pictures.references import ReferencePictures

__all__ = ["AUTOMATIC", "Adapters", "Following", "adapter_names", "region_mask", "why_not", "with_references"]

Own = tuple[Region, Reference, Any]  # a region, its reference and the picture, (H, W, 3)


@dataclass
class Adapters:
    """What the user chose, and what the next job most likely has the same of.

    _loaded: Forge's adapter that was loaded last. _read: what the extension's adapter that was used last made of the
    pictures of its last job, by the names of both.
    """

    pictures: ReferencePictures
    chosen: str = AUTOMATIC
    _loaded: dict[str, Any] = field(default_factory=dict, repr=False)
    _read: dict[tuple[str, str], Tokens] = field(default_factory=dict, repr=False)

    def load(self, file: str) -> Any:
        """Forge's adapter of that file. Raises OmostError, by its name, for one that cannot be used."""
        if file not in self._loaded:
            self._loaded.clear()
            self._loaded[file] = load_forge_adapter(file)
        return self._loaded[file]

    def read(self, p: Processing, name: str, own: list[Own]) -> tuple[PictureReference, ...]:
        """What the extension's adapter of that name makes of the regions' pictures, for our own hooks."""
        adapter = load_extension_adapter(p, name)
        pictures = {(name, reference.picture): image for _, reference, image in own}
        lacking = [key for key in pictures if key not in self._read]
        made = tokens_of(adapter, name, [pictures[key] for key in lacking]) if lacking else []
        known = {key: tokens for key, tokens in self._read.items() if key in pictures}
        self._read.clear()
        self._read.update(known | dict(zip(lacking, made, strict=True)))
        layers = [layer for layer in denoiser_of(p.sd_model).layers if isinstance(layer, CrossAttention)]
        return tuple(
            PictureReference(
                region.rect,
                region.edge,
                region.cells,
                reference.weight,
                layer_pictures(adapter, layers, self._read[name, reference.picture]),
            )
            for region, reference, _ in own
        )


@dataclass(frozen=True)
class Following:
    """By which adapter regions follow references, None where none does; `pictures`: those that our own hooks add to
    cross-attention, `shown`: that they show to joint attention."""

    adapter: str | None = None
    pictures: tuple[PictureReference, ...] = ()
    shown: ShownPictures | None = None


def adapter_names() -> list[str]:
    """The WebUI's IP-Adapters that read pictures, in its own order; none in one without."""
    return [name for name in forge_files() or extension_files() if is_adapter(name)]


def why_not(chosen: str, model: Any) -> str:
    """Why regions of the next picture cannot have references, and what to do; nothing where they can.

    Before a model is loaded only that is told which no model would change.
    """
    try:
        if model is not None and edits_pictures(model):
            return ""
        if model is not None:
            file_for(_files_for(model), chosen, model)
        elif not forge_files() and not extension_files():
            raise _without()
    except OmostError as error:
        return error.told
    return ""


@contextmanager
def with_references(
    p: Processing, canvas: Canvas, method: Method, adapters: Adapters, *, height: int, width: int
) -> Iterator[Following]:
    """Regions with references follow them in this block, but for those in `Following` that hooks have still to add.

    `height` and `width` are the picture's. After the block the host's patcher is the one that it was.

    Raises OmostError where the host has no such adapter or no such picture, or where it cannot use them.
    """
    regions = [(one, one.reference) for one in canvas.far_to_near() if one.reference and one.reference.weight > 0]
    if not regions:
        yield Following()
        return
    if method.denoiser_call is not None:
        raise OmostError(f"the method {method.name} can draw no reference pictures", hint="choose another method")
    own = [(region, one, np.asarray(adapters.pictures.image(one.picture))) for region, one in regions]
    if edits_pictures(p.sd_model):
        latents = encoded_pictures(p.sd_model, [image for *_, image in own])
        yield Following(shown=shown_latents(p.sd_model, regions, latents))
        return
    name, file = file_for(_files_for(p.sd_model), adapters.chosen, p.sd_model)
    if patcher_of(p.sd_model) is None:
        yield Following(name, adapters.read(p, name, own))
        return
    adapter = adapters.load(file)
    objects = p.sd_model.forge_objects
    before = objects.unet
    try:
        for region, reference, image in own:
            hang(p, adapter, reference, image, region_mask(region, height, width))
        yield Following(name)
    finally:
        objects.unet = before


def region_mask(region: Region, height: int, width: int) -> torch.Tensor:
    """(1, 1, height, width) float32: how much each pixel of the picture belongs to the region, by mask and edge."""
    place = place_on(region.rect, region.edge, height, width, cells=region.cells)
    mask = torch.zeros(1, 1, height, width)
    mask[0, 0][place.box.slices] = 1.0 if place.weights is None else place.weights
    return mask


def _files_for(model: Any) -> dict[str, Any]:
    """Those that go with a loaded model. Raises OmostError in a WebUI without."""
    files = extension_files() if patcher_of(model) is None else forge_files()
    if not files:
        raise _without()
    return files


def _without() -> OmostError:
    return OmostError(
        f"a region's reference picture cannot be drawn in {webui_name()}: it needs ControlNet with an IP-Adapter",
        hint="switch ControlNet on (A1111 needs the extension sd-webui-controlnet) and put an IP-Adapter into "
        "models/ControlNet, or take the picture out of the region",
    )
