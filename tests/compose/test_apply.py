"""An edit changes what it names and nothing else: what it does not name stays the same region, dragged or not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Rect, parse_canvas, write_canvas
from lib_omost.canvas.loras import Lora
from lib_omost.canvas.reference import Reference
from lib_omost.compose.apply import apply_edits
from lib_omost.compose.edit import (
    Add,
    Forbid,
    Move,
    Nudge,
    Recolor,
    Remove,
    Resize,
    SetDepth,
    SetScene,
    SetStyle,
    Swap,
    Targets,
)
from lib_omost.compose.edit_text import read_edits
from lib_omost.compose.plan import Entry, Relation
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.to_canvas import to_canvas
from lib_omost.errors import CanvasError

ONE, TWO = Targets(("1",)), Targets(("2",))


@pytest.fixture
def page() -> Canvas:
    """A red ball that was dragged, a blue box and a tree, with texts as other models write them."""
    canvas = to_canvas(
        read_plan("scene: plain room; beige\nred ball; left; red\nblue box; right; blue\nold tree; top; green\n")
    )
    ball, box, tree = canvas.regions
    ball = replace(
        ball,
        description="A red ball of wool.",
        tags="ball, red",
        quality_meta="Clear red.",
        free_rect=Rect(21, 47, 3, 33),
    )
    return replace(canvas, regions=(ball, box, tree))


def edited(canvas, text):
    return apply_edits(canvas, read_edits(text)).canvas


def centre(region):
    return (region.rect.left + region.rect.right) / 2, (region.rect.top + region.rect.bottom) / 2


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_not_named_is_the_same_region(pages, local_changes, data):
    canvas, edit = data.draw(pages), data.draw(local_changes)
    after = apply_edits(canvas, [edit]).canvas
    kept = after.regions if isinstance(edit, Remove) else after.regions[1:]
    assert all(one is other for one, other in zip(kept, canvas.regions[1:], strict=True))
    assert replace(after, regions=canvas.regions) == canvas
    assert parse_canvas(write_canvas(after)) == after


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_changes_nothing_says_so(pages, data):
    canvas = data.draw(pages)
    for edits in ([], [Recolor(TWO, canvas.regions[1].color_name)] if "red" not in canvas.regions[1].tags else []):
        result = apply_edits(canvas, edits)
        assert result.changed == (result.canvas != canvas)
    assert not apply_edits(canvas, []).changed
    assert apply_edits(canvas, []).canvas is canvas


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_swap_is_its_own_undoing(pages, data):
    canvas = data.draw(pages)
    canvas = replace(canvas, regions=tuple(replace(one, free_rect=None) for one in canvas.regions))
    swap = Swap(Targets(("1", "2")))
    once = apply_edits(canvas, [swap]).canvas
    assert apply_edits(once, [swap]).canvas == canvas
    assert once.regions[0].location == canvas.regions[1].location


def test_adding_and_removing_leaves_what_was_there(page):
    more = edited(page, "add: 2 x lamp; above 2; yellow\n")
    assert len(more.regions) == 5
    assert all(one is other for one, other in zip(more.regions, page.regions, strict=False))
    assert edited(more, "remove 4, 5\n") == page


def test_recolouring_changes_the_words_of_the_colour_everywhere(page):
    ball = edited(page, "color 1: darkgreen\n").regions[0]
    assert ball.color_name == "darkgreen"
    assert ball.description == "A dark green ball of wool."
    assert (ball.tags, ball.quality_meta) == ("ball, dark green", "Clear dark green.")
    assert ball.free_rect == Rect(21, 47, 3, 33)
    assert edited(page, "color 1: darkgreen\ncolor 1: red\n").regions[0] == page.regions[0]


def test_a_colour_is_put_to_a_thing_that_has_none(page):
    tree = edited(page, "color old tree: orange\n").regions[2]
    assert tree.description == "Orange old tree."
    assert tree.color_name == "orange"


@pytest.mark.parametrize(
    ("description", "old", "new"),
    [
        ("Orange.", "orange", "Blue orange."),
        ("An orange on a plate.", "orange", "A blue orange on a plate."),
        ("Grilled salmon on a plate.", "salmon", "Blue grilled salmon on a plate."),
        ("A violet in a pot.", "violet", "A blue violet in a pot."),
        ("Olive tree.", "olive", "Blue olive tree."),
        ("A red orange.", "red", "A blue orange."),
        ("An orange car.", "orange", "A blue car."),
        ("Woman in orange.", "orange", "Woman in blue."),
        ("A car painted orange.", "orange", "A car painted blue."),
        ("A blue car, orange stripes.", "orange", "A blue car, blue stripes."),
    ],
)
def test_a_colours_word_that_is_the_things_name_stays(description, old, new):
    canvas = to_canvas(read_plan("scene: park\ncar\n"))
    canvas = replace(canvas, regions=(replace(canvas.regions[0], description=description, color_name=old, tags=""),))
    assert edited(canvas, "color 1: blue\n").regions[0].description == new


def test_another_thing_keeps_nothing_of_the_old_one_and_that_is_told(page):
    own = {"loras": (Lora("ball"),), "negative": "horse", "reference": Reference("a1b2.png"), "weight": 1.5}
    page = replace(page, regions=(replace(page.regions[0], **own), *page.regions[1:]))
    result = apply_edits(page, read_edits("replace 1: brown horse\n"))
    horse = result.canvas.regions[0]
    assert (horse.loras, horse.negative, horse.reference, horse.weight) == ((), "", None, 1.5)
    assert result.lost == ("'A red ball of wool.' was replaced, and its LoRA and Negative and Reference went with it",)
    same = apply_edits(page, read_edits("replace 1: green ball of wool\ndescribe 1: woolen ball\n"))
    assert (same.canvas.regions[0].loras, same.lost) == (own["loras"], ())


def test_another_colour_in_the_description_stays():
    canvas = to_canvas(read_plan("scene: park\ngirl with yellow balloon in red coat; red\n"))
    (girl,) = edited(canvas, "color 1: blue\n").regions
    assert girl.description == "Girl with yellow balloon in blue coat."


def test_a_colour_of_a_part_is_not_the_things_own():
    canvas = to_canvas(read_plan("scene: park\ngirl with yellow balloon\n"))
    assert canvas.regions[0].color_name == "gray"
    (girl,) = edited(canvas, "color 1: blue\n").regions
    assert girl.description == "Blue girl with yellow balloon."


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("left of", lambda one, other: centre(one)[0] < centre(other)[0] - 4),
        ("right of", lambda one, other: centre(one)[0] > centre(other)[0] + 4),
        ("above", lambda one, other: centre(one)[1] < centre(other)[1] - 4),
        ("on", lambda one, other: centre(one)[1] < centre(other)[1] - 4),
        ("below", lambda one, other: centre(one)[1] > centre(other)[1] + 4),
        ("behind", lambda one, other: one.distance_to_viewer > other.distance_to_viewer),
        ("in front of", lambda one, other: one.distance_to_viewer < other.distance_to_viewer),
    ],
)
@pytest.mark.parametrize("verb", ["move 1:", "add: lamp;"])
def test_a_place_by_another_thing(page, kind, holds, verb):
    after = edited(page, f"{verb} {kind} 2\n")
    assert holds(after.regions[0 if verb.startswith("move") else -1], after.regions[1])
    assert after.regions[1] is page.regions[1]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(("left of", "right of", "above", "below")))
def test_a_new_thing_by_one_that_lies_anywhere(pages, data, kind):
    canvas = data.draw(pages)
    after = apply_edits(canvas, [Add(Entry("lantern", relation=Relation(kind, ("1",))))]).canvas
    (x, y), (u, v) = centre(after.regions[-1]), centre(canvas.regions[0])
    rect = canvas.regions[0].rect
    room = {"left of": rect.left, "right of": 90 - rect.right, "above": rect.top, "below": 90 - rect.bottom}[kind]
    if room >= 12:
        assert {"left of": x < u, "right of": x > u, "above": y < v, "below": y > v}[kind]


def test_a_moved_thing_keeps_its_size(page):
    ball, box = edited(page, "move 1, 2: bottom right\n").regions[:2]
    assert box.location == "on the bottom-right"
    assert box.area == page.regions[1].area
    assert ball.rect.right - ball.rect.left == 30
    assert centre(ball)[0] > 60
    assert centre(ball)[1] > 60


@pytest.mark.parametrize("place", ["left", "right", "top", "bottom"])
def test_what_goes_where_another_thing_is_does_not_cover_it(place):
    canvas = to_canvas(read_plan(f"scene: sea\nboat; {place}; small\nbuoy; center; small\n"))
    moved = edited(canvas, f"move 2: {place}\n")
    boat, buoy = moved.regions
    assert boat == canvas.regions[0]
    assert place in buoy.location
    assert buoy.rect.shared(boat.rect) <= 0.5 * boat.rect.cells
    assert edited(canvas, "remove 1\nmove 2: left\n").regions[0].location == "on the left"


@pytest.mark.parametrize(("way", "back"), [("left", "right"), ("up", "down")])
def test_a_step_and_a_step_back(way, back):
    canvas = to_canvas(read_plan("scene: sea\nboat; center; small\n"))
    canvas = replace(canvas, regions=(replace(canvas.regions[0], free_rect=Rect(30, 60, 30, 60)),))
    there = apply_edits(canvas, [Nudge(ONE, way, True)]).canvas
    assert there != canvas
    assert apply_edits(there, [Nudge(ONE, back, True)]).canvas == canvas


def test_sizes(page):
    after = edited(page, "size 1, 2: larger\nsize 3: small tall\n")
    for number in (0, 1):
        one, other = after.regions[number].rect, page.regions[number].rect
        assert one.bottom - one.top > other.bottom - other.top
    assert after.regions[2].area == "a small vertical area"


@pytest.mark.parametrize(
    ("rect", "size", "width", "height"),
    [
        (Rect(40, 45, 40, 45), "smaller", 5, 5),
        (Rect(40, 45, 40, 45), "larger", 6, 6),
        (Rect(40, 41, 40, 41), "larger", 2, 2),
        (Rect(40, 44, 20, 60), "wider", 52, 4),
        (Rect(40, 44, 20, 60), "narrower", 31, 4),
        (Rect(20, 60, 40, 44), "taller", 4, 52),
        (Rect(40, 50, 40, 50), "smaller", 8, 8),
    ],
)
def test_a_side_that_is_short_already_grows_only_where_it_is_made_larger(page, rect, size, width, height):
    small = replace(page, regions=(replace(page.regions[0], free_rect=rect),))
    after = edited(small, f"size 1: {size}\n").regions[0].rect
    assert (after.right - after.left, after.bottom - after.top) == (width, height)


def test_depths(page):
    assert apply_edits(page, [SetDepth(ONE, "nearer")]).canvas.regions[0].distance_to_viewer < 5
    assert apply_edits(page, [SetDepth(ONE, "farther")]).canvas.regions[0].distance_to_viewer > 5


@pytest.mark.parametrize("distance", [0.02, 0.45, 0.5, 0.56, 1.0, 40.0])
def test_what_is_moved_or_put_in_front_is_nearer_however_near_the_others_are(page, distance):
    near = replace(page, regions=tuple(replace(region, distance_to_viewer=distance) for region in page.regions))
    for text in ("depth 1: nearer\n", "move 1: in front of 2\n"):
        assert 0 < edited(near, text).regions[0].distance_to_viewer < distance, text
    covering = edited(near, "add: tabby cat; right\n").regions[-1]
    assert 0 < covering.distance_to_viewer < distance
    assert edited(near, "depth 1: farther\n").regions[0].distance_to_viewer > distance


def test_another_thing_in_the_same_place(page):
    horse = edited(page, "replace 1: brown horse\n").regions[0]
    assert horse.rect == page.regions[0].rect
    assert (horse.description, horse.tags, horse.color_name) == ("Brown horse.", "brown horse", "brown")
    assert "red" not in repr(horse).lower()
    tree = edited(page, "describe 3: very old tree in bloom\n").regions[2]
    assert tree.color_name == page.regions[2].color_name


def test_the_scene_and_the_style_of_the_whole(page):
    snow = apply_edits(page, [SetScene("snowy forest", "white"), SetStyle("watercolor")]).canvas
    assert (snow.description, snow.color_name, snow.tags) == ("Snowy forest.", "white", "snowy forest, watercolor")
    assert {region.style for region in snow.regions} == {"watercolor"}
    assert [region.rect for region in snow.regions] == [region.rect for region in page.regions]
    again = apply_edits(snow, [SetStyle("photo")]).canvas
    assert again.tags == "snowy forest, photo"


def test_the_style_stays_when_the_last_region_goes_first():
    oil = to_canvas(read_plan("scene: park\nstyle: oil painting\ncat\n"))
    assert [region.style for region in edited(oil, "remove 1\nadd: dog\n").regions] == ["oil painting"]
    assert edited(oil, "remove 1\nscene: beach\n").tags == "beach, oil painting"
    photo = edited(oil, "remove 1\nstyle: photo\nscene: beach\nadd: dog\n")
    assert (photo.tags, photo.regions[0].style) == ("beach, photo", "photo")


def test_what_is_forbidden_is_kept_in_the_canvas_and_changes_no_region(page):
    result = apply_edits(page, [Forbid(("people",)), Forbid(("cars", "people"))])
    assert result.canvas == replace(page, absent=("people", "cars"))
    assert result.changed
    assert not apply_edits(result.canvas, [Forbid(("cars",))]).changed


def test_what_is_added_is_no_longer_forbidden(page):
    forbidden = apply_edits(page, [Forbid(("people", "red kites"))]).canvas
    assert apply_edits(forbidden, [Add(Entry("happy people"))]).canvas.absent == ("red kites",)


def test_numbers_are_those_of_the_canvas_as_it_was(page):
    after = edited(page, "remove 1\ncolor 2: red\nmove 3: bottom\n")
    assert [region.description for region in after.regions] == ["Red box.", "Old tree."]
    assert after.regions[1].location == "on the bottom"


@pytest.mark.parametrize("name", ["4", "unicorn", "0"])
def test_what_is_not_there_is_an_error_that_names_what_is(page, name):
    with pytest.raises(
        CanvasError, match=r"is not in the canvas; there is: 1 red ball of wool, 2 blue box, 3 old tree"
    ):
        apply_edits(page, [Remove(Targets((name,)))])


def test_words_that_could_be_several_are_an_error():
    canvas = to_canvas(read_plan("scene: table\n2 x apple\n"))
    with pytest.raises(CanvasError, match="could be 1 or 2"):
        apply_edits(canvas, [Resize(Targets(("apple",)), "larger")])
    assert len(apply_edits(canvas, [Remove(Targets(("all",)))]).canvas.regions) == 0


@pytest.mark.parametrize("name", ["red ball of wool", "ball", "the Ball".lower(), "balls", "wool", "1"])
def test_a_thing_is_named_by_its_words_or_number(page, name):
    assert edited(page, f"remove {name}\n").regions == page.regions[1:]


def test_a_canvas_is_never_fuller_than_it_may_be(page):
    with pytest.raises(CanvasError, match="more than 32 regions"):
        apply_edits(page, [Add(Entry("star", 6))] * 5)


def test_a_move_by_what_was_removed_is_an_error(page):
    with pytest.raises(CanvasError):
        apply_edits(page, [Remove(TWO), Move(ONE, relation=Relation("above", ("2",)))])


def test_one_more_of_a_thing_has_its_colour(page):
    more = edited(page, "add: old tree; left; teal\n")
    assert more.regions[-1].color_name == page.regions[2].color_name
    assert edited(page, "add: lamp; left; teal\n").regions[-1].color_name == "teal"
