from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.chat.local.sampler import LIKELY, draw_token
from lib_omost.chat.model import Sampling

LOGITS = torch.log(torch.tensor([0.05, 0.5, 0.3, 0.15]))


def draws(temperature: float, top_p: float, allowed: list[bool] | None = None, count: int = 400) -> list[int]:
    generator = torch.Generator().manual_seed(1)
    mask = None if allowed is None else torch.tensor(allowed)
    return [draw_token(LOGITS, temperature, top_p, generator, mask) for _ in range(count)]


def test_temperature_0_takes_the_likeliest_that_is_allowed() -> None:
    assert set(draws(0, 0.1)) == {1}
    assert set(draws(0, 0.1, [True, False, True, True])) == {2}


def test_top_p_keeps_the_likeliest_that_reach_the_share() -> None:
    assert set(draws(1, 1)) == {0, 1, 2, 3}
    assert set(draws(1, 0.9)) == {1, 2, 3}
    assert set(draws(1, 0.79)) == {1, 2}
    assert set(draws(1, 0.001)) == {1}


def test_shares_follow_the_probabilities_and_the_temperature() -> None:
    assert draws(1, 1, count=2000).count(1) / 2000 == pytest.approx(0.5, abs=0.04)
    # probabilities to the power 1/T, normalised: 0.25 / (0.25 + 0.09 + 0.0225 + 0.0025)
    assert draws(0.5, 1, count=2000).count(1) / 2000 == pytest.approx(0.685, abs=0.04)


def test_a_flat_distribution_over_a_large_vocabulary_is_drawn_whole() -> None:
    logits = torch.zeros(4 * LIKELY)
    logits[: 2 * LIKELY] = 1.0  # together 0.731 of all
    generator = torch.Generator().manual_seed(0)
    for top_p, furthest in ((1.0, 4), (0.7, 2)):
        drawn = torch.tensor([draw_token(logits, 1, top_p, generator) for _ in range(600)])
        quarters = (drawn // LIKELY).bincount(minlength=4)
        assert bool((quarters[:furthest] > 30).all())
        assert int(quarters[furthest:].sum()) == 0


@given(
    st.lists(st.floats(-30, 30), min_size=2, max_size=20),
    st.floats(0, 10),
    st.floats(0.001, 1),
    st.integers(0, 99),
    st.data(),
)
def test_only_allowed_tokens_are_drawn_and_a_seed_repeats(
    logits: list[float], temperature: float, top_p: float, seed: int, data: st.DataObject
) -> None:
    allowed = data.draw(st.lists(st.booleans(), min_size=len(logits), max_size=len(logits)).filter(any))
    first, second = (
        draw_token(torch.tensor(logits), temperature, top_p, torch.Generator().manual_seed(seed), torch.tensor(allowed))
        for _ in range(2)
    )
    assert allowed[first]
    assert first == second


@pytest.mark.parametrize(
    "wrong", [{"temperature": -0.1}, {"temperature": float("nan")}, {"top_p": 0}, {"top_p": 1.1}, {"max_new_tokens": 0}]
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sampling(**wrong)  # type: ignore[arg-type]
