"""The checks of `bench compose`: what they take a canvas to mean, each on canvases that are right and wrong by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.bench.compose.checks import CHECKS, Case, judge
from lib_omost.bench.compose.matching import match
from lib_omost.bench.compose.messages import Message, Relation, Thing
from lib_omost.bench.compose.words import is_of_color, names, place_in, says_color, singular
from lib_omost.canvas import Canvas, Rect, Region, write_canvas
from lib_omost.chat.conversation.conversation import Round


def region(text: str, location: str = "in the center", **fields: Any) -> Region:
    said = {"offset": "no offset", "area": "a small square area", "distance_to_viewer": 5.0, **fields}
    return Region(location, description=text, **said)


def canvas(*regions: Region, text: str = "A white background.", **fields: Any) -> Canvas:
    return Canvas(text, regions=regions, **fields)


def failed(asked: Message, shown: Canvas) -> tuple[str, ...]:
    return judge(asked, write_canvas(shown)).failed


FOX, BARREL = Thing(("fox",)), Thing(("barrel", "cask"))
LEFT, RIGHT, TOP, BOTTOM = "on the left", "on the right", "on the top", "on the bottom"


def message(*things: Thing, **fields: Any) -> Message:
    return Message("1", "all", "a message", things, **fields)


def test_words_are_found_in_singular_and_plural_and_as_whole_words() -> None:
    assert names("Three red foxes.", "fox")
    assert names("A fox.", "foxes")
    assert names("two canaries on a bench", "canary")
    assert names("the Ferris wheel", "ferris wheel")
    assert not names("a wheel of Ferris", "ferris wheel")
    assert not names("a fishbowl", "fish")
    assert not names("a scarecrow", "car")
    assert names("a sunflower field", "flower")  # a long noun within a word
    assert not names("a lifeboat", "boat")
    assert names("左边是一只猫", "猫")
    assert [singular(word) for word in ("geese", "berries", "buses", "glass", "otters", "bus")] == [
        *("goose", "berry", "bus", "glass", "otter", "bus")
    ]


def test_the_first_noun_decides_where_a_text_names_a_thing() -> None:
    assert place_in("A cask by a fox", ("fox", "cask")) == 2
    assert place_in("A cask by a fox", ("fox",)) == 12
    assert place_in("A cask", ("fox",)) is None


def test_colors_are_said_in_any_language_and_shown_by_their_relatives() -> None:
    assert says_color("a red ball", "rojo")
    assert says_color("una pelota rojo", "rojo")
    assert says_color("赤い車", "赤")
    assert not says_color("a reddened ball", "red")
    assert is_of_color("crimson", "red")
    assert is_of_color("darkgreen", "green")
    assert is_of_color("seagreen", "grün")
    assert not is_of_color("crimson", "blue")


@given(st.data())
@settings(deadline=None)
def test_as_many_things_are_matched_as_can_be_and_the_earliest_nouns_win(data: st.DataObject) -> None:
    nouns = ("fox", "owl", "bat")
    things = [Thing((noun,), data.draw(st.integers(1, 2))) for noun in nouns]
    texts = st.lists(st.sampled_from((*nouns, "a", "tree")), min_size=1, max_size=4).map(" ".join)
    shown = [region(text) for text in data.draw(st.lists(texts, max_size=5))]
    slots = [(index, number) for index, thing in enumerate(things) for number in range(thing.count)]

    def worth(chosen: tuple[int | None, ...]) -> tuple[int, float] | None:
        cost = 0.0
        for (index, number), place in zip(slots, chosen, strict=True):
            if place is None:
                cost += 0 if number else 1000
            elif (at := place_in(shown[place].description, things[index].nouns)) is None:
                return None
            else:
                cost += at
        return -sum(place is not None for place in chosen), cost

    places = [*range(len(shown)), *[None] * len(slots)]
    ways = set(itertools.permutations(places, len(slots))) if len(slots) < 6 else set()
    found = match(things, shown)
    used = [place for indices in found for place in indices]
    assert len(used) == len(set(used))
    for indices, thing in zip(found, things, strict=True):
        assert len(indices) <= thing.count
        assert all(names(shown[place].description, thing.nouns[0]) for place in indices)
    if ways:
        best = min(value for way in ways if (value := worth(way)) is not None)
        ours = [
            *itertools.chain(*((*indices, None, None)[: t.count] for indices, t in zip(found, things, strict=True)))
        ]
        assert worth(tuple(ours)) == pytest.approx(best)


def test_where_all_else_is_equal_regions_stand_in_the_order_of_the_message() -> None:
    both = [region("A fox and a barrel."), region("A barrel and a fox."), region("A fox and a barrel.")]
    assert match((FOX, FOX, FOX), both) == ((0,), (1,), (2,))
    assert match((BARREL, FOX), both[1:]) == ((0,), (1,))
    assert match((FOX, FOX), [region("A fox."), region("A fox.")]) == ((0,), (1,))


def test_a_reply_without_a_canvas_fails_to_parse_alone() -> None:
    assert judge(message(FOX), "I am sorry.").failed == ("parses",)


BEFORE = canvas(
    region("A brown dog.", LEFT, color_name="brown", free_rect=Rect(10, 60, 5, 35)),
    region("A tree.", RIGHT, color_name="green"),
)
DOG, TREE = BEFORE.regions
EDIT = message(before=(Round("a dog and a tree", write_canvas(BEFORE).strip()),))
SCENE = canvas(region("A fox."), text="A snowy forest at night.", tags="forest, night")

# a check → what is asked, a canvas that is right, canvases that fail this check and no other
BY_HAND: dict[str, tuple[Message, Canvas, list[Canvas]]] = {
    "present": (
        message(FOX, BARREL, extra_ok=True),
        canvas(region("A fox."), region("An old barrel.")),
        [],  # what is missing also fails to count
    ),
    "count": (
        message(replace(FOX, count=2)),
        canvas(region("A fox.", LEFT), region("A fox.", RIGHT)),
        [],
    ),
    "relation": (
        message(FOX, BARREL, relations=(Relation(0, "left_of", 1),)),
        canvas(region("A fox.", LEFT), region("A barrel.", RIGHT)),
        [
            canvas(region("A fox.", RIGHT), region("A barrel.", LEFT)),
            canvas(region("A fox.", TOP), region("A barrel.", BOTTOM)),
        ],
    ),
    "place": (
        message(replace(FOX, place="top-left"), replace(BARREL, loc=RIGHT)),
        canvas(region("A fox.", "on the top-left"), region("A barrel.", RIGHT)),
        [
            canvas(region("A fox.", TOP), region("A barrel.", RIGHT)),
            canvas(region("A fox.", "on the top-left"), region("A barrel.", "on the top-right")),
        ],
    ),
    "color": (
        message(replace(FOX, colors=("red",)), replace(BARREL, colors=("blue",))),
        canvas(region("A fox.", color_name="crimson"), region("A blue barrel.")),
        [
            canvas(region("A fox.", color_name="blue"), region("A blue barrel.")),
            canvas(region("A red and blue fox."), region("A blue barrel.")),  # says the other one's, too
            canvas(region("A red fox."), region("A barrel.", color_name="red")),
        ],
    ),
    "size": (
        message(replace(FOX, size="small"), replace(BARREL, size="large")),
        canvas(region("A fox."), region("A barrel.", area="a medium-sized vertical area")),
        [
            canvas(region("A fox."), region("A barrel.")),
            canvas(region("A fox.", area="a large square area"), region("A barrel.", area="a large square area")),
        ],
    ),
    "share": (
        message(replace(FOX, share={"width": 33, "height": 100})),
        canvas(region("A fox.", free_rect=Rect(0, 90, 0, 30))),
        [
            canvas(region("A fox.", free_rect=Rect(0, 90, 0, 45))),
            canvas(region("A fox.", free_rect=Rect(0, 60, 0, 30))),
        ],
    ),
    "arranged": (
        message(replace(FOX, count=3, arranged="row")),
        canvas(*(region("A fox.", free_rect=Rect(30, 60, left, left + 30)) for left in (0, 30, 60))),
        [
            canvas(*(region("A fox.", free_rect=Rect(top, top + 30, 30, 60)) for top in (0, 30, 60))),
            canvas(*(region("A fox.", free_rect=Rect(at, at + 30, at, at + 30)) for at in (0, 30, 60))),
        ],
    ),
    "words": (
        message(replace(FOX, words=("sleeping", "asleep"))),
        canvas(region("A fox, asleep.")),
        [canvas(region("A fox."))],
    ),
    "scene": (message(FOX, scene=("forest",)), SCENE, [replace(SCENE, description="A beach.", tags="sand")]),
    "style": (
        message(FOX, style=("watercolor", "watercolour")),
        canvas(region("A fox.", style="soft watercolor")),
        [canvas(region("A fox.", style="oil painting")), canvas(region("A fox."))],
    ),
    "background": (
        message(FOX, background="green"),
        canvas(region("A fox."), text="A dark green background.", color_name="darkgreen"),
        [
            canvas(region("A fox."), text="A dark green background.", color_name="white"),
            canvas(region("A fox."), text="A background.", color_name="darkgreen"),
        ],
    ),
    "absent": (
        message(FOX, absent=("tree",), extra_ok=True),
        canvas(region("A fox.")),
        [
            canvas(region("A fox."), region("A tree.")),
            canvas(region("A fox.", tags="fox, trees")),
            canvas(region("A fox."), text="A meadow without trees."),
        ],
    ),
    "unchanged": (
        replace(EDIT, things=(Thing(("dog",), was=(0,), kept=("all",)), Thing(("tree",), unchanged=(RIGHT, "green")))),
        BEFORE,
        [
            replace(BEFORE, regions=(replace(DOG, free_rect=None), TREE)),
            replace(BEFORE, regions=(replace(DOG, description="A dog."), TREE)),
            replace(BEFORE, regions=(DOG, replace(TREE, color_name="lime"))),
            replace(BEFORE, regions=(DOG, replace(TREE, location=TOP))),
        ],
    ),
    "changed": (
        replace(EDIT, things=(Thing(("dog",), was=(0,), moved="right", resized="larger"), Thing(("tree",)))),
        replace(BEFORE, regions=(replace(DOG, free_rect=Rect(10, 70, 5, 50)), TREE)),
        [
            BEFORE,
            replace(BEFORE, regions=(replace(DOG, free_rect=Rect(10, 60, 25, 55)), TREE)),
            replace(BEFORE, regions=(replace(DOG, free_rect=Rect(0, 90, 0, 35)), TREE)),
        ],
    ),
    "extra": (
        message(FOX, scene=("forest",)),
        replace(SCENE, regions=(*SCENE.regions, region("A dark forest behind it."))),
        [replace(SCENE, regions=(*SCENE.regions, region("A castle.")))],
    ),
    "dup": (
        message(FOX, BARREL, extra_ok=True),
        canvas(region("A fox."), region("A barrel."), region("A cloud.")),
        [canvas(region("A fox."), region("A barrel."), region("A cloud."), region("A cloud."))],
    ),
    "regions": (message(min_regions=2, extra_ok=True), canvas(region("A."), region("B.")), [canvas(region("A."))]),
}


def test_every_check_is_tried_by_hand() -> None:
    assert BY_HAND.keys() == CHECKS.keys()


@pytest.mark.parametrize("check", BY_HAND)
def test_a_check_passes_what_is_right_and_fails_what_is_wrong(check: str) -> None:
    asked, right, wrong = BY_HAND[check]
    assert failed(asked, right) == ()
    assert check in judge(asked, write_canvas(right)).checks
    for shown in wrong:
        assert failed(asked, shown) == (check,), shown


@pytest.mark.parametrize("check", BY_HAND)
def test_a_check_says_nothing_where_nothing_of_its_kind_is_asked(check: str) -> None:
    asked = message(extra_ok=True, dup_ok=True)
    assert CHECKS[check](Case(asked, canvas(), match((), ()))) is None


def test_what_is_missing_is_not_present_and_one_too_many_does_not_count() -> None:
    two = message(replace(FOX, count=2))
    assert failed(two, canvas(region("A barrel."))) == ("present", "count", "extra")
    assert failed(two, canvas(region("A fox."))) == ("count",)
    three = canvas(region("A fox.", LEFT), region("A fox.", RIGHT), region("A fox.", TOP))
    assert failed(two, three) == ("count", "extra", "dup")
    assert failed(message(FOX, BARREL), canvas(region("A fox beside a barrel."))) == ("present", "count")


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("above", (TOP, BOTTOM, 5, 5), (BOTTOM, TOP, 5, 5)),
        ("below", (BOTTOM, TOP, 5, 5), (TOP, BOTTOM, 5, 5)),
        ("in_front_of", (LEFT, RIGHT, 2, 5), (LEFT, RIGHT, 5, 5)),
        ("inside", ("on the top-left", "on the left", 5, 5), (RIGHT, LEFT, 5, 5)),
    ],
)
def test_relations(kind: str, right: tuple[Any, ...], wrong: tuple[Any, ...]) -> None:
    asked = message(FOX, BARREL, relations=(Relation(0, kind, 1),))
    for (fox, barrel, near, far), fails in ((right, ()), (wrong, ("relation",))):
        shown = canvas(
            region("A fox.", fox, distance_to_viewer=near), region("A barrel.", barrel, distance_to_viewer=far)
        )
        assert failed(asked, shown) == fails


def test_between_is_across_or_down_and_needs_all_three() -> None:
    asked = message(FOX, BARREL, Thing(("owl",)), relations=(Relation(0, "between", 1, 2),))
    barrel, owl = region("A barrel.", RIGHT), region("An owl.", LEFT)
    assert failed(asked, canvas(region("A fox."), barrel, owl)) == ()
    assert failed(asked, canvas(region("A fox.", RIGHT), barrel, owl)) == ("relation",)
    down = canvas(region("A fox."), replace(barrel, location=TOP), replace(owl, location=BOTTOM))
    assert failed(asked, down) == ()
    assert "relation" in failed(asked, canvas(region("A fox."), barrel))


@pytest.mark.parametrize(("to", "near"), [("nearer", 3.0), ("farther", 8.0)])
def test_depth_is_moved_too(to: str, near: float) -> None:
    asked = replace(EDIT, things=(Thing(("dog",), was=(0,), moved=to), Thing(("tree",))))
    assert failed(asked, replace(BEFORE, regions=(replace(DOG, distance_to_viewer=near), TREE))) == ()
    assert failed(asked, BEFORE) == ("changed",)
