"""A picture in text, as the WebUIs' APIs and our page take it."""

from __future__ import annotations

import base64
import io
from typing import Any


def png_in_base64(image: Any, chunks: Any = None) -> str:
    """A Pillow image as a PNG file in base64. chunks: a `PngInfo` of what the file tells beside its pixels."""
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=chunks)
    return base64.b64encode(file.getvalue()).decode()
