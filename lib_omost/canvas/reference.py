"""A region's reference picture: a file's name, as the program that draws keeps it, and how much it counts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from lib_omost.canvas.loras import number

MAX_NAME = 100
MAX_WEIGHT = 2.0
_NAME = re.compile(r"[^\W_][\w.-]*")  # one word, so that a weight can stand behind it, and no path


@dataclass(frozen=True)
class Reference:
    """`picture` is the name of a file; `weight` is how much it counts beside the words: 1 as ever, 0 not at all.

    Raises ValueError for a name that is no plain file's, or a weight beyond 0 to MAX_WEIGHT; the message starts with
    the word reference.
    """

    picture: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not is_picture(self.picture):
            raise ValueError(f"reference has the picture {str(self.picture)[:60]!r}, which is no name of a file")
        if not _is_weight(self.weight):
            raise ValueError(f"reference has a weight of {str(self.weight)[:40]}; it is 0 to {MAX_WEIGHT:g}")


def is_picture(value: object) -> bool:
    """Whether it can name a picture: letters, digits, dots, hyphens and underscores, a letter or digit first."""
    return isinstance(value, str) and len(value) <= MAX_NAME and _NAME.fullmatch(value) is not None


def write_reference(reference: Reference | None) -> str:
    """`name`, or `name weight` where that is not 1."""
    if reference is None:
        return ""
    return reference.picture if reference.weight == 1 else f"{reference.picture} {number(reference.weight)}"


def read_reference(text: str) -> tuple[Reference | None, tuple[str, ...]]:
    """What `text` names, and what of it could not be used."""
    name, *rest = text.split() or [""]
    if not is_picture(name):
        return None, (repr(text[:40]),)
    try:
        weight = float(rest[0]) if rest else 1.0
    except ValueError:
        weight = math.nan
    lost = [repr(part[:40]) for part in rest[1:]]
    if not _is_weight(weight):
        return Reference(name), (repr(rest[0][:40]), *lost)
    return Reference(name, weight), tuple(lost)


def _is_weight(value: object) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 <= value <= MAX_WEIGHT  # type: ignore[operator]
