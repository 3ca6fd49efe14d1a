"""What a checkpoint's name and kind tell of what suits it. Families that differ in what they were trained on alone are
told by their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_omost.data_folder import data_folder
from lib_omost.defaults.table import FamilyRow, letters_of, own_rows, shipped_rows, words_of
from lib_omost.errors import BadInputError
from lib_omost.methods.names import preferring
from lib_omost.prompts.styles import TagStyle

OWN_FILE = "families.json"  # in the data folder
_ENDINGS = ("safetensors", "ckpt", "pth", "pt", "bin")  # of files


@dataclass(frozen=True)
class Defaults:
    """What suits a checkpoint where nothing was chosen; fields as in `FamilyRow`."""

    style: TagStyle
    method: str
    word_weight: float
    start_noise: float


def defaults_of(checkpoint: str, kind: str = "") -> Defaults:
    """By the name of a checkpoint's file and the kind of its model, as far as these are known.

    Each value is that of the first row which knows both and says it, the user's own rows first. Raises BadInputError
    where the user's own table cannot be used.
    """
    return defaults_in((*own_rows(own_file()), *shipped_rows()), checkpoint, kind)


def methods_for(methods: tuple[str, ...], checkpoint: str, kind: str = "") -> tuple[str, ...]:
    """Those that a model can do, the one that suits it first; by the shipped rows where the user's cannot be used."""
    try:
        suits = defaults_of(checkpoint, kind)
    except BadInputError:  # whoever draws is told
        suits = defaults_in(shipped_rows(), checkpoint, kind)
    return preferring(suits.method, methods)


def defaults_in(rows: Iterable[FamilyRow], checkpoint: str, kind: str = "") -> Defaults:
    """The same by the rows of a table, the last of which says all."""
    known = list(rows_for(rows, checkpoint, kind))

    def first(name: str) -> Any:
        return next(value for row in known if (value := getattr(row, name)) is not None)

    return Defaults(TagStyle(first("style")), first("method"), first("word_weight"), first("start_noise"))


def rows_for(rows: Iterable[FamilyRow], checkpoint: str, kind: str = "") -> list[FamilyRow]:
    """Those that hold for a checkpoint, in their order. Those of a kind hold where the model is known to be of it."""
    words = words_of(checkpoint)
    from_each = ["".join(words[place:]) for place in range(len(words))]
    return [row for row in rows if (not row.kinds or letters_of(kind) in row.kinds) and _tells(row, from_each)]


def own_file() -> Path:
    """The user's own table, which need not be there."""
    return data_folder() / OWN_FILE


def _tells(row: FamilyRow, from_each: list[str]) -> bool:
    letters = from_each[0] if from_each else ""
    if not (row.named or row.tells or row.begins):
        return True
    return (
        any(letters.removesuffix(ending) in row.named for ending in ("", *_ENDINGS))
        or any(word in letters for word in row.tells)
        or any(rest.startswith(row.begins) for rest in from_each)
    )
