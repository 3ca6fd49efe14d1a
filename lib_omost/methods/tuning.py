"""The numbers of our own method, and what chose them. Two of them are a model family's (`lib_omost/defaults/`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lib_omost.attention.own_words import OwnWords
from lib_omost.methods.sketch import Sketch


@dataclass(frozen=True)
class Tuning:
    """What the method `sketch` is made of, for one family of models."""

    sketch: Sketch
    own_words: OwnWords


# 24 dev layouts of `bench regions` on the first mini checkpoint, 128 × 128, 20 steps: regions / whole layouts right,
# shapes. On its successor nothing was tuned again.
# noise 0.18: 93.1 / 79.2, 69.4; 0.26: 93.1 / 79.2, 73.6; 0.36: 94.4 / 83.3, 76.4; 0.5: 91.7 / 75.0, 73.6.
# filled 0.6: 93.1 / 79.2, 76.4; 0.75: 94.4 / 83.3, 76.4; 0.9: 93.1 / 79.2, 73.6 (all with noise 0.26).
# weight 0: 88.9 / 75.0, 72.2; 2.5: 93.1 / 79.2, 73.6; 4: 93.1 / 79.2, 72.2. Its words are 4 ("a red circle.").
# Both at once (0.36, 0.75): 95.8 / 87.5, 83.3; with agreement 0.25, which 3 of 72 right colours miss: 94.4 / 83.3,
# 80.6.
# doubt, with wrong colours everywhere: 1.8: 76.4 / 45.8, 69.4; 3.6: 79.2 / 50.0, 61.1 (score: 80.6 / 50.0, 61.1).
# look: right colours are told from others as well (AUC 0.83) at any σ from 4.5 to 9.3.
# standing_out: the median of eight colours on three backgrounds.
MINI = Tuning(
    Sketch(filled=0.75, longest=1.0, noise=0.36, agreement=0.25, look=0.1, standing_out=2.2, doubt=3.6),
    OwnWords(weight=2.5, few=4),
)


def tuned(word_weight: float, start_noise: float) -> Tuning:
    """MINI with `OwnWords.weight` and `Sketch.noise` of another family."""
    return Tuning(replace(MINI.sketch, noise=start_noise), replace(MINI.own_words, weight=word_weight))
