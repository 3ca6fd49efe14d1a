"""The canvas's depth map in a unit of the host's ControlNet, for one job, which is then as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib_omost.canvas import Canvas, depth_map
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.called_again import refuse_parts
from lib_omost.hosts.webui.capabilities.checkpoint_file import checkpoint_file
from lib_omost.hosts.webui.capabilities.control_units import filled, is_on, model_of, reads_folders, units_of
from lib_omost.hosts.webui.capabilities.depth_nets import depth_net_for, without_control_net
from lib_omost.pictures.encoded import png_in_base64

KEPT = "_omost_units"  # under which a job carries its `_Given`
LEAST_LIGHT = 5  # Forge takes what is darker everywhere for an empty picture that was drawn on
MOST_SIDE = 4096  # of the map, which ControlNet resizes as it needs it
_UNIT = re.compile(r"ControlNet (\d+)")  # a key of infotexts


@dataclass(frozen=True)
class _Given:
    """ours: the arguments with our unit. before: those that the job came with. number: among the units that are on."""

    ours: Sequence[Any]
    before: Sequence[Any]
    number: int
    model: str
    weight: float

    @property
    def told(self) -> str:
        return f"{self.weight:g} by {self.model}"


def give_depth(p: Any, canvas: Canvas, weight: float) -> bool:
    """Let the job's first free unit hold the depth map, by its own net or by the first that fits the checkpoint.

    Nothing is given, and False returned, where the canvas has no region that is seen.
    Raises OmostError without ControlNet, a free unit or such a net, and in a job of tiles or of a folder.
    """
    from PIL import Image

    refuse_parts(p, plain_works=False)
    units = units_of(p)
    if units is None:
        raise without_control_net()
    if reads_folders():
        hint = "set the depth map's weight to 0, or take the folder out of ControlNet's unit"
        raise OmostError("ControlNet draws by the pictures of a folder, and takes no depth map beside them", hint=hint)
    free = next((place for place, unit in units.items() if not is_on(unit)), None)
    if free is None:
        raise OmostError(
            "all units of ControlNet are in use, and the depth map needs one",
            hint="switch one off, raise their number in the settings of ControlNet, or set the depth map's weight to 0",
        )
    picture = depth_map(canvas, min(int(p.width), MOST_SIDE), min(int(p.height), MOST_SIDE))
    if picture.max() < LEAST_LIGHT:
        return False
    model = depth_net_for(model_of(units[free]), checkpoint_file(getattr(p, "override_settings", None) or {}))
    arguments = list(p.script_args)
    arguments[free] = filled(units[free], png_in_base64(Image.fromarray(picture).convert("RGB")), model, weight)
    before, ours = p.script_args, type(p.script_args)(arguments)
    number = sum(is_on(unit) for place, unit in units.items() if place < free)
    vars(p)[KEPT] = _Given(ours, before, number, model, weight)
    p.script_args = ours
    return True


def take_back_depth(p: Any) -> None:
    """The job's units are again as it was given them; so are a copy's of it."""
    given: _Given | None = vars(p).pop(KEPT, None)
    if given is not None and p.script_args is given.ours:
        p.script_args = given.before


def depth_told(p: Any) -> str | None:
    """What the infotext says of the job's depth map; None where it has none."""
    given: _Given | None = vars(p).get(KEPT)
    return None if given is None else given.told


def forget_unit(p: Any) -> None:
    """Take our unit out of what ControlNet tells in the infotext: pasted, it would be a unit without its picture."""
    given: _Given | None = vars(p).get(KEPT)
    if given is None:
        return
    told = {int(key[1]): key[0] for name in p.extra_generation_params if (key := _UNIT.fullmatch(name))}
    for number in sorted(one for one in told if one >= given.number):
        if f"Model: {given.model}" in str(p.extra_generation_params[told[number]]):
            del p.extra_generation_params[told[number]]
            return
