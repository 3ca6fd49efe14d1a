from __future__ import annotations

from functools import reduce

import pytest

from lib_omost.chat.local.lookup import Before, Guess
from lib_omost.chat.local.pace import CPU_COST, GPU_COST, Hope, Pace, PassCost


def run(agreement: int, before: Before = Before.ONCE, count: int = 64) -> list[Guess]:
    """Guesses of one source that has agreed for so long."""
    return [Guess(0, agreement + place, before) for place in range(count)]


def worth(pace: Pace, guesses: list[Guess], read: int = 1) -> int:
    return pace.worth(guesses, read, Hope())


@pytest.mark.parametrize("cost", [CPU_COST, GPU_COST])
def test_a_source_that_has_agreed_for_long_is_trusted_more(cost: PassCost) -> None:
    lengths = [worth(Pace(cost), run(agreement)) for agreement in (0, 2, 8, 40)]
    assert lengths == sorted(lengths)
    assert lengths[-1] > lengths[0]


@pytest.mark.parametrize("cost", [CPU_COST, GPU_COST])
def test_a_run_that_went_on_in_several_ways_is_trusted_less_until_it_has_agreed_for_long(cost: PassCost) -> None:
    kinds = (Before.MIXED, Before.ONCE, Before.ALWAYS)
    mixed, once, always = (worth(Pace(cost), run(3, before, 4)) for before in kinds)
    assert mixed <= once <= always
    assert mixed < always
    assert worth(Pace(cost), run(20, Before.MIXED)) == worth(Pace(cost), run(20, Before.ALWAYS)) > 8


def test_where_guesses_fail_none_are_made_and_where_they_hold_they_grow() -> None:
    pace = Pace(CPU_COST)
    assert worth(pace, run(8)) > 0
    for _ in range(20):
        pace.learn(enumerate(run(8, count=4)), 0)
    assert worth(pace, run(8)) == 0
    assert worth(pace, run(40)) > 0  # learned apart
    assert worth(pace, run(8, Before.ALWAYS)) > 0
    for _ in range(60):
        pace.learn(enumerate(run(8, count=24)), 24)
    assert worth(pace, run(8)) > 16


def test_forced_tokens_between_guesses_teach_nothing() -> None:
    pace, other = Pace(CPU_COST), Pace(CPU_COST)
    guesses = run(2, count=2)
    for _ in range(10):
        pace.learn([(0, guesses[0]), (5, guesses[1])], 5)  # the first was right, the second at place 5 was not
        other.learn(enumerate(guesses), 1)
    hopes = [each.hope(Hope(), guess) for each in (pace, other) for guess in guesses]
    assert hopes[:2] == hopes[2:]


def test_a_draft_costs_what_it_is_worth() -> None:
    free, dear = PassCost(0, 0), PassCost(100, 1)
    assert worth(Pace(free), run(0)) == 64
    assert worth(Pace(free), []) == 0
    assert worth(Pace(dear), run(40)) == 0


def test_a_pass_that_reads_forced_tokens_anyway_checks_more() -> None:
    guesses = run(2, count=1)
    assert worth(Pace(CPU_COST), guesses, read=1) == 0
    assert worth(Pace(CPU_COST), guesses, read=2) == 1


def test_behind_a_draft_that_is_unlikely_little_is_worth_its_cost() -> None:
    pace = Pace(CPU_COST)
    long = reduce(pace.hope, run(0, Before.MIXED, 6), Hope())
    assert long.likely < 0.01
    assert pace.worth(run(4), 1 + 6, long) == 0 < pace.worth(run(4), 1 + 6, Hope(5, 0.9))


def test_the_cost_is_that_of_the_measured_passes() -> None:
    measured = {1: 65, 2: 115, 32: 259, 64: 390}  # ms
    for tokens, time in measured.items():
        assert CPU_COST.of(tokens) * measured[1] == pytest.approx(time, rel=0.05)
