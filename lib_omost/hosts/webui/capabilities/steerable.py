"""Which families of models can be steered in the WebUI at hand, and the refusal of others with what to choose."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.families import (
    ANIMA,
    CHROMA,
    FLUX,
    FLUX2,
    LUMINA,
    QWEN,
    SAID,
    SD1,
    SD2,
    SD3,
    SDXL,
    Z_IMAGE,
    family_of,
    is_nunchakus,
    webui_name,
)

SOURCES = MappingProxyType(  # of the Forge family's backend, and the argument or layer that the blocks there must have
    {
        ANIMA: ("anima.py", ("cross_attn",)),
        CHROMA: ("chroma.py", ("attn_mask", "attention_function")),
        FLUX: ("flux.py", ("attn_mask", "attention_function")),
        FLUX2: ("flux.py", ("txt_ids_dims",)),
        LUMINA: ("lumina.py", ("x_mask",)),
        QWEN: ("qwen.py", ("attention_mask",)),
        SD3: ("mmditx.py", ("scaled_dot_product_attention",)),
        Z_IMAGE: ("lumina.py", ("z_image",)),
    }
)
ENGINE_OF_SD2 = "diffusion_engine/sd20.py"  # in a backend


def steerable() -> tuple[str, ...]:
    """The families that this WebUI loads and Omost steers in it."""
    found = (SD1, *((SD2,) if _loads_sd2() else ()), SDXL)
    return (*found, *(family for family in SOURCES if is_built(family)))


def is_built(family: str | None) -> bool:
    """Whether the WebUI's code for a family has what its blocks are probed for. Nothing is imported for that."""
    if family is None or family not in SOURCES:
        return False
    file, words = SOURCES[family]
    for folder in _backend():
        with suppress(OSError, ValueError):
            source = (folder / "nn" / file).read_text(encoding="utf-8")
            return any(word in source for word in words)
    return False


def _backend() -> Iterator[Path]:
    return map(Path, getattr(sys.modules.get("backend"), "__path__", ()))


def _loads_sd2() -> bool:
    """By the engine that a backend has for it, elsewhere by the host's list of models' configurations."""
    if "backend" in sys.modules:
        return any((folder / ENGINE_OF_SD2).is_file() for folder in _backend())
    try:
        return hasattr(import_module("modules.sd_models_config"), "config_sd2")
    except ImportError:
        return False


def cannot_steer(kind: str) -> OmostError:
    """The refusal of a kind of model in which text meets image where Omost does not look, in this WebUI."""
    others = [family for family in steerable() if family != kind]
    listed = f"{', '.join(others[:-1])} or {others[-1]}"
    return OmostError(
        f"Omost cannot steer this kind of model ({kind}) in {webui_name()}",
        hint=f"choose a checkpoint of {listed}, or the method plain, which needs no regions",
    )


def cannot_steer_packed(kind: str) -> OmostError:
    """The refusal of a model in Nunchaku's form, of a family that can be steered in its own or not."""
    if kind not in steerable():
        return cannot_steer(f"Nunchaku's {kind}")
    return OmostError(
        f"Omost cannot steer Nunchaku's {kind}: it knows no place for regions in Nunchaku's quantized attention",
        hint="choose the same model's file without quantization, as GGUF or in fp8, or the method plain, "
        "which needs no regions",
    )


def refusal_of(model: Any, module: Any = None) -> OmostError:
    """That of a loaded model, by its class where it is none of the family that it says; module: its denoiser."""
    family = family_of(model)
    if is_nunchakus(module):
        return cannot_steer_packed(family)
    return cannot_steer(type(model).__name__ if family in SAID.values() else family)
