"""A plan is a few lines of text: what is written is read again, and what cannot be a plan is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.bench.walk import walk
from lib_omost.compose.grammar import going_on, plan_rules
from lib_omost.compose.known import known_words
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import read_plan, write_plan
from lib_omost.compose.reply_words import reply_words
from lib_omost.errors import CanvasError
from lib_omost.grammar.rest import rest_of

WORDING = reply_words(
    "a king's t-shirt in 7 of the no-ones: style and scene, " + "w" * 18 + " and " + "y" * 18, "", known_words()
)

EXAMPLE = (
    "scene: stormy sea at night; navy\n"
    "style: oil painting, gloomy\n"
    "no: people\n"
    " red lighthouse; on rock; large tall; red\n"
    " rock; bottom left, slightly lower\n"
    " 3 x sailing boat; between rock and red lighthouse; far; white\n"
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_written_is_read(plans, data):
    plan = data.draw(plans)
    assert read_plan(write_plan(plan)) == plan


def test_the_text_says_what_the_plan_says():
    plan = read_plan(EXAMPLE)
    assert plan == Plan(
        "stormy sea at night",
        "navy",
        "oil painting, gloomy",
        ("people",),
        (
            Entry("red lighthouse", relation=Relation("on", ("rock",)), size="large tall", color="red"),
            Entry("rock", place="bottom left", shift="slightly lower"),
            Entry(
                "sailing boat", 3, relation=Relation("between", ("rock", "red lighthouse")), depth="far", color="white"
            ),
        ),
    )
    assert write_plan(plan) == EXAMPLE
    assert read_plan(EXAMPLE.replace("\n ", "\n")) == plan  # as people write it


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fox; left\n",
        "scene: \n",
        "scene: field\nthe\n",
        "scene: field\na fox\n",
        "scene: field\nstyle oil painting\n",
        "scene: field\nfox\nno people\n",
        "scene: field\nscene\n",
        "scene: field\nFox\n",
        "scene: field\nfox; somewhere\n",
        "scene: field\nfox; left; right\n",
        "scene: field\nfox; red; left\n",
        "scene: field\nfox; between barrel\n",
        "scene: field; blurple\n",
        "scene: field\nfox; corners, slightly lower\n",
        "scene: " + "very " * 40 + "long\n",
        "scene: field\n" + "fox\n" * 11,
    ],
)
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(CanvasError):
        read_plan(text)


@given(st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_what_goes_on_behind_a_mended_plan_is_a_plan(seed):
    read_plan(walk(going_on(plan_rules(WORDING)), seed))


def test_a_mended_plan_that_counts_further_can_be_gone_on_with():
    begun = "scene: field\n 8 x candle\n zither"
    assert rest_of(plan_rules(None), begun) is None
    assert rest_of(going_on(plan_rules(None)), begun) is not None


@given(st.integers(0, 2**32), st.sampled_from((None, WORDING)))
@settings(max_examples=300, deadline=None)
def test_every_text_of_the_grammar_is_a_plan(seed, words):
    plan = read_plan(walk(plan_rules(words), seed))
    assert all(entry.thing.split()[0] not in ("a", "an", "the", "no", "scene", "style") for entry in plan.entries)
