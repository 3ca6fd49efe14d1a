"""Reference pictures of regions in the Forge family: its own IP-Adapter, once for each region and under its mask.

The host loads adapter and image encoder, and hangs them on a clone of the denoiser's patcher as it does for a unit of
its ControlNet; `patches.py` lets what they compute stand beside the regions' words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lib_omost.attention.layout import place_on
from lib_omost.canvas import Canvas, Reference, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.families import family_of, webui_name
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.methods.method import Method
from lib_omost.pictures.references import ReferencePictures
from lib_omost.reasons import reason

AUTOMATIC = "automatic"  # the first adapter that fits the checkpoint
RESOLUTION = 512  # the host asks for one; the image encoder has its own
WIDTHS = {768: "SD1.x", 2048: "SDXL"}  # channels of the texts that an adapter's layers stand beside
ENCODERS = {1280: "CLIP-ViT-bigG (IPAdapter)"}  # by what a plain adapter reads of a picture
USUAL_ENCODER = "CLIP-ViT-H (IPAdapter)"
_WORDS = ("ip-adapter", "ip_adapter", "ipadapter")
_FACES = ("faceid", "instant")  # these read a face, with another library
MOST_HEADER = 64 * 2**20  # bytes of a safetensors file's table of contents


@dataclass
class Adapters:
    """What the user chose, and the adapter that was loaded last: the next job most likely has the same."""

    pictures: ReferencePictures
    chosen: str = AUTOMATIC
    _loaded: dict[str, Any] = field(default_factory=dict, repr=False)

    def load(self, file: str) -> Any:
        """The host's adapter of that file. Raises OmostError, by its name, for one that cannot be used."""
        if file not in self._loaded:
            from modules_forge.shared import try_load_supported_control_model

            self._loaded.clear()
            try:
                model = try_load_supported_control_model(file)
            except Exception as error:  # whatever a damaged file makes the host raise
                raise OmostError(
                    f"the IP-Adapter {Path(file).name} cannot be read: {reason(error)}", hint="the file may be damaged"
                ) from error
            if not isinstance(getattr(model, "ip_adapter", None), dict):
                raise OmostError(f"{Path(file).name} is no IP-Adapter", hint="choose another one in Omost's settings")
            self._loaded[file] = model
        return self._loaded[file]


def regions_with_reference(canvas: Canvas) -> list[Region]:
    """Those whose reference counts, as layers."""
    return [region for region in canvas.far_to_near() if region.reference is not None and region.reference.weight > 0]


def adapter_names() -> list[str]:
    """The host's IP-Adapters that read pictures, in its own order; none in a WebUI without."""
    return [name for name in _files() if _is_adapter(name)]


def why_not(chosen: str, model: Any) -> str:
    """Why regions of the next picture cannot have references, and what to do; nothing where they can.

    Before a model is loaded only that is told which no model would change.
    """
    try:
        if patcher_of(model) is not None:
            _file_for(chosen, model)
        elif not _files():
            raise _without()
    except OmostError as error:
        return error.told
    return ""


@contextmanager
def with_references(
    p: Processing, canvas: Canvas, method: Method, adapters: Adapters, *, height: int, width: int
) -> Iterator[str | None]:
    """Regions with references follow them in this block; yields the adapter's name, None where no region has one.

    `height` and `width` are the picture's. After the block the host's patcher is the one that it was.

    Raises OmostError where the host has no such adapter or no such picture, or where it cannot use them.
    """
    regions = regions_with_reference(canvas)
    if not regions:
        yield None
        return
    if method.denoiser_call is not None:
        raise OmostError(f"the method {method.name} can draw no reference pictures", hint="choose another method")
    own = [(region, region.reference) for region in regions if region.reference is not None]
    images = [np.asarray(adapters.pictures.image(reference.picture)) for _, reference in own]
    name, file = _file_for(adapters.chosen, p.sd_model)
    adapter = adapters.load(file)
    objects = p.sd_model.forge_objects
    before = objects.unet
    try:
        for (region, reference), image in zip(own, images, strict=True):
            _hang(p, adapter, reference, image, region_mask(region, height, width))
        yield name
    finally:
        objects.unet = before


def region_mask(region: Region, height: int, width: int) -> torch.Tensor:
    """(1, 1, height, width) float32: how much each pixel of the picture belongs to the region, by mask and edge."""
    place = place_on(region.rect, region.edge, height, width, cells=region.cells)
    mask = torch.zeros(1, 1, height, width)
    mask[0, 0][place.box.slices] = 1.0 if place.weights is None else place.weights
    return mask


