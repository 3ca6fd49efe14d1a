"""How long a draft should be: as long as its expected tokens are worth the pass that checks them.

A pass over n more tokens costs more than a pass over one, a little on a GPU and a lot on a CPU. How often a draft is
right is learned while the reply is written, apart for drafts whose source has agreed with the text for long and for
those whose source has only just been found. Where drafts fail, none are made, and nothing is lost.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

MOST_DRAFT = 64  # tokens
_LEVELS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # of agreement, in tokens; rates are learned between two of them
_TRUST, _TRUST_STEP, _MOST_TRUST = 0.45, 0.08, 0.97  # rate that is assumed before anything was seen, by level
_WEIGHT = 4.0  # tokens that the assumption counts for
_MEMORY = 64.0  # tokens after which what was seen counts half


@dataclass(frozen=True)
class PassCost:
    """A forward pass over 1 + n tokens costs as much as `1 + more + each × n` passes over one token, for n > 0."""

    more: float
    each: float


# SmolLM2-135M in float32 on one core: 65 ms for one token, 115 for two, 259 for 32, 390 for 64.
CPU_COST = PassCost(0.65, 0.07)
GPU_COST = PassCost(0.05, 0.01)


class Pace:
    """What has been learned of one reply's drafts."""

    def __init__(self, cost: PassCost) -> None:
        self._cost = cost
        self._right = [0.0] * (len(_LEVELS) + 1)
        self._tried = [0.0] * (len(_LEVELS) + 1)

    def length(self, agreement: int, most: int) -> int:
        """Tokens to draft, 0 to `most`, from a source that has agreed for `agreement` tokens."""
        best, best_gain = 0, 1.0
        tokens = likely = 1.0
        for count in range(1, min(most, MOST_DRAFT) + 1):
            likely *= self._rate(agreement + count - 1)
            tokens += likely
            gain = tokens / (1 + self._cost.more + self._cost.each * count)
            if gain > best_gain:
                best, best_gain = count, gain
        return best

    def learn(self, agreement: int, drafted: int, right: int) -> None:
        """Of `drafted` tokens, the first `right` ones were what the reply went on with."""
        for place in range(min(drafted, right + 1)):
            level = bisect_right(_LEVELS, agreement + place)
            self._tried[level] += 1
            self._right[level] += place < right
            if self._tried[level] > _MEMORY:
                self._tried[level] /= 2
                self._right[level] /= 2

    def _rate(self, agreement: int) -> float:
        level = bisect_right(_LEVELS, agreement)
        assumed = min(_MOST_TRUST, _TRUST + _TRUST_STEP * level)
        return (self._right[level] + assumed * _WEIGHT) / (self._tried[level] + _WEIGHT)
