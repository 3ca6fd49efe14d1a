"""Scripts that are chosen under *Script* and run a job again and again: what they leave no room for."""

from __future__ import annotations

from typing import Any

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.scripts_of_job import chosen_script

LOOPBACK = "loopback"  # titles, which hosts write with other capitals
IN_PARTS = ("sd upscale", "poor man's outpainting", "outpainting mk2")


def is_looped(p: Any) -> bool:
    """Whether the job goes on from what it has drawn."""
    return _title(p) == LOOPBACK


def refuse_parts(p: Any, *, plain_works: bool) -> None:
    """Raise OmostError where the job is run for one part of a picture after the other.

    plain_works: whether the method plain would be a way out.
    """
    if _title(p) not in IN_PARTS:
        return
    instead = ", choose the method plain" if plain_works else ""
    raise OmostError(
        f"Omost cannot steer this picture: the script {chosen_script(p)} draws it in tiles, and a region's place in a "
        "tile cannot be told",
        hint=f"switch Omost off for it{instead}, or take Ultimate SD upscale",
    )


def refuse_several(p: Any) -> None:
    """Raise OmostError where of several canvases all but one would be thrown away, or mixed in one picture."""
    if _title(p) in (LOOPBACK, *IN_PARTS):
        raise OmostError(
            f"the script {chosen_script(p)} makes one picture of all that a job draws, and there are several canvases",
            hint="empty 'Further canvases', or choose no script",
        )


def _title(p: Any) -> str:
    return (chosen_script(p) or "").casefold()
