"""`bench steps`: what a step under a canvas costs in a WebUI, beside a step with a prompt of equally many tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from lib_omost.canvas import Canvas, write_canvas
from lib_omost.prompts import Tokenize, greedy_bags, region_paths

FEW, MANY = 2, 8  # steps of the two jobs whose difference is taken: what is not a step falls out
Draw = Callable[[dict[str, Any]], object]  # a request of txt2img


@dataclass(frozen=True)
class StepTimes:
    """Median seconds of a step: the host's own, one under the canvas, and the median ratio of each pair of readings."""

    own: float
    regional: float
    ratio: float
    tokens: int


def measure(draw: Draw, canvas: Canvas, tokenize: Tokenize, *, size: int, rounds: int) -> StepTimes:
    """Time both kinds of step in turns, `rounds` times after one round that is not counted.

    The host's own prompt has one chunk of 75 tokens for each bag of the canvas (77 embeddings each), by BREAK.
    """
    bags = [
        bag.text for path in region_paths(canvas) for bag in greedy_bags(path.prefixes, path.suffixes, tokenize).bags
    ]
    own = {"prompt": " BREAK ".join(bags)}
    regional = {"prompt": "", "alwayson_scripts": {"Omost": {"args": [{"canvas": write_canvas(canvas)}]}}}
    pairs = [(_step(draw, own, size), _step(draw, regional, size)) for _ in range(rounds + 1)][1:]
    ratio = median(ours / theirs for theirs, ours in pairs)
    return StepTimes(median(one for one, _ in pairs), median(one for _, one in pairs), ratio, 77 * len(bags))


def _step(draw: Draw, request: dict[str, Any], size: int) -> float:
    """Seconds of one step: a job of many steps less one of few."""
    times = []
    for steps in (FEW, MANY):
        shared = {"sampler_name": "Euler", "seed": 1, "cfg_scale": 5, "width": size, "height": size, "steps": steps}
        started = perf_counter()
        draw({**shared, **request})
        times.append(perf_counter() - started)
    return (times[1] - times[0]) / (MANY - FEW)
