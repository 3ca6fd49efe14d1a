"""A diffusers folder, read part by part with the classes of its family, whatever classes the folder names.

`from_pretrained` of a pipeline imports the modules that `model_index.json` names, and some versions of diffusers run
Python files that lie in the folder. Here names are only compared.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from lib_omost.errors import BadInputError, ModelError
from lib_omost.hosts.diffusers.families import family_named
from lib_omost.hosts.diffusers.shared.family import Family
from lib_omost.hosts.diffusers.shared.weights import read_sharded
from lib_omost.reasons import reason

INDEX, MODULAR_INDEX = "model_index.json", "modular_model_index.json"
_VOCABULARIES = ("vocab.json", "tokenizer.json", "spiece.model", "tokenizer.model")
_TEXT_WEIGHTS = ("model{}.safetensors", "pytorch_model{}.bin", "model.safetensors.index{}.json")
# The numbers that make a text encoder, by its class; what else its folder names is not looked at.
TEXT_CONFIGS: Mapping[str, str] = MappingProxyType(
    {
        "CLIPTextModel": "CLIPTextConfig",
        "CLIPTextModelWithProjection": "CLIPTextConfig",
        "T5EncoderModel": "T5Config",
        "Qwen3Model": "Qwen3Config",
        "Qwen3ForCausalLM": "Qwen3Config",
        "Gemma2Model": "Gemma2Config",
        "Qwen2_5_VLForConditionalGeneration": "Qwen2_5_VLConfig",
    }
)
# What reads a tokenizer, by the class that its folder may name.
TOKENIZERS: Mapping[str, str] = MappingProxyType(
    {
        "CLIPTokenizer": "CLIPTokenizer",
        "CLIPTokenizerFast": "CLIPTokenizer",
        "T5Tokenizer": "T5TokenizerFast",
        "T5TokenizerFast": "T5TokenizerFast",
        "GemmaTokenizer": "GemmaTokenizer",
        "GemmaTokenizerFast": "GemmaTokenizer",
        "Qwen2Tokenizer": "Qwen2Tokenizer",
        "Qwen2TokenizerFast": "Qwen2Tokenizer",
    }
)


def read_index(folder: Path) -> tuple[Family, dict[str, str]]:
    """The family of the pipeline and, by part, the class that the folder names for it: one of the family's.

    Raises BadInputError for a folder of another kind or one with classes of its own, ModelError for a damaged one.
    """
    index = _index(folder)
    family = family_named(index["_class_name"])
    named = {part: _class_named(folder, part, index.get(part), own) for part, own in family.parts.items()}
    return family, named


def read_options(folder: Path, family: Family) -> dict[str, bool]:
    """What the folder says of the pipeline itself, as far as its family looks at that. Raises as `read_index` does."""
    index = _index(folder)
    return {name: index[name] is True for name in family.options if name in index}


def _index(folder: Path) -> dict[str, Any]:
    """The folder's table of parts, with the name of its pipeline. Raises as `read_index` does."""
    file = folder / INDEX
    if not file.is_file() and (folder / MODULAR_INDEX).is_file():
        file = folder / MODULAR_INDEX
    if not file.is_file():
        raise BadInputError(f"{folder} has no {INDEX}", hint="give a diffusers folder or a .safetensors file")
    try:
        index: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        index["_class_name"]  # what is no table, or tells no name, is damaged
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ModelError(f"cannot read {file}: {reason(error)}", hint="is the folder complete?") from error
    return index


def read_parts(folder: Path, family: Family, classes: Mapping[str, str], dtype: torch.dtype) -> dict[str, Any]:
    """The parts of a pipeline, on the CPU. `classes` are those of `read_index`.

    Raises ModelError when one is missing, and whatever the libraries raise.
    """
    import diffusers
    import transformers

    for part in ("scheduler", *classes):
        _require(folder / part, part)

    scheduler = getattr(diffusers, family.scheduler)
    parts: dict[str, Any] = {"scheduler": scheduler.from_pretrained(folder / "scheduler", local_files_only=True)}
    for part, name in classes.items():
        where = folder / part
        if "tokenizer" in part:
            known = getattr(transformers, TOKENIZERS[name])
            parts[part] = known.from_pretrained(str(where), local_files_only=True)
        elif name in TEXT_CONFIGS:
            parts[part] = read_text_encoder(where, name, dtype)
        else:
            variant = "fp16" if _takes_half(where, dtype) else None
            parts[part] = getattr(diffusers, name).from_pretrained(
                where, torch_dtype=dtype, variant=variant, local_files_only=True
            )
    return parts


def read_text_encoder(folder: Path, kind: str, dtype: torch.dtype) -> Any:
    """A text encoder of a class of `TEXT_CONFIGS`, from its numbers and tensors alone: no adapter, kernel or quantiser.

    Raises ModelError when tensors are missing, and whatever the libraries raise.
    """
    import transformers

    config_class = getattr(transformers, TEXT_CONFIGS[kind])
    told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = config_class(**_numbers(config_class, told))
    forms = (".fp16", "") if _takes_half(folder, dtype) else ("", ".fp16")
    names = [name.format(form) for form in forms for name in _TEXT_WEIGHTS]
    file = next((folder / name for name in names if (folder / name).is_file()), None)
    if file is None:
        raise ModelError(f"{folder} holds no {names[0]}", hint="is the folder complete?")
    model, info = getattr(transformers, kind).from_pretrained(
        None, config=config, state_dict=dict(read_sharded(file)), dtype=dtype, output_loading_info=True
    )
    if missing := sorted(info["missing_keys"]):
        raise ModelError(f"{file} lacks {missing[0]} and {len(missing) - 1} more", hint="is the folder complete?")
    return model


def _numbers(config_class: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a class of configs itself knows of what a file tells, in its parts too."""
    known = inspect.signature(config_class).parameters.keys()
    parts = getattr(config_class, "sub_configs", {})
    return {
        name: _numbers(parts[name], value) if name in parts and isinstance(value, dict) else value
        for name, value in told.items()
        if name in known
    }


def _class_named(folder: Path, part: str, entry: Any, own: tuple[str, ...]) -> str:
    """The class of one part. Raises BadInputError when the folder names another than one of its `own`."""
    if entry is None:
        raise ModelError(f"cannot load {folder}: it has no {part}", hint="is the folder complete?")
    if isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], dict):  # a modular index says it there
        entry = entry[2].get("type_hint")
    library, name = entry if isinstance(entry, list) and len(entry) == 2 else (None, entry)
    if name in own and library in ("diffusers", "transformers"):
        return str(name)
    raise BadInputError(
        f"{folder} names {str(library)[:80]}.{str(name)[:80]} as its {part}",
        hint=f"no code that a checkpoint names is run: its {part} must be {' or '.join(own)}",
    )


def _require(folder: Path, part: str) -> None:
    """Raise ModelError unless a part is there: of one that is not, the libraries say that the hub does not answer."""
    names: tuple[str, ...] = ("config.json",)
    if part == "scheduler":
        names = ("scheduler_config.json",)
    elif "tokenizer" in part:
        names = _VOCABULARIES
    if not any((folder / name).is_file() for name in names):
        raise ModelError(f"cannot load {folder.parent}: {part}/{names[0]} is missing", hint="is the folder complete?")


def _takes_half(folder: Path, dtype: torch.dtype) -> bool:
    """Whether the half-precision files of a part are read: when half is wanted, or there are no others."""
    weights = [file.name for file in folder.glob("*") if file.suffix in (".safetensors", ".bin")]
    half = [name for name in weights if ".fp16." in name]
    return bool(half) and (dtype == torch.float16 or len(half) == len(weights))
