"""How many messages were understood, by category, and what they cost."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lib_omost.bench.compose.answers import Answer
from lib_omost.bench.rates import Rate, rate

ALL = "all"

T = TypeVar("T")


@dataclass(frozen=True)
class Figures:
    """`rights` of each category in the order of the messages, ALL last. `failed` counts the checks that failed.

    `seconds` and `tokens` are medians a message, `load` is what it took until the first one could be written.
    """

    rights: dict[str, Rate]
    failed: dict[str, int]
    tokens: float
    seconds: float
    load: float


def figures(answers: Sequence[Answer]) -> Figures:
    """Of at least one answer."""
    grouped = by_category(answers, lambda answer: answer.message.category)
    rights = {name: rate([(answer.verdict.right, 1) for answer in some]) for name, some in grouped.items()}
    failed = Counter(check for answer in answers for check in answer.verdict.failed)
    return Figures(
        rights,
        dict(failed.most_common()),
        statistics.median(answer.tokens for answer in answers),
        statistics.median(answer.seconds for answer in answers),
        answers[0].load,
    )


def by_category(found: Sequence[T], category: Callable[[T], str]) -> dict[str, list[T]]:
    """What was found, by category in the order of the messages, and ALL of it last."""
    grouped: dict[str, list[T]] = {}
    for one in found:
        grouped.setdefault(category(one), []).append(one)
    grouped.pop(ALL, None)
    return {**grouped, ALL: list(found)}


def report(answers: Sequence[Answer], unit: str) -> dict[str, object]:
    """Everything measured, as JSON. `error` is one standard error, null if unknown; `unit` is of seconds and load."""
    found = figures(answers)
    return {
        "categories": {name: right(one) for name, one in found.rights.items()},
        "failed_checks": found.failed,
        "tokens": found.tokens,
        "seconds": found.seconds,
        "load": found.load,
        "unit": unit,
        "messages": [_row(answer) for answer in answers],
    }


def table(answers: Sequence[Answer], unit: str) -> str:
    """The same for people: right of all, in percent ± one standard error."""
    found = figures(answers)
    wide = max(map(len, (*found.rights, "category"))) + 2
    lines = [f"{'category':<{wide}}{'right':>6} of {'all':<5}{'percent':>14}"]
    for name, one in found.rights.items():
        lines.append(f"{name:<{wide}}{round(one.value * one.count):>6} of {one.count:<5}{percent(one):>14}")
    if found.failed:
        lines.append("checks that failed: " + ", ".join(f"{name} {count}" for name, count in found.failed.items()))
    lines.append(
        f"medians a message: {found.tokens:.0f} tokens, {found.seconds:.2f} {unit}; before the first: "
        f"{found.load:.1f} {unit}"
    )
    return "\n".join(lines)


def right(one: Rate) -> dict[str, float | int | None]:
    """A rate as JSON, with how many are right."""
    error = None if math.isnan(one.error) else one.error
    return {"right": round(one.value * one.count), "count": one.count, "value": one.value, "error": error}


def percent(one: Rate) -> str:
    """ "25.0 ± 5.1"; without an error where that is unknown."""
    return f"{100 * one.value:.1f}" + ("" if math.isnan(one.error) else f" ± {100 * one.error:.1f}")


def _row(answer: Answer) -> dict[str, object]:
    return {
        "id": answer.message.id,
        "category": answer.message.category,
        "message": answer.message.message,
        "right": answer.verdict.right,
        "failed_checks": list(answer.verdict.failed),
        "written": answer.written,
        "reply": answer.reply,
        "tokens": answer.tokens,
        "seconds": round(answer.seconds, 3),
        "failed": answer.failed,
    }
