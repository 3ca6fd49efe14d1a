"""How models and WebUIs are called in what people read. Nothing is decided by these names."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from types import MappingProxyType
from typing import Any

SD1, SD2, SDXL = "SD1.x", "SD2.x", "SDXL"
FLUX, FLUX2, CHROMA, ANIMA = "Flux", "Flux.2", "Chroma", "Anima"
QWEN, LUMINA, Z_IMAGE, SD3 = "Qwen-Image", "Lumina 2", "Z-Image", "SD3"
SAID = MappingProxyType({"is_sd1": SD1, "is_sd2": SD2, "is_sdxl": SDXL})  # what WebUIs say of a loaded model
CLASSES = MappingProxyType(  # WebUIs' own, where they are not called as their family is
    {
        "Flux2": FLUX2,
        "Lumina2": LUMINA,
        "QwenImage": QWEN,
        "SD3Inferencer": SD3,
        "StableDiffusion3": SD3,
        "ZImage": Z_IMAGE,
    }
)
PACKED = ".qweight"  # the end of a weight's name in Nunchaku's files

# a part of a weight's name that tells a family; the first that is found counts
FAMILIES = (
    ("distilled_guidance_layer.", CHROMA),
    ("llm_adapter.", ANIMA),
    ("double_stream_modulation_img.", FLUX2),
    ("double_blocks.", FLUX),
    ("single_transformer_blocks.", FLUX),
    ("joint_blocks.", SD3),
    (".img_mod.", QWEN),
    ("cap_pad_token", Z_IMAGE),
    ("cap_embedder.", LUMINA),
    ("blocks.0.cross_attn.q_proj.", "Cosmos"),
    ("blocks.0.cross_attn.q.", "Wan"),
    ("conditioner.embedders.", SDXL),
    ("cond_stage_model.model.", SD2),
    ("cond_stage_model.transformer.", SD1),
)


def family_of(model: Any) -> str:
    """What a loaded model is, by the name that its file has, too; of an unknown kind the WebUI's own class."""
    name = type(model).__name__
    said = (kind for flag, kind in SAID.items() if getattr(model, flag, False))
    return next(said, CLASSES.get(name, name))


def family_by_weights(names: Iterable[str]) -> str | None:
    """The family of a checkpoint by the names of its weights, None for one that is not known."""
    found = "\n".join(names)
    return next((family for mark, family in FAMILIES if mark in found), None)


def is_packed(names: Iterable[str]) -> bool:
    """Whether weights of these names are Nunchaku's."""
    return any(name.endswith(PACKED) for name in names)


def is_nunchakus(module: Any) -> bool:
    """Whether layers of Nunchaku's are in a loaded denoiser."""
    kinds = {kind for layer in getattr(module, "modules", tuple)() for kind in type(layer).__mro__}
    return any(kind.__module__.split(".")[0] == "nunchaku" for kind in kinds)


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
