"""Our forward pass of a Llama against transformers' own."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lib_omost.chat.local.composer import made_of
from lib_omost.chat.local.llama import Llama, LlamaShape
from lib_omost.chat.local.reader import Reader

IDS = torch.randint(0, 90, (1, 40), generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module", params=[(4, 2), (3, 1), (2, 2)], ids=str)
def both(request: pytest.FixtureRequest) -> tuple[LlamaForCausalLM, Llama]:
    torch.manual_seed(0)
    heads, kv_heads = request.param
    config = LlamaConfig(
        vocab_size=90,
        hidden_size=8 * heads,
        intermediate_size=24,
        num_hidden_layers=3,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=64,
        rope_theta=500.0,
        initializer_range=0.4,
        tie_word_embeddings=True,
    )
    theirs = LlamaForCausalLM(config).eval()
    weights, shape = made_of(theirs, theirs.state_dict())
    return theirs, Llama(LlamaShape(**shape), weights)


def test_the_scores_are_those_of_transformers(both: tuple[LlamaForCausalLM, Llama]) -> None:
    theirs, ours = both
    wanted = theirs(IDS).logits.detach()
    assert torch.allclose(ours(IDS, past_key_values=None, logits_to_keep=40).logits, wanted, atol=1e-4)
    assert torch.equal(ours(IDS, past_key_values=None).logits.argmax(-1), wanted[:, -1:].argmax(-1))


def test_what_was_read_counts_however_it_was_cut_and_taken_back(both: tuple[LlamaForCausalLM, Llama]) -> None:
    theirs, ours = both
    wanted = theirs(IDS).logits[0].detach()
    reader = Reader(ours)
    tokens = IDS[0].tolist()
    reader.read(tokens[:7])
    reader.read(tokens[7:8])
    reader.read([5, 6, 7, 8])  # a wrong guess
    reader.forget(4)
    assert reader.can_forget
    assert torch.allclose(reader.read(tokens[8:], 32), wanted[8:], atol=1e-4)
    assert reader.tokens == tokens
