"""The composer: the embedded model with the adapter that was trained for plans and edits, in one file of weights.

Making that file takes a quarter of a minute, since the package holds a quantised GGUF; it is kept, and made anew when
base or adapter change. From it the model is there in some seconds, and transformers is never imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import llguidance
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer

from lib_omost.chat.local.adapter import adapter_file, merged, read_adapter
from lib_omost.chat.local.decoding_model import DecodingModel
from lib_omost.chat.local.llama import Llama, LlamaShape
from lib_omost.chat.local.load import embedded_file, load_embedded_model
from lib_omost.chat.model import Message
from lib_omost.disk import in_place_of

_FORM = 1  # of the kept file
_TOKENIZER = "tokenizer"  # a tensor of bytes among the weights: one file is whole or is not there
_NAMES = {  # of a layer, ours: transformers', below each other where there are several
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "out": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
    "before_attention": ("input_layernorm",),
    "before_mlp": ("post_attention_layernorm",),
}


class ComposerModel(DecodingModel):
    """The composer on a network of ours. What it is asked is a plain prompt: it knows no turns."""

    def __init__(self, network: Llama, tokenizer: str, end: int) -> None:
        vocabulary = llguidance.LLTokenizer(tokenizer, n_vocab=network.vocabulary_size, eos_token=end)
        super().__init__(network, vocabulary, frozenset({end}), network.shape.longest, is_small=True, composes=True)
        self._tokenizer = Tokenizer.from_str(tokenizer)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of each text, one behind the other: the reply begins with a token of its own."""
        encoded = (self._tokenizer.encode(message.content, add_special_tokens=False) for message in messages)
        return [token for each in encoded for token in each.ids]


def load_composer(kept: Path | None, *, on_cpu: bool = False) -> ComposerModel:
    """The composer from its file in the folder `kept`, which is made when it is not there; None keeps nothing.

    Raises MissingPackageError or ModelError when the base is not there or cannot be used, AdapterError for the adapter.
    """
    device = torch.device("cuda" if torch.cuda.is_available() and not on_cpu else "cpu")
    dtype = _dtype(device)
    file = None if kept is None else kept / f"{_digest(dtype)}.safetensors"
    found = None if file is None else _read(file)
    weights, about = found or _made(dtype)
    if found is None and file is not None:
        _keep(file, weights, about)
    tokenizer = weights.pop(_TOKENIZER).numpy().tobytes().decode()
    network = Llama(LlamaShape(**about["shape"]), {name: weight.to(device) for name, weight in weights.items()})
    return ComposerModel(network, tokenizer, about["end"])


def _dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device has instructions for it: elsewhere it is several times slower than float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported", "_is_arm_bf16_supported")
    found = (getattr(torch.cpu, probe, None) for probe in probes)
    return torch.bfloat16 if any(probe() for probe in found if probe is not None) else torch.float32


def _digest(dtype: torch.dtype) -> str:
    """Names the file: another adapter, base, type or form has another one."""
    base = embedded_file().stat()
    parts = hashlib.sha256(f"{_FORM} {dtype} {base.st_size} {base.st_mtime_ns} ".encode())
    with contextlib.suppress(OSError):  # `_made` says what is wrong with it
        parts.update(adapter_file().read_bytes())
    return parts.hexdigest()[:32]


def _read(file: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The weights and what is said about them; None when they are not there or the file is damaged."""
    try:
        with safe_open(file, "pt") as opened:
            about = json.loads(opened.metadata()["composer"])
            return {name: opened.get_tensor(name) for name in opened.keys()}, about  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def _made(dtype: torch.dtype) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The weights, in our names, of the base and the adapter together."""
    adapter = read_adapter(adapter_file())
    base = load_embedded_model()
    weights, shape = made_of(base.network, merged(base.network.state_dict(), adapter))
    weights = {name: weight.to(dtype).contiguous() for name, weight in weights.items()}
    tokenizer = base.tokenizer.backend_tokenizer.to_str().encode()
    weights[_TOKENIZER] = torch.frombuffer(bytearray(tokenizer), dtype=torch.uint8)
    return weights, {"shape": shape, "end": int(base.tokenizer.eos_token_id)}


def made_of(model: Any, theirs: Mapping[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """What `Llama` needs, its weights and the fields of its shape, of a Llama of transformers and weights for it."""
    config = model.config
    layers = int(config.num_hidden_layers)
    shape = LlamaShape(
        layers=layers,
        heads=int(config.num_attention_heads),
        kv_heads=int(config.num_key_value_heads),
        head=int(config.hidden_size // config.num_attention_heads),
        epsilon=float(config.rms_norm_eps),
        theta=_theta(config),
        longest=int(config.max_position_embeddings),
    )
    ours = {"embedding": theirs["model.embed_tokens.weight"], "norm": theirs["model.norm.weight"]}
    for layer in range(layers):
        for name, parts in _NAMES.items():
            ours[f"{layer}.{name}"] = torch.cat([theirs[f"model.layers.{layer}.{part}.weight"] for part in parts])
    return ours, asdict(shape)


def _theta(config: Any) -> float:
    """The base of the rotations; before transformers 5 it has another place."""
    said = getattr(config, "rope_parameters", None) or {"rope_theta": getattr(config, "rope_theta", None)}
    return float(said["rope_theta"])


def _keep(file: Path, weights: Mapping[str, torch.Tensor], about: Mapping[str, Any]) -> None:
    """Keep the file for the next start, in place of older ones; one that cannot be kept is made again then."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with in_place_of(file) as scratch:
            save_file(dict(weights), scratch, {"composer": json.dumps(about)})
    except (OSError, SafetensorError) as error:
        sys.stderr.write(f"the composer's weights cannot be kept in {file.parent}: {error}\n")
        return
    for other in file.parent.iterdir():
        if other != file:
            with contextlib.suppress(OSError):  # on Windows another program may hold it
                other.unlink()
