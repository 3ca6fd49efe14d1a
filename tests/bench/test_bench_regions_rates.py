"""Means and standard errors against formulas and simulation that do not share their code."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.bench.rates import Rate, difference, rate

groups = st.lists(
    st.integers(1, 4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=40
)


@given(st.lists(st.booleans(), min_size=2, max_size=50))
def test_one_box_a_picture_is_the_ordinary_standard_error(hits):
    found = rate([(hit, 1) for hit in hits])
    assert found.value == pytest.approx(statistics.fmean(hits))
    assert found.error == pytest.approx(statistics.stdev(map(float, hits)) / math.sqrt(len(hits)), abs=1e-12)
    assert found.count == len(hits)


@given(groups)
def test_the_mean_is_over_boxes(pictures):
    boxes = [hit for right, n in pictures for hit in [1] * right + [0] * (n - right)]
    assert rate(pictures).value == pytest.approx(statistics.fmean(boxes))


def test_boxes_that_succeed_together_count_as_one():
    pictures = [(4, 4), (0, 4)] * 20
    assert rate(pictures).error == pytest.approx(rate([(1, 1), (0, 1)] * 20).error)


def test_the_error_is_how_far_repetitions_scatter():
    dice = random.Random(3)

    def sample():
        pictures = []
        for _ in range(60):
            n, luck = dice.choice((2, 3, 4)), dice.random()
            pictures.append((sum(dice.random() < luck for _ in range(n)), n))
        return pictures

    samples = [sample() for _ in range(400)]
    scatter = statistics.stdev(rate(pictures).value for pictures in samples)
    claimed = statistics.fmean(rate(pictures).error for pictures in samples)
    assert claimed == pytest.approx(scatter, rel=0.12)


@given(groups)
def test_a_method_gains_nothing_over_itself(pictures):
    gain = difference(pictures, pictures)
    assert gain.value == 0
    assert gain.error == pytest.approx(0, abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=50))
def test_paired_differences_are_taken_by_picture(pairs):
    gain = difference([(a, 1) for a, _ in pairs], [(b, 1) for _, b in pairs])
    each = [float(a) - float(b) for a, b in pairs]
    assert gain.value == pytest.approx(statistics.fmean(each), abs=1e-12)
    assert gain.error == pytest.approx(statistics.stdev(each) / math.sqrt(len(each)), abs=1e-12)


def test_nothing_measured_is_no_number():
    assert _numbers(rate([])) == _numbers(rate([(0, 0), (0, 0)])) == ["nan", "nan", "0"]
    assert _numbers(difference([], [])) == ["nan", "nan", "0"]


def test_one_picture_has_no_error():
    assert _numbers(rate([(1, 2)])) == ["0.5", "nan", "2"]


def _numbers(found: Rate):
    return [str(number) for number in (found.value, found.error, found.count)]
