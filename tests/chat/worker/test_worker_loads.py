"""Real models, and one in a real worker: tiny, random, shaped like Llama 3 and Phi 3, quantised by bitsandbytes."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedTokenizerFast,
)

from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.local.load import load_model
from lib_omost.chat.model import Message, Sampling
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.service.message import replying
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker
from lib_omost.errors import MissingPackageError, WorkerError

BOUNDS = Bounds(regions=(1, 1), items=(0, 0), sentence=4, tags=4, mood=4)
BNB = pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")


def shape(kind: str, tokenizer: PreTrainedTokenizerFast) -> Any:
    """Grouped-query attention as in Llama 3 (4 heads to a key), or Phi 3's fused projections."""
    torch.manual_seed(0)
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 8,
        "num_key_value_heads": 2 if kind == "llama" else 8,
        "max_position_embeddings": 8192,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.eos_token_id,
    }
    return LlamaForCausalLM(LlamaConfig(**sizes)) if kind == "llama" else Phi3ForCausalLM(Phi3Config(**sizes))


def quantised(kind: str, bits: int, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    """A folder like the Omost repositories': quantised weights, and how they are so in config.json."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    plain, packed = folder / "plain", folder / "packed"
    shape(kind, tokenizer).half().save_pretrained(plain)
    how = (
        BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float16)
        if bits == 4
        else BitsAndBytesConfig(load_in_8bit=True)
    )
    model = AutoModelForCausalLM.from_pretrained(plain, quantization_config=how, device_map={"": "cpu"})
    model.save_pretrained(packed)
    tokenizer.save_pretrained(packed)
    return packed


@BNB
@pytest.mark.parametrize(("kind", "bits"), [("llama", 4), ("phi", 8), ("llama", 8), ("phi", 4)])
def test_a_folder_that_was_quantised_is_loaded_as_it_is(
    byte_tokenizer: PreTrainedTokenizerFast, tmp_path: Path, kind: str, bits: int
) -> None:
    folder = quantised(kind, bits, byte_tokenizer, tmp_path)
    assert json.loads((folder / "config.json").read_text())["quantization_config"]["quant_method"] == "bitsandbytes"
    model = load_model(folder, on_cpu=True)
    layer = model.network.model.layers[0].self_attn.o_proj
    assert type(layer).__name__ == ("Linear4bit" if bits == 4 else "Linear8bitLt")
    pieces = list(model.stream((Message("user", "hello"),), Sampling(max_new_tokens=4, seed=0)))
    assert pieces[-1].tokens > 0


def test_a_quantised_folder_names_the_package_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text('{"quantization_config": {"quant_method": "bitsandbytes"}}')
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "bitsandbytes" else real(name))
    with pytest.raises(MissingPackageError, match="bitsandbytes"):
        load_model(tmp_path)


@pytest.fixture(scope="module")
def worker(
    byte_tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ManagedWorker]:
    folder = tmp_path_factory.mktemp("tiny")
    shape("llama", byte_tokenizer).save_pretrained(folder)
    byte_tokenizer.save_pretrained(folder)
    spec = ModelSpec("tiny", Source.PATH, str(folder), knows_canvas=True, bounds=BOUNDS)
    one = ManagedWorker(spec, launch=Launch(offline=True))
    yield one
    one.close()


def test_a_chat_through_a_worker_gives_a_canvas_and_goes_on(worker: ManagedWorker) -> None:
    model = worker.ready()
    assert model is not None
    asked = Conversation().ask("a circle, 'quoted', 猫 🙂")
    pieces = list(replying(model, asked).pieces(Sampling(seed=1)))
    text = "".join(piece.text for piece in pieces)
    parsed = parse_reply(text)
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert pieces[-1].forwards < pieces[-1].tokens  # the worker's own counts came through
    assert "".join(piece.text for piece in replying(model, asked).pieces(Sampling(seed=1))) == text
    conversation, begun = asked.answer(text[:200]).continue_reply()
    rest = "".join(piece.text for piece in replying(model, conversation, begun).pieces(Sampling(seed=2)))
    assert parse_reply(begun + rest).problems == ()


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    one = ManagedWorker(ModelSpec("none", Source.PATH, str(tmp_path)), launch=Launch(offline=True))
    try:
        with pytest.raises(WorkerError, match="cannot be loaded"):
            one.ready()
    finally:
        one.close()
