"""The styles that the WebUI keeps, as its list at the prompt box has them."""

from __future__ import annotations

from collections.abc import Mapping

from lib_omost.canvas.styles import NamedStyle


def styles_of_host() -> Mapping[str, NamedStyle]:
    """By name; none where a WebUI keeps them in another way. Lines that part its list have neither prompt."""
    from modules import shared

    kept = getattr(getattr(shared, "prompt_styles", None), "styles", None)
    found: dict[str, NamedStyle] = {}
    for name, style in (kept if isinstance(kept, Mapping) else {}).items():
        prompt, negative = (getattr(style, field, None) for field in ("prompt", "negative_prompt"))
        if prompt is not None or negative is not None:
            found[str(name)] = NamedStyle(str(prompt or ""), str(negative or ""))
    return found
