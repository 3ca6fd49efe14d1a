"""A thing that another stands by is in the picture, whether it has a line of its own or not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.compose.complete import completed
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.compose.vocabulary import MOST_ENTRIES
from lib_omost.compose.words import matching


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_nothing_of_the_plan_is_changed_and_twice_is_once(plans, data):
    plan = data.draw(plans)
    whole = completed(plan)
    assert whole.entries[: len(plan.entries)] == plan.entries
    assert (whole.scene, whole.scene_color, whole.style, whole.absent) == (
        *(plan.scene, plan.scene_color, plan.style, plan.absent),
    )
    assert len(whole.entries) <= MOST_ENTRIES
    assert completed(whole) == whole
    for entry in whole.entries[len(plan.entries) :]:
        assert entry == Entry(entry.thing)
        assert any(entry.thing in target for known in plan.entries for target in _targets(known))


def _targets(entry):
    return entry.relation.targets if entry.relation else ()


def test_what_is_only_named_gets_a_line_and_stands_where_it_should():
    plan = completed(read_plan("scene: park\nbench; below tree\nlamp; right of bench\n"))
    assert [entry.thing for entry in plan.entries] == ["bench", "lamp", "tree"]
    bench, lamp, tree = to_canvas(plan).regions
    assert tree.rect.top + tree.rect.bottom < bench.rect.top + bench.rect.bottom
    assert lamp.rect.left + lamp.rect.right > bench.rect.left + bench.rect.right


@pytest.mark.parametrize(
    "text",
    [
        "scene: calm ocean at night\ngull; above ocean\n",
        "scene: green field\ncow; in field\n",
        "scene: park\nred balls; left of box\nwooden box\n",
        "scene: park\n2 x cat; on benches\nbench\n",
        "scene: park\nfox; left of 2\nhen\n",
        "scene: park\nfox; left of style\n",
        "scene: park\nfox\n",
    ],
)
def test_what_is_there_or_is_no_thing_gets_none(text):
    plan = read_plan(text)
    assert completed(plan) == plan


def test_a_coloured_background_has_that_colour():
    assert completed(read_plan("scene: dark green background; navy\nfox\n")).scene_color == "darkgreen"
    assert completed(read_plan("scene: plain background; navy\n")).scene_color == "navy"
    assert completed(read_plan("scene: green forest; navy\n")).scene_color == "navy"


def test_both_that_something_is_between():
    plan = completed(Plan("sea", entries=(Entry("boat", relation=Relation("between", ("rock", "the tower"))),)))
    assert [entry.thing for entry in plan.entries] == ["boat", "rock", "tower"]


def test_a_full_plan_stays_as_full():
    entries = tuple(Entry(f"ball {number}", relation=Relation("on", ("table",))) for number in range(MOST_ENTRIES))
    assert completed(Plan("room", entries=entries)).entries == entries
    assert matching("table", [entry.thing for entry in entries]) == []


def test_a_number_is_no_thing():
    assert [entry.thing for entry in completed(read_plan("scene: park\nloaf; in three\n")).entries] == ["loaf"]


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("tall narrow chimney; left; large wide", "large tall"),
        ("broad shed; right; small tall", "small wide"),
        ("tiny hut; large", "small"),
        ("huge hut; small wide", "large wide"),
        ("hut; large wide", "large wide"),
        ("tall wide hut; large wide", "large wide"),
    ],
)
def test_no_size_is_against_a_things_own_words(line, size):
    assert completed(read_plan(f"scene: park\n{line}\n")).entries[0].size == size
