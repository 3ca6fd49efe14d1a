"""The units of a job's ControlNet, in its script's arguments: which is free, and one filled with a picture.

A unit is an object of the host's own class, or a dict where the API gave it; `from_dict` of that class reads one alike
in A1111's extension and in all of the Forge family, and opens a picture that is a file in base64 as it wants it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from lib_omost.hosts.webui.capabilities.scripts_of_job import scripts_of, title_of

TITLE = "controlnet"
KEPT = ("control_mode", "guidance_start", "guidance_end", "hr_option", "low_vram", "save_detected_map")


def units_of(p: Any) -> dict[int, Any] | None:
    """The units by their place among all scripts' arguments; None in a job without ControlNet."""
    script = next((one for one in scripts_of(p) if (title_of(one) or "").casefold() == TITLE), None)
    if script is None or getattr(script, "args_from", None) is None:
        return None
    arguments = list(p.script_args)[: script.args_to]
    return {place: one for place, one in enumerate(arguments) if place >= script.args_from and _is_unit(one)}


def reads_folders() -> bool:
    """Whether A1111's extension draws a batch by pictures of a folder: it has read its units before any job begins."""
    batch = getattr(sys.modules.get("scripts.batch_hijack"), "instance", None)
    return bool(getattr(batch, "is_batch", False))


def is_on(unit: Any) -> bool:
    """Whether the user set it; of a dict that does not say, whether it says anything, as the hosts take it."""
    return bool(unit.get("enabled", bool(unit)) if isinstance(unit, Mapping) else unit.enabled)


def model_of(unit: Any) -> str:
    """The name of its net, as whoever set it wrote that; "" where there is none."""
    return str((unit.get("model") if isinstance(unit, Mapping) else unit.model) or "")


def filled(unit: Any, picture: str, model: str, weight: float) -> Any:
    """Another unit of the same kind, switched on: a PNG file in base64, stretched over the job's picture as it is.

    How long it holds, in which passes and against what stays as it is set in the old one.
    """
    own = unit if isinstance(unit, Mapping) else vars(unit)
    fields = {name: own[name] for name in KEPT if name in own} | {
        "enabled": True,
        "image": picture,
        "model": model,
        "weight": weight,
        "resize_mode": "Just Resize",
        "pixel_perfect": True,
    }
    if "union" in model.lower():
        fields["union_control_type"] = "Depth"
    build = getattr(type(unit), "from_dict", None)
    return fields if build is None else build(fields)


def _is_unit(argument: Any) -> bool:
    return isinstance(argument, Mapping) or (hasattr(argument, "enabled") and hasattr(argument, "model"))
