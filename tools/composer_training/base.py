"""The model that is trained: a folder of transformers, or SmolLM2 from the package index, converted once."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch

from composer_training.settings import Settings
from lib_omost.chat.local.load import load_embedded_model


def load_base(settings: Settings, run: Path) -> tuple[Any, Any]:
    """A causal model, on a graphics card if there is one, and its tokenizer.

    Without a folder in the settings it is the embedded model, which the run keeps in `base`. Weights that are all
    trained are kept in float32.
    """
    base = settings.base
    dtype = getattr(torch, settings.dtype) if settings.rank else torch.float32
    transformers = importlib.import_module("transformers")
    folder = Path(base) if base else run / "base"
    if not base and not (folder / "config.json").exists():
        _convert_embedded(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # torch's fused attention is slow in bfloat16 on a CPU: without it a step takes a sixth less
    attention = {} if device == "cuda" else {"attn_implementation": "eager"}
    model = transformers.AutoModelForCausalLM.from_pretrained(
        str(folder), local_files_only=True, dtype=dtype, **attention
    )
    return model.to(device), tokenizer


def _convert_embedded(folder: Path) -> None:
    """The embedded model's weights in bfloat16: reading them from the GGUF takes a quarter of a minute every time."""
    transformers = importlib.import_module("transformers")
    loaded = load_embedded_model()
    config = loaded.network.config
    quantised = ("quantization_config", "dtype", "torch_dtype")
    plain = type(config)(**{name: value for name, value in config.to_dict().items() if name not in quantised})
    model = transformers.AutoModelForCausalLM.from_config(plain)
    model.load_state_dict(loaded.network.state_dict())
    model.tie_weights()
    partial = folder.with_name(folder.name + ".part")
    model.to(torch.bfloat16).save_pretrained(partial)
    loaded.tokenizer.save_pretrained(partial)
    partial.rename(folder)
