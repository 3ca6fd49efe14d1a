"""A canvas compared with its English message: what is not as asked is found, and a right canvas is never faulted."""

from __future__ import annotations

import pytest

from lib_omost.canvas import Canvas
from lib_omost.compose.after import after
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.review.compare import review
from lib_omost.compose.to_canvas import to_canvas


def canvas_of(*entries: str, scene: str = "meadow", absent: str = "") -> Canvas:
    lines = [f"scene: {scene}", *([f"no: {absent}"] if absent else []), *(f" {entry}" for entry in entries)]
    return to_canvas(read_plan("\n".join(lines) + "\n"))


THREE = canvas_of("red kettle", "blue sofa", "green tent")


def lacking(message: str, canvas: Canvas, before: Canvas | None = None) -> list[str]:
    return [found.lacking for found in review(message, before, canvas)]


@pytest.mark.parametrize(
    ("message", "canvas", "found"),
    [
        ("a kettle beside the sofa", canvas_of("kettle"), "the sofa is missing"),
        ("a kettle and a cook. His tent is on the left.", canvas_of("kettle", "cook"), "the tent is missing"),
        ("a kettle in the distance, a sofa", canvas_of("kettle; near", "sofa"), "the kettle is not far away"),
        ("a kettle in the dusty kitchen", canvas_of("kettle", scene="hall"), "the dusty kitchen is missing"),
        (
            "a kettle, a sofa. A cook stands between them.",
            canvas_of("cook", "kettle", "sofa"),
            "the cook is not between the kettle and the sofa",
        ),
        ("a kettle drifting over a sofa", canvas_of("sofa"), "the kettle is missing"),
        ("kettle left of the sofa", canvas_of("kennel; left of sofa", "sofa"), "the kennel was not asked for"),
        (
            "a kettle in the top right corner of a sofa",
            canvas_of("kettle; in sofa", "sofa"),
            "the kettle is not in the top right",
        ),
        ("a kettle between two tents", canvas_of("2 x tent", scene="kettle"), "the kettle is missing"),
        ("a cook and a clerk under an arch", canvas_of("cook", "clerk", scene="arch"), "the arch is missing"),
        (
            "a cook with two kettles behind him",
            canvas_of("cook; far", "2 x kettle; near"),
            "the kettles is not behind the cook",
        ),
        ("three kettles on the left", canvas_of("2 x kettle; left"), "it has 2 kettles, not 3"),
        ("a kettle crossing the picture", canvas_of("kettle; left", "kettle; right"), "it has 2 kettle, not 1"),
        ("a vase of tulips on a sofa", canvas_of("tulips; on sofa", "sofa"), "the vase is missing"),
        ("a red kettle and a red tent", canvas_of("red kettle"), "the red tent is missing"),
        ("a chess king beside a chess cook", canvas_of("chess king"), "the chess cook is missing"),
        ("on the left a cook, the kettle stands by him", canvas_of("cook; left"), "the kettle is missing"),
        ("a sofa, overhead two kettles", canvas_of("sofa", "2 x kettle; bottom"), "the kettles is not at the top"),
        ("five kettles in a circle", canvas_of("5 x kettle", "circle"), "the circle is no thing in it"),
        (
            "I want a card for Ed. A kettle on a sofa.",
            canvas_of("card", "kettle; on sofa", "sofa"),
            "the card is no thing in it",
        ),
        ("deux canards blancs", canvas_of("white duck"), "it has 1 duck, not 2"),
        ("8 kettles", canvas_of("kettles"), "it has 1 kettles, not 8"),
        ("a sofa with a kettle on its left", canvas_of("sofa with a kettle"), "the kettle is no thing of its own"),
        ("a kettle on a sofa", canvas_of("kettle; left", "sofa; right"), "the kettle is not on the sofa"),
        ("a cook in a tent", canvas_of("cook; left", "tent; right"), "the cook is not in the tent"),
        ("a pair of kettles in the snow", canvas_of("kettle", scene="snow"), "it has 1 kettles, not 2"),
        ("a red kettle beside the sofa", canvas_of("kettle; blue", "sofa"), "the kettle is not red"),
        (
            "a kettle to the left of a sofa",
            canvas_of("kettle; right of sofa", "sofa"),
            "the kettle is not left of the sofa",
        ),
        ("a kettle sits behind a sofa", canvas_of("kettle; near", "sofa; far"), "the kettle is not behind the sofa"),
        ("sofa left of the frame", canvas_of("sofa; left of frame", "frame"), "the frame is no thing in it"),
        ("a sofa without kettles", canvas_of("kettle", "sofa"), "the kettles is in it"),
        ("a kettle on the left and a sofa", canvas_of("kettle; right", "sofa; left"), "the kettle is not on the left"),
        (
            "a sofa. A kettle stands high on the right",
            canvas_of("sofa", "kettle; right"),
            "the kettle is not in the top right",
        ),
        (
            "a sofa, and at the left there is a kettle",
            canvas_of("sofa", "kettle; top"),
            "the kettle is not on the left",
        ),
        ("a kettle in the middle of the picture", canvas_of("kettle; left"), "the kettle is not in the center"),
        ("twin kettles in the snow", canvas_of("kettle", scene="snow"), "it has 1 kettles, not 2"),
        (
            "a sofa next to a kettle, kettle on the left",
            canvas_of("sofa; left", "kettle; right"),
            "the kettle is not on the left",
        ),
        ("a kettle at the top and a sofa", canvas_of("sofa", scene="kettle"), "the kettle is missing"),
        ("a red kettle and a sofa over green ground", canvas_of("red kettle", "sofa"), "the green ground is missing"),
        ("a sofa without a kettle", canvas_of("sofa with a kettle"), "the kettle is in it"),
    ],
)
def test_what_is_not_as_asked_is_found(message: str, canvas: Canvas, found: str) -> None:
    assert lacking(message, canvas) == [found]


