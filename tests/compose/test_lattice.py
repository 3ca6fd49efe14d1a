"""What a plan says of its things by each other holds in its layout, whichever of them it names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas.model import Rect
from lib_omost.compose.layout import lay_out
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import read_plan

NAMES = ("fork", "plate", "knife", "spoon", "glass")


def center(rect: Rect) -> tuple[float, float]:
    return (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2


def centers(plan: Plan) -> list[tuple[float, float]]:
    return [center(placed.rect) for placed in lay_out(plan)]


@st.composite
def beside_earlier_ones(draw: st.DrawFn) -> tuple[Plan, list[tuple[int, str, int]]]:
    """A plan whose things stand left or right of an earlier one each, and these relations by index."""
    count = draw(st.integers(2, len(NAMES)))
    said = [
        (number, draw(st.sampled_from(("left of", "right of"))), draw(st.integers(0, number - 1)))
        for number in range(1, count)
    ]
    entries = [Entry(NAMES[0])]
    entries += [Entry(NAMES[number], relation=Relation(kind, (NAMES[other],))) for number, kind, other in said]
    return Plan("table", entries=tuple(entries)), said


@given(beside_earlier_ones())
def test_each_stands_on_the_side_that_is_said(drawn: tuple[Plan, list[tuple[int, str, int]]]) -> None:
    plan, said = drawn
    points = centers(plan)
    for number, kind, other in said:
        across = points[number][0] - points[other][0]
        assert across < 0 if kind == "left of" else across > 0


def test_what_is_past_another_one_stays_in_its_row() -> None:
    plan = read_plan("scene: table\n plate\n fork; left of plate\n knife; right of fork\n")
    plate, fork, knife = centers(plan)
    assert fork[0] < plate[0] < knife[0]
    assert fork[1] == plate[1] == knife[1]


def test_past_another_one_that_has_a_place() -> None:
    plan = read_plan("scene: yard\n well; center\n pail; left of well\n rope; right of pail\n")
    well, pail, rope = centers(plan)
    assert pail[0] < well[0] < rope[0]


def test_above_and_below() -> None:
    plan = read_plan("scene: park\n oak\n pond; below oak\n cuckoo; above pond\n")
    oak, pond, cuckoo = centers(plan)
    assert cuckoo[1] < oak[1] < pond[1]


def test_two_that_say_the_same_stand_beside_each_other() -> None:
    plan = read_plan("scene: room\n table\n cup; on table\n lamp; on table\n")
    table, cup, lamp = centers(plan)
    assert cup[1] < table[1]
    assert lamp[1] < table[1]
    assert cup[0] != lamp[0]


def test_between_two_places_is_the_middle() -> None:
    plan = read_plan("scene: field\n eagle; top left\n hare; bottom right\n fence; between eagle and hare\n")
    eagle, hare, fence = centers(plan)
    assert eagle[0] < fence[0] < hare[0]
    assert eagle[1] < fence[1] < hare[1]


def test_what_stands_by_a_thing_in_another_goes_with_it() -> None:
    plan = read_plan("scene: park\n dog; in front of house\n house; right\n cat; left of dog\n")
    dog, house, cat = centers(plan)
    assert abs(dog[0] - house[0]) < abs(cat[0] - house[0])
    assert cat[0] < dog[0]


def test_two_at_one_side_share_it() -> None:
    plan = read_plan("scene: room\n cup; left\n lamp; left\n vase; right\n")
    cup, lamp, vase = centers(plan)
    assert cup[0] == lamp[0] < vase[0]
    assert cup[1] < lamp[1]
