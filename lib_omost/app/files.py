"""Reading what the user names and writing what they asked for."""

from __future__ import annotations

import sys
from pathlib import Path

from lib_omost import disk
from lib_omost.errors import BadInputError
from lib_omost.texts import text_of

_SHOWN = 300  # characters of a name
MOST_BYTES = 16 * 2**20  # a chat of hundreds of rounds is under 1 MiB


def read_text(name: str) -> str:
    """The text of a file, or of stdin for "-", in UTF-8 or in what the mark at its beginning says.

    Raises BadInputError when it is missing, huge or no such text.
    """
    return text_of(read_data(name), name)


def read_data(name: str, *, most: int = MOST_BYTES, smaller: str = "give the reply or the chat alone") -> bytes:
    """The bytes of a file, or of stdin for "-".

    Raises BadInputError when it is missing, or has over `most` bytes, with `smaller` as what to do.
    """
    try:
        data = sys.stdin.buffer.read(most + 1) if name == "-" else _read_bytes(Path(name), most + 1)
    except (OSError, ValueError) as error:  # a name with a NUL in it is no name
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise BadInputError(f"cannot read {name[:_SHOWN]}: {why}") from error
    if len(data) > most:
        raise BadInputError(f"{name} is over {most >> 20} MiB", hint=smaller)
    return data


def _read_bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def require_writable(path: Path) -> None:
    """Raise OmostError, before the work, for a place that `write_bytes` cannot write to; an old file stays."""
    disk.require_writable(path, what=path.name)


def write_bytes(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file whole: an old one is replaced only when the new one is complete. Folders are made.

    A `private` file is its owner's alone.

    Raises OmostError, with the folder and what to do.
    """
    disk.write_whole(path, data, what=path.name, private=private)


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """`write_bytes` of UTF-8 text, newlines as they are."""
    write_bytes(path, text.encode("utf-8"), private=private)