@pytest.mark.parametrize(
    ("message", "canvas"),
    [
        ("a white tulip and two orange tulips", canvas_of("white tulip", "2 x orange tulip")),
        ("a man without a hat next to a woman with hat", canvas_of("man", "woman with hat")),
        ("two cooks, one wears a hat", canvas_of("cook", "cook wearing a hat")),
        ("a cook in a red hat beside a clerk in a blue hat", canvas_of("cook in a red hat", "clerk in a blue hat")),
        ("a kettle on a sofa", canvas_of("kettle; on sofa", "sofa")),
        ("a kettle on a sofa", canvas_of("kettle", scene="sofa")),  # it may stand for where it all is
        ("a yellow and a purple kettle", canvas_of("yellow kettle", "purple kettle")),
        ("a large and a small kettle", canvas_of("large kettle", "small kettle")),
        ("two tables, each with a lamp", canvas_of("2 x table", "2 x lamp")),
        ("a kettle covering a quarter of the picture", canvas_of("kettle")),
        ("deux canards blancs", canvas_of("2 x white duck")),
        ("a kettle drifting over a sofa", canvas_of("kettle; above sofa", "sofa")),
        ("two calves and three geese in the sun", canvas_of("2 x calf", "3 x goose")),
        ("a crow looks down on the village", canvas_of("crow; top", scene="village")),
        ("a couple of kettles, one of them red", canvas_of("2 x kettle")),
        ("six kettles arranged in a ring around a sofa", canvas_of("6 x kettle", "sofa")),
        ("a big sofa with a kettle on the left", canvas_of("sofa; left", "kettle; right")),
        ("a kettle on the left of a sofa", canvas_of("kettle; left of sofa", "sofa")),
        ("a kettle on the left sofa and a tent", canvas_of("kettle; right", "sofa; right", "tent")),
        ("a kettle in the middle of a crowd", canvas_of("kettle; left", "crowd; around kettle")),
        ("a woman left the house", canvas_of("woman; right", "house")),
        ("three kettles in a row", Canvas("Meadow.", regions=canvas_of("3 kettles").regions)),
        ("a camera in front of a sofa", canvas_of("camera; in front of sofa", "sofa")),
        ("a pair of red scissors on the left", canvas_of("red scissors; left")),
        ("the shogun faces the viking", canvas_of("shogun", "viking")),
        ("a stork that stands on one leg by the pond", canvas_of("stork", scene="pond")),
        ("a firefly on a bowl", canvas_of("firefly", "fishbowl")),
        ("a sofa with a kettle and a tent without a kettle", canvas_of("sofa with a kettle", "tent")),
        ("a red kettle over green ground", canvas_of("red kettle", scene="green ground")),
        ("a sofa on a meadow", canvas_of("sofa", scene="meadow")),
        ("a kettle and a sofa, the sofa is on the right", canvas_of("kettle; left", "sofa; right")),
        ("an empty room, no people and no cat", canvas_of("chair", absent="people, cat", scene="empty room")),
        ("something cosy for the evening", canvas_of("fireplace", "armchair")),
        ("a stoat and a black stoat... sorry, a black weasel", canvas_of("stoat")),
        ("ein Kessel und the Sofa", canvas_of("kettle")),
        ("一只狗在左边", canvas_of("ship")),
        ("trois bouilloires jaunes", canvas_of("ship")),
    ],
)
def test_what_is_as_asked_or_is_not_sure_is_not(message: str, canvas: Canvas) -> None:
    assert lacking(message, canvas) == []


