"""Other extensions that work on cross-attention: which of them leave no room for regions, and who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser
from lib_omost.hosts.webui.capabilities.patches import transformer_options


def taken_by(denoiser: WebUIDenoiser, patcher: Any) -> str | None:
    """Why another extension leaves no room for regions in the denoiser (behind its patcher, if it has one), or None."""
    return _patched_by(patcher) or _hooked_by(denoiser)


def _patched_by(patcher: Any) -> str | None:
    """A patch changes what cross-attention reads or gives."""
    patches = transformer_options(patcher).get("patches", {})
    for name in ("attn2_patch", "attn2_output_patch"):
        for patch in patches.get(name, ()):
            return f"another extension ({origin(patch)}) changes what cross-attention reads"
    return None


def _hooked_by(denoiser: WebUIDenoiser) -> str | None:
    """A layer's forward is another's."""
    for layer in denoiser.layers:
        forward = vars(layer.module).get("forward")
        if forward is not None:
            return f"another extension ({origin(forward)}) replaces the forward of cross-attention"
    return None


def origin(patch: object) -> str:
    """The extension that a patch comes from: the name of its folder, else of its module."""
    function = getattr(patch, "func", patch)  # of a functools.partial
    code = getattr(function, "__code__", None) or getattr(type(patch).__call__, "__code__", None)
    parts = Path(code.co_filename).parts if code is not None else ()
    for folder in ("extensions", "extensions-builtin"):
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1]
    return str(getattr(function, "__module__", None) or type(patch).__module__)
