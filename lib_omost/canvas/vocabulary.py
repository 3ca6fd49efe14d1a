"""The names a canvas is written with, and what each of them means on the grid.

Every table keeps the order of the system prompt. Source: the Omost readme, "Parameter: location, offset, area".
"""

from __future__ import annotations

GRID = 90  # cells along each side

LOCATIONS: dict[str, tuple[int, int]] = {  # centre (x, y) in cells
    "in the center": (45, 45),
    "on the left": (15, 45),
    "on the right": (75, 45),
    "on the top": (45, 15),
    "on the bottom": (45, 75),
    "on the top-left": (15, 15),
    "on the top-right": (75, 15),
    "on the bottom-left": (15, 75),
    "on the bottom-right": (75, 75),
}

OFFSETS: dict[str, tuple[int, int]] = {  # shift (dx, dy) in cells
    "no offset": (0, 0),
    "slightly to the left": (-10, 0),
    "slightly to the right": (10, 0),
    "slightly to the upper": (0, -10),
    "slightly to the lower": (0, 10),
    "slightly to the upper-left": (-10, -10),
    "slightly to the upper-right": (10, -10),
    "slightly to the lower-left": (-10, 10),
    "slightly to the lower-right": (10, 10),
}

AREAS: dict[str, tuple[int, int]] = {  # width, height in cells
    "a small square area": (50, 50),
    "a small vertical area": (40, 60),
    "a small horizontal area": (60, 40),
    "a medium-sized square area": (60, 60),
    "a medium-sized vertical area": (50, 80),
    "a medium-sized horizontal area": (80, 50),
    "a large square area": (70, 70),
    "a large vertical area": (60, 90),
    "a large horizontal area": (90, 60),
}

GLOBAL_METHOD = "set_global_description"
LOCAL_METHOD = "add_local_description"

# Parameters of the two methods, in the order of the system prompt's signatures.
GLOBAL_FIELDS = ("description", "detailed_descriptions", "tags", "HTML_web_color_name")
LOCAL_FIELDS = (
    "location",
    "offset",
    "area",
    "distance_to_viewer",
    "description",
    "detailed_descriptions",
    "tags",
    "atmosphere",
    "style",
    "quality_meta",
    "HTML_web_color_name",
)
PEOPLES_LOCAL_FIELDS = (*LOCAL_FIELDS, "free_rect")  # what is read: people draw rectangles, models write words
