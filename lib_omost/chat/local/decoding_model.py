"""A language model that runs here, whatever computes its passes: streamed, stoppable, held to a grammar on request."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llguidance
import torch

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.local.constraint import GrammarConstraint, TokenConstraint, Unconstrained
from lib_omost.chat.local.decode import Decoded, Decoding, decode
from lib_omost.chat.local.pace import CPU_COST, GPU_COST
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.local.sampler import draw_token
from lib_omost.chat.model import CONTEXT_TO_TRUST, CUT_OFF, Message, Piece, Sampling, never
from lib_omost.errors import ModelError
from lib_omost.grammar.rules import Grammar


class DecodingModel(ABC):
    """A `LanguageModel` that decodes here.

    `network` is what `Reader` calls, `vocabulary` its tokens as llguidance knows them, `ends` those that end a reply,
    `longest` how many tokens it reads. The rest is as in `LanguageModel`.
    """

    plans_by_example = False

    def __init__(
        self,
        network: Any,
        vocabulary: llguidance.LLTokenizer,
        ends: frozenset[int],
        longest: int,
        *,
        knows_canvas: bool = False,
        is_small: bool = False,
        bounds: Bounds | None = None,
        composes: bool = False,
    ) -> None:
        self.network = network
        self.vocabulary = vocabulary
        self.ends = ends
        self.context_tokens = min(CONTEXT_TO_TRUST, longest)
        self.knows_canvas = knows_canvas
        self.is_small = is_small
        self.bounds = bounds
        self.composes = composes
        self.pass_cost = CPU_COST if network.device.type == "cpu" else GPU_COST
        self._reader: Reader | None = None

    @abstractmethod
    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of these messages, up to where the reply begins."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, exactly."""
        return len(self.prompt(messages))

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: Grammar | None = None,
    ) -> Iterator[Piece]:
        """Yield the reply as it is written; a piece without text tells that a part of the prompt was read.

        Ends when the model ends the reply, at `max_new_tokens` or the end of the context, or once `should_stop()` is
        true, which is asked before every forward pass. Raises ModelError when the prompt fills the context, a pass
        fails or the grammar cannot be used.
        """
        prompt = self.prompt(messages)
        most = min(sampling.max_new_tokens, self.context_tokens - len(prompt))
        if most < 1:
            raise ModelError(
                f"the prompt has {len(prompt)} tokens and the model reads {self.context_tokens}",
                hint="shorten the message or start a new conversation",
            )
        constraint = self._held(grammar, messages)
        generator = _generator(sampling.seed)

        def choose(scores: torch.Tensor, allowed: torch.Tensor | None) -> int:
            return draw_token(scores, sampling.temperature, sampling.top_p, generator, allowed)

        # Whoever streams owns the reader; the next reply whose prompt begins alike reads on from there.
        reader, self._reader = self._reader or Reader(self.network), None
        try:
            decoding = Decoding(most, self.ends, self.pass_cost)
            yield from self._pieces(decode(reader, prompt, constraint, choose, decoding, should_stop=should_stop), most)
        finally:  # also when nobody listens any more, or a pass failed: what was read stays read
            self._reader = reader

    def _pieces(self, parts: Iterator[Decoded], most: int) -> Iterator[Piece]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        tokens = forwards = 0
        for part in parts:
            tokens += len(part.tokens)
            forwards = part.forwards
            yield Piece(decoder.decode(self.vocabulary.decode_bytes(list(part.tokens))), tokens, part.forwards)
        if tokens >= most:
            yield Piece("", tokens, forwards, CUT_OFF)

    def _held(self, grammar: Grammar | None, messages: Sequence[Message]) -> TokenConstraint:
        """The grammar behind what was begun, if that is in it. Raises ModelError when it cannot be used."""
        if grammar is None:
            return Unconstrained()
        constraint = GrammarConstraint(self.vocabulary, grammar)
        try:
            for token in self._begun(messages):
                constraint.take(token)
        except ModelError:
            return Unconstrained()
        return constraint

    def _begun(self, messages: Sequence[Message]) -> list[int]:
        """Tokens of a last message of the assistant's, which the reply goes on from."""
        goes_on = bool(messages) and messages[-1].role == "assistant"
        return list(self.vocabulary.tokenize_str(messages[-1].content)) if goes_on else []


def _generator(seed: int | None) -> torch.Generator:
    generator = torch.Generator()  # on the CPU, so a seed means the same on every device
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return generator
