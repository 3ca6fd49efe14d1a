"""Which ControlNet for depth a job gets: the one that its unit names, else the first that fits the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.adapter_files import shapes_of
from lib_omost.hosts.webui.capabilities.extension_adapters import extension_files
from lib_omost.hosts.webui.capabilities.families import webui_name
from lib_omost.hosts.webui.capabilities.forge_adapters import control_files

WIDTHS = MappingProxyType({768: "SD1.x", 1024: "SD2.x", 2048: "SDXL"})  # channels of the texts that a UNet reads
NO_UNET = 0
_OF_TEXT = (".attn2.to_k.weight", ".attn2.to_k.down")  # the second is Control-LoRA's
_OF_TRANSFORMERS = ("double_blocks.", "joint_blocks.", "transformer_blocks.", "control_layers.")
_IN_NAMES = {"xl": 2048, "sd21": 1024, "sd2": 1024, "sd15": 768, "sd14": 768}


def control_nets() -> dict[str, Any]:
    """The files of the host's ControlNet, or of the extension's in A1111, by the names that units know them by."""
    return control_files() or extension_files()


def depth_net_for(chosen: str, checkpoint: Path | None) -> str:
    """The name of the net. chosen: what the unit names by now. Raises OmostError, with what to install."""
    files = control_nets()
    wanted = None if checkpoint is None else text_width(checkpoint)
    if "depth" in chosen.lower() or "union" in chosen.lower():
        return _named(files, chosen)
    for name, file in files.items():
        if "depth" in name.lower() and _fits(text_width(Path(str(file))), wanted):
            return name
    kind = f" for {WIDTHS[wanted]}" if wanted is not None and wanted in WIDTHS else " that fits this checkpoint"
    raise OmostError(
        f"a depth map needs a ControlNet for depth{kind}, and the WebUI has none",
        hint="put one, such as control_v11f1p_sd15_depth or diffusers_xl_depth_full, into models/ControlNet, "
        "or set the depth map's weight to 0",
    )


def text_width(file: Path) -> int | None:
    """Channels of the texts that a UNet, or a net beside one, reads: by a safetensors file's beginning, else its name.

    NO_UNET of another kind of model, None where neither tells.
    """
    shapes = dict(shapes_of(file))
    for name, shape in shapes.items():
        if name.endswith(_OF_TEXT) and len(shape) > 1:
            return shape[1]
    if any(name.removeprefix("model.diffusion_model.").startswith(_OF_TRANSFORMERS) for name in shapes):
        return NO_UNET
    return next((width for word, width in _IN_NAMES.items() if word in file.stem.lower()), None)


def without_control_net() -> OmostError:
    """The refusal of a WebUI that has none."""
    return OmostError(
        f"a depth map needs ControlNet, which {webui_name()} lacks or has switched off",
        hint="switch it on (A1111 needs the extension sd-webui-controlnet), or set the depth map's weight to 0",
    )


def _named(files: Mapping[str, Any], chosen: str) -> str:
    """The full name of a net, which the API may give without its hash."""
    found = chosen if chosen in files else next((name for name in files if name.startswith(f"{chosen} [")), None)
    if found is None:
        raise OmostError(f"there is no ControlNet {chosen[:80]}", hint="choose another one in ControlNet's unit")
    return found


def _fits(width: int | None, wanted: int | None) -> bool:
    return width is None or wanted is None or width == wanted
