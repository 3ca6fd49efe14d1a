"""Texts from files, whatever program wrote them."""

from __future__ import annotations

import codecs

from lib_omost.errors import BadInputError

# What a file begins with that says how it is encoded; UTF-32's little-endian mark begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_of(data: bytes, name: str) -> str:
    """A file's text, in UTF-8 or in what the mark at its beginning says. Raises BadInputError, with `name` and line."""
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInputError(
            f"{name}, line {line}: not {'UTF-8' if encoding == 'utf-8-sig' else encoding.upper()} text",
            hint="save the file as UTF-8",
        ) from error
