"""The Forge family's own IP-Adapter: loaded by the host, and hung on a clone of its patcher under a region's mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from lib_omost.canvas import Reference
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.adapter_files import only_faces
from lib_omost.hosts.webui.capabilities.families import webui_name
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.pictures.adapters import reads_faces
from lib_omost.reasons import reason

RESOLUTION = 512  # the host asks for one; the image encoder has its own
ENCODERS = {1280: "CLIP-ViT-bigG (IPAdapter)"}  # by what a plain adapter reads of a picture
USUAL_ENCODER = "CLIP-ViT-H (IPAdapter)"


def control_files() -> dict[str, Any]:
    """The host's files for its ControlNet, by name; none where it has no ControlNet of Forge's kind."""
    try:
        from lib_controlnet import global_state
    except ImportError:
        return {}
    files: dict[str, Any] = {
        name: file for name, file in global_state.controlnet_filename_dict.items() if name != "None"
    }
    return files


def forge_files() -> dict[str, Any]:
    """The same, where the host also has what reads pictures for IP-Adapters."""
    try:
        from modules_forge.shared import supported_preprocessors
    except ImportError:
        return {}
    return control_files() if USUAL_ENCODER in supported_preprocessors else {}


def load_forge_adapter(file: str) -> Any:
    """The host's adapter of that file. Raises OmostError, by its name, for one that cannot be used."""
    from modules_forge.shared import try_load_supported_control_model

    name = Path(file).name
    try:
        model = try_load_supported_control_model(file)
    except Exception as error:  # whatever a damaged file makes the host raise
        raise OmostError(
            f"the IP-Adapter {name} cannot be read: {reason(error)}", hint="the file may be damaged"
        ) from error
    weights = getattr(model, "ip_adapter", None)
    if not isinstance(weights, dict):
        raise OmostError(f"{name} is no IP-Adapter", hint="choose another one in Omost's settings")
    if reads_faces(
        (f"{part}.{key}", getattr(one, "shape", ())) for part, of in weights.items() for key, one in of.items()
    ):
        raise only_faces(name)
    return model


def hang(p: Processing, adapter: Any, reference: Reference, image: Any, mask: torch.Tensor) -> None:
    """The host's patcher becomes a clone that follows the picture (H, W, 3) where the mask (1, 1, H, W) is."""
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
