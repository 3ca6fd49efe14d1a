"""Which tokens a reply may go on with: those of a grammar, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import llguidance
import numpy as np
import torch

from lib_omost.errors import ModelError
from lib_omost.grammar.lark import lark
from lib_omost.grammar.rules import Grammar


class TokenConstraint(Protocol):
    """Follows one reply token by token."""

    def forced(self) -> list[int]:
        """Take and return the tokens that are the only way on; the model need not be asked for them."""
        ...

    def allowed(self) -> torch.Tensor | None:
        """(V,) bool: the tokens that may come next; None when all may."""
        ...

    def take(self, token: int) -> None:
        """The reply goes on with `token`."""
        ...

    def peek(self, tokens: Sequence[int]) -> list[int]:
        """As many of `tokens`, in order, as may follow, and what is forced after them. Nothing is taken."""
        ...

    def ended(self) -> bool:
        """Whether nothing can follow."""
        ...


class Unconstrained:
    """Every token may follow every other."""

    def forced(self) -> list[int]:
        return []

    def allowed(self) -> None:
        return None

    def take(self, token: int) -> None:
        """Nothing to follow."""

    def peek(self, tokens: Sequence[int]) -> list[int]:
        return list(tokens)

    def ended(self) -> bool:
        return False


class GrammarConstraint:
    """The tokens of a grammar, followed by llguidance. Raises ModelError when it cannot be used."""

    def __init__(self, vocabulary: llguidance.LLTokenizer, grammar: Grammar) -> None:
        self._matcher = llguidance.LLMatcher(vocabulary, llguidance.LLMatcher.grammar_from_lark(lark(grammar)))
        self._size = int(vocabulary.vocab_size)
        self._check()

    def forced(self) -> list[int]:
        tokens: list[int] = self._matcher.compute_ff_tokens()
        if tokens:
            self._matcher.consume_tokens(tokens)
        self._check()
        return tokens

    def allowed(self) -> torch.Tensor:
        mask = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        return torch.from_numpy(np.unpackbits(mask, count=self._size, bitorder="little").astype(bool))

    def take(self, token: int) -> None:
        self._matcher.consume_token(token)
        self._check()

    def peek(self, tokens: Sequence[int]) -> list[int]:
        count = self._matcher.try_consume_tokens(list(tokens))
        forced: list[int] = [] if self._matcher.is_stopped() else self._matcher.compute_ff_tokens()
        if count:
            self._matcher.rollback(count)
        self._check()
        return [*tokens[:count], *forced]

    def ended(self) -> bool:
        return bool(self._matcher.is_stopped())

    def _check(self) -> None:
        if self._matcher.is_error():
            raise ModelError(
                f"the grammar cannot be followed: {self._matcher.get_error()}", hint="try the reply without the grammar"
            )