PINES = canvas_of("pine; left", "pine; center", "pine; right", "sofa; bottom")


@pytest.mark.parametrize(
    ("message", "edit", "found"),
    [
        ("only the leftmost pine should stay", "remove 2, 3, 4\n", []),
        ("only the leftmost pine should stay", "remove 1, 2, 3, 4\n", ["not only the pine is left"]),
        ("remove everything except the sofa", "remove 1, 2\n", ["not only the sofa is left"]),
        ("make the left pine red and the right pine blue", "color 1: red\ncolor 3: blue\n", []),
        ("put a lamp between the first two pines", "add: lamp; between 1 and 2\n", []),
        ("add two pines", "add: 2 x pine\n", []),
        ("paint the pines white", "color 2: white\n", ["not every pine was changed"]),
        ("paint the pines white", "color 1, 2, 3: white\n", []),
        ("paint one of the pines white", "color 2: white\n", []),
        ("paint two pines white", "color 1, 2: white\n", []),
        ("add another sofa next to a pine", "add: sofa; beside 1\n", []),
    ],
)
def test_several_of_a_noun_in_a_change(message: str, edit: str, found: list[str]) -> None:
    assert lacking(message, after(PINES, edit).canvas, PINES) == found


@pytest.mark.parametrize(
    ("message", "edit", "found"),
    [
        ("swap the sofa and the tent", "swap 1, 3\n", ["the kettle is another, too"]),
        ("swap the sofa and the tent", "swap 2, 3\n", []),
        ("drop both the kettle and the sofa", "remove 1, 2, 3\n", ["the tent is another, too"]),
        ("make the sofa bigger", "size 2: larger\n", []),
        ("put it to the left of the sofa", "move 1: left of 2\n", []),
        ("only the sofa may stay in the picture", "remove 1, 3\n", []),
        ("only the sofa may stay in the picture", "remove 2\n", ["not only the sofa is left"]),
        (
            "nothing but the sofa and the tent should remain",
            "remove 1, 2, 3\n",
            ["not only the sofa and the tent is left"],
        ),
        ("remove everything except the kettle", "remove 2\n", ["not only the kettle is left"]),
        ("remove everything except the kettle", "remove 2, 3\n", []),
        ("everything but the tent has to go", "remove 1\n", ["not only the tent is left"]),
        ("keep only the tent and make it red", "remove 1\ncolor 3: red\n", []),
        ("only make the sofa bigger", "size 2: larger\n", []),
        ("put a lamp on the sofa", "size 2: larger\n", ["the lamp is missing"]),
        ("put a lamp on the sofa", "add: lamp; on 2\n", []),
        ("remove the sofa and the tent", "remove 2, 3\n", []),
    ],
)
def test_an_edit_that_touches_what_was_not_named_is_found(message: str, edit: str, found: list[str]) -> None:
    assert lacking(message, after(THREE, edit).canvas, THREE) == found


