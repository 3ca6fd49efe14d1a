"""Reading what the user names and writing what they asked for."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from lib_omost.disk import write_whole
from lib_omost.errors import BadInputError

# What a file begins with that says how it is encoded; UTF-32's little-endian mark begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHOWN = 300  # characters of a name
MOST_BYTES = 16 * 2**20  # a chat of hundreds of rounds is under 1 MiB


def read_text(name: str) -> str:
    """The text of a file, or of stdin for "-", in UTF-8 or in what the mark at its beginning says.

    Raises BadInputError when it is missing, huge or no such text.
    """
    try:
        data = sys.stdin.buffer.read(MOST_BYTES + 1) if name == "-" else _read_bytes(Path(name))
    except (OSError, ValueError) as error:  # a name with a NUL in it is no name
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise BadInputError(f"cannot read {name[:_SHOWN]}: {why}") from error
    if len(data) > MOST_BYTES:
        raise BadInputError(f"{name} is over {MOST_BYTES >> 20} MiB", hint="give the reply or the chat alone")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInputError(
            f"{name}, line {line}: not {'UTF-8' if encoding == 'utf-8-sig' else encoding.upper()} text",
            hint="save the file as UTF-8",
        ) from error


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole: an old one is replaced only when the new one is complete. Folders are made.

    Raises OmostError, with the folder and what to do.
    """
    write_whole(path, data, what=path.name)


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of UTF-8 text, newlines as they are."""
    write_bytes(path, text.encode("utf-8"))