def _hang(p: Processing, adapter: Any, reference: Reference, image: Any, mask: torch.Tensor) -> None:
    """The host's patcher becomes a clone that follows the picture where the mask (1, 1, H, W) is."""
    encoder = _encoder_for(adapter.ip_adapter)
    try:
        read = encoder(input_image=image, resolution=RESOLUTION)
        adapter.strength, adapter.start_percent, adapter.end_percent = reference.weight, 0.0, 1.0
        adapter.process_before_every_sampling(p, read, mask)
    except OmostError:
        raise
    except Exception as error:  # a download that fails, too little memory, an adapter of another kind of model
        raise OmostError(
            f"the WebUI's IP-Adapter could not read a region's reference picture: {reason(error)}",
            hint=f"its image encoder is {getattr(encoder, 'filename', 'a file')} in models/ControlNetPreprocessor",
        ) from error


def _encoder_for(weights: dict[str, Any]) -> Any:
    """The host's reader of pictures for an adapter, by what its first layer takes."""
    from modules_forge.shared import supported_preprocessors

    first = weights.get("image_proj", {}).get("proj.weight")
    plain = ENCODERS.get(int(first.shape[1])) if first is not None else None
    resampler = weights.get("image_proj", {}).get("proj_in.weight")
    if resampler is not None and int(resampler.shape[1]) > 1280:
        plain = ENCODERS[1280]
    found = supported_preprocessors.get(plain or USUAL_ENCODER)
    if found is None:
        raise OmostError(
            f"{webui_name()} has no image encoder for IP-Adapters",
            hint="take the reference pictures out of the regions",
        )
    return found


def _file_for(chosen: str, model: Any) -> tuple[str, str]:
    """Name and file of the adapter for a model. Raises OmostError, with what to install."""
    files = _files()
    if not files or patcher_of(model) is None:
        raise _without()
    wanted = 2048 if getattr(model, "is_sdxl", False) else 768 if getattr(model, "is_sd1", False) else None
    if wanted is None:
        raise OmostError(
            f"there is no IP-Adapter for {family_of(model)}: a region's reference picture cannot be drawn with it",
            hint="take it out of the region, or choose a checkpoint of SD1.x or SDXL",
        )
    if chosen != AUTOMATIC:
        if chosen not in files:
            raise OmostError(f"there is no IP-Adapter {chosen}", hint="choose another one in Omost's settings")
        return chosen, str(files[chosen])
    for name in filter(_is_adapter, files):
        if _width_of(Path(str(files[name]))) == wanted:
            return name, str(files[name])
    raise OmostError(
        f"a region's reference picture needs an IP-Adapter for {WIDTHS[wanted]}, and the WebUI has none",
        hint="put one, such as ip-adapter-plus_sd15 or ip-adapter-plus_sdxl_vit-h, into models/ControlNet",
    )


def _without() -> OmostError:
    return OmostError(
        f"a region's reference picture cannot be drawn in {webui_name()}: it needs the IP-Adapter of Forge",
        hint="take it out of the region, or draw in Forge, Neo, reForge or Classic",
    )


def _files() -> dict[str, Any]:
    """The host's files for its ControlNet, by name; none where it has no ControlNet of Forge's kind."""
    try:
        from lib_controlnet import global_state
        from modules_forge.shared import supported_preprocessors
    except ImportError:
        return {}
    if USUAL_ENCODER not in supported_preprocessors:
        return {}
    files: dict[str, Any] = {
        name: file for name, file in global_state.controlnet_filename_dict.items() if name != "None"
    }
    return files


def _is_adapter(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in _WORDS) and not any(word in lower for word in _FACES)


def _width_of(file: Path) -> int | None:
    """Channels of the texts that it stands beside: what a safetensors file tells at its beginning, else by its name."""
    try:
        with file.open("rb") as source:
            size = int.from_bytes(source.read(8), "little")
            header = json.loads(source.read(size)) if 0 < size <= MOST_HEADER else {}
        if any("to_q_lora" in key for key in header):
            return None  # it reads faces, whatever its name
        return int(header["ip_adapter.1.to_k_ip.weight"]["shape"][1])
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return 2048 if "xl" in file.stem.lower() else 768 if "sd15" in file.stem.lower() else None
