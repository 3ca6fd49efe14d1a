"""What a reply says, as JSON data: its regions with their sub-prompts, what was put right, what was lost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lib_omost.canvas import ParsedReply
from lib_omost.prompts.paths import RegionPath, region_paths


def parsed_to_json(parsed: ParsedReply) -> dict[str, Any]:
    """`regions` (the global one first, then far to near), `corrections`, `problems`.

    Raises CanvasError when there is no canvas that can be used.
    """
    canvas = parsed.require_canvas()
    return {
        "regions": [path_to_json(path) for path in region_paths(canvas)],
        "corrections": [asdict(correction) for correction in parsed.corrections],
        "problems": [asdict(problem) for problem in parsed.problems],
    }


def path_to_json(path: RegionPath) -> dict[str, Any]:
    """One region: rect is [top, bottom, left, right], distance_to_viewer None for the global one."""
    return {
        "rect": list(path.rect),
        "distance_to_viewer": path.distance_to_viewer,
        "color": list(path.rgb),
        "prefixes": list(path.prefixes),
        "suffixes": list(path.suffixes),
    }
