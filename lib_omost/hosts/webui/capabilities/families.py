"""How models and WebUIs are called in what people read. Nothing is decided by these names."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lib_omost.errors import OmostError

FLUX, FLUX2, CHROMA, ANIMA = "Flux", "Flux.2", "Chroma", "Anima"
QWEN, LUMINA, SD3 = "Qwen-Image", "Lumina 2 or Z-Image", "SD3"
SOURCES = MappingProxyType(  # of the Forge family's backend, and the argument or layer that the blocks there must have
    {
        FLUX: ("flux.py", ("attn_mask", "attention_function")),
        FLUX2: ("flux.py", ("txt_ids_dims",)),
        CHROMA: ("chroma.py", ("attn_mask", "attention_function")),
        ANIMA: ("anima.py", ("cross_attn",)),
        QWEN: ("qwen.py", ("attention_mask",)),
        LUMINA: ("lumina.py", ("x_mask",)),
        SD3: ("mmditx.py", ("scaled_dot_product_attention",)),
    }
)
PACKED = ".qweight"  # the weights of an engine of its own, Nunchaku's

# a part of a weight's name that tells a family; the first that is found counts
FAMILIES = (
    ("distilled_guidance_layer.", CHROMA),
    ("llm_adapter.", ANIMA),
    ("double_stream_modulation_img.", FLUX2),
    ("double_blocks.", FLUX),
    ("joint_blocks.", SD3),
    (".img_mod.", QWEN),
    ("cap_embedder.", LUMINA),
    ("blocks.0.cross_attn.", "Wan or Cosmos"),
    (".attn2.", "a model with cross-attention"),
)
WAY_OUT = "choose a checkpoint of SD1.x, SD2.x or SDXL, or the method plain, which needs no regions"


def cannot_steer(kind: str) -> OmostError:
    """The refusal of a kind of model in which text meets image where Omost does not look, in this WebUI."""
    return OmostError(f"Omost cannot steer this kind of model ({kind}) in {webui_name()}", hint=WAY_OUT)


def family_of(model: Any) -> str:
    """What a loaded model is: the WebUI's own class for its family."""
    return type(model).__name__


def family_by_weights(names: Iterable[str]) -> str | None:
    """The family of a checkpoint by the names of its weights, None for one that is not known."""
    found = "\n".join(names)
    return next((family for mark, family in FAMILIES if mark in found), None)


def can_be_steered(names: Iterable[str]) -> bool:
    """Whether weights of these names are of a family whose blocks are known, in a WebUI that may build it so."""
    names = tuple(names)
    return _builds(family_by_weights(names)) and not any(name.endswith(PACKED) for name in names)


def _builds(family: str | None) -> bool:
    """Whether the WebUI's code for a family has what its blocks are probed for. Nothing is imported for that."""
    backend = sys.modules.get("backend")
    if family is None or family not in SOURCES or backend is None:
        return False
    file, words = SOURCES[family]
    for folder in getattr(backend, "__path__", ()):
        with suppress(OSError, ValueError):
            source = (Path(folder) / "nn" / file).read_text(encoding="utf-8")
            return any(word in source for word in words)
    return False


def webui_name() -> str:
    """What people call the WebUI in whose process this is."""
    if "modules.shared" not in sys.modules or "modules.sd_models" not in sys.modules:
        return "this WebUI"
    try:
        said = str(getattr(import_module("modules_forge.forge_version"), "version", ""))
    except ImportError:
        return "A1111's WebUI"
    if said.isalpha():
        return f"Forge {said.capitalize()}"
    return "reForge" if "ldm_patched" in sys.modules else "Forge"
