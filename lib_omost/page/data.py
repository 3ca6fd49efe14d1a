"""What the page must know before anything is asked: the canvas's vocabulary, examples, defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import FastAPI

from lib_omost import __version__
from lib_omost.canvas import AREAS, COLORS, GRID, LOCATIONS, OFFSETS
from lib_omost.canvas.limits import MAX_ITEMS, MAX_REGIONS
from lib_omost.chat.model import Sampling
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes

EXAMPLES = (
    "a big red circle beside a small blue square, on a white background",
    "a lighthouse on a cliff above a stormy sea, a small boat on the right",
    "a cat on a green sofa, a window with rain behind it",
    "a knight facing a dragon in a snowy valley",
)


@dataclass(frozen=True)
class PageOptions:
    """What the user chose for the page. `snap_to_words`: a box that is let go takes the nearest words of the canvas.

    `examples` are first messages that can be clicked, of what there is to draw with.
    """

    snap_to_words: bool = True
    examples: tuple[str, ...] = EXAMPLES


def add_data_route(app: FastAPI, options: Callable[[], PageOptions], guard: Guard = ANYONE) -> None:
    """Add `GET /omost/v1/page`."""

    def page() -> Any:
        return page_data(options())

    Routes(app, guard).get("/omost/v1/page", page)


def page_data(options: PageOptions) -> dict[str, Any]:
    """The tables are those that canvases are read with: the page has none of its own."""
    return {
        "version": __version__,
        "vocabulary": {
            "grid": GRID,
            "locations": LOCATIONS,
            "offsets": OFFSETS,
            "areas": AREAS,
            "colors": COLORS,
            "limits": {"regions": MAX_REGIONS, "items": MAX_ITEMS},
        },
        "examples": options.examples,
        "sampling": asdict(Sampling()) | {"temperature": None},  # what suits the model
        "options": {"snap_to_words": options.snap_to_words},
    }
