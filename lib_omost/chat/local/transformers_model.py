"""A language model on transformers: its chat template is the prompt's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llguidance.hf

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.local.decoding_model import DecodingModel
from lib_omost.chat.model import Message
from lib_omost.chat.models.parameters import TINY
from lib_omost.errors import ModelError


class TransformersModel(DecodingModel):
    """A `LanguageModel` on a causal model of transformers and its fast tokenizer.

    `bounds` are those of the Canvas grammar that `reply` holds it to; None leaves it free. Raises ModelError when the
    tokenizer has no chat template or is a slow one.
    """

    def __init__(self, model: Any, tokenizer: Any, *, knows_canvas: bool = False, bounds: Bounds | None = None) -> None:
        if not tokenizer.is_fast:
            raise ModelError("the model's tokenizer is a slow one", hint="choose a model that has a tokenizer.json")
        if not tokenizer.chat_template:
            raise ModelError("the model has no chat template", hint="choose an instruct or chat model")
        ends = _end_tokens(model, tokenizer)
        vocabulary = llguidance.hf.from_tokenizer(
            tokenizer, n_vocab=int(model.config.vocab_size), eos_token=sorted(ends)
        )
        longest = int(model.config.max_position_embeddings)
        is_small = sum(weight.numel() for weight in model.parameters()) < TINY
        super().__init__(model, vocabulary, ends, longest, knows_canvas=knows_canvas, is_small=is_small, bounds=bounds)
        self.tokenizer = tokenizer

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of these messages, up to where the reply begins."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        goes_on = bool(messages) and messages[-1].role == "assistant"
        end = {"continue_final_message": True} if goes_on else {"add_generation_prompt": True}
        return list(self.tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False, **end))


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a turn; Llama 3 has two."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    several = configured if isinstance(configured, (list, tuple)) else [configured]
    return frozenset(int(token) for token in (*several, tokenizer.eos_token_id) if token is not None)
