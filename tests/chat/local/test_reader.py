from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import LlamaForCausalLM

from lib_omost.chat.local.reader import Reader

prompts = st.lists(st.integers(0, 2), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(prompts, min_size=1, max_size=4))
def test_reading_on_gives_the_scores_of_reading_anew(tiny_llama: LlamaForCausalLM, asked: list[list[int]]) -> None:
    reader = Reader(tiny_llama)
    for prompt in asked:
        unread = reader.rewind(prompt)
        assert unread
        assert reader.tokens + unread == prompt
        scores = reader.read(unread)
        with torch.inference_mode():
            expected = tiny_llama(torch.tensor([prompt])).logits[0, -1]
        assert scores.shape == (1, *expected.shape)
        assert torch.allclose(scores[-1], expected, atol=1e-4)


@pytest.mark.parametrize(("then", "unread"), [([1, 2, 3], [3]), ([1, 2], [2]), ([1, 5, 6], [5, 6]), ([7], [7])])
def test_only_what_is_new_is_read(tiny_llama: LlamaForCausalLM, then: list[int], unread: list[int]) -> None:
    reader = Reader(tiny_llama)
    reader.read(reader.rewind([1, 2, 3]))
    assert reader.rewind(then) == unread
