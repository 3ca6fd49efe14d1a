"""What a region has beyond Omost's own format: a comment line behind its call in code, a plain field in JSON.

Every other reader of the format passes over comments. One row of REMARKS is one such field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib_omost.canvas.loras import Lora, number, read_tags, write_tags
from lib_omost.canvas.mask import Mask, read_mask, write_mask
from lib_omost.canvas.model import MAX_EDGE, MAX_NEGATIVE, MAX_WEIGHT, Region
from lib_omost.canvas.reference import Reference, read_reference, write_reference
from lib_omost.canvas.turn_tokens import from_comment, in_comment

_BEHIND = re.compile(r"[ \t;]{0,8}\r?\n((?:[ \t]{0,8}#[^\n]*(?:\n|\Z)){1,32})")


@dataclass(frozen=True)
class Remark:
    """One field.

    word: what the comment begins with. default: the field's value where nothing is said.
    write, read: the value ↔ the comment's text; reading tells also what it could not use. Neither raises.
    to_json, from_json: the value ↔ JSON data; what is no such data comes back as it is, for `Region` to refuse.
    """

    word: str
    field: str
    default: Any
    write: Callable[[Any], str]
    read: Callable[[str], tuple[Any, tuple[str, ...]]]
    to_json: Callable[[Any], Any]
    from_json: Callable[[Any], Any]


def write_remarks(region: Region) -> str:
    """The comment lines behind the region's call, each with its newline; most regions have none."""
    said = [(remark, getattr(region, remark.field)) for remark in REMARKS]
    return "".join(f"# {one.word}: {in_comment(one.write(value))}\n" for one, value in said if value != one.default)


def read_remarks(code: str, place: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields that the comment lines behind the call that ends at `place` give, and what could not be used."""
    behind = _BEHIND.match(code, place)
    fields: dict[str, Any] = {}
    lost: list[str] = []
    for line in behind[1].splitlines() if behind else ():
        for remark in REMARKS:
            word, colon, text = line.strip().removeprefix("#").partition(":")
            if colon and word.strip().lower() == remark.word.lower():
                fields[remark.field], left = remark.read(from_comment(text.strip()))
                lost.extend(f"{remark.word}: {part}" for part in left)
    return fields, tuple(lost)


def without_remarks(code: str) -> str:
    """Code as a language model may read it, which knows none of these lines."""
    return _LINES.sub("", code)


def remarks_to_json(region: Region) -> dict[str, Any]:
    """The fields that say something."""
    said = ((remark, getattr(region, remark.field)) for remark in REMARKS)
    return {remark.field: remark.to_json(value) for remark, value in said if value != remark.default}


def remarks_from_json(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of `values` that are remarks, as `Region` has them."""
    return {one.field: one.from_json(values[one.field]) for one in REMARKS if one.field in values}


def _loras_to_json(loras: tuple[Lora, ...]) -> list[dict[str, Any]]:
    text = ({} if lora.text_weight is None else {"text_weight": lora.text_weight} for lora in loras)
    return [{"name": lora.name, "weight": lora.weight, **more} for lora, more in zip(loras, text, strict=True)]


def _loras_from_json(data: Any) -> Any:
    """Raises ValueError for what is no list of LoRAs."""
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise ValueError("loras is no list of objects with name and weight")
    for each in data:
        if "name" not in each or each.keys() - {"name", "weight", "text_weight"}:
            raise ValueError("loras has an object with other fields than name, weight and text_weight")
    return tuple(Lora(**each) for each in data)


def _read_number(default: float, most: float) -> Callable[[str], tuple[float, tuple[str, ...]]]:
    def read(text: str) -> tuple[float, tuple[str, ...]]:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        return (value, ()) if 0 <= value <= most else (default, (f"{text[:40]!r}",))

    return read


def _read_negative(text: str) -> tuple[str, tuple[str, ...]]:
    shown = "".join(char if char.isprintable() else " " for char in text).strip()
    lost = (f"what is behind {MAX_NEGATIVE} characters",) if len(shown) > MAX_NEGATIVE else ()
    return shown[:MAX_NEGATIVE].strip(), lost


def _read_mask(text: str) -> tuple[Mask | None, tuple[str, ...]]:
    try:
        return read_mask(text), ()
    except ValueError as error:
        return None, (str(error).removeprefix("mask "),)


def _mask_from_json(data: Any) -> Any:
    """Raises ValueError for a text that is no mask's."""
    return read_mask(data) if isinstance(data, str) else data


def _reference_to_json(reference: Reference) -> dict[str, Any]:
    weight = {} if reference.weight == 1 else {"weight": reference.weight}
    return {"picture": reference.picture, **weight}


def _reference_from_json(data: Any) -> Any:
    """Raises ValueError for an object that is no reference's."""
    if not isinstance(data, dict):
        return data
    if "picture" not in data or data.keys() - {"picture", "weight"}:
        raise ValueError("reference has other fields than picture and weight")
    return Reference(**data)


def _same(value: Any) -> Any:
    return value


REMARKS = (
    Remark("LoRA", "loras", (), write_tags, read_tags, _loras_to_json, _loras_from_json),
    Remark("Negative", "negative", "", _same, _read_negative, _same, _same),
    Remark("Weight", "weight", 1.0, number, _read_number(1.0, MAX_WEIGHT), _same, _same),
    Remark("Edge", "edge", 0.0, number, _read_number(0.0, MAX_EDGE), _same, _same),
    Remark("Mask", "mask", None, write_mask, _read_mask, write_mask, _mask_from_json),
    Remark(
        "Reference",
        "reference",
        None,
        write_reference,
        read_reference,
        _reference_to_json,
        _reference_from_json,
    ),
)
REMARK_FIELDS = frozenset(remark.field for remark in REMARKS)
_WORDS = "|".join(remark.word for remark in REMARKS)
_LINES = re.compile(rf"(?<=^\)\n)(?:# (?:{_WORDS}): [^\n]*\n)+", re.MULTILINE)
