"""LoRA of a region: its entries, and the tags that prompts name them with, which are no words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib_omost.canvas.invisible import INVISIBLE
from lib_omost.errors import has_halves

MAX_LORAS = 16  # of one region
MAX_WEIGHT = 100.0
MAX_NAME = 200

TAG = re.compile(r"<(?:lora|lyco|lycoris|loha|lokr):([^<>\n]{1,300})>", re.IGNORECASE)
_NAME = re.compile(r"[^<>:\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NUMBER = re.compile(r"[+-]?(?:\d{1,9}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True)
class Lora:
    """One LoRA, by the name that the host lists it under, or by a file where the host has no list.

    `weight` is that of its image part, `text_weight` that of its text encoder's part; None is `weight`.
    Raises ValueError for a name that no tag can hold, or a weight that is not finite or beyond ±MAX_WEIGHT.
    """

    name: str
    weight: float = 1.0
    text_weight: float | None = None

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError(f"loras has the name {str(self.name)[:60]!r}, which no tag can hold")
        for field in ("weight", "text_weight"):
            value = getattr(self, field)
            if value is None and field == "text_weight":
                continue
            if not is_weight(value):
                raise ValueError(f"loras has a {field} of {str(value)[:40]}; it is -{MAX_WEIGHT:g} to {MAX_WEIGHT:g}")

    @property
    def text(self) -> float:
        """The weight of its text encoder's part."""
        return self.weight if self.text_weight is None else self.text_weight

    @property
    def tag(self) -> str:
        """As the WebUIs' prompts have it: `<lora:name:weight>`, or `<lora:name:text weight:weight>`."""
        weights = [self.weight] if self.text_weight is None else [self.text_weight, self.weight]
        return f"<lora:{':'.join([self.name, *(number(weight) for weight in weights)])}>"


def is_name(value: object) -> bool:
    """Whether a tag can hold it: one line that shows, without brackets and colons, with no space at its ends."""
    if not isinstance(value, str) or len(value) > MAX_NAME or has_halves(value) or INVISIBLE.search(value):
        return False
    return value == value.strip() and _NAME.fullmatch(value) is not None


def is_weight(value: object) -> bool:
    """Whether a LoRA can have this weight."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and abs(value) <= MAX_WEIGHT  # type: ignore[arg-type]


def number(value: float) -> str:
    """Without a fraction that is none: 1.0 → '1'."""
    return repr(float(value)).removesuffix(".0")


def write_tags(loras: Iterable[Lora]) -> str:
    """The tags side by side."""
    return " ".join(lora.tag for lora in loras)


def read_tags(text: str) -> tuple[tuple[Lora, ...], tuple[str, ...]]:
    """Every LoRA that `text` names by a tag, and what of these tags, or of their number, could not be used."""
    loras: list[Lora] = []
    lost: list[str] = []
    for match in TAG.finditer(text):
        lora, left = _read_tag(match[1])
        if lora is None or len(loras) == MAX_LORAS:
            lost.append(match[0])
            continue
        loras.append(lora)
        lost.extend(f"{part!r} of {match[0]}" for part in left)
    return tuple(loras), tuple(lost)


def without_tags(text: str, taken: Sequence[bool] | None = None) -> str:
    """The words alone; a text without a tag is the same text. `taken`: which of the tags go, None is all."""
    if not (any(taken) if taken is not None else TAG.search(text)):
        return text
    which = iter(taken or ())
    words = " ".join(TAG.sub(lambda match: " " if next(which, taken is None) else match[0], text).split())
    return re.sub(r"\s+([,.;:!?])", r"\1", words).strip(" ,")


def _read_tag(inner: str) -> tuple[Lora | None, tuple[str, ...]]:
    """`name`, `name:1`, `name:text:image` or `name:te=…:unet=…`, and the parts that say something else."""
    name, *parts = (part.strip() for part in inner.split(":"))
    placed: list[float] = []
    named: dict[str, float] = {}
    left: list[str] = []
    for part in parts:
        key, has_name, value = part.rpartition("=")
        weight = float(value) if _NUMBER.fullmatch(value.strip()) else None
        if not is_weight(weight):
            left.append(part)
        elif has_name and key.strip().lower() in ("te", "unet"):
            named[key.strip().lower()] = float(value)
        elif not has_name and len(placed) < 2:
            placed.append(float(value))
        else:
            left.append(part)
    text = named.get("te", placed[0] if placed else 1.0)
    image = named.get("unet", placed[1] if len(placed) > 1 else text)
    if not is_name(name):
        return None, ()
    return Lora(name, image, text if named or len(placed) > 1 else None), tuple(left)
