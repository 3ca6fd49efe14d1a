"""A language model that runs here, on transformers: streamed, stoppable, and held to the Canvas grammar on request."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import llguidance.hf
import torch

from lib_omost.chat.bounds import Bounds
from lib_omost.chat.constraint import Constraint, GrammarConstraint, Unconstrained
from lib_omost.chat.conversation import CONTEXT_TO_TRUST
from lib_omost.chat.model import Message, Piece, Sampling, never
from lib_omost.chat.reader import Reader
from lib_omost.chat.sampler import draw_token
from lib_omost.errors import ModelError

PASS_TOKENS = 512  # most tokens a forward pass reads; the user may stop between two passes


class TransformersModel:
    """A `LanguageModel` on a causal model of transformers and its fast tokenizer.

    `bounds` are those of the Canvas grammar that `reply` holds it to; None leaves it free. Raises ModelError when the
    tokenizer has no chat template or is a slow one.
    """

    def __init__(self, model: Any, tokenizer: Any, *, knows_canvas: bool = False, bounds: Bounds | None = None) -> None:
        if not tokenizer.is_fast:
            raise ModelError("the model's tokenizer is a slow one", hint="choose a model that has a tokenizer.json")
        if not tokenizer.chat_template:
            raise ModelError("the model has no chat template", hint="choose an instruct or chat model")
        self.knows_canvas = knows_canvas
        self.bounds = bounds
        self.context_tokens = min(CONTEXT_TO_TRUST, int(model.config.max_position_embeddings))
        self._model = model
        self._reader: Reader | None = None
        self._tokenizer = tokenizer
        self._ends = _end_tokens(model, tokenizer)
        self._vocabulary = llguidance.hf.from_tokenizer(
            tokenizer, n_vocab=int(model.config.vocab_size), eos_token=sorted(self._ends)
        )

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, exactly."""
        return len(self._prompt(messages))

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: str | None = None,
    ) -> Iterator[Piece]:
        """Yield the reply as it is written; a piece without text tells that a part of the prompt was read.

        Ends when the model ends the reply, at `max_new_tokens` or the end of the context, or once `should_stop()` is
        true, which is asked before every forward pass. Raises ModelError when the prompt fills the context, a pass
        fails or the grammar cannot be used.
        """
        prompt = self._prompt(messages)
        most = min(sampling.max_new_tokens, self.context_tokens - len(prompt))
        if most < 1:
            raise ModelError(
                f"the prompt has {len(prompt)} tokens and the model reads {self.context_tokens}",
                hint="shorten the message or start a new conversation",
            )
        constraint: Constraint = Unconstrained() if grammar is None else GrammarConstraint(self._vocabulary, grammar)
        # Whoever streams owns the reader; the next reply whose prompt begins alike reads on from there.
        reader, self._reader = self._reader or Reader(self._model), None
        yield from self._write(reader, prompt, replace(sampling, max_new_tokens=most), should_stop, constraint)
        self._reader = reader

    def _write(
        self,
        reader: Reader,
        prompt: list[int],
        sampling: Sampling,
        should_stop: Callable[[], bool],
        constraint: Constraint,
    ) -> Iterator[Piece]:
        most = sampling.max_new_tokens
        generator = _generator(sampling.seed)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        unread = reader.rewind(prompt)
        tokens = forwards = 0

        def piece(new: list[int]) -> Piece:
            return Piece(decoder.decode(self._vocabulary.decode_bytes(new)), tokens, forwards)

        while True:
            forced = constraint.forced()[: most - tokens]
            if forced:
                tokens += len(forced)
                unread += forced  # read together with what comes before them, in one pass
                yield piece(forced)
            if tokens == most or constraint.ended() or should_stop():
                return
            scores = reader.read(unread[:PASS_TOKENS])
            forwards += 1
            unread = unread[PASS_TOKENS:]
            if unread:
                yield piece([])
                continue
            token = draw_token(scores, sampling.temperature, sampling.top_p, generator, constraint.allowed())
            if token in self._ends:
                return
            constraint.take(token)
            tokens += 1
            unread = [token]
            yield piece(unread)

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return list(
            self._tokenizer.apply_chat_template(turns, tokenize=True, add_generation_prompt=True, return_dict=False)
        )


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a turn; Llama 3 has two."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    several = configured if isinstance(configured, (list, tuple)) else [configured]
    return frozenset(int(token) for token in (*several, tokenizer.eos_token_id) if token is not None)


def _generator(seed: int | None) -> torch.Generator:
    generator = torch.Generator()  # on the CPU, so a seed means the same on every device
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return generator
