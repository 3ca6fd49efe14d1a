"""What a checkpoint's name and kind tell of what suits it. Families that differ in what they were trained on alone are
told by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_omost.auto import AUTO
from lib_omost.data_folder import data_folder
from lib_omost.families.table import Row, own_rows, shipped_rows
from lib_omost.prompts.styles import TagStyle

OWN_FILE = "families.json"  # in the data folder
_WORD = re.compile(
    r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+"
)  # of "ponyDiffusionV6XL": pony, Diffusion, V6, XL


@dataclass(frozen=True)
class Defaults:
    """What suits a checkpoint where nothing was chosen; fields as in `Row`."""

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


def defaults_in(rows: Iterable[Row], checkpoint: str, kind: str = "") -> Defaults:
    """The same by the rows of a table, the last of which says all."""
    known = list(rows_for(rows, checkpoint, kind))

    def first(name: str) -> Any:
        return next(value for row in known if (value := getattr(row, name)) is not None)

    return Defaults(TagStyle(first("style")), first("method"), first("word_weight"), first("start_noise"))


def rows_for(rows: Iterable[Row], checkpoint: str, kind: str = "") -> list[Row]:
    """Those that hold for a checkpoint, in their order. Those of a kind hold where the model is known to be of it."""
    words = [word.lower() for word in _WORD.findall(checkpoint)]
    letters = "".join(words)
    from_each = ["".join(words[place:]) for place in range(len(words))]
    return [row for row in rows if (not row.kinds or kind in row.kinds) and _tells(row, letters, from_each)]


def own_file() -> Path:
    """The user's own table, which need not be there."""
    return data_folder() / OWN_FILE


def letters_of(checkpoint: str) -> str:
    """The letters and digits of a name, as `Row.tells` has them."""
    return "".join(word.lower() for word in _WORD.findall(checkpoint))


def _tells(row: Row, letters: str, from_each: list[str]) -> bool:
    if not row.tells and not row.begins:
        return True
    return any(word in letters for word in row.tells) or any(rest.startswith(row.begins) for rest in from_each)


def style_for(named: str, checkpoint: str) -> TagStyle:
    """The tag style that a setting means: by the checkpoint's name where it says AUTO."""
    return defaults_of(checkpoint).style if named == AUTO else TagStyle(named)
