"""What a bench of real things changes in the user's own table of families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from lib_omost.bench.rates import Rate, difference, rate
from lib_omost.bench.real.figures import MEASURES
from lib_omost.bench.real.run import RealOutcome
from lib_omost.bench.rows import Row, row_of
from lib_omost.defaults.checkpoints import methods_for, own_file
from lib_omost.defaults.table import FamilyRow, letters_of, own_rows, written
from lib_omost.disk import DATA_ELSEWHERE, write_whole
from lib_omost.errors import BadInputError
from lib_omost.methods.names import METHOD_NAMES

_RIGHT = MEASURES["regions_right"]


@dataclass(frozen=True)
class Adoption:
    """What may be adopted for a checkpoint: its name, and the row of what suited it until now."""

    name: str
    usual: str


def adoption(checkpoint: str | None, kind: str, methods: tuple[str, ...], rows: Sequence[str]) -> Adoption:
    """Checked before hours of drawing. methods: those that the model can do, its own first.

    Raises BadInputError for a checkpoint without a name to tell it by, for rows without that of what suited it until
    now, and where the user's own table cannot be used.
    """
    name = Path(checkpoint or "").stem
    if not letters_of(name):
        raise BadInputError(
            "the mini checkpoint's row is not changed", hint="name a --checkpoint, or leave out --adopt"
        )
    own_rows(own_file())
    usual = methods_for(methods, Path(checkpoint or "").name, kind)[0]
    if usual not in rows:
        raise BadInputError(f"{usual}, which suits {name} until now, is not drawn", hint=f"add {usual} to --rows")
    return Adoption(name, usual)


def adopt(outcome: RealOutcome, asked: Adoption, judge: str, today: date | None = None) -> str:
    """Put the best row into the user's table where it is ahead of what suited until now; what was done, in words.

    Ahead is by more than the standard error of the difference, paired by layout. Left out are other extensions' rows,
    such with other colours than the words', and such as say when joint attention follows the layout. What the user's
    row of that name said else stays. Raises BadInputError where the table cannot be read, OmostError where it cannot
    be written.
    """
    fair = [row for row in outcome.judged if _can_be_adopted(row_of(row))]
    best, usual = max(fair, key=lambda row: _rate(outcome, row).value), asked.usual
    gain = difference([_RIGHT(one) for one in outcome.judged[best]], [_RIGHT(one) for one in outcome.judged[usual]])
    figures = f"{_percent(_rate(outcome, best))} of regions right, {usual} {_percent(_rate(outcome, usual))}"
    if not gain.value > gain.error:
        return f"nothing is adopted: {best} has {figures}, and the difference is {_percent(gain)}"
    won, when = row_of(best), today or date.today()
    file, named = own_file(), (letters_of(asked.name),)
    rows = own_rows(file)
    old = next((row for row in rows if row.named == named), FamilyRow(asked.name, named=named))
    new = replace(
        old,
        method=won.method,
        word_weight=old.word_weight if won.weight is None else won.weight,
        start_noise=old.start_noise if won.noise is None else won.noise,
        source=f"bench regions --real, {when.isoformat()}, {judge}: {figures}",
    )
    kept = tuple(row for row in rows if row is not old)
    write_whole(file, written((new, *kept)).encode(), what="families.json", elsewhere=DATA_ELSEWHERE)
    return f"{best} is adopted for {asked.name}: {figures} ({file})"


def _can_be_adopted(row: Row) -> bool:
    return row.method in METHOD_NAMES and not row.said and row.blocks is None and row.until is None


def _rate(outcome: RealOutcome, row: str) -> Rate:
    return rate([_RIGHT(one) for one in outcome.judged[row]])


def _percent(one: Rate) -> str:
    return f"{100 * one.value:.1f} ± {100 * one.error:.1f} %"
