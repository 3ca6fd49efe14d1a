"""How long a draft should be: as long as its expected tokens are worth the pass that checks them.

A pass over n more tokens costs more than a pass over one, a little on a GPU and a lot on a CPU; a pass that has forced
tokens to read anyway has paid most of that. How often a guess is right is learned while the reply is written, apart for
guesses whose source has agreed with the text for long and for short, and for those whose run has gone on alike before
and in several ways. Where guesses fail, none are made, and nothing is lost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib_omost.chat.local.lookup import Before, Guess

MOST_DRAFT = 64  # tokens
_LEVELS = (1, 2, 3, 4, 8, 16, 32)  # of agreement, in tokens; rates are learned between two of them
_LONG = 12  # tokens of agreement from which a source is a better guide than other places of the same run
# The rate that is assumed before anything was seen, at no agreement, and what each level adds. It is rather hopeful:
# a guess that is not tried teaches nothing.
_ASSUMED = {
    Before.ONCE: (0.4, 0.08),
    Before.ALWAYS: (0.75, 0.04),
    Before.LATELY: (0.55, 0.07),
    Before.MIXED: (0.15, 0.03),
}
_MOST_TRUST = 0.97
_WEIGHT = 6.0  # guesses that the assumption counts for
_MEMORY = 64.0  # guesses after which what was seen counts half


@dataclass(frozen=True)
class PassCost:
    """What a forward pass costs, in passes over one token: over n > 1 tokens `1 + more + each × (n − 1)`."""

    more: float
    each: float

    def of(self, tokens: int) -> float:
        """The cost of a pass over so many tokens, at least one."""
        return 1.0 if tokens == 1 else 1.0 + self.more + self.each * (tokens - 1)


# SmolLM2-135M in float32 on one core: 65 ms for one token, 115 for two, 259 for 32, 390 for 64.
CPU_COST = PassCost(0.65, 0.07)
GPU_COST = PassCost(0.05, 0.01)


@dataclass(frozen=True)
class Hope:
    """What a draft promises: how many of its tokens are right on average, and how likely all of them are."""

    tokens: float = 0.0
    likely: float = 1.0


class Pace:
    """What has been learned of one reply's drafts."""

    def __init__(self, cost: PassCost) -> None:
        self._cost = cost
        self._right: defaultdict[tuple[int, Before], float] = defaultdict(float)
        self._tried: defaultdict[tuple[int, Before], float] = defaultdict(float)

    def worth(self, guesses: Sequence[Guess], read: int, hope: Hope) -> int:
        """How many of `guesses` a pass that reads `read` tokens anyway should check.

        `hope` is that of the draft before them. Each pass brings one token for sure.
        """
        best, best_gain = 0, (1 + hope.tokens) / self._cost.of(read)
        for count, guess in enumerate(guesses, 1):
            hope = self.hope(hope, guess)
            gain = (1 + hope.tokens) / self._cost.of(read + count)
            if gain > best_gain:
                best, best_gain = count, gain
        return best

    def hope(self, hope: Hope, guess: Guess) -> Hope:
        """What a draft promises with one more guess."""
        likely = hope.likely * self._rate(guess)
        return Hope(hope.tokens + likely, likely)

    def learn(self, guesses: Iterable[tuple[int, Guess]], right: int) -> None:
        """Of a draft with these guesses at these places, the first `right` tokens were what the reply went on with."""
        for place, guess in guesses:
            if place > right:
                return
            kind = _kind(guess)
            self._tried[kind] += 1
            self._right[kind] += place < right
            if self._tried[kind] > _MEMORY:
                self._tried[kind] /= 2
                self._right[kind] /= 2

    def _rate(self, guess: Guess) -> float:
        level, before = kind = _kind(guess)
        least, step = _ASSUMED[before]
        assumed = min(_MOST_TRUST, least + step * level)
        return (self._right[kind] + assumed * _WEIGHT) / (self._tried[kind] + _WEIGHT)


def _kind(guess: Guess) -> tuple[int, Before]:
    """The guesses that are expected to be right equally often."""
    before = guess.before if guess.agreement < _LONG else Before.ONCE
    return bisect_right(_LEVELS, guess.agreement), before
