"""A WebUI's IP-Adapter files: which of them read pictures, and which one a checkpoint gets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.families import family_of
from lib_omost.pictures.adapters import READS_FACES, reads_faces

AUTOMATIC = "automatic"  # the first adapter that fits the checkpoint
WIDTHS = {768: "SD1.x", 2048: "SDXL"}  # channels of the texts that an adapter's layers stand beside
MOST_HEADER = 64 * 2**20  # bytes of a safetensors file's table of contents
_WORDS = ("ip-adapter", "ip_adapter", "ipadapter")
_FACES = ("faceid", "face_id", "face-id", "instant", "pulid")  # these read a face, with another library


def is_adapter(name: str) -> bool:
    """Whether a file of that name reads pictures."""
    lower = name.lower()
    return any(word in lower for word in _WORDS) and not _named_for_faces(name)


def file_for(files: Mapping[str, Any], chosen: str, model: Any) -> tuple[str, str]:
    """Name and file of the adapter for a loaded model, of those that a WebUI has.

    Raises OmostError, with what to install or to choose.
    """
    wanted = 2048 if getattr(model, "is_sdxl", False) else 768 if getattr(model, "is_sd1", False) else None
    if wanted is None:
        raise OmostError(
            f"there is no IP-Adapter for {family_of(model)}: a region's reference picture cannot be drawn with it",
            hint="take it out of the region, or choose a checkpoint of SD1.x or SDXL",
        )
    if chosen != AUTOMATIC:
        if chosen not in files:
            raise OmostError(f"there is no IP-Adapter {chosen}", hint="choose another one in Omost's settings")
        if _named_for_faces(chosen) or reads_faces(shapes_of(Path(str(files[chosen])))):
            raise only_faces(chosen)
        return chosen, str(files[chosen])
    for name in filter(is_adapter, files):
        if _width_of(Path(str(files[name]))) == wanted:
            return name, str(files[name])
    raise OmostError(
        f"a region's reference picture needs an IP-Adapter for {WIDTHS[wanted]}, and the WebUI has none",
        hint="put one, such as ip-adapter-plus_sd15 or ip-adapter-plus_sdxl_vit-h, into models/ControlNet",
    )


def only_faces(name: str) -> OmostError:
    """The refusal of FaceID, InstantID and PuLID."""
    return OmostError(f"{name} {READS_FACES}", hint="choose an IP-Adapter without FaceID in Omost's settings")


def _named_for_faces(name: str) -> bool:
    return any(word in name.lower() for word in _FACES)


def _width_of(file: Path) -> int | None:
    """Channels of the texts that it stands beside: what a safetensors file tells at its beginning, else by its name."""
    shapes = dict(shapes_of(file))
    if reads_faces(shapes.items()):
        return None  # whatever its name
    if shape := shapes.get("ip_adapter.1.to_k_ip.weight"):
        return shape[1]
    return 2048 if "xl" in file.stem.lower() else 768 if "sd15" in file.stem.lower() else None


def shapes_of(file: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a safetensors file's tensors; none where it is none that can be read."""
    try:
        with file.open("rb") as source:
            size = int.from_bytes(source.read(8), "little")
            header = json.loads(source.read(size)) if 0 < size <= MOST_HEADER else {}
        found = [(str(name), tuple(map(int, one.get("shape", ())))) for name, one in header.items()]
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return
    yield from found
