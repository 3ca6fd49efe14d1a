"""Decoding a reply token by token, in as few forward passes as its forced and its guessed tokens allow.

One pass reads whatever is unread, the forced tokens among it, and a draft behind it. The tokens of the reply are then
drawn one after the other, each from the model's own distribution at its place, for as long as they are those of the
draft. For a draft that is one guess and no distribution, that is speculative sampling (Leviathan et al. 2023; Chen et
al. 2023): a guess x is accepted with probability p(x), and otherwise a token is drawn from p without x. The reply is
distributed as without drafts, at any temperature and under any grammar; with the same random numbers it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import torch

from lib_omost.chat.local.constraint import TokenConstraint
from lib_omost.chat.local.lookup import Guess, PromptLookup
from lib_omost.chat.local.pace import CPU_COST, MOST_DRAFT, Hope, Pace, PassCost
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.model import never

PASS_TOKENS = 512  # most tokens a forward pass reads; the user may stop between two passes

Choose = Callable[[torch.Tensor, torch.Tensor | None], int]  # (scores (V,), allowed (V,) or None) → a token


@dataclass(frozen=True)
class Decoded:
    """New tokens of a reply, and the forward passes it has taken so far."""

    tokens: tuple[int, ...]
    forwards: int


@dataclass(frozen=True)
class Decoding:
    """How a reply is written: at most `most` tokens, up to one of `ends`.

    `cost` decides how long drafts are; None makes none.
    """

    most: int
    ends: frozenset[int] = frozenset()
    cost: PassCost | None = CPU_COST


def decode(
    reader: Reader,
    prompt: Sequence[int],
    constraint: TokenConstraint,
    choose: Choose,
    decoding: Decoding,
    *,
    should_stop: Callable[[], bool] = never,
) -> Iterator[Decoded]:
    """The reply to a prompt; nothing new in a part of it tells that a part of the prompt was read.

    `should_stop` is asked before every forward pass. Raises ModelError when a pass fails or the grammar does.
    """
    unread = reader.rewind(prompt)
    drafts = _Drafts(prompt, constraint, decoding.cost)
    forced = constraint.forced()[: decoding.most]
    count, forwards = len(forced), 0
    if forced:
        unread += forced
        drafts.went_on(forced)
        yield Decoded(tuple(forced), forwards)
    while count < decoding.most and not constraint.ended() and not should_stop():
        forwards += 1
        if len(unread) > PASS_TOKENS:
            reader.read(unread[:PASS_TOKENS])
            unread = unread[PASS_TOKENS:]
            yield Decoded((), forwards)
            continue
        room = min(decoding.most - count - 1, PASS_TOKENS - len(unread)) if reader.can_forget else 0
        draft = drafts.next(room, len(unread))
        scores = reader.read(unread + draft, len(draft) + 1)
        new, ended = _check(draft, scores, constraint, choose, decoding.ends)
        right = _agreeing(draft, new)
        reader.forget(len(draft) - right)
        drafts.learn(right)
        new = new[: decoding.most - count]
        count += len(new)
        unread = new[right:]
        drafts.went_on(new)
        if new:
            yield Decoded(tuple(new), forwards)
        if ended:
            return


class _Drafts:
    """Guesses at how the reply goes on, by prompt lookup and what the grammar forces between them."""

    def __init__(self, prompt: Sequence[int], constraint: TokenConstraint, cost: PassCost | None) -> None:
        self._lookup = None if cost is None else PromptLookup(prompt)
        self._pace = None if cost is None else Pace(cost)
        self._constraint = constraint
        self._guessed: list[tuple[int, Guess]] = []  # the guesses in the last draft, with their places

    def next(self, most: int, unread: int) -> list[int]:
        """Up to `most` tokens that may come next, for a pass that reads `unread` tokens anyway."""
        self._guessed = []
        if self._lookup is None or self._pace is None:
            return []
        draft: list[int] = []
        hope = Hope()
        while len(draft) < min(most, MOST_DRAFT):
            known = len(draft)
            guesses = self._lookup.guesses(draft, min(most, MOST_DRAFT) - known)
            worth = [guess.token for guess in guesses[: self._pace.worth(guesses, unread + known, hope)]]
            if not worth:
                break
            draft = self._constraint.peek([*draft, *worth])
            allowed = guesses[: _agreeing(draft[known:], worth)]
            self._guessed += enumerate(allowed, known)
            hope = reduce(self._pace.hope, allowed, hope)
            if len(draft) == known + len(allowed):  # nothing is forced behind them, from where to guess on
                break
        return draft[:most]

    def learn(self, right: int) -> None:
        """The first `right` tokens of the last draft were what the reply went on with."""
        if self._pace is not None:
            self._pace.learn(self._guessed, right)

    def went_on(self, tokens: Sequence[int]) -> None:
        """The reply went on with these tokens."""
        if self._lookup is not None:
            self._lookup.extend(tokens)


def _check(
    draft: list[int], scores: torch.Tensor, constraint: TokenConstraint, choose: Choose, ends: frozenset[int]
) -> tuple[list[int], bool]:
    """The new tokens, drawn and forced, up to the first that is not the draft's; whether the reply ends with them."""
    new: list[int] = []
    while not constraint.ended() and new == draft[: len(new)]:
        token = choose(scores[len(new)], constraint.allowed())
        if token in ends:
            return new, True
        constraint.take(token)
        new += [token, *constraint.forced()]
    return new, False


def _agreeing(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences begin with alike."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
