"""The table: rows of JSON, checked as they are read. Each says what it knows and leaves the rest to those below."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lib_omost.auto import AUTO
from lib_omost.errors import BadInputError
from lib_omost.methods.names import METHOD_NAMES
from lib_omost.prompts.styles import TagStyle

SHIPPED = Path(__file__).with_name("table.json")
MOST_WEIGHT, MOST_NOISE = 20.0, 10.0
_WORD = re.compile(
    r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+"
)  # of "ponyDiffusionV6XL": pony, Diffusion, V6, XL
_STYLES = tuple(style.value for style in TagStyle)
_METHODS = (AUTO, *METHOD_NAMES)


@dataclass(frozen=True)
class FamilyRow:
    """What is known of one family; a field that is None is another row's to say.

    named: whole names of checkpoints. tells: what is in their names, whatever is around. begins: what a word of one
    begins with. A row without any of the three holds for every name. kinds: of models, as SD1.x and SDXL; () is any.
    All four as `letters_of` has them.
    style: a tag style. method: a method's name, AUTO is the model's own first. word_weight: added to the scores of a
    region's own words by the method sketch. start_noise: σ of its start for each cell of the latent in the mean side
    of the regions. source: where all that is from.
    """

    name: str
    named: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    style: str | None = None
    method: str | None = None
    word_weight: float | None = None
    start_noise: float | None = None
    source: str = ""


_KEYS = {"from" if field.name == "source" else field.name: field.name for field in fields(FamilyRow)}


@functools.cache
def shipped_rows() -> tuple[FamilyRow, ...]:
    """Those that the package brings; the last holds for all and says all."""
    return read_rows(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)


def own_rows(file: Path) -> tuple[FamilyRow, ...]:
    """The user's, none without the file. Raises BadInputError where it cannot be read or used."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{file} cannot be read: {error}", hint="mend or remove it") from error
    return read_rows(text, str(file))


def read_rows(text: str, file: str) -> tuple[FamilyRow, ...]:
    """The rows of a table. Raises BadInputError with the place where it cannot be used."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{file} is no JSON: {error}", hint="mend or remove it") from error
    if not isinstance(read, list):
        raise BadInputError(f"{file} holds no list of families", hint="mend or remove it")
    return tuple(_row(one, f"{file}, family {number}") for number, one in enumerate(read, 1))


def written(rows: tuple[FamilyRow, ...]) -> str:
    """The text that `read_rows` reads as `rows`."""
    keys = {attribute: key for key, attribute in _KEYS.items()}
    said = [{keys[name]: value for name, value in vars(row).items() if value not in (None, (), "")} for row in rows]
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def words_of(checkpoint: str) -> list[str]:
    """The words of a name, in small letters: pony, diffusion, v6, xl of "ponyDiffusionV6XL"."""
    return [word.lower() for word in _WORD.findall(checkpoint)]


def letters_of(checkpoint: str) -> str:
    """The letters and digits of a name, without marks and capitals."""
    return "".join(words_of(checkpoint))


def _row(read: Any, place: str) -> FamilyRow:
    if not isinstance(read, dict) or not isinstance(read.get("name"), str) or not read["name"].strip():
        raise BadInputError(f"{place} has no name", hint='a family is {"name": …} with what is known of it')
    unknown = [key for key in read if key not in _KEYS]
    if unknown:
        raise BadInputError(f"{place} says {unknown[0]!r}, which is not known", hint=f"known are {', '.join(_KEYS)}")
    values = {_KEYS[key]: _value(key, value, place) for key, value in read.items() if value is not None}
    return FamilyRow(**values)


def _value(key: str, value: Any, place: str) -> Any:
    if key in ("named", "tells", "begins", "kinds"):
        texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
        words = tuple(letters_of(one) for one in texts)
        if not isinstance(value, list) or len(texts) != len(value) or not all(words):
            raise BadInputError(f"{place}: {key} is no list of words", hint=f'write it as ["…"], not {value!r:.60}')
        return words
    if key in ("word_weight", "start_noise"):
        most = MOST_WEIGHT if key == "word_weight" else MOST_NOISE
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= most:
            raise BadInputError(f"{place}: {key} is {value!r:.60}", hint=f"it is a number from 0 to {most:g}")
        return float(value)
    known = {"style": _STYLES, "method": _METHODS}.get(key)
    if not isinstance(value, str) or (known is not None and value not in known):
        raise BadInputError(
            f"{place}: {key} is {value!r:.60}", hint=f"choose {', '.join(known)}" if known else "it is a text"
        )
    return value
