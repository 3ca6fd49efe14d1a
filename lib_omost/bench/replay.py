"""A known reply forced as a model's answer: the work of writing it, without asking whether the model would."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lib_omost.chat.local.constraint import TokenConstraint
from lib_omost.errors import BadInputError


class Teacher:
    """Follows `constraint` through `tokens`, and knows in `choose` which one comes next.

    A grammar may force text in other tokens than these; where it does, the next choice is made by text. Raises
    BadInputError when the grammar does not allow the reply.
    """

    def __init__(self, constraint: TokenConstraint, tokens: Sequence[int], vocabulary: object) -> None:
        self._constraint = constraint
        self._vocabulary = vocabulary
        self._text = self._bytes(tokens)
        self._starts: dict[int, int] = {}
        place = 0
        for token in tokens:
            self._starts[place] = token
            place += len(self._bytes([token]))
        self._place = 0  # in bytes of the text

    def choose(self, _: torch.Tensor, allowed: torch.Tensor | None) -> int:
        """The reply's next token; the scores do not matter."""
        token = self._starts.get(self._place)
        if token is None or (allowed is not None and not allowed[token]):
            rest: list[int] = self._vocabulary.tokenize_bytes(self._text[self._place :])  # type: ignore[attr-defined]
            token = rest[0]
        if allowed is not None and not allowed[token]:
            raise BadInputError(f"the grammar does not allow {self._text[self._place : self._place + 40]!r}")
        return token

    def forced(self) -> list[int]:
        tokens = self._constraint.forced()
        self._follow(tokens)
        return tokens

    def allowed(self) -> torch.Tensor | None:
        return self._constraint.allowed()

    def take(self, token: int) -> None:
        self._constraint.take(token)
        self._follow([token])

    def peek(self, tokens: Sequence[int]) -> list[int]:
        return self._constraint.peek(tokens)

    def ended(self) -> bool:
        return self._place == len(self._text)

    def _follow(self, tokens: Sequence[int]) -> None:
        new = self._bytes(tokens)
        if self._text[self._place : self._place + len(new)] != new:
            raise BadInputError(f"the grammar forces {new!r} where the reply goes on otherwise")
        self._place += len(new)

    def _bytes(self, tokens: Sequence[int]) -> bytes:
        data: bytes = self._vocabulary.decode_bytes(list(tokens))  # type: ignore[attr-defined]
        return data
