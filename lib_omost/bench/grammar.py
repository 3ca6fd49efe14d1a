"""`bench grammar`: random walks through the Canvas grammar, without a model. Every one must be a canvas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lib_omost.bench.original import refusal
from lib_omost.bench.walk import walk
from lib_omost.canvas import parse_reply
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules

# Walks take these in turn: the defaults, the embedded model's, the Omost models', one of nothing but edges.
WALKED = (Bounds(), SMALL_MODEL_BOUNDS, OMOST_BOUNDS, Bounds(regions=(0, 2), items=(0, 2), sentence=3, tags=2, mood=1))
MOST_FAILURES = 10


@dataclass(frozen=True)
class Walks:
    """Of `walks` replies: how many `parsed` without problem or correction, and were `accepted` by the original's rules.

    `failures` are the first few others, as (bounds, seed, why); `walk(canvas_rules(bounds), seed)` writes one again.
    """

    walks: int
    parsed: int
    accepted: int
    failures: tuple[tuple[str, int, str], ...]


def run(walks: int, *, done: Callable[[int, int], None] = lambda *_: None) -> Walks:
    """Walk so many times; seeds count up from 0, so a smaller run is the beginning of a larger one."""
    grammars = [(bounds, canvas_rules(bounds)) for bounds in WALKED]
    counts: Counter[str] = Counter()
    failures: list[tuple[str, int, str]] = []
    for seed in range(walks):
        bounds, grammar = grammars[seed % len(grammars)]
        reply = walk(grammar, seed)
        parsed = parse_reply(reply)
        reports = [report.message for report in parsed.problems]
        reports += [report.message for report in parsed.corrections]
        refused = refusal(reply)
        counts["parsed"] += not reports
        counts["accepted"] += refused is None
        reasons = reports + ([refused] if refused else [])
        if reasons and len(failures) < MOST_FAILURES:
            failures.append((repr(bounds), seed, reasons[0]))
        done(seed + 1, walks)
    return Walks(walks, counts["parsed"], counts["accepted"], tuple(failures))
