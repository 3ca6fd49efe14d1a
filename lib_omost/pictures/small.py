"""A picture as it is sent to a model: no larger than that needs, and nothing of the file but its pixels."""

from __future__ import annotations

import io
import warnings

from lib_omost.errors import BadInputError

MOST_SIDE = 1024  # pixels; vision models see no finer
MOST_PIXELS = 64_000_000  # of a file that is opened
_FORMATS = ("PNG", "JPEG", "WEBP")


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height of what `small_png` gave."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return int(image.width), int(image.height)


def small_png(file: bytes) -> bytes:
    """The picture in a PNG, JPEG or WebP file as a PNG of at most MOST_SIDE pixels a side.

    Raises BadInputError when it is none, is damaged, or has too many pixels.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(file), formats=_FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    size = f"{image.width} × {image.height}"
                    raise BadInputError(f"the picture is too large: {size} pixels", hint="choose a smaller one")
                image.draft("RGB", (MOST_SIDE, MOST_SIDE))  # a JPEG is read smaller at once
                small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInputError("this is no picture that can be read", hint="choose a PNG, JPEG or WebP file") from error
    small.thumbnail((MOST_SIDE, MOST_SIDE))
    written = io.BytesIO()
    small.save(written, "PNG")
    return written.getvalue()
