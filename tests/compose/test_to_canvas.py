"""A plan as a canvas: things lie where the plan says, to each other too, and nothing that must be absent is named."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import GRID, LOCATIONS, parse_canvas, write_canvas
from lib_omost.canvas.limits import MAX_REGIONS
from lib_omost.compose.complete import completed
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.compose.vocabulary import PLACES


def composed(*lines):
    return to_canvas(read_plan("scene: open field; green\n" + "".join(line + "\n" for line in lines)))


def centre(region):
    rect = region.rect
    return (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2


def stands(kind, one, other):
    """Whether the centres (or distances) of two regions stand so, by more than a hair."""
    (x, y), (u, v) = centre(one), centre(other)
    return {
        "left of": x < u - 4,
        "right of": x > u + 4,
        "above": y < v - 4,
        "on": y < v - 4,
        "below": y > v + 4,
        "beside": abs(x - u) > 4,
        "in front of": one.distance_to_viewer < other.distance_to_viewer,
        "behind": one.distance_to_viewer > other.distance_to_viewer,
        "around": one.distance_to_viewer > other.distance_to_viewer,
        "in": abs(x - u) < 12 and abs(y - v) < 12 and one.distance_to_viewer < other.distance_to_viewer,
    }[kind]


SINGLE = ("left of", "right of", "above", "on", "below", "beside", "in front of", "behind", "in", "around")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_plan_makes_a_canvas_that_can_be_written_and_read(plans, data):
    plan = data.draw(plans)
    canvas = to_canvas(plan)
    assert parse_canvas(write_canvas(canvas)) == canvas
    asked = sum(entry.count for entry in plan.entries)
    assert len(canvas.regions) == asked or asked > MAX_REGIONS >= len(canvas.regions)
    assert all(any(entry.thing in region.tags for region in canvas.regions) for entry in plan.entries)
    for region in canvas.regions:
        assert region.rect.right - region.rect.left > 0
        assert region.rect.bottom - region.rect.top > 0


@pytest.mark.parametrize(("thing", "is_square"), [
    ("red ball", True), ("blue square", True), ("ring with dots", True), ("orange circles", True), ("fox", False),
    ("red car", True), ("hay carts", True), ("house with a garden", True), ("car wash attendant", False),
    ("ball player", False), ("woman with a ball", False),
])  # fmt: skip
@pytest.mark.parametrize("other", ["left of barrel", "right of barrel", "above barrel", "below barrel"])
def test_what_is_as_wide_as_high_has_a_square_place(thing, is_square, other):
    region = next(each for each in composed(f"{thing}; {other}", "barrel").regions if each.description != "Barrel.")
    assert ("square" in region.area) is is_square


@pytest.mark.parametrize("thing", ["limousine", "wooden fences", "black crocodile", "gunboat", "banner with a lion"])
def test_what_is_much_wider_than_high_has_a_wide_place(thing):
    alone, above, behind, left = (
        next(each for each in composed(*lines).regions if each.description != "Barrel.").area
        for lines in (
            [thing],
            [f"{thing}; above barrel", "barrel"],
            [f"{thing}; behind barrel", "barrel"],
            [f"{thing}; left"],
        )
    )
    assert (alone, above, behind) == (
        "a large horizontal area",
        "a medium-sized horizontal area",
        "a large horizontal area",
    )
    assert left == "a small square area"
    assert composed(f"tall {thing}").regions[0].area == "a large square area"


def test_a_sky_and_a_ground_lie_behind_all_else_across_the_picture():
    canvas = to_canvas(completed(read_plan("scene: field\ntractor; below sky\ngray sky\ngreen ground\n")))
    tractor, sky, ground = canvas.regions
    for each, place in ((sky, "on the top"), (ground, "on the bottom")):
        assert (each.location, each.area, each.distance_to_viewer) == (place, "a large horizontal area", 9.0)
    assert tractor.location == "in the center"
    alone = to_canvas(completed(read_plan("scene: field\ngray sky\n")))
    assert alone.regions[0].location == "in the center"


@pytest.mark.parametrize(
    "lines",
    [
        ("cactus; left", "guitar; right of cactus", "suitcase; right of guitar", "globe; right of suitcase"),
        ("globe; right", "suitcase; left of globe", "guitar; left of suitcase", "cactus; left of guitar"),
        (
            "cactus; left",
            "guitar; right of cactus",
            "suitcase; right of guitar",
            "globe; right of suitcase",
            "sun; right of globe",
        ),
    ],
)
def test_a_row_that_leaves_the_picture_is_spread_evenly_over_it(lines):
    centres = sorted((each.rect.left + each.rect.right) / 2 for each in composed(*lines).regions)
    assert all(12 < other - one < 26 for one, other in itertools.pairwise(centres))


def test_a_place_that_is_said_is_kept_where_a_row_would_move_it():
    first = composed(
        "cactus; right", "guitar; right of cactus", "suitcase; right of guitar", "globe; right of suitcase"
    ).regions[0]
    assert (first.rect.left + first.rect.right) / 2 > 50


def test_a_size_that_is_said_and_several_things_have_their_own():
    assert composed("ball; left; medium tall").regions[0].area == "a medium-sized vertical area"
    assert composed("large ball; left; large").regions[0].area == "a large square area"


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize("turned", [False, True])
def test_two_things_stand_as_the_relation_says(kind, turned):
    lines = [f"fox; {kind} barrel", "barrel"]
    regions = composed(*(reversed(lines) if turned else lines)).regions
    fox, barrel = sorted(regions, key=lambda region: region.description, reverse=True)
    assert fox.description == "Fox."
    assert stands(kind, fox, barrel)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(SINGLE[:5], repeat=2)))
def test_a_chain_of_relations_holds(first, second):
    fox, barrel, lamp = composed("fox", f"barrel; {first} fox", f"lamp; {second} barrel").regions
    assert stands(first, barrel, fox)
    assert stands(second, lamp, barrel)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_is_a_location_of_the_canvas(place):
    (region,) = composed(f"fox; {place}").regions
    assert region.location == PLACES[place]
    assert region.offset == "no offset"


@pytest.mark.parametrize("kind", SINGLE[:5])
@pytest.mark.parametrize("place", PLACES)
def test_a_thing_stands_to_one_that_has_a_place(kind, place):
    barrel, fox = composed(f"barrel; {place}", f"fox; {kind} barrel").regions
    assert barrel.location == PLACES[place]
    assert stands(kind, fox, barrel)


def test_between_two_things():
    fox, barrel, lamp = composed("fox; between barrel and lamp", "barrel", "lamp").regions
    assert centre(barrel)[0] < centre(fox)[0] < centre(lamp)[0]


@pytest.mark.parametrize("count", range(2, 7))
def test_several_of_a_thing_are_regions_apart(count):
    regions = composed(f"{count} x red ball").regions
    assert len(regions) == count
    for one, other in itertools.combinations(regions, 2):
        assert abs(centre(one)[0] - centre(other)[0]) + abs(centre(one)[1] - centre(other)[1]) > 10
    assert {region.color_name for region in regions} == {"red"}


def test_a_row_is_a_row_and_corners_are_corners():
    row = composed("4 x candle; large wide").regions
    assert len({centre(region)[1] for region in row}) == 1
    assert [centre(region)[0] for region in row] == sorted(centre(region)[0] for region in row)
    corners = composed("4 x star; corners").regions
    assert {region.location for region in corners} == {name for name in LOCATIONS if name.count("-")}


def test_all_around_a_thing():
    king, *soldiers = composed("king", "6 x soldier; around king").regions
    x, y = centre(king)
    assert {(centre(one)[0] > x, centre(one)[1] > y) for one in soldiers} >= {(True, True), (False, False)}
    assert {centre(one)[0] < x for one in soldiers} == {True, False}


def test_sizes_and_depths_are_what_was_said():
    elephant, mouse = composed("elephant; large; far", "mouse; small; near").regions
    assert elephant.area == "a large square area"
    assert mouse.area == "a small square area"
    assert elephant.distance_to_viewer > mouse.distance_to_viewer


def test_colours_come_from_the_plan_or_from_the_words():
    canvas = composed("ball; blue", "dark green box", "pale sky-blue kite", "stone")
    assert [region.color_name for region in canvas.regions] == ["blue", "darkgreen", "skyblue", "gray"]
    assert canvas.color_name == "green"


def test_what_must_be_absent_is_named_nowhere():
    canvas = to_canvas(Plan("beach", None, "photo", ("people", "tall trees"), (Entry("parasol"),)))
    assert canvas.absent == ("people", "tall trees")
    texts = repr(replace(canvas, absent=()))
    assert "people" not in texts
    assert "trees" not in texts


def test_nothing_but_a_scene_is_a_canvas_too():
    canvas = to_canvas(Plan("calm sea at sunset", "coral", "watercolor"))
    assert canvas.description == "Calm sea at sunset."
    assert canvas.regions == ()
    assert canvas.tags == "calm sea at sunset, watercolor"


def test_a_relation_to_nothing_is_as_if_it_was_not_said():
    plan = Plan("field", entries=(Entry("fox", relation=Relation("left of", ("unicorn",))), Entry("hen")))
    without = Plan("field", entries=(Entry("fox"), Entry("hen")))
    assert to_canvas(plan) == to_canvas(without)


@given(st.integers(1, 10))
def test_things_without_a_place_do_not_lie_on_each_other(count):
    regions = composed(*(f"thing {number}" for number in range(count))).regions
    for one, other in itertools.combinations(regions, 2):
        assert centre(one) != centre(other)
    assert all(0 <= edge <= GRID for region in regions for edge in region.rect)


@pytest.mark.parametrize(
    ("place", "is_left"), [(None, True), ("center", True), ("left", False), ("top left", False), ("right", True)]
)
def test_what_stands_beside_is_in_the_order_of_the_words_or_towards_the_middle(
    place: str | None, is_left: bool
) -> None:
    plan = Plan("park", entries=(Entry("cat", relation=Relation("beside", ("dog",))), Entry("dog", place=place)))
    cat, dog = (region.rect for region in to_canvas(plan).regions)
    assert (cat.left < dog.left) is is_left