@pytest.mark.parametrize(
    ("message", "edit", "found"),
    [
        ("remove a tent", "remove 3\n", []),
        ("please delete one tent", "remove 3\n", []),
        ("get rid of a tent", "remove 3\n", []),
        ("take a tent away from the picture", "remove 3\n", []),
        ("remove the kettle and one tent", "remove 1, 3\n", []),
        ("replace a tent with a dog", "replace 3: dog\n", []),
        ("turn one tent into a dog", "replace 3: dog\n", []),
        ("swap a tent for a dog", "replace 3: dog\n", []),
        ("replace a tent with a dog", "remove 3\n", ["the dog is missing"]),
        ("remove a tent and add a dog", "remove 3\n", ["the dog is missing"]),
        ("remove a kettle. Then paint a tent red", "remove 1, 3\n", ["the tent is missing"]),
        ("replace the kettle with a tent", "remove 1, 3\n", ["the tent is missing"]),
        ("put a tent on the sofa", "remove 3\n", ["the tent is missing"]),
    ],
)
def test_what_is_to_be_taken_out_is_not_missing(message: str, edit: str, found: list[str]) -> None:
    assert lacking(message, after(THREE, edit).canvas, THREE) == found


VILLAGE = canvas_of("house; left", "house; right", "tree; bottom", "cat; top left", "car; bottom right")


@pytest.mark.parametrize(
    ("message", "edit", "found"),
    [
        ("make all houses red", "color all: red\n", ["tree", "cat", "car"]),
        ("make all the houses red", "color 1, 2, 3: red\n", ["tree"]),
        ("make all houses red", "color 1, 2: red\n", []),
        ("make all of it red", "color all: red\n", []),
        ("make all but the house bigger", "size 3, 4, 5: larger\n", []),
        ("make all the white houses bigger", "size 1, 2, 3: larger\n", ["tree"]),
        ("move the left house to the top", "move 2: top\n", ["house that was not meant"]),
        ("move the left house to the top", "move 1: top\n", []),
        ("paint the right house red", "color 1, 2: red\n", ["house that was not meant"]),
        ("move the house left of the tree", "move 2: left of 3\n", []),
    ],
)
def test_one_of_several_and_all_of_one_noun_are_told_from_the_others(message, edit, found) -> None:
    wanted = [f"the {noun} is another, too" for noun in found]
    assert lacking(message, after(VILLAGE, edit).canvas, VILLAGE) == wanted


@pytest.mark.parametrize(
    ("message", "edit", "found"),
    [
        ("move the cat and the car to the top left", "move 5: top left\n", []),
        ("move the tree and the car to the top left", "move 5: top left\n", ["tree"]),
        ("move both the tree and the cat to the right", "move 3: right\n", ["cat"]),
        ("move both the tree and the cat to the right", "move 3, 4: right\n", []),
        ("please paint the tree and the cat blue", "color 4: blue\n", ["tree"]),
        ("make the tree, the cat and the car bigger", "size 3, 5: larger\n", ["cat"]),
        ("make the cat as big as the tree and the car", "size 4: larger\n", []),
        ("make the tree and the cat look at each other", "move 4: beside 3\n", []),
        ("move the tree and the cat next to the car", "move 3: left of 5\n", []),
    ],
)
def test_what_is_to_change_with_another_and_did_not_is_found(message, edit, found) -> None:
    wanted = [f"the {noun} is as it was" for noun in found]
    assert lacking(message, after(VILLAGE, edit).canvas, VILLAGE) == wanted


def test_numbers_that_the_message_names_go_with_the_finding() -> None:
    (found,) = review("swap the sofa and the tent", THREE, after(THREE, "swap 1, 3\n").canvas)
    assert (found.kind, found.noun, found.numbers) == ("other", "kettle", (2, 3))


def test_a_thing_by_another_name_is_no_other_one() -> None:
    after_it = after(THREE, "color 1: green\n").canvas
    assert lacking("paint the teapot green, next to the sofa", after_it, THREE) == []
