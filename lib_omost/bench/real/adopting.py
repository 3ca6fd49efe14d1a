"""What a bench of real things changes in the user's own table of families."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lib_omost.auto import AUTO
from lib_omost.bench.rates import Rate, difference, rate
from lib_omost.bench.real.figures import MEASURES, Setup
from lib_omost.bench.real.run import RealOutcome
from lib_omost.bench.rows import row_of
from lib_omost.disk import DATA_ELSEWHERE, write_whole
from lib_omost.errors import BadInputError
from lib_omost.families.named import defaults_of, letters_of, own_file
from lib_omost.families.table import Row, own_rows, written
from lib_omost.methods.names import METHOD_NAMES

LEAST_LETTERS = 4  # of a name: a shorter one would be found in others'
_RIGHT = MEASURES["regions_right"]


def refuse_unnamed(checkpoint: str | None) -> None:
    """Raises BadInputError for a checkpoint that no row of the table could be told by."""
    if len(letters_of(Path(checkpoint or "").stem)) < LEAST_LETTERS:
        raise BadInputError(
            f"no family can be told by the name {checkpoint or 'mini'!r}",
            hint=f"name a --checkpoint with {LEAST_LETTERS} letters or digits or more, or leave out --adopt",
        )


def adopt(outcome: RealOutcome, setup: Setup, today: date | None = None) -> str:
    """Put the best row into the user's table where it is ahead of what suited until now; what was done, in words.

    Ahead is by more than the standard error of the difference, paired by layout. Rows with other colours than the
    words' and other extensions' are left out. Raises BadInputError when the checkpoint's own row was not drawn or the
    table cannot be read, OmostError where it cannot be written.
    """
    name = Path(setup.checkpoint).stem
    fair = [row for row in outcome.judged if row_of(row).method in METHOD_NAMES and not row_of(row).said]
    usual = _usual(setup, fair)
    best = max(fair, key=lambda row: _rate(outcome, row).value)
    gain = difference([_RIGHT(one) for one in outcome.judged[best]], [_RIGHT(one) for one in outcome.judged[usual]])
    figures = f"{_percent(_rate(outcome, best))} of regions right, {usual} {_percent(_rate(outcome, usual))}"
    if not gain.value > gain.error:
        return f"nothing is adopted: {best} has {figures}, and the difference is {_percent(gain)}"
    won, when = row_of(best), today or date.today()
    source = f"bench regions --real, {when.isoformat()}, {setup.judge}: {figures}"
    new = Row(
        name,
        tells=(letters_of(name),),
        method=won.method,
        word_weight=won.weight,
        start_noise=won.noise,
        source=source,
    )
    file = own_file()
    kept = tuple(row for row in own_rows(file) if row.tells != new.tells)
    write_whole(file, written((new, *kept)).encode(), what="families.json", elsewhere=DATA_ELSEWHERE)
    return f"{best} is adopted for {name}: {figures} ({file})"


def _usual(setup: Setup, fair: list[str]) -> str:
    """The row of what suits the checkpoint until now; a model's own method is the first of those that it can do."""
    method = defaults_of(setup.checkpoint).method
    own = [one for one in (METHOD_NAMES if method == AUTO else (method,)) if one in fair]
    if not own:
        raise BadInputError("what suits this checkpoint until now was not drawn", hint="add its method to --rows")
    return own[0]


def _rate(outcome: RealOutcome, row: str) -> Rate:
    return rate([_RIGHT(one) for one in outcome.judged[row]])


def _percent(one: Rate) -> str:
    return f"{100 * one.value:.1f} ± {100 * one.error:.1f} %"
