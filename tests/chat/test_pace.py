from __future__ import annotations

from lib_omost.chat.pace import CPU_COST, GPU_COST, MOST_DRAFT, Pace, PassCost


def test_a_source_that_has_agreed_for_long_is_trusted_more() -> None:
    for cost in (CPU_COST, GPU_COST):
        lengths = [Pace(cost).length(agreement, 100) for agreement in (0, 2, 8, 40)]
        assert lengths == sorted(lengths)
        assert lengths[-1] > lengths[0]


def test_where_drafts_fail_none_are_made_and_where_they_hold_they_grow() -> None:
    pace = Pace(CPU_COST)
    assert pace.length(8, 100) > 0
    for _ in range(20):
        pace.learn(8, 4, 0)
    assert pace.length(8, 100) == 0
    assert pace.length(40, 100) > 0  # learned apart
    for _ in range(60):
        pace.learn(8, 24, 24)
    assert pace.length(8, 100) > 16


def test_a_draft_costs_what_it_is_worth() -> None:
    free, dear = PassCost(0, 0), PassCost(100, 1)
    assert Pace(free).length(0, 100) == MOST_DRAFT
    assert Pace(free).length(0, 5) == 5
    assert Pace(free).length(0, 0) == 0
    assert Pace(dear).length(40, 100) == 0
